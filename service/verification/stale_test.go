package verification

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

// approvedFinding is the October finding as approval stores it.
func approvedFinding(m *matter, outcome tumenv1.FindingState) *tumenv1.Finding {
	return &tumenv1.Finding{
		Subject: subject, Aspect: m.aspect, State: outcome, Conclusion: concluded(outcome),
		ApprovedSupport:  m.support(),
		ApprovedEvidence: EvidenceOf(m.claims, m.sources, m.ties),
	}
}

func reviseSource(m *matter, key string, f func(*tumenv1.Source)) {
	s := m.sources["sources/"+key]
	f(s)
	s.Revision++
}

func reviseClaim(m *matter, key string, f func(*tumenv1.Claim)) {
	c := m.claims[claimName(key)]
	f(c)
	c.Revision++
}

var staleRows = []struct {
	name   string
	matter func() *matter
	change func(*matter)
	said   []string // each is part of some reason; none: not stale
}{
	{"nothing changed", october, func(*matter) {}, nil},
	{"a new denial", october, func(m *matter) {
		m.source("s20", tumenv1.Basis_BASIS_FIRST_HAND, tumenv1.Reliability_RELIABILITY_B)
		m.claim("s20", tumenv1.Stance_STANCE_DENIES, 3)
	}, []string{"claims/s20 is new (denies)", "denying: independent origins 1 to 2, approved at 1 to 1", "denying: sources/s20 is a new origin"}},
	{"a tie between two origins", october, func(m *matter) { m.tie("s1", "s4") },
		[]string{"supporting: independent origins 1 to 4, approved at 2 to 4", "supporting: grouped otherwise: sources/s1, sources/s4, sources/s6"}},
	{"a tie taken back", october, func(m *matter) { delete(m.ties, "ties/s4-s6") },
		[]string{"independent origins 3 to 4, approved at 2 to 4", "grouped otherwise: sources/s4, sources/s6"}},
	{"a tie that joins what is joined, or what is no origin", october, func(m *matter) {
		m.tie("s6", "s4")
		m.source("s20", tumenv1.Basis_BASIS_FIRST_HAND, tumenv1.Reliability_RELIABILITY_B)
		m.tie("s1", "s20")
	}, nil},
	{"a regraded source that is not the best", october, func(m *matter) {
		reviseSource(m, "s4", func(s *tumenv1.Source) { s.Reliability = tumenv1.Reliability_RELIABILITY_D })
	}, []string{"reliability of sources/s4 is D, approved at C"}},
	{"a grade taken back", october, func(m *matter) {
		reviseSource(m, "s12", func(s *tumenv1.Source) { s.Reliability = tumenv1.Reliability_RELIABILITY_UNSPECIFIED })
	}, []string{"reliability of sources/s12 is not graded, approved at B"}},
	{"a regraded claim", october, func(m *matter) {
		reviseClaim(m, "s7", func(c *tumenv1.Claim) { c.Credibility = tumenv1.Credibility_CREDIBILITY_IMPROBABLE })
	}, []string{"credibility of cases/c/claims/s7 is 5, approved at 4"}},
	{"a retracted claim", october, func(m *matter) {
		reviseClaim(m, "s4", func(c *tumenv1.Claim) { c.State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED })
	}, []string{"claims/s4 is retracted", "supporting: sources/s4 is no longer an origin"}},
	{"a superseded denial", october, func(m *matter) {
		reviseClaim(m, "s7", func(c *tumenv1.Claim) { c.State = tumenv1.ClaimState_CLAIM_STATE_SUPERSEDED })
	}, []string{"claims/s7 is superseded", "denying: independent origins 0 to 0"}},
	{"a deleted claim", october, func(m *matter) { reviseClaim(m, "s12", func(c *tumenv1.Claim) { c.DeleteTime = timestamppb.Now() }) },
		[]string{"claims/s12 was deleted"}},
	{"a claim that is not given any more", october, func(m *matter) { delete(m.claims, claimName("s8")) },
		[]string{"claims/s8 no longer stands"}},
	{"a claim that is about something else now", october, func(m *matter) {
		reviseClaim(m, "s12", func(c *tumenv1.Claim) { c.Subjects = []string{"cases/c/events/other"} })
	}, []string{"claims/s12 no longer speaks to this aspect of this subject"}},
	{"a claim that bears on one more subject", october, func(m *matter) {
		reviseClaim(m, "s7", func(c *tumenv1.Claim) { c.Subjects = append(c.Subjects, "cases/c/events/e3") })
	}, nil},
	{"a changed value", counts, func(m *matter) {
		reviseClaim(m, "s1", func(c *tumenv1.Claim) { c.Value = atLeast501() })
	}, []string{"claims/s1 was changed: value"}},
	{"changed words", october, func(m *matter) {
		reviseClaim(m, "s1", func(c *tumenv1.Claim) { c.Quote = &tumenv1.Quote{Text: "other words"} })
	}, []string{"claims/s1 was changed: quote"}},
	{"a changed basis of a claim", october, func(m *matter) {
		reviseClaim(m, "s1", func(c *tumenv1.Claim) { c.Basis = tumenv1.Basis_BASIS_OFFICIAL_STATEMENT })
	}, []string{"claims/s1 was changed: basis", "supporting: basis of sources/s1 is official statement, approved as own contacts"}},
	{"a changed stance", october, func(m *matter) {
		reviseClaim(m, "s8", func(c *tumenv1.Claim) { c.Stance = tumenv1.Stance_STANCE_DOES_NOT_CONFIRM })
	}, []string{"claims/s8 was changed: stance", "not confirming: sources/s8 is a new origin"}},
	{"an examination", october, func(m *matter) {
		reviseClaim(m, "s1", func(c *tumenv1.Claim) { c.Examination = &tumenv1.Examination{Capture: "sources/s1/captures/c"} })
	}, []string{"claims/s1 was changed: examination"}},
	{"a claim that repeats a counted origin", october, func(m *matter) {
		m.source("s5", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_C)
		m.claim("s5", tumenv1.Stance_STANCE_ASSERTS, 3).Relays = []string{"sources/s1"}
	}, []string{"claims/s5 is new (asserts)"}},
	{"a claim of unknown origin", october, func(m *matter) {
		m.source("s11", tumenv1.Basis_BASIS_RELAYED, tumenv1.Reliability_RELIABILITY_C)
		m.claim("s11", tumenv1.Stance_STANCE_ASSERTS, 3).Basis = tumenv1.Basis_BASIS_RELAYED
	}, []string{"claims/s11 is new (asserts)", "supporting, unknown origins: 1 that were not approved, 0 gone"}},
	{"one more that does not confirm", october, func(m *matter) {
		m.source("s20", tumenv1.Basis_BASIS_OFFICIAL_STATEMENT, 0)
		m.claim("s20", tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, 0)
	}, []string{"claims/s20 is new (does not confirm)"}},
	{"a claim on another aspect", october, func(m *matter) {
		m.source("s20", tumenv1.Basis_BASIS_FIRST_HAND, 0)
		c := m.claim("s20", tumenv1.Stance_STANCE_DENIES, 0)
		c.Aspect, c.State = tumenv1.Aspect_ASPECT_TIME, tumenv1.ClaimState_CLAIM_STATE_RETRACTED
	}, nil},
	{"what a source says of its contacts", october, func(m *matter) {
		reviseSource(m, "s1", func(s *tumenv1.Source) { s.ContactNote = "one contact of S4's" })
	}, []string{"what sources/s1 says of its contacts was changed"}},
	{"the basis of a source whose claim states its own", october, func(m *matter) {
		reviseSource(m, "s12", func(s *tumenv1.Source) { s.Basis = tumenv1.Basis_BASIS_NOT_STATED })
	}, []string{"basis of sources/s12 is not stated, approved as official statement"}},
	{"a deleted source", october, func(m *matter) { reviseSource(m, "s8", func(s *tumenv1.Source) { s.DeleteTime = timestamppb.Now() }) },
		[]string{"sources/s8 was deleted"}},
	{"a source that can't be read", october, func(m *matter) { delete(m.sources, "sources/s8") },
		[]string{"sources/s8 is missing"}},

	{"a source's title and address", october, func(m *matter) {
		reviseSource(m, "s1", func(s *tumenv1.Source) {
			s.Title, s.Address, s.Publisher, s.ReliabilityReason, s.Labels = "t", "a", "p", "r", map[string]string{"a": "b"}
		})
	}, nil},
	{"a source's protected name", october, func(m *matter) {
		reviseSource(m, "s1", func(s *tumenv1.Source) { s.ProtectedContact, s.Releases = "c", []*tumenv1.Release{{}} })
	}, nil},
	{"one more relay that no claim passes on", october, func(m *matter) {
		reviseSource(m, "s1", func(s *tumenv1.Source) { s.Relays = []*tumenv1.Relay{{Source: "sources/s99"}} })
	}, nil},
	{"a claim's labels, notes and marking", october, func(m *matter) {
		reviseClaim(m, "s1", func(c *tumenv1.Claim) {
			c.Labels, c.Notes, c.CredibilityReason, c.Marking = map[string]string{"a": "b"}, "n", "r", tumenv1.Marking_MARKING_RED
			c.UpdateTime, c.Updater, c.Etag, c.ChangeReason = timestamppb.Now(), "m", "e", "r"
		})
	}, nil},
}

