package corroboration

import "slices"

// pairing pairs unresolved claims with distinct classes of origins that they
// may go back to, as many as can be, leaving out claims one of whose possible
// origins is counted already. The possible origins are never listed: they are
// sought along the relays, as a flow in which only the two ends are limited.
type pairing struct {
	g *relayGraph

	counted []bool  // of a class
	all     []int32 // the classes so marked
	taken   []int32 // those of them not yet spread backwards
	settled []bool  // of a component: it leads to a counted class
	spread  []int32 // the components so marked

	waiting []int32 // claims that take part
	classOf []int32 // of a claim: the class it is paired with, or none
	claimOf []int32 // of a class: the claim it is paired with, or none
	paired  int
	dirty   bool // more may be paired than is

	pass      int32
	next      []int32 // of a component: where to look on, in this pass
	nextPass  []int32
	entry     []int32 // of a claim: the same
	entryPass []int32
	tried     []int32 // of a class: the pass in which it was tried
	path      []hop
}

// hop is a claim or a component on the way from an unpaired claim to a class.
type hop struct {
	at    int32
	claim bool
}

func newPairing(g *relayGraph) *pairing {
	p := &pairing{g: g}
	if !slices.Contains(g.open, true) {
		return p
	}
	components := len(g.all.within)
	p.settled, p.counted = make([]bool, components), make([]bool, g.classes)
	p.classOf, p.claimOf = make([]int32, len(g.claims)), make([]int32, g.classes)
	for i := range p.classOf {
		p.classOf[i] = none
	}
	for i := range p.claimOf {
		p.claimOf[i] = none
	}
	p.next, p.nextPass = make([]int32, components), make([]int32, components)
	p.entry, p.entryPass = make([]int32, len(g.claims)), make([]int32, len(g.claims))
	p.tried = make([]int32, g.classes)
	return p
}

func (p *pairing) reset() {
	for _, x := range p.spread {
		p.settled[x] = false
	}
	for _, k := range p.all {
		p.counted[k] = false
	}
	for _, i := range p.waiting {
		p.part(i)
	}
	p.all, p.taken, p.spread, p.waiting = p.all[:0], p.taken[:0], p.spread[:0], p.waiting[:0]
	p.paired, p.dirty = 0, false
}

func (p *pairing) part(claim int32) {
	if k := p.classOf[claim]; k != none {
		p.classOf[claim], p.claimOf[k] = none, none
		p.paired--
	}
}

// add lets an unresolved claim take part.
func (p *pairing) add(claim int32) { p.waiting, p.dirty = append(p.waiting, claim), true }

// takeAway says that a class is counted.
func (p *pairing) takeAway(class int32) {
	if p.settled != nil {
		p.counted[class] = true
		p.all, p.taken = append(p.all, class), append(p.taken, class)
	}
}

// size is how many pairs there can be.
func (p *pairing) size() int {
	p.dismiss()
	for p.dirty && p.paired < len(p.waiting) {
		before := p.paired
		p.pass++
		for _, i := range p.waiting {
			if p.classOf[i] == none && p.seek(i) {
				p.paired++
			}
		}
		p.dirty = p.paired > before
	}
	p.dirty = false
	return p.paired
}

// dismiss lets go of the claims that may go back to a counted class.
func (p *pairing) dismiss() {
	if len(p.taken) == 0 && !p.dirty {
		return
	}
	var back []int32
	for _, class := range p.taken {
		back = append(back, p.g.ofClass[class]...)
	}
	p.taken = p.taken[:0]
	for len(back) > 0 {
		x := back[len(back)-1]
		back = back[:len(back)-1]
		if !p.settled[x] {
			p.settled[x] = true
			p.spread = append(p.spread, x)
			back = append(back, p.g.from[x]...)
		}
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(i int32) bool {
		gone := p.answered(i)
		if gone {
			p.part(i)
			p.dirty = true
		}
		return gone
	})
}

// answered says that a possible origin of a claim is counted.
func (p *pairing) answered(claim int32) bool {
	for _, n := range p.g.entries[claim] {
		if p.settled[p.g.all.of[n]] {
			return true
		}
	}
	k := p.g.own[claim]
	return k != none && p.counted[k]
}

// seek looks for a class for an unpaired claim, if need be by pairing others
// anew, and pairs it. What was tried in vain in this pass is not tried again.
func (p *pairing) seek(claim int32) bool {
	p.path = append(p.path[:0], hop{claim, true})
	for len(p.path) > 0 {
		class, child, ok := p.look(p.path[len(p.path)-1])
		switch {
		case !ok: // nothing more here: step back and look on behind it
			p.path = p.path[:len(p.path)-1]
			if len(p.path) > 0 {
				p.forward(p.path[len(p.path)-1])
			}
		case class == none:
			p.path = append(p.path, hop{child, false})
		case p.tried[class] == p.pass:
			p.forward(p.path[len(p.path)-1])
		default:
			p.tried[class] = p.pass
			if p.claimOf[class] == none {
				p.pairAlong(class)
				return true
			}
			p.path = append(p.path, hop{p.claimOf[class], true})
		}
	}
	return false
}

// look returns what a hop leads to next: a class, or else a component.
func (p *pairing) look(h hop) (class, child int32, ok bool) {
	own, to := none, []int32(nil)
	var at int32
	if h.claim {
		if p.entryPass[h.at] != p.pass {
			p.entryPass[h.at], p.entry[h.at] = p.pass, 0
		}
		own, to, at = p.g.own[h.at], p.g.entries[h.at], p.entry[h.at]
	} else {
		if p.nextPass[h.at] != p.pass {
			p.nextPass[h.at], p.next[h.at] = p.pass, 0
		}
		own, to, at = p.g.class[h.at], p.g.all.to[h.at], p.next[h.at]
	}
	if own != none {
		if at == 0 {
			return own, none, true
		}
		at--
	}
	if int(at) >= len(to) {
		return none, none, false
	}
	child = to[at]
	if h.claim {
		child = p.g.all.of[child]
	}
	return none, child, true
}

func (p *pairing) forward(h hop) {
	if h.claim {
		p.entry[h.at]++
	} else {
		p.next[h.at]++
	}
}

// pairAlong pairs the claims on the path anew, the last with class.
func (p *pairing) pairAlong(class int32) {
	for i := len(p.path) - 1; i >= 0; i-- {
		if h := p.path[i]; h.claim {
			before := p.classOf[h.at]
			p.classOf[h.at], p.claimOf[class] = class, h.at
			class = before
		}
	}
}
