package corroboration_test

import (
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		build   func(*matter)
		bounds  string // of those who assert
		origins string
	}{
		{"nobody", func(m *matter) {}, "0 to 0", ""},
		{"an official statement alone is one origin", func(m *matter) {
			m.source("A", official)
			m.claim("A", asserts, nil)
		}, "1 to 1", "A"},
		{"two official statements may be one", func(m *matter) {
			m.source("A", official)
			m.source("B", official)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
		}, "1 to 2", "A B"},
		{"a claim's own basis wins over its source's", func(m *matter) {
			m.source("A", relayed)
			m.source("B", ownContacts)
			m.claim("A", asserts, nil).Basis = firstHand
			m.claim("B", asserts, nil)
		}, "2 to 2", "A B"},
		{"and a relay of that claim makes it no more grounded", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.source("R", relayed, "A")
			m.claim("A", asserts, nil).Basis = official
			m.claim("B", asserts, nil)
			m.claim("R", asserts, nil, "A")
		}, "1 to 2", "A B"},
		{"a source that is not recorded states no basis", func(m *matter) {
			m.claim("A", asserts, nil)
		}, "1 to 1", "A"},
		{"a deleted source states no basis", func(m *matter) {
			m.source("A", ownContacts).DeleteTime = timestamppb.Now()
			m.source("B", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
		}, "1 to 2", "A B"},
		{"a relay of a source without a claim falls to that source", func(m *matter) {
			m.source("A", relayed, "B")
			m.source("B", ownContacts)
			m.claim("A", asserts, nil, "B")
		}, "1 to 1", "B"},
		{"a relay through a relay is followed through the claim there", func(m *matter) {
			m.source("A", relayed, "B")
			m.source("B", relayed, "C", "D")
			m.source("C", ownContacts)
			m.source("D", ownContacts)
			m.claim("A", asserts, nil, "B")
			m.claim("B", asserts, nil, "C")
		}, "1 to 1", "C"},
		{"a relay of a relayed source without a claim may go back to one of what that relays", func(m *matter) {
			m.source("A", relayed, "B")
			m.source("B", relayed, "C", "D")
			m.source("C", ownContacts)
			m.source("D", ownContacts)
			m.claim("A", asserts, nil, "B")
		}, "1 to 1", ""},
		{"and adds nothing once one of those is counted", func(m *matter) {
			m.source("A", relayed, "B")
			m.source("B", relayed, "C", "D")
			m.source("C", ownContacts)
			m.source("D", ownContacts)
			m.claim("A", asserts, nil, "B")
			m.claim("C", asserts, nil)
		}, "1 to 1", "C"},
		{"unresolved claims are no more than their possible origins", func(m *matter) {
			m.source("O", ownContacts)
			for _, a := range []string{"A", "B", "C"} {
				m.source(a, relayed, "O")
				m.claim(a, asserts, nil)
			}
		}, "1 to 1", ""},
		{"possible origins are shared out so that most claims find one", func(m *matter) {
			m.source("O", ownContacts)
			m.source("P", ownContacts)
			m.source("A", relayed, "O", "P")
			m.source("B", relayed, "O")
			m.source("C", relayed, "O")
			for _, a := range []string{"A", "B", "C"} {
				m.claim(a, asserts, nil)
			}
		}, "1 to 2", ""},
		{"an unresolved claim that relays nobody has an unknown origin of its own", func(m *matter) {
			m.source("A", relayed)
			m.source("B", relayed)
			m.source("C", ownContacts)
			for _, a := range []string{"A", "B", "C"} {
				m.claim(a, asserts, nil)
			}
		}, "1 to 3", "C"},
		{"a possible origin that known ties join to a counted one is counted", func(m *matter) {
			m.source("A", relayed, "O")
			m.source("O", ownContacts)
			m.source("P", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("P", asserts, nil)
			m.contact("O", "P")
		}, "1 to 1", "P"},
		{"a possible tie leaves it possible", func(m *matter) {
			m.source("A", relayed, "O")
			m.source("O", ownContacts)
			m.source("P", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("P", asserts, nil)
			m.possibly("O", "P")
		}, "1 to 2", "P"},
		{"who quotes a denier by name supports nothing", func(m *matter) {
			m.source("A", relayed, "D")
			m.source("D", official)
			m.claim("A", asserts, nil, "D")
			m.claim("D", denies, nil)
		}, "0 to 0", ""},
		{"who relays only a denier, but names nobody, has an unknown origin", func(m *matter) {
			m.source("A", relayed, "D")
			m.source("D", official)
			m.claim("A", asserts, nil)
			m.claim("D", denies, nil)
		}, "1 to 1", ""},
		{"a relay of a relay that denies supports nothing", func(m *matter) {
			m.source("A", relayed, "B")
			m.source("B", relayed, "C")
			m.source("C", ownContacts)
			m.claim("A", asserts, nil, "B")
			m.claim("B", denies, nil, "C")
		}, "0 to 0", ""},
		{"an article that relays both sides contradicts neither", func(m *matter) {
			m.source("A", relayed, "S", "D")
			m.source("S", ownContacts)
			m.source("D", official)
			m.claim("A.1", asserts, nil, "S")
			m.claim("A.2", denies, nil, "D")
		}, "1 to 1", "S"},
		{"who says both is counted for neither", func(m *matter) {
			m.source("A", ownContacts)
			m.claim("A.1", asserts, nil)
			m.claim("A.2", denies, nil)
		}, "0 to 0", ""},
		{"known ties count once", func(m *matter) {
			for _, a := range []string{"A", "B", "C"} {
				m.source(a, firstHand)
				m.claim(a, asserts, nil)
			}
			m.tie(tumenv1.TieKind_TIE_KIND_SAME_WITNESS, "A", "B")
			m.contact("B", "C")
		}, "1 to 1", "A B C"},
		{"ties join through a third without a claim", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
			m.possibly("A", "T")
			m.possibly("T", "B")
		}, "1 to 2", "A B"},
		{"a separation takes the possible tie back", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
			m.possibly("A", "B")
			m.separate("B", "A")
		}, "2 to 2", "A B"},
		{"but not a known one", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
			m.contact("A", "B")
			m.separate("A", "B")
		}, "1 to 1", "A B"},
		{"and not the way through a third", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
			m.possibly("A", "B")
			m.possibly("A", "T")
			m.possibly("B", "T")
			m.separate("A", "B")
		}, "1 to 2", "A B"},
		{"a deleted tie joins nobody", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", ownContacts)
			m.claim("A", asserts, nil)
			m.claim("B", asserts, nil)
			m.possibly("A", "B")
			m.Ties[0].DeleteTime = timestamppb.Now()
		}, "2 to 2", "A B"},
		{"a group counts once it holds one grounded origin", func(m *matter) {
			m.source("A", ownContacts)
			m.source("B", official)
			m.source("C", official)
			for _, a := range []string{"A", "B", "C"} {
				m.claim(a, asserts, nil)
			}
			m.possibly("A", "B")
		}, "1 to 3", "A B C"},
		{"claims that no longer stand are passed over", func(m *matter) {
			m.source("A", ownContacts)
			m.claim("A.1", asserts, nil).State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED
			m.claim("A.2", asserts, nil).State = tumenv1.ClaimState_CLAIM_STATE_SUPERSEDED
			m.claim("A.3", asserts, nil).DeleteTime = timestamppb.Now()
			m.claim("A.4", asserts, nil).Stance = tumenv1.Stance_STANCE_UNSPECIFIED
			m.claim("A.5", asserts, nil).Aspect = tumenv1.Aspect_ASPECT_COUNT
		}, "0 to 0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
			c.build(m)
			s := m.assess()
			want(t, "bounds", ranged(s.GetSupporting()), c.bounds)
			want(t, "origins", countedOrigins(s.GetSupporting()), c.origins)
			agreesWithSlow(t, m)
		})
	}
}

