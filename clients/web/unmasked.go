package web

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"tumen/clients/labels"
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

// masks says whether a character is a control that no line of text has, or hides what
// others are.
func masks(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || labels.Hidden(r)
}
