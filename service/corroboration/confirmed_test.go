package corroboration_test

import (
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

func TestGrade1IsFlaggedWhileTooFewStandForIt(t *testing.T) {
	const graded1 = tumenv1.Credibility_CREDIBILITY_CONFIRMED
	for _, c := range []struct {
		name  string
		build func(*matter)
		want  int
	}{
		{"two say the same", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, low(5)).Credibility = graded1
			m.claim("B", asserts, low(7))
		}, 0},
		{"another says less", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, low(7)).Credibility = graded1
			m.claim("B", asserts, low(5))
		}, 1},
		{"only relays of it are left", func(m *matter) {
			m.source("A", ownContacts)
			m.source("R", relayed, "A")
			m.claim("A", asserts, nil).Credibility = graded1
			m.claim("R", asserts, nil, "A")
		}, 1},
		{"two deny", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", denies, nil).Credibility = graded1
			m.claim("B", denies, nil)
		}, 0},
		{"two assert what one denies", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.source("C", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
			m.claim("C", denies, nil).Credibility = graded1
		}, 1},
		{"what it says is withheld", func(m *matter) {
			m.source("A", ownContacts)
			c := m.claim("A", asserts, low(7))
			c.Credibility = graded1
			m.Withheld = map[string]bool{c.GetName(): true}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
			c.build(m)
			flags := 0
			for _, f := range m.assess().GetFlags() {
				if f.GetKind() == tumenv1.FlagKind_FLAG_KIND_NOT_CONFIRMED {
					flags++
				}
			}
			if flags != c.want {
				t.Errorf("%d flags, want %d", flags, c.want)
			}
			for _, claim := range m.Claims { // as it would be graded now
				if claim.GetCredibility() == graded1 && m.Withheld == nil && (corroboration.ForClaim(m.Evidence, claim).GetAtLeast() < 2) != (c.want > 0) {
					t.Errorf("the guard of the grade says otherwise: %v", corroboration.ForClaim(m.Evidence, claim))
				}
			}
		})
	}
}

func TestWithheldValuesAreComparedWithNothing(t *testing.T) {
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	m.source("A", ownContacts)
	m.source("B", ownContacts)
	m.source("R", relayed, "A")
	hidden := m.claim("A", asserts, low(9))
	m.claim("B", asserts, low(5))
	m.claim("R", asserts, low(7), "A")
	m.Withheld = map[string]bool{hidden.GetName(): true}
	told := m.assess()
	if ranged(told.GetSupporting()) != "2 to 2" || len(told.GetValues()) != 2 {
		t.Errorf("supported by %s, %d values", ranged(told.GetSupporting()), len(told.GetValues()))
	}
	for _, v := range told.GetValues() {
		for _, l := range v.GetSupport().GetLeftOut() {
			if (l.GetClaim() == hidden.GetName()) != (l.GetReason() == tumenv1.LeftOutReason_LEFT_OUT_REASON_VALUE_WITHHELD) {
				t.Errorf("%s is left out of %s: %s", l.GetClaim(), v.GetLabel(), l.GetReason())
			}
		}
	}
	for _, said := range []*tumenv1.Value{low(1), high(3), nil} {
		hidden.Value = said
		if again := m.assess(); again.String() != told.String() {
			t.Errorf("%v makes a difference:\n%v\n%v", said, again, told)
		}
	}
}
