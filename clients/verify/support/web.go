package support

import (
	"slices"
	"strings"
)

// mostNamed is how many origins a support names for one claim, the first by name.
const mostNamed = 50

// web is where the claims of one stance come from. Its nodes are these claims, by
// their place, and then the sources at which one arrives without finding a claim of
// theirs.
//
// A relayed claim leads to what the sources that it names say here, in claims of
// the stance, or else to these sources; one that names none leads, loosely, to what
// its source relays. So does a relayed source that says nothing here.
type web struct {
	e       *Evidence
	bonds   *bonds
	work    *work
	stance  Stance
	claims  []*Claim
	spoken  map[string]map[Stance]bool // what a source's own claims take
	own     map[string][]int           // a source's claims of the stance
	nodes   []string                   // the sources behind the claims
	number  map[string]int             // of such a source
	links   [][]int
	loose   []bool
	open    []bool     // of a claim: its origin is not known
	entries [][]string // of a claim: where that is to be sought

	firm, all *knots
	class     []string // of a knot of all links: the origin that it stands for, or ""
	mine      []string // of a claim: the unknown origin of its own, or ""
	possible  [][]string
	led       []*led
}

func newWeb(e *Evidence, b *bonds, w *work, stance Stance) *web {
	g := &web{e: e, bonds: b, work: w, stance: stance, spoken: map[string]map[Stance]bool{}, own: map[string][]int{}, number: map[string]int{}}
	for _, c := range e.Claims {
		if c.Stance == stance {
			g.claims = append(g.claims, c)
		}
		if g.spoken[c.Source] == nil {
			g.spoken[c.Source] = map[Stance]bool{}
		}
		g.spoken[c.Source][c.Stance] = true
	}
	slices.SortFunc(g.claims, func(a, b *Claim) int { return strings.Compare(a.Name, b.Name) })
	for i, c := range g.claims {
		g.own[c.Source] = append(g.own[c.Source], i)
	}
	g.link()
	firm := slices.Clone(g.links)
	for n := range firm {
		if g.loose[n] {
			firm[n] = nil
		}
	}
	g.firm, g.all = knotsOf(firm), knotsOf(g.links)
	g.classify()
	g.possible, g.led = make([][]string, len(g.claims)), make([]*led, len(g.claims))
	return g
}

func (g *web) relayed(claim int) bool { return g.e.basis(g.claims[claim]) == Relayed }

func (g *web) isClaim(node int) bool { return node < len(g.claims) }

// opposed: the source takes another stance here, so that it never counts.
func (g *web) opposed(source string) bool {
	taken := g.spoken[source]
	return len(taken) > 1 || len(taken) == 1 && !taken[g.stance]
}

// stuck: the source is relayed and says nothing here.
func (g *web) stuck(source string) bool {
	return len(g.spoken[source]) == 0 && g.e.basisOf(source) == Relayed
}

