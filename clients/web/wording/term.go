package wording

import "strings"

// Term is the word for a code of a code list that comes with the server:
// "refoulement". A code that an organisation added has none here and keeps the
// label that it was given there; without one, it stands for itself. No code of the
// server's own stands in two of its lists, so that it is known without its list.
func (w *Words) Term(code, fallbackLabel string) string {
	if word, ok := w.plain["term."+strings.ReplaceAll(code, "-", "_")]; ok {
		return word
	}
	if fallbackLabel != "" {
		return fallbackLabel
	}
	return code
}
