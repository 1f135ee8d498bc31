package verification

import (
	"maps"
	"slices"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
	"tumen/service/fault"
)

const (
	subject  = "cases/c/events/e1"
	proposer = "organisations/o/members/proposer"
	approver = "organisations/o/members/approver"
)

// matter is a small matter on one aspect of one event, from which the tests
// derive supports by an obvious method: every unrelayed claim is an origin, ties
// join.
type matter struct {
	aspect  tumenv1.Aspect
	sources map[string]*tumenv1.Source
	claims  map[string]*tumenv1.Claim
	ties    map[string]*tumenv1.Tie
	sets    [][]string // agreeing sets of claims
}

func newMatter(aspect tumenv1.Aspect) *matter {
	return &matter{
		aspect: aspect, sources: map[string]*tumenv1.Source{},
		claims: map[string]*tumenv1.Claim{}, ties: map[string]*tumenv1.Tie{},
	}
}

func (m *matter) source(key string, basis tumenv1.Basis, grade tumenv1.Reliability) *tumenv1.Source {
	s := &tumenv1.Source{Name: "sources/" + key, Basis: basis, Reliability: grade, Revision: 1, Title: "title of " + key}
	m.sources[s.Name] = s
	return s
}

func claimName(key string) string { return "cases/c/claims/" + key }

func (m *matter) claim(source string, stance tumenv1.Stance, grade tumenv1.Credibility) *tumenv1.Claim {
	c := &tumenv1.Claim{
		Name: claimName(source), Source: "sources/" + source, Subjects: []string{"cases/c/events/other", subject},
		Aspect: m.aspect, Stance: stance, Credibility: grade, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, Revision: 1,
	}
	m.claims[c.Name] = c
	return c
}

func (m *matter) tie(a, b string) {
	name := "ties/" + a + "-" + b
	m.ties[name] = &tumenv1.Tie{Name: name, Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: "sources/" + a, B: "sources/" + b, Revision: 1}
}

// stance derives the support of one stance from those claims that only keeps.
func (m *matter) stance(stance tumenv1.Stance, only func(*tumenv1.Claim) bool) *tumenv1.StanceSupport {
	out := &tumenv1.StanceSupport{}
	groupOf := map[string]*tumenv1.OriginGroup{}
	for _, name := range slices.Sorted(maps.Keys(m.claims)) {
		c := m.claims[name]
		if c.Stance != stance || c.State != tumenv1.ClaimState_CLAIM_STATE_ACTIVE || !only(c) {
			continue
		}
		out.Claims = append(out.Claims, name)
		origin := c.Source
		if len(c.Relays) == 1 {
			origin = c.Relays[0]
		} else if c.Basis == tumenv1.Basis_BASIS_RELAYED {
			out.Unresolved = append(out.Unresolved, &tumenv1.Unresolved{Claim: name, Source: c.Source, Counted: true})
			out.AtMost++
			continue
		}
		if g := groupOf[origin]; g != nil {
			g.Origins[0].Claims = append(g.Origins[0].Claims, name)
			continue
		}
		basis := m.sources[origin].GetBasis()
		if c.Source == origin && c.Basis != tumenv1.Basis_BASIS_UNSPECIFIED {
			basis = c.Basis
		}
		ok := basis == tumenv1.Basis_BASIS_FIRST_HAND || basis == tumenv1.Basis_BASIS_OWN_CONTACTS
		groupOf[origin] = &tumenv1.OriginGroup{
			Grounded: ok, KnownDistinct: 1,
			Origins: []*tumenv1.Origin{{Source: origin, Basis: basis, Grounded: ok, Claims: []string{name}}},
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.ties)) {
		a, b := groupOf[m.ties[name].A], groupOf[m.ties[name].B]
		if a == nil || b == nil || a == b {
			continue
		}
		a.Origins = append(a.Origins, b.Origins...)
		a.Grounded = a.Grounded || b.Grounded
		a.KnownDistinct += b.KnownDistinct
		for origin, g := range groupOf {
			if g == b {
				groupOf[origin] = a
			}
		}
	}
	listGroups(out, groupOf)
	return out
}

// listGroups lists each group once and counts.
func listGroups(out *tumenv1.StanceSupport, groupOf map[string]*tumenv1.OriginGroup) {
	listed := map[*tumenv1.OriginGroup]bool{}
	for _, origin := range slices.Sorted(maps.Keys(groupOf)) {
		g := groupOf[origin]
		out.AtMost++
		if listed[g] {
			continue
		}
		listed[g] = true
		out.Groups = append(out.Groups, g)
		if g.Grounded {
			out.AtLeast++
		}
	}
	if out.AtLeast == 0 && out.AtMost > 0 {
		out.AtLeast = 1
	}
}

func all(*tumenv1.Claim) bool { return true }

func (m *matter) support() *tumenv1.Support {
	s := &tumenv1.Support{
		Supporting:    m.stance(tumenv1.Stance_STANCE_ASSERTS, all),
		Denying:       m.stance(tumenv1.Stance_STANCE_DENIES, all),
		NotConfirming: m.stance(tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, all),
	}
	for _, set := range m.sets {
		s.Agreement = append(s.Agreement, &tumenv1.Agreement{Claims: set})
	}
	return s
}

