package labels

import tumenv1 "tumen/proto/tumen/v1"

// Term is what a code is called in a language, else what it is called first; empty where
// it is called nothing.
func Term(t *tumenv1.Term, language string) string {
	for _, n := range t.GetNames() {
		if n.GetLanguage() == language {
			return n.GetText()
		}
	}
	if len(t.GetNames()) > 0 {
		return t.GetNames()[0].GetText()
	}
	return ""
}