// behind gives the nodes at which one arrives who goes back to the sources.
func (g *web) behind(sources []string) []int {
	var nodes []int
	for _, s := range sources {
		if own := g.own[s]; len(own) > 0 {
			nodes = append(nodes, own...)
			continue
		}
		n, there := g.number[s]
		if !there {
			n = len(g.claims) + len(g.nodes)
			g.number[s] = n
			g.nodes = append(g.nodes, s)
		}
		nodes = append(nodes, n)
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

func (g *web) link() {
	g.open, g.entries = make([]bool, len(g.claims)), make([][]string, len(g.claims))
	for i, c := range g.claims {
		var links []int
		loose := false
		switch {
		case !g.relayed(i):
		case len(c.Relays) == 0:
			g.open[i], g.entries[i], loose = true, g.e.relaysOf(c.Source), true
			links = g.behind(g.entries[i])
		default:
			links = g.behind(c.Relays)
			for _, s := range c.Relays {
				if g.stuck(s) {
					g.open[i], g.entries[i] = true, append(g.entries[i], s)
				}
			}
		}
		g.links, g.loose = append(g.links, links), append(g.loose, loose)
	}
	for i := 0; i < len(g.nodes); i++ { // more come while they are linked
		var links []int
		stuck := g.stuck(g.nodes[i])
		if stuck {
			links = g.behind(g.e.relaysOf(g.nodes[i]))
		}
		g.links, g.loose = append(g.links, links), append(g.loose, stuck)
	}
}

// origin is the source at which following ends in a node, or "". It may be opposed.
func (g *web) origin(node int) string {
	if g.isClaim(node) {
		if g.relayed(node) {
			return ""
		}
		return g.claims[node].Source
	}
	if s := g.nodes[node-len(g.claims)]; !g.stuck(s) {
		return s
	}
	return ""
}

// classify says for which origin each knot stands: those joined by known ties are
// one, a tangle is one unknown, and a claim that goes back to nothing has an unknown
// one of its own. Knots come in the order in which that can be told.
func (g *web) classify() {
	g.class, g.mine = make([]string, len(g.all.nodes)), make([]string, len(g.claims))
	some := make([]bool, len(g.all.nodes)) // an origin lies there or behind
	for x, nodes := range g.all.nodes {
		for _, n := range nodes {
			for _, to := range g.links[n] {
				some[x] = some[x] || some[g.all.of[to]]
			}
		}
		unknown := "unknown " + g.nameOf(nodes)
		if g.all.tangled[x] {
			g.class[x], some[x] = unknown, true
		} else if s := g.origin(nodes[0]); s != "" && !g.opposed(s) {
			g.class[x] = "known " + g.bonds.known.first(s)
		}
		for _, n := range nodes {
			if g.isClaim(n) && g.open[n] && !slices.ContainsFunc(g.behind(g.entries[n]), func(to int) bool { return some[g.all.of[to]] }) {
				g.class[x], g.mine[n] = unknown, unknown
			}
		}
		some[x] = some[x] || g.class[x] != ""
	}
}

// nameOf names a knot after the first of its nodes.
func (g *web) nameOf(nodes []int) string {
	n := slices.Min(nodes)
	if g.isClaim(n) {
		return g.claims[n].Name
	}
	return g.nodes[n-len(g.claims)]
}

// reach gives all nodes that some lead to, themselves too.
func (g *web) reach(from []int, loosely bool) []int {
	seen := make([]bool, len(g.links))
	g.work.on(len(seen) / 8)
	var reached []int
	visit := func(list []int) {
		for _, n := range list {
			if !seen[n] {
				seen[n] = true
				reached = append(reached, n)
			}
		}
	}
	visit(from)
	for i := 0; i < len(reached) && g.work.on(1+len(g.links[reached[i]])); i++ {
		if loosely || !g.loose[reached[i]] {
			visit(g.links[reached[i]])
		}
	}
	return reached
}

// led is what a claim leads to, of each list the first by name.
type led struct {
	origins, opposed []string
	open             []int
	tangled          bool
}

// leads is what a claim leads to by firm links.
func (g *web) leads(claim int) *led {
	if l := g.led[claim]; l != nil {
		return l
	}
	l := &led{}
	for _, n := range g.reach([]int{claim}, false) {
		l.tangled = l.tangled || g.firm.tangled[g.firm.of[n]]
		if g.isClaim(n) && g.open[n] {
			l.open = append(l.open, n)
		} else {
			l.take(g, n)
		}
	}
	g.led[claim] = l.shortened()
	g.work.on(keeping * (len(l.origins) + len(l.opposed) + len(l.open)))
	return l
}

// mayLead is what an open claim may go back to.
func (g *web) mayLead(claim int) *led {
	l := &led{}
	for _, n := range g.reach(g.behind(g.entries[claim]), true) {
		l.take(g, n)
	}
	return l.shortened()
}

func (l *led) take(g *web, node int) {
	switch s := g.origin(node); {
	case s == "":
	case g.opposed(s):
		l.opposed = append(l.opposed, s)
	default:
		l.origins = append(l.origins, s)
	}
}

func (l *led) shortened() *led {
	l.origins, l.opposed = firstOf(l.origins), firstOf(l.opposed)
	slices.Sort(l.open)
	l.open = l.open[:min(len(l.open), mostNamed)]
	return l
}

// firstOf gives the first names, each once.
func firstOf(names []string) []string {
	names = distinct(names)
	return names[:min(len(names), mostNamed)]
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// classes are the origins that an open claim may go back to, as classes.
func (g *web) classes(claim int) []string {
	if g.possible[claim] != nil {
		return g.possible[claim]
	}
	var found []string
	for _, n := range g.reach(g.behind(g.entries[claim]), true) {
		if k := g.class[g.all.of[n]]; k != "" {
			found = append(found, k)
		}
	}
	if g.mine[claim] != "" {
		found = append(found, g.mine[claim])
	}
	g.possible[claim] = distinct(found)
	g.work.on(keeping * len(found))
	return g.possible[claim]
}

// sourcesIn are the sources of a tangle.
func (g *web) sourcesIn(knot int) []string {
	var names []string
	for _, n := range g.all.nodes[knot] {
		if g.isClaim(n) {
			names = append(names, g.claims[n].Source)
		} else {
			names = append(names, g.nodes[n-len(g.claims)])
		}
	}
	return distinct(names)
}

// weakest is the basis that says least among a source's unrelayed claims of the
// stance, or that of the source where it has none.
func (g *web) weakest(source string) Basis {
	least := Basis(0)
	for _, i := range g.own[source] {
		if !g.relayed(i) {
			least = max(least, g.e.basis(g.claims[i]))
		}
	}
	if least == 0 {
		return g.e.basisOf(source)
	}
	return least
}
