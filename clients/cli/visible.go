package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tumen/clients/labels"
)

// visible makes text of a record safe to print on a line: control characters
// (which could move the cursor or rewrite what stands above) and characters that
// hide or turn text around are shown by what they are, and so are bytes that
// are no UTF-8.
func visible(text string) string {
	return shown(text, func(r rune) bool { return unicode.IsControl(r) })
}

// visibleLines is visible for text of several lines; tabs become spaces.
func visibleLines(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\t", "    ")
	return shown(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) })
}

func shown(text string, control func(rune) bool) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	clean := true
	for _, r := range text {
		if control(r) || labels.Hidden(r) {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case control(r) && r < ' ':
			b.WriteRune('␀' + r) // the control pictures
		case control(r), labels.Hidden(r):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapeHidden replaces hidden characters by escape(r); beyond the basic plane
// escape is called for each half of the surrogate pair.
func escapeHidden(text string, escape func(rune) string) string {
	if !strings.ContainsFunc(text, escaped) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !escaped(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			b.WriteString(escape(0xD800 + r>>10))
			b.WriteString(escape(0xDC00 + r&0x3FF))
		default:
			b.WriteString(escape(r))
		}
	}
	return b.String()
}

// escaped are the hidden characters and the controls that JSON leaves as they are.
func escaped(r rune) bool { return labels.Hidden(r) || r >= 0x7F && r <= 0x9F }
