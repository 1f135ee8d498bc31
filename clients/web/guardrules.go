package web

import (
	"slices"
	"strings"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// against is what stands against an outcome whatever a proposal says of it.
func (g *weighing) against(outcome tumenv1.FindingState) []string {
	var all []string
	add := func(holds bool, id string) {
		if !holds {
			all = append(all, g.words.Say("guard."+id))
		}
	}
	origins := g.grounded()
	switch outcome {
	case tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE:
		add(origins >= 1, "not_grounded")
		add(origins < 1 || g.graded(tumenv1.Reliability_RELIABILITY_C, tumenv1.Credibility_CREDIBILITY_POSSIBLY_TRUE), "grade_too_low")
	case tumenv1.FindingState_FINDING_STATE_CORROBORATED:
		add(origins >= 2, "too_few")
	case tumenv1.FindingState_FINDING_STATE_VERIFIED:
		add(origins >= 2, "too_few")
		add(g.direct(), "no_direct")
	case tumenv1.FindingState_FINDING_STATE_DISPUTED, tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE:
		support := g.finding.GetSupport()
		add(len(support.GetDenying().GetClaims()) > 0 || len(support.GetAgreement()) > 1, "nothing_disputes")
	}
	return all
}

// needed is what a proposal of an outcome has to say.
func (g *weighing) needed(outcome tumenv1.FindingState) []string {
	var all []string
	add := func(needs bool, id string, pairs ...any) {
		if needs {
			all = append(all, g.words.Say("guard."+id, pairs...))
		}
	}
	affirms := outcome <= tumenv1.FindingState_FINDING_STATE_VERIFIED
	add(affirms && g.finding.GetAspect() != tumenv1.Aspect_ASPECT_OCCURRENCE, "need_value")
	add(affirms && outcome != tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE, "need_independence")
	add(outcome == tumenv1.FindingState_FINDING_STATE_VERIFIED, "need_standard")
	if denials := g.deniers(); affirms && len(denials) > 0 {
		add(true, "need_denials", "sources", strings.Join(denials, "; "))
	}
	add(outcome == tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE, "need_contrary")
	add(outcome == tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, "need_tried")
	return all
}

// best is the support of the value that is carried furthest, or where the aspect has
// none, of what is asserted.
func (g *weighing) best() *tumenv1.StanceSupport {
	support := g.finding.GetSupport()
	best := support.GetSupporting()
	for i, value := range support.GetValues() {
		if i == 0 || value.GetSupport().GetAtLeast() > best.GetAtLeast() {
			best = value.GetSupport()
		}
	}
	return best
}

// grounded is how many independent origins count: what is graded 5, or comes from a
// source graded E, does not.
func (g *weighing) grounded() int {
	count := 0
	for _, group := range g.best().GetGroups() {
		if slices.ContainsFunc(group.GetOrigins(), func(o *tumenv1.Origin) bool {
			return o.GetGrounded() && len(g.counting(o)) > 0
		}) {
			count++
		}
	}
	return min(count, int(g.best().GetAtLeast()))
}

// counting are the claims by which an origin counts.
func (g *weighing) counting(o *tumenv1.Origin) []string {
	if g.source(o.GetSource()).GetReliability() == tumenv1.Reliability_RELIABILITY_E {
		return nil
	}
	var all []string
	for _, name := range o.GetClaims() {
		c := g.shelf.Claim(name)
		if c.GetCredibility() != tumenv1.Credibility_CREDIBILITY_IMPROBABLE && g.source(c.GetSource()).GetReliability() != tumenv1.Reliability_RELIABILITY_E {
			all = append(all, name)
		}
	}
	return all
}

// graded says whether a grounded origin, and a claim by which it counts, are graded so
// or better.
func (g *weighing) graded(reliability tumenv1.Reliability, credibility tumenv1.Credibility) bool {
	for _, group := range g.best().GetGroups() {
		for _, o := range group.GetOrigins() {
			if o.GetGrounded() && atLeast(int32(g.source(o.GetSource()).GetReliability()), int32(reliability)) && slices.ContainsFunc(g.counting(o), func(name string) bool {
				return atLeast(int32(g.shelf.Claim(name).GetCredibility()), int32(credibility))
			}) {
				return true
			}
		}
	}
	return false
}

// atLeast compares grades: 1 is the best, 0 is none.
func atLeast(grade, needed int32) bool { return grade > 0 && grade <= needed }

// direct says whether a claim is first-hand or an examined document, graded A–B and 1–2.
func (g *weighing) direct() bool {
	for _, group := range g.best().GetGroups() {
		for _, o := range group.GetOrigins() {
			for _, name := range g.counting(o) {
				c := g.shelf.Claim(name)
				source := g.source(c.GetSource())
				basis := c.GetBasis()
				if basis == tumenv1.Basis_BASIS_UNSPECIFIED {
					basis = source.GetBasis()
				}
				if (basis == tumenv1.Basis_BASIS_FIRST_HAND || c.GetExamination() != nil) &&
					atLeast(int32(source.GetReliability()), int32(tumenv1.Reliability_RELIABILITY_B)) &&
					atLeast(int32(c.GetCredibility()), int32(tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE)) {
					return true
				}
			}
		}
	}
	return false
}

// deniers are what the denying origins are called.
func (g *weighing) deniers() []string {
	return g.called(originsOf(g.finding.GetSupport().GetDenying()))
}

// originsOf are the origins of a stance; of a claim whose origin is not known its source.
func originsOf(stance *tumenv1.StanceSupport) map[string]bool {
	names := map[string]bool{}
	for _, group := range stance.GetGroups() {
		for _, o := range group.GetOrigins() {
			names[o.GetSource()] = true
		}
	}
	for _, u := range stance.GetUnresolved() {
		names[u.GetSource()] = true
	}
	delete(names, "")
	return names
}

// ownEvidence is what the member recorded or changed last of what a finding rests on, as
// far as it is on the shelf.
func (g *weighing) ownEvidence() []string {
	rests, names := map[string]bool{}, map[string]bool{}
	labels.NamesIn(g.finding.GetSupport().ProtoReflect(), rests)
	for name, r := range g.shelf.records {
		by, ok := r.(interface {
			GetCreator() string
			GetUpdater() string
		})
		if !ok || by.GetCreator() != g.self && by.GetUpdater() != g.self {
			continue
		}
		switch r.(type) {
		case *tumenv1.Claim, *tumenv1.Source, *tumenv1.Tie:
			names[name] = rests[name]
		}
	}
	return g.called(names)
}

func (g *weighing) called(names map[string]bool) []string {
	var all []string
	for name, is := range names {
		if is {
			all = append(all, g.shelf.Label(name))
		}
	}
	slices.SortFunc(all, labels.Compare)
	return slices.Compact(all)
}

func (g *weighing) source(name string) *tumenv1.Source {
	s, _ := g.shelf.records[name].(*tumenv1.Source)
	return s
}
