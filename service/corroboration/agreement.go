package corroboration

import (
	"cmp"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// agreeing is a maximal set of claims whose values agree.
type agreeing struct {
	value   *tumenv1.Value
	label   string
	members func() []int32 // places in the stance, ascending
	bounds  bounds
	size    int
}

// agreement lists the maximal agreeing sets, best supported first. Flagged
// relays and what is words alone join none.
func (v *values) agreement() []*tumenv1.Agreement {
	var sets []agreeing
	switch {
	case len(v.stated) == 0:
		return nil
	case v.stated[0].part.kind == threshold:
		sets = v.agreeingBounds()
	case v.stated[0].part.date != nil:
		sets = v.agreeingDates()
	default:
		sets = v.agreeingTerms()
	}
	slices.SortStableFunc(sets, func(a, b agreeing) int {
		return cmp.Or(
			cmp.Compare(b.bounds.atLeast, a.bounds.atLeast),
			cmp.Compare(b.bounds.atMost, a.bounds.atMost),
			cmp.Compare(b.size, a.size),
		)
	})
	allowance := allowance{left: mostListed}
	out := make([]*tumenv1.Agreement, len(sets))
	for i, s := range sets {
		out[i] = &tumenv1.Agreement{
			Value: s.value, Label: s.label,
			AtLeast: int32(s.bounds.atLeast), AtMost: int32(s.bounds.atMost),
		}
		if !allowance.take(s.size) {
			v.short.agreements++
			continue
		}
		members := s.members()
		countAll(v.t, members)
		out[i].Claims = v.claimNames(members)
		out[i].Origins = v.g.sourceNames(ascending(slices.Clone(v.t.origins)))
	}
	return out
}

// boxed is one different box and the claims whose value it is.
type boxed struct {
	box    box
	part   *part // of a date, the first that says so
	claims []int32
}

// shelf collects boxes.
type shelf struct {
	list []*boxed
	at   map[any]*boxed
}

func (s *shelf) put(key any, b box, p *part, claim int32) {
	if s.at == nil {
		s.at = make(map[any]*boxed)
	}
	there := s.at[key]
	if there == nil {
		there = &boxed{box: b, part: p}
		s.at[key] = there
		s.list = append(s.list, there)
	}
	if n := len(there.claims); n == 0 || there.claims[n-1] != claim {
		there.claims = append(there.claims, claim)
	}
}

// agreeingBounds finds the sets for counts and, group by group, compositions.
func (v *values) agreeingBounds() []agreeing {
	type subject struct {
		share bool
		group string
	}
	shelves := make(map[subject]*shelf)
	var order []subject
	for i := range v.g.claims {
		if v.differs[i] != none {
			continue
		}
		spans := make(map[subject]span)
		for _, p := range v.g.at(int32(i)).parts {
			s, ok := spans[subject{p.axis.share, p.axis.group}]
			if !ok {
				s = everything()
			}
			if p.axis.upper {
				s.high = min(s.high, p.bound)
			} else {
				s.low = max(s.low, p.bound)
			}
			spans[subject{p.axis.share, p.axis.group}] = s
		}
		for of, s := range spans { // a claim speaks of one group
			if shelves[of] == nil {
				shelves[of] = &shelf{}
				order = append(order, of)
			}
			shelves[of].put(s, box{s, everything()}, nil, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b subject) int { return strings.Compare(a.group, b.group) })
	var sets []agreeing
	for _, of := range order {
		sets = append(sets, v.meeting(shelves[of].list, func(_ func() []*boxed, common box) (*tumenv1.Value, string) {
			return commonBounds(axis{share: of.share, group: of.group}, common[0])
		})...)
	}
	return sets
}

// commonBounds is what bounds have in common, as a value and in words.
func commonBounds(a axis, s span) (*tumenv1.Value, string) {
	ends := everything()
	var list []part
	upper := a
	upper.upper = true
	v := parts{}
	if s.low != ends.low {
		v.addBound(a, s.low, nil)
	}
	if s.high != ends.high {
		v.addBound(upper, s.high, nil)
	}
	list = v.list
	if a.share {
		return shareValue(a.group, finite(s.low, ends.low), finite(s.high, ends.high)), labelOf(list)
	}
	return countValue(whole(finite(s.low, ends.low)), whole(finite(s.high, ends.high))), labelOf(list)
}

func finite(bound, open float64) *float64 {
	if bound == open {
		return nil
	}
	return &bound
}

func whole(f *float64) *int64 {
	if f == nil {
		return nil
	}
	n := int64(*f)
	return &n
}

// agreeingDates finds the sets for times and births. Dates with gaps (sets,
// unspecified digits) are compared by their first and last day.
func (v *values) agreeingDates() []agreeing {
	var s shelf
	for _, st := range v.stated {
		b := v.dateBox(st.part)
		for _, i := range st.claims {
			if v.differs[i] == none {
				s.put(st.part.key, b, st.part, i)
			}
		}
	}
	return v.meeting(s.list, commonDate)
}

func (v *values) dateBox(p *part) box {
	if v.g.e.Lasting && p.kind == moment {
		d := p.date.date.Span()
		return box{daysOf(d.Start), daysOf(d.End)}
	}
	return box{daysOf(p.date.hull), everything()}
}

func daysOf(i edtf.Interval) span { return span{float64(i.Earliest), float64(i.Latest)} }

// commonDate is what dates have in common. Where one of them says just that,
// it is that one; the common part of several durations has no EDTF of its own
// and is given in words alone.
func commonDate(within func() []*boxed, common box) (*tumenv1.Value, string) {
	set := within()
	var only *part
	several := false
	for _, b := range set {
		if b.box == common {
			several, only = only != nil, b.part
		}
	}
	if only != nil && !several || len(set) == 1 {
		return only.value, only.label()
	}
	first := intervalOf(common[0])
	switch {
	case set[0].part.kind == birth, first.Earliest == edtf.Min && first.Latest == edtf.Max:
		return nil, ""
	case common[1] != everything():
		return nil, "begun " + dateText(first) + endText(intervalOf(common[1]))
	}
	text := dateText(first)
	return &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{Edtf: text}}}, text
}

