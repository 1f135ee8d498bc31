package web

import (
	"fmt"
	"unicode/utf8"
)

// unmasked shows characters that would have a reader see another order of text than
// what is there, or nothing at all: direction overrides, embeddings and isolates, and
// controls. Every page passes here whole, so that no field can be forgotten; each comes
// out as its code point in brackets.
func unmasked(page []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(page); {
		r, size := rune(page[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(page[i:])
		}
		if masks(r) {
			out = append(out, page[kept:i]...)
			out = fmt.Appendf(out, "[U+%04X]", r)
			kept = i + size
		}
		i += size
	}
	if out == nil {
		return page
	}
	return append(out, page[kept:]...)
}

func masks(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0: // controls
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
		return true
	case r == 0x2028, r == 0x2029, r == 0xfeff, r >= 0xe0000 && r <= 0xe007f: // separators, tags
		return true
	}
	return false
}
