package support

import (
	"slices"
	"strings"
)

// explain says how the count of some claims came about.
func (g *web) explain(members []int) (Standing, *count) {
	c := g.count(members)
	x := &explanation{web: g, members: members, count: c, origins: map[string]*Origin{}, brought: map[string]int{}, weighs: map[int]bool{}}
	x.out = Standing{AtLeast: c.atLeast(), AtMost: c.atMost()}
	for _, i := range members {
		x.out.Claims = append(x.out.Claims, g.claims[i].Name)
	}
	x.findOrigins()
	x.group()
	for _, i := range members {
		if g.relayed(i) {
			x.leaveRelay(i)
		} else if s := g.claims[i].Source; g.opposed(s) {
			x.leave(i, TakesAnotherStance, []string{s})
		}
	}
	for _, i := range c.open {
		may := g.mayLead(i)
		x.out.Unresolved = append(x.out.Unresolved, Unresolved{Claim: g.claims[i].Name, Source: g.claims[i].Source, PossibleOrigins: may.origins})
		if len(may.opposed) > 0 {
			x.leave(i, TakesAnotherStance, may.opposed)
		}
	}
	for _, k := range c.tangles {
		x.out.Cycles = append(x.out.Cycles, g.sourcesIn(k))
	}
	x.grade()
	return x.out, c
}

type explanation struct {
	*web
	members []int
	count   *count
	origins map[string]*Origin
	brought map[string]int // of an origin without a member of its own: the first relay that leads to it
	weighs  map[int]bool   // whose own grade counts
	out     Standing
}

// findOrigins lets the claims fall to the origins.
func (x *explanation) findOrigins() {
	for s := range x.count.origins {
		x.origins[s] = &Origin{Source: s}
	}
	for _, i := range x.members {
		c := x.claims[i]
		if o := x.origins[c.Source]; o != nil && !x.relayed(i) {
			o.Claims = append(o.Claims, c.Name)
			if b := x.e.basis(c); o.Basis == 0 || b < o.Basis {
				o.Basis = b
			}
			x.weighs[i] = true
		}
	}
	for _, i := range x.members {
		if !x.relayed(i) {
			continue
		}
		for _, s := range x.leads(i).origins {
			o := x.origins[s]
			if o == nil {
				continue
			}
			o.Claims = append(o.Claims, x.claims[i].Name)
			if o.Basis == 0 { // it has no member of its own
				if _, others := x.brought[s]; !others {
					x.brought[s] = i
				}
				x.weighs[i] = true
			}
		}
	}
	for s, o := range x.origins {
		if o.Basis == 0 {
			o.Basis = x.weakest(s)
		}
		o.Grounded = o.Basis.grounded()
	}
}

// group joins the origins by all ties.
func (x *explanation) group() {
	groups := map[string]*Group{}
	known := map[string]map[string]bool{}
	for s, o := range x.origins {
		first := x.bonds.any.first(s)
		if groups[first] == nil {
			groups[first], known[first] = &Group{}, map[string]bool{}
		}
		groups[first].Origins = append(groups[first].Origins, *o)
		groups[first].Grounded = groups[first].Grounded || o.Grounded
		known[first][x.bonds.known.first(s)] = true
	}
	for first, group := range groups {
		group.KnownDistinct = len(known[first])
		slices.SortFunc(group.Origins, func(a, b Origin) int { return strings.Compare(a.Source, b.Source) })
		x.out.Groups = append(x.out.Groups, *group)
	}
	slices.SortFunc(x.out.Groups, func(a, b Group) int { return strings.Compare(a.Origins[0].Source, b.Origins[0].Source) })
}

func (x *explanation) leave(claim int, why Reason, origins []string) {
	c := x.claims[claim]
	x.out.LeftOut = append(x.out.LeftOut, LeftOut{c.Name, c.Source, why, distinct(origins)})
}

// leaveRelay says what of a relay adds nothing.
func (x *explanation) leaveRelay(claim int) {
	l := x.leads(claim)
	var counted, open []string
	brings := false
	for _, s := range l.origins {
		if x.origins[s] != nil {
			counted = append(counted, s)
			first, ok := x.brought[s]
			brings = brings || ok && first == claim
		}
	}
	for _, i := range l.open {
		if i != claim {
			open = append(open, x.claims[i].Source)
		}
	}
	if len(l.opposed) > 0 {
		x.leave(claim, TakesAnotherStance, slices.Clone(l.opposed))
	}
	if len(counted) > 0 && !brings {
		x.leave(claim, RepeatsCounted, counted)
	}
	if len(open) > 0 && !x.open[claim] {
		x.leave(claim, UnresolvedRelay, open)
	}
	if l.tangled {
		x.leave(claim, InCycle, nil)
	}
}

// notCounted is what is left out of an open claim that does not count: which of its
// possible origins are counted already.
func (g *web) notCounted(c *count, claim int) LeftOut {
	var counted []string
	for _, s := range g.mayLead(claim).origins {
		if c.classes["known "+g.bonds.known.first(s)] {
			counted = append(counted, s)
		}
	}
	return LeftOut{g.claims[claim].Name, g.claims[claim].Source, UnresolvedRelay, counted}
}

// grade finds the best grades: of the counted origins, and of the claims that speak
// for them.
func (x *explanation) grade() {
	for s := range x.origins {
		if source := x.e.Sources[s]; source != nil {
			x.out.Reliability = better(x.out.Reliability, source.Reliability)
		}
	}
	for i := range x.weighs {
		x.out.Credibility = better(x.out.Credibility, x.claims[i].Credibility)
	}
}

// better is the better of two grades: the lower number, and any before none.
func better(a, b uint8) uint8 {
	if a == ungraded || b != ungraded && b < a {
		return b
	}
	return a
}
