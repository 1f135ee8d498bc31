package support

import (
	"slices"
	"strings"
)

// confirmers is how many independent origins a claim graded 1 needs.
const confirmers = 2

// flagUnconfirmed flags claims graded 1 for which too few stand: for what an
// asserting one says, or else for its stance.
func (a *assessment) flagUnconfirmed(g *web, standing int) {
	v := a.asserted
	for _, c := range g.claims {
		if c.Credibility != confirmed {
			continue
		}
		n := standing
		if g.stance == Asserts && c.Value != nil {
			n = g.count(v.entailing(func(o *Claim) bool { return a.e.saysValue(partsOf(o.Value), c.Value) })).atLeast()
		}
		if n < confirmers {
			a.flags = append(a.flags, Flag{Kind: NotConfirmed, Claim: c.Name, Source: c.Source})
		}
	}
}

// flagTangles flags, once, each tangle that a claim of the stance may go back to.
func (a *assessment) flagTangles(g *web) {
	all := make([]int, len(g.claims))
	for i := range all {
		all[i] = i
	}
	seen := map[int]bool{}
	for _, n := range g.reach(all, true) {
		k := g.all.of[n]
		if !g.all.tangled[k] || seen[k] {
			continue
		}
		seen[k] = true
		f := Flag{Kind: RelayCycle, Source: g.sourcesIn(k)[0]}
		for _, m := range g.all.nodes[k] {
			if g.isClaim(m) && (f.Claim == "" || g.claims[m].Name < f.Claim) {
				f.Claim = g.claims[m].Name
			}
		}
		if key := strings.Join(g.sourcesIn(k), " "); !slices.Contains(a.tangled, key) {
			a.tangled = append(a.tangled, key)
			a.flags = append(a.flags, f)
		}
	}
}

// flagContradictions flags the sources that take more than one stance.
func (a *assessment) flagContradictions() {
	for s, taken := range a.webs[Asserts].spoken {
		if len(taken) > 1 {
			a.flags = append(a.flags, Flag{Kind: ContradictsItself, Source: s})
		}
	}
}

// relayFlags are those of an asserting relay: an origin named for each that it
// differs from. where none of them is among the origins that are named, one of them
// stands for all.
func (a *assessment) relayFlags(claim int) (named []string, anyOf []string) {
	from := a.asserted.differs[claim]
	if len(from) == 0 {
		return nil, nil
	}
	if named = a.webs[Asserts].named(claim, from); len(named) > 0 {
		return named, nil
	}
	return nil, from
}
