package verification

import (
	"fmt"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

func TestStateIsCheckedWithTheGuards(t *testing.T) {
	s := october().situation(concluded(supported))
	s.Finding.State = tumenv1.FindingState_FINDING_STATE_REPORTED
	wantReason(t, CheckPropose(s), "STATE_FORBIDS_ACTION")
	s.Contributors = map[string][]string{}
	wantReason(t, CheckApprove(s), "STATE_FORBIDS_ACTION")
	s.Finding.State = tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW
	s.Conclusion.Outcome = 42
	wantReason(t, CheckPropose(s), "NOT_AN_OUTCOME")
}

func TestGuardsDoNotTrustMoreThanTheyAreGiven(t *testing.T) {
	s := october().situation(concluded(supported))
	s.ForValue.AtLeast = 1
	wantReason(t, CheckPropose(s), "ORIGINS_TOO_FEW")

	s = october().situation(concluded(supported))
	for _, g := range s.ForValue.Groups {
		g.Origins[0].Grounded = g.Origins[0].Source == "sources/s1"
	}
	s.ForValue.Groups[1].Origins = s.ForValue.Groups[1].Origins[:1]
	wantReason(t, CheckPropose(s), "ORIGINS_TOO_FEW")

	s = october().situation(concluded(supported))
	s.Sources = nil
	wantReason(t, CheckPropose(s), "ORIGINS_TOO_FEW")

	s = october().situation(concluded(supported))
	s.Claims = nil
	wantReason(t, CheckPropose(s), "ORIGINS_TOO_FEW")

	s = october().situation(concluded(supported))
	s.ForValue = nil // an occurrence has no value: those who assert it
	wantReason(t, CheckPropose(s), "")

	m := october() // S4 also says that it can't confirm it
	only("s1", "s4")(m, nil)
	m.claims[claimName("s4b")] = &tumenv1.Claim{
		Name: claimName("s4b"), Source: "sources/s4", Subjects: []string{subject}, Aspect: m.aspect,
		Stance: tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, Revision: 1,
	}
	wantReason(t, CheckPropose(m.situation(concluded(supported))), "ORIGINS_TOO_FEW")

	m = october() // S7 asserts elsewhere, so that its denial is counted nowhere; it stands all the same
	s = m.situation(concluded(supported))
	s.Conclusion.AddressedDenials = nil
	s.Support.Denying = &tumenv1.StanceSupport{LeftOut: []*tumenv1.LeftOut{{
		Claim: claimName("s7"), Source: "sources/s7", Reason: tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE,
	}}}
	wantReason(t, CheckPropose(s), "DENIAL_NOT_ADDRESSED")
}

// A finding against which many stand is refused in a message of limited size.
func TestManyDeniersAreListedInPart(t *testing.T) {
	m := october()
	for i := range 40 {
		key := fmt.Sprintf("d%02d", i)
		m.source(key, tumenv1.Basis_BASIS_NOT_STATED, 0)
		m.claim(key, tumenv1.Stance_STANCE_DENIES, 0)
	}
	f := wantReason(t, CheckPropose(m.situation(concluded(supported))), "DENIAL_NOT_ADDRESSED")
	if !strings.Contains(f.Message, "sources/d09, and 30 more") {
		t.Errorf("%q does not say how many more there are", f.Message)
	}
	if n := len(strings.Split(f.Metadata["origin"], ",")); n != maxListed {
		t.Errorf("%d origins in the metadata, want %d", n, maxListed)
	}
}

// One own claim graded 5 does not come back through a relay of the origin's
// other claim, which does not entail the value.
func TestOwnClaimForTheValueHasToCount(t *testing.T) {
	m := counts()
	only("s1", "s4")(m, nil)
	m.claims[claimName("s4")].Credibility = tumenv1.Credibility_CREDIBILITY_IMPROBABLE
	other := m.claim("s4", tumenv1.Stance_STANCE_ASSERTS, 2)
	other.Name = claimName("s4low")
	m.claims[other.Name] = other
	m.claim("s4", tumenv1.Stance_STANCE_ASSERTS, 5)
	m.source("s5", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_A)
	m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 2).Relays = []string{"sources/s4"}
	c := concluded(supported)
	c.Value, c.AddressedDenials = atLeast501(), nil // nobody denies the count
	wantReason(t, CheckPropose(m.situation(c, "s1", "s4", "s5")), "ORIGINS_TOO_FEW")
	wantReason(t, CheckPropose(m.situation(c, "s1", "s4low")), "")
}

