package support

import "slices"

// count is the independent origins behind some claims of a stance.
type count struct {
	origins  map[string]bool // the counted ones; true: grounded
	classes  map[string]bool // counted
	tangles  []int           // counted knots of all links
	open     []int           // claims whose origin is not known, ascending
	waiting  []int           // those none of whose possible origins is counted
	pairs    int             // how many of those count
	grounded int             // groups
	known    int             // groups by known ties alone
}

func (c *count) atMost() int { return c.known + len(c.tangles) + c.pairs }

func (c *count) atLeast() int {
	if c.grounded == 0 && c.atMost() > 0 {
		return 1
	}
	return c.grounded
}

// count counts the origins of some claims.
func (g *web) count(members []int) *count {
	c := &count{origins: map[string]bool{}, classes: map[string]bool{}}
	var relays []int
	for _, i := range members {
		if g.relayed(i) {
			relays = append(relays, i)
		} else {
			c.take(g, g.claims[i].Source, g.e.basis(g.claims[i]))
		}
	}
	tangled := map[int]bool{}
	for _, n := range g.reach(relays, false) {
		if g.firm.tangled[g.firm.of[n]] && !tangled[g.all.of[n]] {
			tangled[g.all.of[n]] = true
			c.tangles = append(c.tangles, g.all.of[n])
			c.classes[g.class[g.all.of[n]]] = true
		}
		if s := g.origin(n); s != "" {
			c.take(g, s, g.weakest(s))
		} else if g.isClaim(n) && g.open[n] {
			c.open = append(c.open, n)
		}
	}
	groups, known := map[string]bool{}, map[string]bool{}
	for s, grounded := range c.origins {
		class := g.bonds.known.first(s)
		known[class], c.classes["known "+class] = true, true
		if grounded {
			groups[g.bonds.any.first(s)] = true
		}
	}
	c.known, c.grounded = len(known), len(groups)
	slices.Sort(c.open)
	c.pair(g)
	return c
}

func (c *count) take(g *web, source string, b Basis) {
	if !g.opposed(source) {
		c.origins[source] = c.origins[source] || b.grounded()
	}
}

// pair finds how many of the open claims count: as many as can have a possible
// origin each, all different, after those are gone whose origin may be counted
// already.
func (c *count) pair(g *web) {
	for _, i := range c.open {
		if !slices.ContainsFunc(g.classes(i), func(k string) bool { return c.classes[k] }) {
			c.waiting = append(c.waiting, i)
		}
	}
	c.pairs = g.pairs(c.waiting)
}

// pairs is how many open claims can have a possible origin each, all different.
func (g *web) pairs(claims []int) int {
	holder := map[string]int{}
	paired := 0
	for _, i := range claims {
		if g.seat(i, holder) {
			paired++
		}
	}
	return paired
}

// seat finds an origin for one more claim, if need be by giving others another. It
// looks breadth first.
func (g *web) seat(claim int, holder map[string]int) bool {
	type step struct {
		claim int
		over  string // the class by which one came
		from  int
	}
	steps := []step{{claim, "", -1}}
	tried := map[string]bool{}
	for at := 0; at < len(steps) && g.work.on(1+len(g.classes(steps[at].claim))); at++ {
		for _, k := range g.classes(steps[at].claim) {
			if tried[k] {
				continue
			}
			tried[k] = true
			held, taken := holder[k]
			if taken {
				steps = append(steps, step{held, k, at})
				continue
			}
			for i := at; i >= 0; i = steps[i].from { // each takes the next one's
				holder[k] = steps[i].claim
				k = steps[i].over
			}
			return true
		}
	}
	return false
}

// work bounds what one support may cost.
type work struct{ left int }

// keeping is what it costs to keep something until all is compared, so that the
// work bounds the memory too.
const keeping = 32

// on says whether so much more may be done.
func (w *work) on(n int) bool {
	w.left -= n
	return w.left > 0
}
