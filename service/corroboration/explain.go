package corroboration

import (
	"cmp"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// explanation builds the answer for some claims of one stance.
type explanation struct {
	g       *relayGraph
	t       *tally
	members []int32 // places in the stance, ascending

	origins map[int32]*tumenv1.Origin // counted ones, by source
	brought map[int32]int32           // of an origin without a member of its own: the first relay that leads to it
	weighed map[int32]bool            // claims whose own grade counts
	out     *tumenv1.StanceSupport
	short   *shortened
}

// shortened counts what was listed in part only.
type shortened struct{ relays, values, agreements int }

// explain counts the origins of the members and says how it came to that. It
// leaves the tally at these members.
func explain(g *relayGraph, t *tally, members []int32, short *shortened) *tumenv1.StanceSupport {
	x := &explanation{
		g: g, t: t, members: members, short: short,
		origins: make(map[int32]*tumenv1.Origin), brought: make(map[int32]int32), weighed: make(map[int32]bool),
		out: &tumenv1.StanceSupport{},
	}
	if len(members) == 0 {
		return x.out
	}
	b := countAll(t, members)
	x.out.AtLeast, x.out.AtMost = int32(b.atLeast), int32(b.atMost)
	for _, i := range members {
		x.out.Claims = append(x.out.Claims, g.at(i).name)
	}
	x.findOrigins()
	x.groupOrigins()
	x.leaveOut()
	x.listUnresolved()
	x.listCycles()
	x.grade()
	sortLeftOut(x.out.LeftOut)
	return x.out
}

// countAll counts exactly these claims.
func countAll(t *tally, members []int32) bounds {
	if len(members) == 0 {
		return bounds{}
	}
	t.reset()
	for _, i := range members {
		t.add(i)
	}
	return t.bounds()
}

// findOrigins says which claims fell to which counted origin.
func (x *explanation) findOrigins() {
	for _, s := range x.t.origins {
		x.origins[s] = &tumenv1.Origin{Source: x.g.names[s]}
	}
	for _, i := range x.members {
		c := x.g.at(i)
		if o := x.origins[c.source]; o != nil && !c.relayed() {
			o.Claims = append(o.Claims, c.name)
			o.Basis = better(o.Basis, c.basis)
			x.weighed[i] = true
		}
	}
	for _, i := range x.members {
		if x.g.at(i).relayed() {
			x.fall(i)
		}
	}
	for s, o := range x.origins {
		if o.Basis == tumenv1.Basis_BASIS_UNSPECIFIED {
			o.Basis = x.g.weakest[s]
		}
		o.Grounded = Grounded(o.Basis)
		slices.Sort(o.Claims)
	}
}

// fall lets a relay fall to its origins. It weighs for those that only relays
// speak for.
func (x *explanation) fall(relay int32) {
	for _, s := range x.g.leads(relay).origins {
		o := x.origins[s]
		if o == nil {
			continue
		}
		o.Claims = append(o.Claims, x.g.at(relay).name)
		if o.Basis != tumenv1.Basis_BASIS_UNSPECIFIED {
			continue // a claim of its own is among the members
		}
		if _, ok := x.brought[s]; !ok {
			x.brought[s] = relay
		}
		x.weighed[relay] = true
	}
}

// better is the basis that says more: first-hand before own contacts before
// official statement before not stated.
func better(a, b tumenv1.Basis) tumenv1.Basis {
	if a == tumenv1.Basis_BASIS_UNSPECIFIED || b < a {
		return b
	}
	return a
}

// groupOrigins joins the counted origins by all ties.
func (x *explanation) groupOrigins() {
	sources := slices.Clone(x.t.origins)
	slices.Sort(sources)
	groups := make(map[int32][]int32)
	var order []int32
	for _, s := range sources {
		k := x.g.ties.any[s]
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	for _, k := range order {
		g := &tumenv1.OriginGroup{Joints: x.g.ties.joints(x.g.reading, groups[k])}
		known := make(map[int32]bool)
		for _, s := range groups[k] {
			o := x.origins[s]
			g.Origins = append(g.Origins, o)
			g.Grounded = g.Grounded || o.GetGrounded()
			known[x.g.ties.known[s]] = true
		}
		g.KnownDistinct = int32(len(known))
		x.out.Groups = append(x.out.Groups, g)
	}
}

func (x *explanation) leave(claim int32, why tumenv1.LeftOutReason, origins []int32) {
	c := x.g.at(claim)
	x.out.LeftOut = append(x.out.LeftOut, &tumenv1.LeftOut{
		Claim: c.name, Source: x.g.names[c.source], Reason: why, Origins: x.g.sourceNames(origins),
	})
}

// leaveOut says which claims add nothing to the counted origins, and why.
func (x *explanation) leaveOut() {
	for _, i := range x.members {
		c := x.g.at(i)
		if !c.relayed() {
			if x.g.opposed(c.source) {
				x.leave(i, tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE, []int32{c.source})
			}
			continue
		}
		x.leaveOutRelay(i)
	}
}

func (x *explanation) leaveOutRelay(claim int32) {
	leads := x.g.leads(claim)
	if leads.more {
		x.short.relays++
	}
	var counted, open []int32
	brings := false
	for _, s := range leads.origins {
		if x.origins[s] != nil {
			counted = append(counted, s)
			first, ok := x.brought[s]
			brings = brings || ok && first == claim
		}
	}
	for _, i := range leads.open {
		if i != claim {
			open = append(open, x.g.at(i).source)
		}
	}
	if len(leads.opposed) > 0 {
		x.leave(claim, tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE, leads.opposed)
	}
	if len(counted) > 0 && !brings {
		x.leave(claim, tumenv1.LeftOutReason_LEFT_OUT_REASON_REPEATS_COUNTED_ORIGIN, counted)
	}
	if len(open) > 0 && !x.g.open[claim] {
		x.leave(claim, tumenv1.LeftOutReason_LEFT_OUT_REASON_UNRESOLVED_RELAY, ascending(open))
	}
	if leads.cycle {
		x.leave(claim, tumenv1.LeftOutReason_LEFT_OUT_REASON_CYCLE, nil)
	}
}

// listUnresolved says which unresolved claims count, and what they may go back
// to. Those that don't count may go back to a counted origin, or to no more
// origins than others that count.
func (x *explanation) listUnresolved() {
	open := slices.Clone(x.t.open)
	slices.Sort(open)
	for _, i := range open {
		c, may := x.g.at(i), x.g.mayLead(i)
		if may.more {
			x.short.relays++
		}
		counted := x.t.pairing.classOf[i] != none
		x.out.Unresolved = append(x.out.Unresolved, &tumenv1.Unresolved{
			Claim: c.name, Source: x.g.names[c.source],
			PossibleOrigins: x.g.sourceNames(may.origins), Counted: counted,
		})
		if len(may.opposed) > 0 {
			x.leave(i, tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE, may.opposed)
		}
		if !counted {
			x.leave(i, tumenv1.LeftOutReason_LEFT_OUT_REASON_UNRESOLVED_RELAY, x.alreadyCounted(may.origins))
		}
	}
}

// alreadyCounted are those of the sources that are counted, or joined to a
// counted one by known ties.
func (x *explanation) alreadyCounted(sources []int32) []int32 {
	var counted []int32
	for _, s := range sources {
		if x.t.known[x.g.ties.known[s]] == x.t.round {
			counted = append(counted, s)
		}
	}
	return counted
}

func (x *explanation) listCycles() {
	for _, component := range x.t.circular {
		x.out.Cycles = append(x.out.Cycles, &tumenv1.Cycle{Sources: x.g.sourceNames(x.g.tangled(component))})
	}
	slices.SortFunc(x.out.Cycles, func(a, b *tumenv1.Cycle) int { return slices.Compare(a.GetSources(), b.GetSources()) })
}

// grade finds the best grades: of the counted origins as sources, and of the
// claims by which they are counted (their own, or the relays of those without).
func (x *explanation) grade() {
	const (
		f   = tumenv1.Reliability_RELIABILITY_F
		six = tumenv1.Credibility_CREDIBILITY_CANNOT_BE_JUDGED
	)
	for s := range x.origins {
		if source := x.g.e.Sources[x.g.names[s]]; source.GetDeleteTime() == nil {
			x.out.BestReliability = bestGrade(x.out.BestReliability, source.GetReliability(), f)
		}
	}
	for i := range x.weighed {
		x.out.BestCredibility = bestGrade(x.out.BestCredibility, x.g.at(i).claim.GetCredibility(), six)
	}
}

// bestGrade is the better of two grades: the lower number, but any before the
// one that means unknown, and that before none.
func bestGrade[G ~int32](a, b, unknown G) G {
	rank := func(g G) G {
		if g == 0 {
			return unknown + 1
		}
		return g
	}
	if rank(b) < rank(a) {
		return b
	}
	return a
}

func sortLeftOut(list []*tumenv1.LeftOut) {
	slices.SortStableFunc(list, func(a, b *tumenv1.LeftOut) int {
		return cmp.Or(strings.Compare(a.GetClaim(), b.GetClaim()), cmp.Compare(a.GetReason(), b.GetReason()))
	})
}
