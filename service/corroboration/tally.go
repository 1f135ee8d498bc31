package corroboration

// tally counts the origins of a growing set of claims of one stance. Adding
// all of n claims one by one, counting after each, costs hardly more than
// counting once.
type tally struct {
	g *relayGraph

	round   int32 // marks what belongs to the current count
	seen    []int32
	counted []int32 // of a source
	ground  []int32 // of a source
	known   []int32 // of a component by known ties
	groups  []int32 // of a component by all ties
	cycles  []int32 // of a component of all links
	listed  []int32 // of a claim

	origins  []int32 // counted, in the order in which they were found
	circular []int32 // counted cycles: components of all links
	open     []int32 // unresolved claims, in the order in which they were found
	atMost   int     // without unresolved claims
	grounded int     // groups with a grounded origin

	pairing *pairing
}

// bounds are the two numbers of a range of independent origins.
type bounds struct{ atLeast, atMost int }

func newTally(g *relayGraph) *tally {
	t := &tally{g: g}
	if len(g.claims) == 0 {
		return t
	}
	t.seen = make([]int32, len(g.links))
	t.counted, t.ground = make([]int32, len(g.names)), make([]int32, len(g.names))
	t.known, t.groups = make([]int32, g.ties.knownGroups), make([]int32, g.ties.anyGroups)
	t.cycles = make([]int32, len(g.all.within))
	t.listed = make([]int32, len(g.claims))
	t.pairing = newPairing(g)
	t.reset()
	return t
}

// reset begins a new count.
func (t *tally) reset() {
	t.round++
	t.origins, t.circular, t.open = t.origins[:0], t.circular[:0], t.open[:0]
	t.atMost, t.grounded = 0, 0
	t.pairing.reset()
}

// mark marks a thing and says whether it was not marked yet.
func (t *tally) mark(marks []int32, i int32) bool {
	if marks[i] == t.round {
		return false
	}
	marks[i] = t.round
	return true
}

// add adds a claim, by its place in the stance. A source that a relay leads to
// is as grounded as the weakest of its claims here, unless one that is added
// itself says more: the others may not entail the value that is counted.
func (t *tally) add(claim int32) {
	c := t.g.at(claim)
	if !c.relayed() {
		t.count(c.source, Grounded(c.basis))
		return
	}
	queue := []int32{t.g.node(claim)}
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if !t.mark(t.seen, n) {
			continue
		}
		if t.g.firm.cyclic[t.g.firm.of[n]] {
			t.countCycle(t.g.all.of[n])
		}
		if s := t.g.origin(n); s != none {
			t.count(s, Grounded(t.g.weakest[s]))
		} else if i := t.g.claimAt(n); t.g.isClaim(n) && t.g.open[i] && t.mark(t.listed, i) {
			t.open = append(t.open, i)
			t.pairing.add(i)
		}
		if !t.g.loose[n] {
			queue = append(queue, t.g.links[n]...)
		}
	}
}

func (t *tally) count(source int32, grounded bool) {
	if t.g.opposed(source) {
		return
	}
	if t.mark(t.counted, source) {
		t.origins = append(t.origins, source)
		if k := t.g.ties.known[source]; t.mark(t.known, k) {
			t.atMost++
			t.pairing.takeAway(k)
		}
	}
	if grounded && t.mark(t.ground, source) && t.mark(t.groups, t.g.ties.any[source]) {
		t.grounded++
	}
}

func (t *tally) countCycle(component int32) {
	if t.mark(t.cycles, component) {
		t.circular = append(t.circular, component)
		t.atMost++
		t.pairing.takeAway(t.g.class[component])
	}
}

// bounds counts what was added so far.
func (t *tally) bounds() bounds {
	b := bounds{atLeast: t.grounded, atMost: t.atMost}
	if len(t.open) > 0 {
		b.atMost += t.pairing.size()
	}
	if b.atLeast == 0 && b.atMost > 0 {
		b.atLeast = 1
	}
	return b
}