func TestIncompleteSituationsAreOurMistake(t *testing.T) {
	for name, cut := range map[string]func(*Situation){
		"finding":    func(s *Situation) { s.Finding = nil },
		"subject":    func(s *Situation) { s.Finding.Subject = "" },
		"conclusion": func(s *Situation) { s.Conclusion, s.Finding.Conclusion = nil, nil },
		"support":    func(s *Situation) { s.Support = nil },
		"actor":      func(s *Situation) { s.Actor = "" },
	} {
		s := proposed(october().situation(concluded(supported)))
		cut(&s)
		for _, err := range []error{CheckPropose(s), CheckApprove(s)} {
			if f := fault.Of(err); f == nil || f.Kind != fault.Internal {
				t.Errorf("without %s: %v", name, err)
			}
		}
	}
	s := proposed(october().situation(concluded(supported)))
	s.Contributors = nil
	if f := fault.Of(CheckApprove(s)); f == nil || f.Kind != fault.Internal {
		t.Errorf("without contributors: %v", f)
	}
}

func TestApprover(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Situation)
		reason string
	}{
		{"another reviewer", func(*Situation) {}, ""},
		{"the proposer", func(s *Situation) { s.Actor = proposer }, "APPROVER_PROPOSED"},
		{"who graded S4", func(s *Situation) { s.Contributors[approver] = []string{"sources/s4"} }, "APPROVER_CONTRIBUTED"},
		{"somebody else graded S4", func(s *Situation) { s.Contributors[proposer] = []string{"sources/s4"} }, ""},
		{"an entry without records", func(s *Situation) { s.Contributors[approver] = nil }, ""},
		{"nobody knows who proposed", func(s *Situation) { s.Finding.Proposer = "" }, "PROPOSER_UNKNOWN"},
		{"the stored conclusion is used", func(s *Situation) { s.Conclusion = nil }, ""},
		{"a guard no longer holds", func(s *Situation) { s.Sources["sources/s4"].Reliability, s.Sources["sources/s6"].Reliability = 5, 5 }, "ORIGINS_TOO_FEW"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := proposed(october().situation(concluded(supported)))
			row.change(&s)
			f := wantReason(t, CheckApprove(s), row.reason)
			if row.reason == "APPROVER_CONTRIBUTED" && f.Metadata["record"] != "sources/s4" {
				t.Errorf("record %q, want sources/s4", f.Metadata["record"])
			}
		})
	}
}

func TestCredibilityOneNeedsTwoOrigins(t *testing.T) {
	for grade := tumenv1.Credibility(0); grade <= 6; grade++ {
		for n := int32(0); n <= 3; n++ {
			err := CheckCredibility(grade, &tumenv1.StanceSupport{AtLeast: n, AtMost: 5})
			if refused := grade == 1 && n < 2; (err != nil) != refused {
				t.Errorf("grade %d with at least %d: %v", grade, n, err)
			}
		}
	}
	wantReason(t, CheckCredibility(1, nil), "CREDIBILITY_NOT_CONFIRMED")
	for _, unknown := range []tumenv1.Credibility{-1, 7} {
		if f := fault.Of(CheckCredibility(unknown, &tumenv1.StanceSupport{AtLeast: 9})); f == nil || f.Reason != "CREDIBILITY_UNKNOWN" {
			t.Errorf("grade %d: %v", unknown, f)
		}
	}
}

func TestCountable(t *testing.T) {
	for r := tumenv1.Reliability(-1); r <= 8; r++ {
		for c := tumenv1.Credibility(-1); c <= 8; c++ {
			m := october()
			source, claim := m.sources["sources/s1"], m.claims[claimName("s1")]
			source.Reliability, claim.Credibility = r, c
			want := r >= 0 && r <= 6 && r != tumenv1.Reliability_RELIABILITY_E &&
				c >= 0 && c <= 6 && c != tumenv1.Credibility_CREDIBILITY_IMPROBABLE
			if got := Countable(claim, source); got != want {
				t.Errorf("reliability %s, credibility %s: %t, want %t", r, c, got, want)
			}
			if Countable(claim, nil) || Countable(nil, source) || Countable(claim, m.sources["sources/s4"]) {
				t.Errorf("counted without its source")
			}
			claim.State = tumenv1.ClaimState_CLAIM_STATE_SUPERSEDED
			if Countable(claim, source) {
				t.Errorf("counted though superseded")
			}
		}
	}
}
