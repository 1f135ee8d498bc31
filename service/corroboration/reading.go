package corroboration

import (
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// reading is the evidence by number: sources and claims are numbered in the
// order of their names, so that nothing depends on the order of input.
type reading struct {
	e       Evidence
	names   []string         // of sources, sorted
	number  map[string]int32 // of a source, by name
	basis   []tumenv1.Basis  // of a source
	relays  [][]int32        // of a source: sources, ascending, each once
	stances []stanceSet      // of a source: what its own claims take here
	claims  []reported       // sorted by name
	ties    *bonds
}

// reported is a claim as read.
type reported struct {
	claim  *tumenv1.Claim
	name   string
	source int32
	basis  tumenv1.Basis
	relays []int32 // named ones, ascending, each once
	parts  []part  // what it says; nothing of what is withheld
	hidden bool    // what it says is withheld
}

func (c *reported) relayed() bool { return c.basis == tumenv1.Basis_BASIS_RELAYED }

// stanceSet has a bit per stance.
type stanceSet uint8

func (s stanceSet) has(stance tumenv1.Stance) bool { return s&(1<<stance) != 0 }

func (s stanceSet) hasOther(stance tumenv1.Stance) bool { return s&^(1<<stance) != 0 }

func (s stanceSet) several() bool { return s&(s-1) != 0 }

func read(e Evidence) *reading {
	r := &reading{e: e}
	claims := standing(e)
	r.numberSources(claims)
	r.readSources()
	r.stances = make([]stanceSet, len(r.names))
	r.claims = make([]reported, len(claims))
	for i, c := range claims {
		n := r.number[c.GetSource()]
		r.claims[i] = reported{
			claim:  c,
			name:   c.GetName(),
			source: n,
			basis:  BasisOf(c, e.Sources[c.GetSource()]),
			relays: r.numbers(c.GetRelays()),
			hidden: e.Withheld[c.GetName()],
		}
		if !r.claims[i].hidden {
			r.claims[i].parts = partsOf(c.GetValue(), c.GetProtectedValue()).list
		}
		r.stances[n] |= 1 << c.GetStance()
	}
	r.ties = readTies(r, e.Ties)
	return r
}

// standing returns the claims that stand, sorted by name, each once.
func standing(e Evidence) []*tumenv1.Claim {
	var claims []*tumenv1.Claim
	for _, c := range e.Claims {
		switch {
		case c == nil, c.GetDeleteTime() != nil,
			c.GetState() == tumenv1.ClaimState_CLAIM_STATE_SUPERSEDED,
			c.GetState() == tumenv1.ClaimState_CLAIM_STATE_RETRACTED,
			c.GetAspect() != e.Aspect && c.GetAspect() != tumenv1.Aspect_ASPECT_UNSPECIFIED:
			continue
		}
		switch c.GetStance() {
		case asserts, denies, doesNotConfirm:
			claims = append(claims, c)
		}
	}
	slices.SortFunc(claims, func(a, b *tumenv1.Claim) int { return strings.Compare(a.GetName(), b.GetName()) })
	return slices.CompactFunc(claims, func(a, b *tumenv1.Claim) bool { return a.GetName() == b.GetName() })
}

const (
	asserts        = tumenv1.Stance_STANCE_ASSERTS
	denies         = tumenv1.Stance_STANCE_DENIES
	doesNotConfirm = tumenv1.Stance_STANCE_DOES_NOT_CONFIRM
)

func (r *reading) numberSources(claims []*tumenv1.Claim) {
	r.number = make(map[string]int32, len(r.e.Sources))
	add := func(name string) {
		if _, ok := r.number[name]; !ok {
			r.number[name] = 0
			r.names = append(r.names, name)
		}
	}
	for name, s := range r.e.Sources {
		add(name)
		for _, to := range s.GetRelays() {
			add(to.GetSource())
		}
	}
	for _, c := range claims {
		add(c.GetSource())
		for _, to := range c.GetRelays() {
			add(to)
		}
	}
	for _, t := range r.e.Ties {
		add(t.GetA())
		add(t.GetB())
	}
	slices.Sort(r.names)
	for i, name := range r.names {
		r.number[name] = int32(i)
	}
}

func (r *reading) readSources() {
	r.basis = make([]tumenv1.Basis, len(r.names))
	r.relays = make([][]int32, len(r.names))
	for i, name := range r.names {
		s := r.e.Sources[name]
		r.basis[i] = sourceBasis(s)
		if s == nil || s.GetDeleteTime() != nil {
			continue
		}
		to := make([]int32, 0, len(s.GetRelays()))
		for _, relay := range s.GetRelays() {
			to = append(to, r.number[relay.GetSource()])
		}
		r.relays[i] = ascending(to)
	}
}

func (r *reading) numbers(names []string) []int32 {
	if len(names) == 0 {
		return nil
	}
	list := make([]int32, len(names))
	for i, name := range names {
		list[i] = r.number[name]
	}
	return ascending(list)
}

func ascending(list []int32) []int32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// sourceNames turns numbers into names.
func (r *reading) sourceNames(list []int32) []string {
	if len(list) == 0 {
		return nil
	}
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = r.names[n]
	}
	return names
}