func intervalOf(s span) edtf.Interval {
	return edtf.Interval{Earliest: edtf.Day(s.low), Latest: edtf.Day(s.high)}
}

func dateText(i edtf.Interval) string {
	if i.Earliest == i.Latest {
		return i.Earliest.String()
	}
	return i.String()
}

func endText(i edtf.Interval) string {
	if i.Earliest == edtf.Max {
		return ", still going on"
	}
	return ", ended " + dateText(i)
}

// meeting turns the maximal sets of boxes that meet into agreeing sets.
func (v *values) meeting(list []*boxed, common func(func() []*boxed, box) (*tumenv1.Value, string)) []agreeing {
	boxes := make([]box, len(list))
	for i, b := range list {
		boxes[i] = b.box
	}
	var sets []agreeing
	meetings(boxes, func(set []int32) {
		shared := box{everything(), everything()}
		v.t.reset()
		a := agreeing{}
		for _, i := range set {
			shared = shared.and(boxes[i])
			for _, claim := range list[i].claims {
				v.t.add(claim)
			}
			a.size += len(list[i].claims)
		}
		a.bounds = v.t.bounds()
		within := func() (in []*boxed) {
			for _, b := range list {
				if !b.box.empty() && b.box.contains(shared) {
					in = append(in, b)
				}
			}
			return in
		}
		a.value, a.label = common(within, shared)
		a.members = func() []int32 {
			var members []int32
			for _, b := range within() {
				members = append(members, b.claims...)
			}
			return ascending(members)
		}
		sets = append(sets, a)
	})
	return sets
}

// agreeingTerms finds the sets for places and for what is compared by
// equality: around each part stated that no other says more precisely, the
// claims that say it or what it entails.
func (v *values) agreeingTerms() []agreeing {
	var terms []*stated
	for _, s := range v.stated {
		if slices.ContainsFunc(s.claims, func(i int32) bool { return v.differs[i] == none }) {
			terms = append(terms, s)
		}
	}
	var sets []agreeing
	for _, s := range terms {
		if slices.ContainsFunc(terms, func(o *stated) bool { return v.morePrecise(o.part, s.part) }) {
			continue
		}
		var members []int32
		for _, o := range terms {
			if v.g.e.entails(s.part, o.part) {
				for _, i := range o.claims {
					if v.differs[i] == none {
						members = append(members, i)
					}
				}
			}
		}
		members = ascending(members)
		sets = append(sets, agreeing{
			value: s.part.value, label: s.part.label(), bounds: countAll(v.t, members),
			size: len(members), members: func() []int32 { return members },
		})
	}
	return sets
}

// morePrecise says that a entails b and not the other way round; of two that
// say the same in two ways, the first by key counts as the more precise.
func (v *values) morePrecise(a, b *part) bool {
	if a.key == b.key || !v.g.e.entails(a, b) {
		return false
	}
	return a.key < b.key || !v.g.e.entails(b, a)
}