func TestCycles(t *testing.T) {
	cycle := func(m *matter, named bool) {
		for a, b := range map[string]string{"A": "B", "B": "C", "C": "A"} {
			m.source(a, relayed, b)
			if named {
				m.claim(a, asserts, nil, b)
			} else {
				m.claim(a, asserts, nil)
			}
		}
	}
	t.Run("by name is one unknown origin", func(t *testing.T) {
		m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
		cycle(m, true)
		s := m.assess()
		want(t, "bounds", ranged(s.GetSupporting()), "1 to 1")
		if c := s.GetSupporting().GetCycles(); len(c) != 1 || short(c[0].GetSources()) != "A B C" {
			t.Errorf("cycles: %v", c)
		}
		want(t, "left out", leftOut(s.GetSupporting(), "B"), "cycle")
		if f := s.GetFlags(); len(f) != 1 || f[0].GetKind() != tumenv1.FlagKind_FLAG_KIND_RELAY_CYCLE {
			t.Errorf("flags: %v", f)
		}
	})
	t.Run("of claims that name nobody is one unknown origin", func(t *testing.T) {
		m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
		cycle(m, false)
		s := m.assess()
		want(t, "bounds", ranged(s.GetSupporting()), "1 to 1")
		if f := s.GetFlags(); len(f) != 1 || f[0].GetKind() != tumenv1.FlagKind_FLAG_KIND_RELAY_CYCLE {
			t.Errorf("flags: %v", f)
		}
	})
	t.Run("what leads out of one counts too", func(t *testing.T) {
		m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
		cycle(m, true)
		m.source("O", ownContacts)
		m.Claims[0].Relays = append(m.Claims[0].Relays, source("O"))
		s := m.assess()
		want(t, "bounds", ranged(s.GetSupporting()), "1 to 2")
		want(t, "origins", countedOrigins(s.GetSupporting()), "O")
	})
	t.Run("a source that relays itself ends", func(t *testing.T) {
		m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
		m.source("A", relayed, "A")
		m.claim("A", asserts, nil, "A")
		want(t, "bounds", ranged(m.assess().GetSupporting()), "1 to 1")
	})
}

