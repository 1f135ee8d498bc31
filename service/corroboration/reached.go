package corroboration

import "slices"

// reached is what a part of the relays leads to, for the explanation: of each
// list only the first by name, since the whole would grow with the square of
// the relays. No count rests on it.
type reached struct {
	origins []int32 // sources, ascending
	opposed []int32 // sources that take another stance, ascending
	open    []int32 // unresolved claims of the stance, ascending (firm links only)
	cycle   bool
	more    bool // a list was shortened
}

// gather finds what firm links lead to and, where a claim is unresolved, what
// all links lead to.
func (g *relayGraph) gather() {
	g.named = gatherOver(g.firm, func(n int32) reached {
		if g.isClaim(n) && g.open[g.claimAt(n)] {
			return reached{open: []int32{g.claimAt(n)}}
		}
		return g.end(n)
	})
	if slices.Contains(g.open, true) {
		g.possible = gatherOver(g.all, g.end)
	}
}

func (g *relayGraph) end(n int32) reached {
	switch s := g.origin(n); {
	case s == none:
		return reached{}
	case g.opposed(s):
		return reached{opposed: []int32{s}}
	default:
		return reached{origins: []int32{s}}
	}
}

func gatherOver(c *components, end func(int32) reached) []reached {
	all := make([]reached, len(c.within))
	for x, nodes := range c.within {
		r := reached{cycle: c.cyclic[x]}
		for _, n := range nodes {
			r = r.with(end(n))
		}
		for _, y := range c.to[x] {
			r = r.with(all[y])
		}
		all[x] = r
	}
	return all
}

func (r reached) with(o reached) reached {
	var cutOrigins, cutOpposed, cutOpen bool
	r.origins, cutOrigins = firstOf(r.origins, o.origins)
	r.opposed, cutOpposed = firstOf(r.opposed, o.opposed)
	r.open, cutOpen = firstOf(r.open, o.open)
	r.cycle = r.cycle || o.cycle
	r.more = r.more || o.more || cutOrigins || cutOpposed || cutOpen
	return r
}

// firstOf merges two ascending lists, keeps the first mostReached and says
// whether it left any out. It may return one of the two itself.
func firstOf(a, b []int32) (merged []int32, cut bool) {
	switch {
	case len(b) == 0:
		return a, false
	case len(a) == 0:
		return b, false
	}
	merged = make([]int32, 0, min(len(a)+len(b), mostReached))
	for len(a) > 0 || len(b) > 0 {
		if len(merged) == mostReached {
			return merged, true
		}
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			merged, a = append(merged, a[0]), a[1:]
		case len(a) == 0 || b[0] < a[0]:
			merged, b = append(merged, b[0]), b[1:]
		default:
			merged, a, b = append(merged, a[0]), a[1:], b[1:]
		}
	}
	return merged, false
}

// leads is what a claim leads to by firm links.
func (g *relayGraph) leads(claim int32) reached { return g.named[g.firm.of[g.node(claim)]] }

// mayLead is what an unresolved claim may go back to.
func (g *relayGraph) mayLead(claim int32) reached {
	var r reached
	for _, n := range g.entries[claim] {
		r = r.with(g.possible[g.all.of[n]])
	}
	return r
}