func TestStale(t *testing.T) {
	for _, row := range staleRows {
		t.Run(row.name, func(t *testing.T) {
			before, after := row.matter(), row.matter()
			f := approvedFinding(before, supported)
			row.change(after)
			got := Stale(f, after.support(), after.records(), before.records())
			if len(row.said) == 0 && len(got) > 0 {
				t.Fatalf("stale: %q", got)
			}
			for _, part := range row.said {
				if !slices.ContainsFunc(got, func(r string) bool { return strings.Contains(r, part) }) {
					t.Errorf("no reason says %q: %q", part, got)
				}
			}
			// The same with what corroboration says.
			f.ApprovedSupport = corroboration.Assess(before.evidence(all))
			got = Stale(f, corroboration.Assess(after.evidence(all)), after.records(), before.records())
			if (len(got) > 0) != (len(row.said) > 0) {
				t.Errorf("by corroboration: %q", got)
			}
			for _, state := range []tumenv1.FindingState{0, 1, 2, 3, 42} {
				f.State = state
				if got := Stale(f, after.support(), after.records(), before.records()); got != nil {
					t.Errorf("%s is not decided, yet stale: %q", Words(state), got)
				}
			}
		})
	}
}

// Whatever the caller can't show to be the same counts as different.
func TestStaleFailsClosed(t *testing.T) {
	before, after := october(), october()
	f := approvedFinding(before, disputed)
	reviseSource(after, "s1", func(s *tumenv1.Source) { s.Title = "t" })
	reviseClaim(after, "s7", func(c *tumenv1.Claim) { c.Notes = "n" })

	changed := ChangedEvidence(f, after.records())
	want := []*tumenv1.Evidence{{Name: claimName("s7"), Revision: 1}, {Name: "sources/s1", Revision: 1}}
	if !slices.EqualFunc(changed, want, func(a, b *tumenv1.Evidence) bool {
		return a.GetName() == b.GetName() && a.GetRevision() == b.GetRevision()
	}) {
		t.Errorf("changed: %v, want %v", changed, want)
	}
	if got := Stale(f, after.support(), after.records(), before.records()); got != nil {
		t.Errorf("with the approved revisions: %q", got)
	}
	for name, approved := range map[string]Records{"none": {}, "another revision": after.records()} {
		got := Stale(f, after.support(), after.records(), approved)
		if want := []string{"cases/c/claims/s7 was changed: revision 2, approved at 1", "sources/s1 was changed: revision 2, approved at 1"}; !slices.Equal(got, want) {
			t.Errorf("with %s of the approved revisions: %q, want %q", name, got, want)
		}
	}
	if got := Stale(f, nil, before.records(), Records{}); len(got) != 1 {
		t.Errorf("without a support: %q", got)
	}
	f.ApprovedSupport = nil
	if got := Stale(f, before.support(), before.records(), Records{}); len(got) != 1 {
		t.Errorf("nothing stored: %q", got)
	}
}

