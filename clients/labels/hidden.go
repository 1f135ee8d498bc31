package labels

// Hidden says whether a character changes how others are read without being
// seen itself: directional embeddings, overrides, isolates and marks, line and
// paragraph separators, zero-width space and no-break space, tags.
func Hidden(r rune) bool {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
		return true
	case r == 0x2028, r == 0x2029, r == 0x200B, r == 0x2060, r == 0xFEFF, r == 0x00AD:
		return true
	}
	return r >= 0xE0000 && r <= 0xE007F
}
