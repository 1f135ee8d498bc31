package corroboration

import (
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// relayGraph is where the claims of one stance come from. Its nodes are the
// sources (by their number) and then the claims of the stance (number of
// sources plus place in claims).
//
// A source leads to its own claims of the stance or, where it has no claim at
// all and is relayed, to what it relays. A relayed claim leads to the sources
// that it names or, where it names none, to what its source relays. The links
// of a relayed source without claim and of a claim that names nobody are loose:
// they say only where it may come from. All others are firm.
type relayGraph struct {
	*reading
	stance  tumenv1.Stance
	claims  []int32 // places in reading.claims
	links   [][]int32
	loose   []bool
	entries [][]int32       // of a claim: where its unknown origin may be sought
	open    []bool          // of a claim: it is unresolved
	weakest []tumenv1.Basis // of a source: of its unrelayed claims here or, without any, of itself

	firm *components // by firm links alone
	all  *components // by all links

	// Of the components of all: the class of origins that it stands for, or
	// none. Origins joined by known ties are one class: their component there;
	// unknown origins follow, each numbered by the component it belongs to.
	class   []int32
	classes int
	ofClass [][]int32 // components of a class
	from    [][]int32 // components that lead to it
	own     []int32   // of a claim: the class of its own unknown origin, or none

	// What firm links lead to, by component of firm, and what all links lead
	// to, by component of all; only the first of each.
	named    []reached
	possible []reached
}

const none = int32(-1)

func newRelayGraph(r *reading, stance tumenv1.Stance) *relayGraph {
	g := &relayGraph{reading: r, stance: stance}
	for i := range r.claims {
		if r.claims[i].claim.GetStance() == stance {
			g.claims = append(g.claims, int32(i))
		}
	}
	if len(g.claims) == 0 {
		return g
	}
	g.link()
	g.firm = condense(len(g.links), func(n int32) []int32 {
		if g.loose[n] {
			return nil
		}
		return g.links[n]
	})
	g.all = condense(len(g.links), func(n int32) []int32 { return g.links[n] })
	g.classify()
	g.from = backwards(g.all.to)
	g.gather()
	return g
}

func (g *relayGraph) node(claim int32) int32   { return int32(len(g.names)) + claim }
func (g *relayGraph) claimAt(node int32) int32 { return node - int32(len(g.names)) }
func (g *relayGraph) isClaim(node int32) bool  { return int(node) >= len(g.names) }

// at returns a claim of the stance by its place in it.
func (g *relayGraph) at(claim int32) *reported { return &g.reading.claims[g.claims[claim]] }

// opposed says that a source takes another stance here: it is never counted.
func (g *relayGraph) opposed(source int32) bool { return g.stances[source].hasOther(g.stance) }

// stuck says that following leads to a relayed source that has no claim here.
func (g *relayGraph) stuck(source int32) bool {
	return g.stances[source] == 0 && g.basis[source] == tumenv1.Basis_BASIS_RELAYED
}

// origin is the source for which a node is the end of following, or none. It
// may be opposed.
func (g *relayGraph) origin(node int32) int32 {
	if g.isClaim(node) {
		if c := g.at(g.claimAt(node)); !c.relayed() {
			return c.source
		}
		return none
	}
	if g.stances[node].has(g.stance) || g.stuck(node) {
		return none
	}
	return node
}

func (g *relayGraph) link() {
	nodes := len(g.names) + len(g.claims)
	g.links, g.loose = make([][]int32, nodes), make([]bool, nodes)
	g.entries, g.open = make([][]int32, len(g.claims)), make([]bool, len(g.claims))
	g.weakest = slices.Clone(g.basis)
	spoke := make([]bool, len(g.names))
	for i := range g.claims {
		c, n := g.at(int32(i)), g.node(int32(i))
		g.links[c.source] = append(g.links[c.source], n)
		if !c.relayed() {
			if !spoke[c.source] || c.basis > g.weakest[c.source] {
				g.weakest[c.source] = c.basis
			}
			spoke[c.source] = true
		}
		switch {
		case !c.relayed():
		case len(c.relays) == 0:
			g.links[n], g.loose[n] = g.reading.relays[c.source], true
			g.entries[i], g.open[i] = g.links[n], true
		default:
			g.links[n] = c.relays
			for _, s := range c.relays {
				if g.stuck(s) {
					g.entries[i], g.open[i] = append(g.entries[i], s), true
				}
			}
		}
	}
	for s := range int32(len(g.names)) {
		if g.stuck(s) {
			g.links[s], g.loose[s] = g.reading.relays[s], true
		}
	}
}

// classify finds the class of each component of all links. A claim whose
// possible origins are none gets an unknown one of its own; what is tangled up
// in a cycle shares that of the cycle. Components come sinks first.
func (g *relayGraph) classify() {
	count, known := len(g.all.within), g.ties.knownGroups
	g.class, g.classes = make([]int32, count), known+count
	g.ofClass = make([][]int32, g.classes)
	g.own = make([]int32, len(g.claims))
	some := make([]bool, count) // it reaches an origin
	for x, nodes := range g.all.within {
		unknown := int32(known + x)
		g.class[x] = none
		for _, y := range g.all.to[x] {
			some[x] = some[x] || some[y]
		}
		if g.all.cyclic[x] {
			g.class[x], some[x] = unknown, true
		} else if s := g.origin(nodes[0]); s != none && !g.opposed(s) {
			g.class[x] = g.ties.known[s]
		}
		for _, n := range nodes {
			if !g.isClaim(n) {
				continue
			}
			i := g.claimAt(n)
			g.own[i] = none
			if g.open[i] && !g.anyReaches(some, g.entries[i]) {
				g.own[i], g.class[x] = unknown, unknown
			}
		}
		if g.class[x] != none {
			some[x] = true
			g.ofClass[g.class[x]] = append(g.ofClass[g.class[x]], int32(x))
		}
	}
}

func (g *relayGraph) anyReaches(some []bool, nodes []int32) bool {
	for _, n := range nodes {
		if some[g.all.of[n]] {
			return true
		}
	}
	return false
}
