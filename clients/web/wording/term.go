package wording

// Term is the word for a code of a vocabulary that comes with the server. A
// code that an organisation added keeps the label that it gave.
func (w *Words) Term(code, fallbackLabel string) string {
	if fallbackLabel == "" {
		return code
	}
	return fallbackLabel
}
