package corroboration

import (
	"maps"
	"math"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// differing finds the asserting relays whose value is not entailed by what one
// of their origins itself says here. It returns, by place in the stance, such
// an origin or none.
func (g *relayGraph) differing() []int32 {
	from := make([]int32, len(g.claims))
	for i := range from {
		from[i] = none
	}
	if !slices.ContainsFunc(g.claims, func(c int32) bool { return g.reading.claims[c].relayed() }) {
		return from
	}
	said := g.ownParts()
	axes, others := g.relayedParts()
	for _, a := range axes {
		best := make(map[int32]float64, len(said))
		for s, list := range said {
			best[s] = bestBound(list, a)
		}
		worst := g.worstBounds(a, best)
		g.markDiffering(from, func(p *part, component int32) int32 {
			if w := worst[component]; p.kind == threshold && p.axis == a && w.origin != none && falls(a, w.bound, p.bound) {
				return w.origin
			}
			return none
		})
	}
	for _, q := range others {
		bad := make(map[int32]bool)
		for s, list := range said {
			bad[s] = !g.e.entailsPart(list, q)
		}
		first := g.firstBad(bad)
		g.markDiffering(from, func(p *part, component int32) int32 {
			if p.key == q.key {
				return first[component]
			}
			return none
		})
	}
	return from
}

// ownParts is what each source says in unrelayed claims of the stance, all of
// it together; it has an entry, if an empty one, for each that has such a claim
// and of whose claims none is withheld: from those nobody differs for all that
// may be told.
func (g *relayGraph) ownParts() map[int32][]part {
	said, hidden := make(map[int32][]part), make(map[int32]bool)
	for i := range g.claims {
		if c := g.at(int32(i)); !c.relayed() {
			said[c.source] = append(said[c.source], c.parts...)
			hidden[c.source] = hidden[c.source] || c.hidden
		}
	}
	maps.DeleteFunc(said, func(s int32, _ []part) bool { return hidden[s] })
	return said
}

// relayedParts is what relays say: the axes of their bounds, and each
// different other part.
func (g *relayGraph) relayedParts() (axes []axis, others []*part) {
	seenAxis, seenKey := make(map[axis]bool), make(map[string]bool)
	for i := range g.claims {
		c := g.at(int32(i))
		if !c.relayed() {
			continue
		}
		for j := range c.parts {
			switch p := &c.parts[j]; {
			case p.kind == threshold && !seenAxis[p.axis]:
				seenAxis[p.axis] = true
				axes = append(axes, p.axis)
			case p.kind != threshold && !seenKey[p.key]:
				seenKey[p.key] = true
				others = append(others, p)
			}
		}
	}
	return axes, others
}

// falls says that a bound falls short of entailing another on the same axis.
func falls(a axis, bound, wanted float64) bool {
	if a.upper {
		return bound > wanted
	}
	return bound < wanted
}

// bestBound is the strongest bound on an axis; infinitely weak where none is.
func bestBound(list []part, a axis) float64 {
	best := math.Inf(-1)
	if a.upper {
		best = math.Inf(1)
	}
	for i := range list {
		if p := &list[i]; p.kind == threshold && p.axis == a && falls(a, best, p.bound) {
			best = p.bound
		}
	}
	return best
}

// weakest is the weakest of the bounds that the origins reached state
// themselves.
type weakest struct {
	bound  float64
	origin int32 // none where none speaks here itself
}

func (g *relayGraph) worstBounds(a axis, best map[int32]float64) []weakest {
	worst := make([]weakest, len(g.firm.within))
	for x, nodes := range g.firm.within {
		w := weakest{origin: none}
		take := func(o weakest) {
			if o.origin != none && (w.origin == none || falls(a, o.bound, w.bound) ||
				o.bound == w.bound && o.origin < w.origin) {
				w = o
			}
		}
		for _, n := range nodes {
			if s := g.origin(n); s != none && g.isClaim(n) {
				if bound, told := best[s]; told {
					take(weakest{bound, s})
				}
			}
		}
		for _, y := range g.firm.to[x] {
			take(worst[y])
		}
		worst[x] = w
	}
	return worst
}

// firstBad is, by component, the first bad origin reached.
func (g *relayGraph) firstBad(bad map[int32]bool) []int32 {
	first := make([]int32, len(g.firm.within))
	for x, nodes := range g.firm.within {
		first[x] = none
		take := func(s int32) {
			if s != none && (first[x] == none || s < first[x]) {
				first[x] = s
			}
		}
		for _, n := range nodes {
			if s := g.origin(n); s != none && g.isClaim(n) && bad[s] {
				take(s)
			}
		}
		for _, y := range g.firm.to[x] {
			take(first[y])
		}
	}
	return first
}

func (g *relayGraph) markDiffering(from []int32, origin func(p *part, component int32) int32) {
	for i := range g.claims {
		c := g.at(int32(i))
		if !c.relayed() || from[i] != none {
			continue
		}
		for j := range c.parts {
			if s := origin(&c.parts[j], g.firm.of[g.node(int32(i))]); s != none {
				from[i] = s
				break
			}
		}
	}
}

// differingFlags names each relay that differs, with each of its origins that
// it differs from (of those that can be named).
func (g *relayGraph) differingFlags(from []int32) []*tumenv1.Flag {
	said := g.ownParts()
	var flags []*tumenv1.Flag
	for i, first := range from {
		if first == none {
			continue
		}
		c := g.at(int32(i))
		var origins []int32
		leads := g.leads(int32(i))
		candidates, _ := firstOf(leads.origins, leads.opposed)
		for _, s := range candidates {
			if own, speaks := said[s]; speaks && !g.saysAll(own, c.parts) {
				origins = append(origins, s)
			}
		}
		if len(origins) == 0 {
			origins = []int32{first}
		}
		for _, s := range origins {
			flags = append(flags, &tumenv1.Flag{
				Kind:  tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS,
				Claim: c.name, Source: g.names[c.source], Origin: g.names[s],
				Text: "the relay says what its origin's own claim does not entail; it backs no value",
			})
		}
	}
	return flags
}

func (g *relayGraph) saysAll(said, wanted []part) bool {
	for i := range wanted {
		if !g.e.entailsPart(said, &wanted[i]) {
			return false
		}
	}
	return true
}
