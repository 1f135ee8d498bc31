package verification

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

// anyMatter draws a matter of up to eight sources that each take a stance, with
// ties between some and relays of some.
func anyMatter(t *rapid.T) *matter {
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	n := rapid.IntRange(1, 8).Draw(t, "sources")
	for i := range n {
		key := fmt.Sprintf("s%d", i)
		m.source(key, tumenv1.Basis(rapid.SampledFrom([]int{1, 1, 2, 2, 3, 4, 5}).Draw(t, "basis")), tumenv1.Reliability(rapid.SampledFrom([]int{1, 2, 2, 3, 3, 0, 4, 5, 6}).Draw(t, "reliability")))
		c := m.claim(key, tumenv1.Stance(rapid.SampledFrom([]int{1, 1, 1, 1, 2, 3}).Draw(t, "stance")), tumenv1.Credibility(rapid.SampledFrom([]int{2, 2, 2, 3, 3, 0, 1, 4, 5, 6}).Draw(t, "credibility")))
		if i > 0 && rapid.IntRange(0, 5).Draw(t, "relays") == 0 {
			c.Relays = []string{fmt.Sprintf("sources/s%d", rapid.IntRange(0, i-1).Draw(t, "relayed"))}
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "ties") {
		m.tie(fmt.Sprintf("s%d", rapid.IntRange(0, n-1).Draw(t, "a")), fmt.Sprintf("s%d", rapid.IntRange(0, n-1).Draw(t, "b")))
	}
	return m
}

// anyConclusion draws a conclusion that often enough says all it has to.
func anyConclusion(t *rapid.T, m *matter) *tumenv1.Conclusion {
	c := &tumenv1.Conclusion{
		Outcome:    tumenv1.FindingState(rapid.IntRange(4, 9).Draw(t, "outcome")),
		Rationale:  rapid.SampledFrom([]string{"weighed", "weighed", "weighed", "weighed", "weighed", "weighed", ""}).Draw(t, "rationale"),
		Standard:   tumenv1.StandardOfProof(rapid.IntRange(0, 5).Draw(t, "standard")),
		Likelihood: tumenv1.Likelihood(rapid.SampledFrom([]int{0, 0, 0, 0, 0, 2, 5, 7}).Draw(t, "likelihood")),
		Tried:      rapid.SampledFrom([]string{"asked", ""}).Draw(t, "tried"),
		Confidence: tumenv1.Confidence(rapid.IntRange(0, 3).Draw(t, "confidence")),
	}
	w, err := weigh(weighed(m, c))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range w.deniers() {
		if rapid.IntRange(0, 9).Draw(t, "addressed") > 0 {
			c.AddressedDenials = append(c.AddressedDenials, &tumenv1.AddressedDenial{Origin: name, Rationale: "weighed"})
		}
	}
	if groups := m.support().GetSupporting().GetGroups(); len(groups) > 1 && rapid.IntRange(0, 3).Draw(t, "independence") > 0 {
		i := rapid.IntRange(1, len(groups)-1).Draw(t, "pair")
		c.Independence = []*tumenv1.Independence{{A: groups[0].Origins[0].Source, B: groups[i].Origins[0].Source, Why: "differ"}}
	}
	for name, claim := range m.claims {
		if c.Outcome == inaccurate && claim.Stance == tumenv1.Stance_STANCE_DENIES {
			c.Contrary = append(c.Contrary, name)
		}
	}
	slices.Sort(c.Contrary)
	return c
}

// weighed puts a conclusion before the guards as the server does: supports come
// from corroboration, that of the value over the claims that may count.
func weighed(m *matter, c *tumenv1.Conclusion) Situation {
	s := m.situation(c)
	s.Support = corroboration.Assess(m.evidence(all))
	s.ForValue = corroboration.Assess(m.evidence(func(c *tumenv1.Claim) bool {
		return Countable(c, m.sources[c.Source])
	})).GetSupporting()
	return s
}

// A denial, addressed as it may be, never makes acceptable what was refused,
// except where it is the outcome's own ground: neither before the guards as the
// server puts a conclusion there, nor where every claim counts.
func TestDenialNeverHelpsWhatItDenies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		c := anyConclusion(t, m)
		if c.Outcome == disputed || c.Outcome == inaccurate {
			c.Outcome = supported
		}
		by := rapid.SampledFrom(slices.Sorted(maps.Keys(m.sources))).Draw(t, "denier")
		credibility := tumenv1.Credibility(rapid.IntRange(0, 6).Draw(t, "credibility of the denial"))
		denialDoesNotHelp(t, m, c, by, credibility, func(c *tumenv1.Conclusion) Situation { return m.situation(c) })
		denialDoesNotHelp(t, m, c, by, credibility, func(c *tumenv1.Conclusion) Situation { return weighed(m, c) })
	})
}

