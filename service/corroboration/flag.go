package corroboration

import (
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// contradictions flags the sources that take more than one stance.
func (r *reading) contradictions() []*tumenv1.Flag {
	var flags []*tumenv1.Flag
	for s, taken := range r.stances {
		if taken.several() {
			flags = append(flags, &tumenv1.Flag{
				Kind:   tumenv1.FlagKind_FLAG_KIND_CONTRADICTS_ITSELF,
				Source: r.names[s],
				Text:   "the source takes more than one stance here; as an origin it counts for none",
			})
		}
	}
	return flags
}

// circles flags the relays that lead back to themselves and matter to a claim
// of the stance. Each is flagged once, under its sources joined.
func (g *relayGraph) circles(flagged map[string]bool) []*tumenv1.Flag {
	if len(g.claims) == 0 {
		return nil
	}
	var flags []*tumenv1.Flag
	led := g.ledTo()
	for x := range g.all.within {
		if !g.all.cyclic[x] || !led[x] {
			continue
		}
		sources := g.sourceNames(g.tangled(int32(x)))
		key := strings.Join(sources, "\x00")
		if flagged[key] {
			continue
		}
		flagged[key] = true
		f := &tumenv1.Flag{
			Kind:   tumenv1.FlagKind_FLAG_KIND_RELAY_CYCLE,
			Source: sources[0],
			Text:   "relays lead back to themselves; what comes of them is one unknown origin",
		}
		for _, n := range g.all.within[x] {
			if g.isClaim(n) && (f.Claim == "" || g.at(g.claimAt(n)).name < f.Claim) {
				f.Claim = g.at(g.claimAt(n)).name
			}
		}
		flags = append(flags, f)
	}
	return flags
}

// tangled are the sources of a cyclic component, ascending.
func (g *relayGraph) tangled(component int32) []int32 {
	var sources []int32
	for _, n := range g.all.within[component] {
		if g.isClaim(n) {
			sources = append(sources, g.at(g.claimAt(n)).source)
		} else {
			sources = append(sources, n)
		}
	}
	return ascending(sources)
}

// ledTo says of each component of all links whether a claim of the stance may
// go back to it. Links lead from higher numbers to lower.
func (g *relayGraph) ledTo() []bool {
	led := make([]bool, len(g.all.within))
	for x := len(led) - 1; x >= 0; x-- {
		led[x] = led[x] || slices.ContainsFunc(g.all.within[x], g.isClaim)
		if led[x] {
			for _, y := range g.all.to[x] {
				led[y] = true
			}
		}
	}
	return led
}
