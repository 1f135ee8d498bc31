package corroboration

import (
	"cmp"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// stated is one part that asserting claims state.
type stated struct {
	part   *part
	claims []int32 // places in the stance of the claims that state it, ascending
	bounds bounds
	size   int // how many claims entail it
}

// values weighs what the asserting claims say, part by part.
type values struct {
	g         *relayGraph
	t         *tally
	differs   []int32 // per claim, the origin that a flagged relay differs from, or none
	stated    []*stated
	allowance allowance
	short     *shortened
}

func newValues(g *relayGraph, t *tally, short *shortened) *values {
	return &values{g: g, t: t, differs: g.differing(), allowance: allowance{left: mostListed}, short: short}
}

// entailing are the claims, flagged relays apart, that pass.
func (v *values) entailing(pass func(*reported) bool) (members []int32) {
	for i := range v.g.claims {
		if v.differs[i] == none && pass(v.g.at(int32(i))) {
			members = append(members, int32(i))
		}
	}
	return members
}

// supportOf explains the support of a value, given how to tell whether a claim
// entails it.
func (v *values) supportOf(entails func(*reported) bool) *tumenv1.StanceSupport {
	members := v.entailing(entails)
	out := explain(v.g, v.t, members, v.short)
	for i := range v.g.claims {
		c := v.g.at(int32(i))
		why := tumenv1.LeftOutReason_LEFT_OUT_REASON_DOES_NOT_ENTAIL
		var origins []int32
		switch ok := entails(c); {
		case ok && v.differs[i] == none:
			continue
		case c.hidden:
			why = tumenv1.LeftOutReason_LEFT_OUT_REASON_VALUE_WITHHELD
		case ok:
			why = tumenv1.LeftOutReason_LEFT_OUT_REASON_DIFFERS_FROM_ORIGIN
			origins = []int32{v.differs[i]}
		}
		out.LeftOut = append(out.LeftOut, &tumenv1.LeftOut{
			Claim: c.name, Source: v.g.names[c.source], Reason: why, Origins: v.g.sourceNames(origins),
		})
	}
	sortLeftOut(out.LeftOut)
	return out
}

func (v *values) entailsPart(p *part) func(*reported) bool {
	return func(c *reported) bool { return v.g.e.entailsPart(c.parts, p) }
}

func (v *values) entailsWhole(whole parts) func(*reported) bool {
	return func(c *reported) bool { return v.g.e.entailsAll(c.parts, whole) }
}

// collect finds the parts stated, in the order in which they are listed.
func (v *values) collect() {
	byKey := make(map[string]*stated)
	for i := range v.g.claims {
		c := v.g.at(int32(i))
		for j := range c.parts {
			p := &c.parts[j]
			s := byKey[p.key]
			if s == nil {
				s = &stated{part: p}
				byKey[p.key] = s
				v.stated = append(v.stated, s)
			}
			if n := len(s.claims); n == 0 || s.claims[n-1] != int32(i) {
				s.claims = append(s.claims, int32(i))
			}
		}
	}
	slices.SortFunc(v.stated, func(a, b *stated) int { return compareParts(a.part, b.part) })
}

// weigh counts the origins of every part stated.
func (v *values) weigh() {
	for i := 0; i < len(v.stated); {
		if v.stated[i].part.kind != threshold {
			v.weighOne(v.stated[i])
			i++
			continue
		}
		end := i
		for end < len(v.stated) && v.stated[end].part.kind == threshold && v.stated[end].part.axis == v.stated[i].part.axis {
			end++
		}
		v.weighAxis(v.stated[i:end])
		i = end
	}
}

// weighAxis counts all bounds of one axis in one go: whoever entails a bound
// entails all weaker ones, so that each claim is added once, the strongest
// first. The bounds come in ascending order.
func (v *values) weighAxis(bounds []*stated) {
	bounds = slices.Clone(bounds)
	if !bounds[0].part.axis.upper {
		slices.Reverse(bounds)
	}
	v.t.reset()
	added := make(map[int32]bool)
	for _, s := range bounds {
		for _, i := range s.claims {
			if v.differs[i] == none && !added[i] {
				added[i] = true
				v.t.add(i)
			}
		}
		s.bounds, s.size = v.t.bounds(), len(added)
	}
}

// weighOne counts a part that is compared with each other part of its kind.
func (v *values) weighOne(s *stated) {
	v.t.reset()
	added := make(map[int32]bool)
	for _, o := range v.stated {
		if !v.g.e.entails(o.part, s.part) {
			continue
		}
		for _, i := range o.claims {
			if v.differs[i] == none && !added[i] {
				added[i] = true
				v.t.add(i)
			}
		}
	}
	s.bounds, s.size = v.t.bounds(), len(added)
}

// list is the support of every part stated and of the determined value.
func (v *values) list() []*tumenv1.ValueSupport {
	determined := partsOf(v.g.e.Value, v.g.e.Protected)
	out := make([]*tumenv1.ValueSupport, 0, len(v.stated)+1)
	found := false
	for _, s := range v.stated {
		vs := &tumenv1.ValueSupport{Value: s.part.value, Label: s.part.label(), AssertedBy: v.claimNames(s.claims)}
		if determined.whole && len(determined.list) == 1 && determined.list[0].key == s.part.key {
			vs.Determined, found = true, true
		}
		out = append(out, vs)
	}
	for _, i := range v.order(out) {
		s := v.stated[i]
		if v.mayList(s) {
			out[i].Support = v.supportOf(v.entailsPart(s.part))
		} else {
			out[i].Support = &tumenv1.StanceSupport{AtLeast: int32(s.bounds.atLeast), AtMost: int32(s.bounds.atMost)}
			v.short.values++
		}
	}
	if !found && (v.g.e.Value.GetKind() != nil || v.g.e.Protected.GetKind() != nil) {
		out = append([]*tumenv1.ValueSupport{v.determined(determined)}, out...)
	}
	return out
}

// mayList says whether there is room for the explanation of a value.
func (v *values) mayList(s *stated) bool {
	names := len(v.g.claims)
	if names <= v.allowance.left {
		for _, i := range v.entailing(v.entailsPart(s.part)) {
			names += 2 * len(v.g.leads(i).origins)
		}
	}
	return v.allowance.take(names)
}

// determined is the support of a determined value that is none of the parts
// stated.
func (v *values) determined(whole parts) *tumenv1.ValueSupport {
	vs := &tumenv1.ValueSupport{Determined: true, Support: v.supportOf(v.entailsWhole(whole))}
	if v.g.e.Protected.GetKind() == nil {
		vs.Value, vs.Label = v.g.e.Value, labelOf(whole.list)
	}
	for i := range v.g.claims {
		if c := v.g.at(int32(i)); whole.whole && samePartKeys(c.parts, whole.list) {
			vs.AssertedBy = append(vs.AssertedBy, c.name)
		}
	}
	return vs
}

func samePartKeys(a, b []part) bool {
	return len(a) > 0 && slices.EqualFunc(a, b, func(x, y part) bool { return x.key == y.key })
}

// order says in which order values are explained, while listing lasts: the
// determined one, those that a figure rests on, then those that fewest claims
// entail.
func (v *values) order(out []*tumenv1.ValueSupport) []int {
	first := make(map[int]bool)
	for i, vs := range out {
		if vs.GetDetermined() {
			first[i] = true
		}
	}
	for _, enough := range []int{1, 2} {
		for _, upper := range []bool{false, true} {
			if i := v.strongest(upper, enough); i >= 0 {
				first[i] = true
			}
		}
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(knownFirst(first[a], first[b]), cmp.Compare(v.stated[a].size, v.stated[b].size))
	})
	return order
}

// strongest is the place of the strongest bound of a count that enough origins
// entail, or -1.
func (v *values) strongest(upper bool, enough int) int {
	best := -1
	for i, s := range v.stated {
		p := s.part
		if p.kind != threshold || p.axis != (axis{upper: upper}) || s.bounds.atLeast < enough {
			continue
		}
		if best < 0 || falls(p.axis, v.stated[best].part.bound, p.bound) {
			best = i
		}
	}
	return best
}

func (v *values) claimNames(list []int32) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = v.g.at(c).name
	}
	return names
}