// The determined value is compared in full, the other values by their ranges.
func TestStaleValues(t *testing.T) {
	values := func(determined, other *tumenv1.StanceSupport) *tumenv1.Support {
		s := counts().support()
		s.Values = []*tumenv1.ValueSupport{
			{Label: "at least 501", Determined: true, Support: determined},
			{Label: "at most 600", AssertedBy: []string{"b", "a"}, Support: other},
		}
		return s
	}
	one := &tumenv1.StanceSupport{AtLeast: 1, AtMost: 1}
	moved := &tumenv1.StanceSupport{AtLeast: 1, AtMost: 1, Groups: []*tumenv1.OriginGroup{{Origins: []*tumenv1.Origin{{Source: "sources/s9"}}}}}
	f := approvedFinding(counts(), supported)
	f.ApprovedSupport = values(one, one)
	for _, row := range []struct {
		name string
		now  *tumenv1.Support
		want []string
	}{
		{"the same", values(one, one), nil},
		{"another origin of the determined value", values(moved, one), []string{"the determined value: sources/s9 is a new origin"}},
		{"another range of another value", values(one, &tumenv1.StanceSupport{AtLeast: 1, AtMost: 2}), []string{"at most 600: independent origins 1 to 2, approved at 1 to 1"}},
		{"another origin of another value", values(one, moved), nil},
		{"the determined value is not there", counts().support(), []string{"the determined value: independent origins 0 to 0, approved at 1 to 1"}},
		{"other order", func() *tumenv1.Support {
			s := values(one, one)
			s.Values[1].AssertedBy = []string{"a", "b"}
			slices.Reverse(s.Values)
			return s
		}(), nil},
	} {
		if got := Stale(f, row.now, counts().records(), Records{}); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestStaleByWhatAgrees(t *testing.T) {
	m := counts()
	f := approvedFinding(m, supported)
	m.sets = [][]string{{claimName("s1")}, {claimName("s4"), claimName("s13")}}
	want := []string{"what agrees: 2 that were not approved, 1 gone"}
	if got := Stale(f, m.support(), m.records(), Records{}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStaleByTheExplanation(t *testing.T) {
	m := october()
	f := approvedFinding(m, supported)
	s := m.support()
	s.Flags = []*tumenv1.Flag{{Kind: tumenv1.FlagKind_FLAG_KIND_OUTSIDE_RECORDED_TIME, Claim: claimName("s1")}}
	s.Denying.Cycles = []*tumenv1.Cycle{{Sources: []string{"sources/x", "sources/y"}}}
	want := []string{"denying, cycles: 1 that were not approved, 0 gone", "flags: 1 that were not approved, 0 gone"}
	if got := Stale(f, s, m.records(), Records{}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	flagged := s
	s = m.support() // a claim that went back to nobody counted now goes back to S1
	s.Supporting.Groups[0].Origins[0].Claims = append(s.Supporting.Groups[0].Origins[0].Claims, claimName("s5"))
	want = []string{"supporting: other claims go back to sources/s1"}
	if got := Stale(f, s, m.records(), Records{}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	s = flagged
	f.ApprovedSupport = s
	again := m.support()
	again.Flags = s.Flags
	again.Denying.Cycles = []*tumenv1.Cycle{{Sources: []string{"sources/y", "sources/x"}}}
	if got := Stale(f, again, m.records(), Records{}); got != nil {
		t.Errorf("the same in another order: %q", got)
	}
}

func TestEvidenceIsSortedAndComplete(t *testing.T) {
	m := october()
	m.sources["sources/s4"].Revision = 7
	got := EvidenceOf(m.claims, m.sources, m.ties)
	if len(got) != len(m.claims)+len(m.sources)+len(m.ties) {
		t.Errorf("%d records, want all", len(got))
	}
	if !slices.IsSortedFunc(got, func(a, b *tumenv1.Evidence) int { return strings.Compare(a.GetName(), b.GetName()) }) {
		t.Errorf("not sorted: %v", got)
	}
	at := slices.IndexFunc(got, func(e *tumenv1.Evidence) bool { return e.GetName() == "sources/s4" })
	if at < 0 || got[at].GetRevision() != 7 {
		t.Errorf("sources/s4 at %d without its revision 7", at)
	}
}

func TestReasonsAreLimited(t *testing.T) {
	before, after := october(), october()
	for i := range 300 {
		m := string(rune('a'+i/26)) + string(rune('a'+i%26))
		after.source(m, tumenv1.Basis_BASIS_NOT_STATED, 0)
		after.claim(m, tumenv1.Stance_STANCE_ASSERTS, 0)
	}
	got := Stale(approvedFinding(before, supported), after.support(), after.records(), before.records())
	if len(got) != maxReasons || !strings.HasPrefix(got[maxReasons-1], "and ") {
		t.Errorf("%d reasons, the last %q", len(got), got[len(got)-1])
	}
}
