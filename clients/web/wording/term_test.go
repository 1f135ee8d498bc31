package wording

import (
	"strings"
	"testing"

	"tumen/service/gazetteer"
)

// The words are the labels that the server gives its own terms.
func TestTermsAreTheServersOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, term := range gazetteer.Terms() {
		if seen[term.GetCode()] {
			t.Errorf("%s stands in two lists: a code alone is not enough any more", term.GetCode())
		}
		seen[term.GetCode()] = true
		for _, label := range term.GetNames() {
			l := Language(label.GetLanguage())
			if got := In(l).Term(term.GetCode(), "none"); In(l).Language() != l || got != label.GetText() {
				t.Errorf("%s: %s is %q, the server says %q", l, term.GetCode(), got, label.GetText())
			}
		}
	}
	for _, l := range Languages() {
		for _, id := range area(t, l, "term") {
			if !seen[strings.ReplaceAll(strings.TrimPrefix(id, "term."), "_", "-")] {
				t.Errorf("%s: %s is no term of the server", l, id)
			}
		}
	}
}

func TestTermOfAnOrganisation(t *testing.T) {
	for _, l := range Languages() {
		if got := In(l).Term("river-crossing", "도강"); got != "도강" {
			t.Errorf("%s: %q, want the organisation's label", l, got)
		}
		if got := In(l).Term("river-crossing", ""); got != "river-crossing" {
			t.Errorf("%s: %q, want the code", l, got)
		}
		if got := In(l).Term("", ""); got != "" {
			t.Errorf("%s: no code is %q", l, got)
		}
	}
}
