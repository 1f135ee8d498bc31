package web

import (
	"testing"

	"tumen/clients/web/wording"
)

// TestEveryStepHasItsWords asks for what each step is called that the contract has.
func TestEveryStepHasItsWords(t *testing.T) {
	all := steps()
	if len(all) < 25 {
		t.Fatalf("only %d steps were found", len(all))
	}
	for _, language := range wording.Languages() {
		w := wording.In(language)
		for _, s := range all {
			for _, id := range []string{s.said(), s.said() + "_how"} {
				if !w.Knows(id) {
					t.Errorf("%s has no words for %s", language, id)
				}
			}
		}
	}
}
