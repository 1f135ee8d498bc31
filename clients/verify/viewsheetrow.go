package verify

import (
	"bytes"
	"strconv"
	"strings"
)

// verbatim passes over the next row if it stands there byte by byte in the form that
// it nearly always has: to compare takes a fraction of what it takes to read XML.
// Otherwise nothing is passed over: it may be the same row in another form.
func (s *sheets) verbatim(cells []string) bool {
	s.due = appendRow(s.due[:0], s.rows, cells)
	there, _ := s.quota.r.Peek(len(s.due)) // an error comes again when that is read
	if len(s.due) == 0 || !bytes.Equal(there, s.due) {
		return false
	}
	_, _ = s.quota.r.Discard(len(s.due)) // it was peeked at
	return true
}

// appendRow appends a row of texts; nothing where that could be read as other texts.
func appendRow(dst []byte, row int, cells []string) []byte {
	number := strconv.Itoa(row)
	dst = append(append(append(dst, `<row r="`...), number...), `">`...)
	for i, text := range cells {
		if strings.Contains(text, "_x") { // it may begin an escape
			return nil
		}
		dst = append(append(append(dst, `<c r="`...), byte('A'+i)), number...)
		dst = append(dst, `" t="inlineStr"><is><t`...)
		if outer(text) {
			dst = append(dst, ` xml:space="preserve"`...)
		}
		dst = append(appendEscaped(append(dst, '>'), text), `</t></is></c>`...)
	}
	return append(dst, `</row>`...)
}

// outer says whether a text begins or ends with white space.
func outer(text string) bool {
	return text != strings.Trim(text, " \t\r\n")
}

// special are the characters that are written as references in XML.
var special = [256]string{'"': "&#34;", '\'': "&#39;", '&': "&amp;", '<': "&lt;", '>': "&gt;", '\t': "&#x9;", '\r': "&#xD;"}

func appendEscaped(dst []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		if reference := special[text[i]]; reference != "" {
			dst = append(append(dst, text[from:i]...), reference...)
			from = i + 1
		}
	}
	return append(dst, text[from:]...)
}
