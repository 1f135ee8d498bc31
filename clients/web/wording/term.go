package wording

// Term is the word for a code of a vocabulary that comes with the server. A
// code that an organisation added keeps the label that it gave.
func (w *Words) Term(code, fallbackLabel string) string {
	if fallbackLabel == "" {
		return code
	}
	return fallbackLabel
}

// Refusal is the sentence for a reason of refusal: what was wrong and what to
// do. False where there is none: what the server said then stands alone.
func (w *Words) Refusal(reason string) (string, bool) { return "", false }

// Guard says what is asked before a finding has an outcome, by the code that
// refusals carry as guard: CORROBORATED.
func (w *Words) Guard(code string) (string, bool) { return "", false }