// denialDoesNotHelp tries a conclusion without and with one more denial, which it
// addresses both times where that may be.
func denialDoesNotHelp(t *rapid.T, m *matter, of *tumenv1.Conclusion, by string, credibility tumenv1.Credibility, put func(*tumenv1.Conclusion) Situation) {
	c := proto.CloneOf(of)
	addressed := &tumenv1.AddressedDenial{Origin: by, Rationale: "weighed"}
	w, err := weigh(put(c))
	if err != nil {
		t.Fatal(err)
	}
	// Who denies is another here and there: one may only address who does.
	c.AddressedDenials = slices.DeleteFunc(c.AddressedDenials, func(a *tumenv1.AddressedDenial) bool {
		return !slices.Contains(w.deniers(), a.GetOrigin())
	})
	if slices.Contains(w.deniers(), by) {
		c.AddressedDenials = append(c.AddressedDenials, addressed)
	}
	before := CheckPropose(put(c))
	name := claimName("denial")
	m.claims[name] = &tumenv1.Claim{
		Name: name, Source: by, Subjects: []string{subject}, Aspect: m.aspect, Revision: 1,
		Stance: tumenv1.Stance_STANCE_DENIES, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, Credibility: credibility,
	}
	defer delete(m.claims, name)
	c.AddressedDenials = append(c.AddressedDenials, addressed)
	if after := CheckPropose(put(c)); before != nil && after == nil {
		t.Fatalf("refused (%v), then with one more denial accepted", before)
	}
}

// What holds at proposing holds at approving, and only for another member
// without a part in it.
func TestApprovalIsProposalByAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		s := m.situation(anyConclusion(t, m))
		mayPropose := CheckPropose(s) == nil
		p := proposed(s)
		if mayApprove := CheckApprove(p) == nil; mayApprove != mayPropose {
			t.Fatalf("may be proposed: %t, approved: %t", mayPropose, mayApprove)
		}
		p.Actor = proposer
		if CheckApprove(p) == nil {
			t.Fatal("approved by who proposed it")
		}
		p.Actor = approver
		p.Contributors[approver] = []string{rapid.SampledFrom(slices.Sorted(maps.Keys(m.claims))).Draw(t, "recorded")}
		if CheckApprove(p) == nil {
			t.Fatal("approved by who recorded it")
		}
	})
}

// Nothing is changed by asking, and the order in which things come doesn't
// matter: maps come in another order each time.
func TestSameAnswerEachTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		s := m.situation(anyConclusion(t, m))
		first := fmt.Sprint(CheckPropose(s))
		slices.Reverse(s.Support.Denying.Groups)
		if again := fmt.Sprint(CheckPropose(s)); again != first {
			t.Fatalf("first %s\nthen  %s", first, again)
		}
	})
}

// What never counts changes no guard that wants support: with it left out of the
// value's support, as callers should, or not, the answer is the same.
func TestUncountableClaimsNeverCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		c := anyConclusion(t, m)
		if !Affirms(c.Outcome) {
			c.Outcome = credible
		}
		whole := m.situation(c)
		filtered := m.situation(c)
		filtered.ForValue = m.stance(tumenv1.Stance_STANCE_ASSERTS, func(c *tumenv1.Claim) bool {
			return Countable(c, m.sources[c.Source])
		})
		if a, b := CheckPropose(whole), CheckPropose(filtered); (a == nil) != (b == nil) {
			t.Fatalf("over all claims %v, over those that may count %v", a, b)
		}
		real := weighed(m, c)
		lax := real
		lax.ForValue = real.Support.GetSupporting()
		if a, b := CheckPropose(lax), CheckPropose(real); (a == nil) && (b != nil) {
			t.Fatalf("accepted over all claims, over those that may count %v", b)
		}
		for name, claim := range m.claims {
			if claim.Stance == tumenv1.Stance_STANCE_ASSERTS && !Countable(claim, m.sources[claim.Source]) {
				for _, counted := range mustWeigh(t, whole).forValue.claims {
					if counted == name {
						t.Fatalf("%s counts", name)
					}
				}
			}
		}
	})
}

func mustWeigh(t *rapid.T, s Situation) *weighing {
	w, err := weigh(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What was approved a moment ago is not stale, and a claim more makes it so.
func TestFreshIsNotStale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		f := approvedFinding(m, tumenv1.FindingState(rapid.IntRange(4, 9).Draw(t, "outcome")))
		if got := Stale(f, m.support(), m.records(), Records{}); len(got) > 0 {
			t.Fatalf("stale at once: %q", got)
		}
		f.ApprovedSupport = corroboration.Assess(m.evidence(all))
		if got := Stale(f, corroboration.Assess(m.evidence(all)), m.records(), Records{}); len(got) > 0 {
			t.Fatalf("stale at once: %q", got)
		}
		m.source("new", tumenv1.Basis(rapid.IntRange(1, 5).Draw(t, "basis")), 0)
		m.claim("new", tumenv1.Stance(rapid.IntRange(1, 3).Draw(t, "stance")), 0)
		if got := Stale(f, m.support(), m.records(), Records{}); len(got) == 0 {
			t.Fatal("a new claim, and not stale")
		}
	})
}
