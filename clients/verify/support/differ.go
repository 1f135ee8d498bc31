package support

import "slices"

// A relay differs from an origin if what the origin's own claims of the stance say,
// all of it together, leaves part of the relay's value unsaid. Such a relay backs no
// value.

// differing finds, by claim, the origins that a relay differs from.
func (g *web) differing() [][]string {
	said := map[string][]part{}
	for i, c := range g.claims {
		if !g.relayed(i) {
			said[c.Source] = append(said[c.Source], partsOf(c.Value)...)
		}
	}
	from := make([][]string, len(g.claims))
	for i, c := range g.claims {
		parts := partsOf(c.Value)
		if !g.relayed(i) || len(parts) == 0 {
			continue
		}
		for _, n := range g.reach([]int{i}, false) {
			s := g.origin(n)
			if s == "" || !g.isClaim(n) || !g.work.on(len(parts)*(1+len(said[s]))) {
				continue
			}
			if !g.e.saysParts(said[s], parts) {
				from[i] = append(from[i], s)
			}
		}
		from[i] = distinct(from[i])
	}
	return from
}

// named gives those of the origins that a relay differs from which a support names.
func (g *web) named(claim int, from []string) []string {
	l := g.leads(claim)
	candidates := firstOf(append(slices.Clone(l.origins), l.opposed...))
	return slices.DeleteFunc(candidates, func(s string) bool { return !slices.Contains(from, s) })
}