func TestJointsNameTheWay(t *testing.T) {
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	for _, s := range []string{"A", "B", "C"} {
		m.source(s, ownContacts)
		m.claim(s, asserts, nil)
	}
	m.contact("A", "B")
	m.possibly("B", "T")
	m.possibly("T", "U")
	m.possibly("U", "C")
	s := m.assess().GetSupporting()
	want(t, "bounds", ranged(s), "1 to 2")
	g := s.GetGroups()[0]
	if len(g.GetJoints()) != 2 || g.GetKnownDistinct() != 2 {
		t.Fatalf("group: %v", g)
	}
	known, possible := g.GetJoints()[0], g.GetJoints()[1]
	if !known.GetKnown() || known.GetA() != source("A") || known.GetB() != source("B") || len(known.GetTies()) != 1 {
		t.Errorf("A and B: %v", known)
	}
	if possible.GetKnown() || possible.GetA() != source("B") || possible.GetB() != source("C") ||
		len(possible.GetTies()) != 3 || len(possible.GetThrough()) != 2 ||
		possible.GetThrough()[0] != source("T") || possible.GetThrough()[1] != source("U") {
		t.Errorf("B and C: %v", possible)
	}
}

func TestFlagsWhoContradictsThemselves(t *testing.T) {
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	m.source("A", ownContacts)
	m.claim("A.1", asserts, nil)
	m.claim("A.2", denies, nil)
	s := m.assess()
	if f := s.GetFlags(); len(f) != 1 || f[0].GetKind() != tumenv1.FlagKind_FLAG_KIND_CONTRADICTS_ITSELF ||
		f[0].GetSource() != source("A") {
		t.Errorf("flags: %v", f)
	}
	want(t, "left out", leftOut(s.GetSupporting(), "A.1"), "origin_takes_another_stance A")
	want(t, "left out", leftOut(s.GetDenying(), "A.2"), "origin_takes_another_stance A")
}

func TestBestGrades(t *testing.T) {
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	m.source("A", ownContacts).Reliability = tumenv1.Reliability_RELIABILITY_C
	m.source("B", ownContacts).Reliability = tumenv1.Reliability_RELIABILITY_F
	m.source("R", relayed, "A").Reliability = tumenv1.Reliability_RELIABILITY_A
	m.claim("A", asserts, nil).Credibility = tumenv1.Credibility_CREDIBILITY_CANNOT_BE_JUDGED
	m.claim("B", asserts, nil).Credibility = tumenv1.Credibility_CREDIBILITY_DOUBTFUL
	m.claim("R", asserts, nil, "A").Credibility = tumenv1.Credibility_CREDIBILITY_CONFIRMED
	s := m.assess().GetSupporting()
	if s.GetBestReliability() != tumenv1.Reliability_RELIABILITY_C ||
		s.GetBestCredibility() != tumenv1.Credibility_CREDIBILITY_DOUBTFUL {
		t.Errorf("a relay of a counted origin lends no grade: %v %v", s.GetBestReliability(), s.GetBestCredibility())
	}
	m.Claims = m.Claims[1:2]
	if r := m.assess().GetSupporting().GetBestReliability(); r != tumenv1.Reliability_RELIABILITY_F {
		t.Errorf("unknown is said where nothing better is: %v", r)
	}
}

func TestEmptyEvidence(t *testing.T) {
	for _, e := range []corroboration.Evidence{
		{},
		{Claims: []*tumenv1.Claim{nil, {}}, Ties: []*tumenv1.Tie{nil, {}}, Sources: map[string]*tumenv1.Source{"": nil}},
		{Value: &tumenv1.Value{Kind: &tumenv1.Value_Count{}}, Protected: &tumenv1.ProtectedValue{}},
	} {
		s := corroboration.Assess(e)
		want(t, "supporting", ranged(s.GetSupporting()), "0 to 0")
		want(t, "denying", ranged(s.GetDenying()), "0 to 0")
		want(t, "not confirming", ranged(s.GetNotConfirming()), "0 to 0")
		want(t, "a value", ranged(corroboration.ValueFor(e, low(1))), "0 to 0")
	}
	if f := corroboration.FigureOf(nil); f.Low != nil || f.High != nil || f.LowSingle != nil || f.HighSingle != nil {
		t.Errorf("figure of nothing: %v", f)
	}
}