// evidence is the matter as corroboration takes it, with those claims that only
// keeps.
func (m *matter) evidence(only func(*tumenv1.Claim) bool) corroboration.Evidence {
	e := corroboration.Evidence{Aspect: m.aspect, Sources: m.sources}
	for _, name := range slices.Sorted(maps.Keys(m.claims)) {
		if c := m.claims[name]; only(c) {
			e.Claims = append(e.Claims, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.ties)) {
		e.Ties = append(e.Ties, m.ties[name])
	}
	return e
}

func (m *matter) records() Records {
	return Records{Claims: m.claims, Sources: m.sources, Ties: m.ties}
}

// situation puts a conclusion before the guards; entails are the keys of the
// claims that entail its value, none for all that assert.
func (m *matter) situation(c *tumenv1.Conclusion, entails ...string) Situation {
	only := all
	if len(entails) > 0 {
		only = func(c *tumenv1.Claim) bool { return slices.Contains(entails, c.Name[len("cases/c/claims/"):]) }
	}
	return Situation{
		Finding: &tumenv1.Finding{
			Name: "cases/c/findings/f", Subject: subject, Aspect: m.aspect,
			State: tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW,
		},
		Conclusion: c, Support: m.support(), ForValue: m.stance(tumenv1.Stance_STANCE_ASSERTS, only),
		Claims: m.claims, Sources: m.sources, Actor: proposer,
	}
}

// proposed is the same situation one step on, before the approver.
func proposed(s Situation) Situation {
	s.Finding.State = tumenv1.FindingState_FINDING_STATE_PROPOSED
	s.Finding.Proposer = proposer
	s.Finding.Conclusion = s.Conclusion
	s.Finding.ProtectedValue = s.Conclusion.GetProtectedValue()
	s.Actor = approver
	s.Contributors = map[string][]string{}
	return s
}

// october is the occurrence of E1 in the October 2023 matter: S1, S4, S6 and S8
// assert it, S7 denies it, S12 doesn't confirm it; S6 is possibly S4 in its
// contacts. Grades are examples.
func october() *matter {
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	m.source("s1", tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Reliability_RELIABILITY_B)
	m.source("s4", tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Reliability_RELIABILITY_C)
	m.source("s6", tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Reliability_RELIABILITY_A)
	m.source("s7", tumenv1.Basis_BASIS_OFFICIAL_STATEMENT, tumenv1.Reliability_RELIABILITY_D)
	m.source("s8", tumenv1.Basis_BASIS_OFFICIAL_STATEMENT, tumenv1.Reliability_RELIABILITY_B)
	m.source("s12", tumenv1.Basis_BASIS_OFFICIAL_STATEMENT, tumenv1.Reliability_RELIABILITY_B)
	for _, key := range []string{"s1", "s4", "s6", "s8"} {
		m.claim(key, tumenv1.Stance_STANCE_ASSERTS, tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE)
	}
	m.claim("s7", tumenv1.Stance_STANCE_DENIES, tumenv1.Credibility_CREDIBILITY_DOUBTFUL)
	m.claim("s12", tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, tumenv1.Credibility_CREDIBILITY_UNSPECIFIED)
	m.tie("s4", "s6")
	return m
}

// counts is the count of E1: 540-600 agrees, S13's other figure of the tests is
// added by them.
func counts() *matter {
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	m.source("s1", tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Reliability_RELIABILITY_B)
	m.source("s4", tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Reliability_RELIABILITY_C)
	m.source("s13", tumenv1.Basis_BASIS_NOT_STATED, tumenv1.Reliability_RELIABILITY_B)
	for _, key := range []string{"s1", "s4", "s13"} {
		m.claim(key, tumenv1.Stance_STANCE_ASSERTS, tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE)
	}
	m.sets = [][]string{{claimName("s1"), claimName("s4"), claimName("s13")}}
	return m
}

func atLeast501() *tumenv1.Value {
	low := int64(501)
	return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: &low}}}
}

// concluded is a conclusion to the outcome that the October matter bears out.
func concluded(outcome tumenv1.FindingState) *tumenv1.Conclusion {
	c := &tumenv1.Conclusion{Outcome: outcome, Rationale: "weighed"}
	if Affirms(outcome) {
		c.AddressedDenials = []*tumenv1.AddressedDenial{{Origin: "sources/s7", Rationale: "speaks for the accused authority"}}
	}
	switch outcome {
	case tumenv1.FindingState_FINDING_STATE_CORROBORATED, tumenv1.FindingState_FINDING_STATE_VERIFIED:
		c.Independence = []*tumenv1.Independence{{A: "sources/s1", B: "sources/s4", Why: "their contacts are in different cities"}}
	case tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE:
		c.Tried = "asked both embassies"
	}
	if outcome == tumenv1.FindingState_FINDING_STATE_VERIFIED {
		c.Standard = tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS
	}
	return c
}

func wantReason(t *testing.T, err error, reason string) *fault.Error {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return nil
	}
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Refused || f.Reason != reason {
		t.Fatalf("got %v (%+v), want refused with %s", err, f, reason)
	}
	return f
}
