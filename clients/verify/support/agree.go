package support

import (
	"math"
	"slices"
	"strings"
)

// group of claims that state the same, on the way to what agrees.
type stated struct {
	part   *part
	claims []int // ascending
}

// agreeing is a greatest set of claims whose values agree.
type agreeing struct {
	claims   []int
	value    *Value // nil where it has none to write
	label    string
	personal bool
}

// region is what a value leaves possible along two sides; where there is one only,
// the second is everything.
type region [2]span

type span struct{ low, high float64 }

var everything = span{math.Inf(-1), math.Inf(1)}

func (s span) contains(o span) bool { return s.low <= o.low && o.high <= s.high }

func (s span) and(o span) span { return span{max(s.low, o.low), min(s.high, o.high)} }

func (r region) empty() bool { return r[0].low > r[0].high || r[1].low > r[1].high }

func (r region) contains(o region) bool { return r[0].contains(o[0]) && r[1].contains(o[1]) }

// shape is a region and what states it.
type shape struct {
	region region
	part   *part // of a date
	claims []int
}

// agreement finds the greatest agreeing sets among what claims state that are no
// flagged relays.
func (v *values) agreement() []agreeing {
	if len(v.stated) == 0 {
		return nil
	}
	switch v.stated[0].part.kind {
	case Bound:
		return v.agreeingBounds()
	case Moment, Birth:
		return v.agreeingDates()
	}
	return v.agreeingTerms()
}

// agreeingBounds compares what each claim leaves possible, group by group.
func (v *values) agreeingBounds() (sets []agreeing) {
	shapes := map[axis]map[span]*shape{}
	for i, c := range v.web.claims {
		spans := map[axis]span{}
		for _, p := range partsOf(c.Value) {
			of := axis{share: p.axis.share, group: p.axis.group}
			s, there := spans[of]
			if !there {
				s = everything
			}
			if p.axis.upper {
				s.high = min(s.high, p.bound)
			} else {
				s.low = max(s.low, p.bound)
			}
			spans[of] = s
		}
		for of, s := range spans {
			if len(v.differs[i]) > 0 {
				continue
			}
			if shapes[of] == nil {
				shapes[of] = map[span]*shape{}
			}
			if shapes[of][s] == nil {
				shapes[of][s] = &shape{region: region{s, everything}}
			}
			shapes[of][s].claims = append(shapes[of][s].claims, i)
		}
	}
	for of, bySpan := range shapes {
		var list []*shape
		for _, s := range bySpan {
			list = append(list, s)
		}
		for _, set := range v.meeting(list) {
			common := regionOf(set)[0]
			value := &Value{}
			if !math.IsInf(common.low, 0) {
				value.addBound(of, common.low)
			}
			if upper := of; !math.IsInf(common.high, 0) {
				upper.upper = true
				value.addBound(upper, common.high)
			}
			sets = append(sets, agreeing{claims: claimsOf(set), value: value, label: labelOf(value.parts)})
		}
	}
	return sets
}

func regionOf(set []*shape) region {
	r := region{everything, everything}
	for _, s := range set {
		r = region{r[0].and(s.region[0]), r[1].and(s.region[1])}
	}
	return r
}

func claimsOf(set []*shape) (claims []int) {
	for _, s := range set {
		claims = append(claims, s.claims...)
	}
	slices.Sort(claims)
	return slices.Compact(claims)
}

// meeting finds the greatest sets of shapes with a point in common. Each has one
// where the sides of some of them begin, and is all that contain that point.
func (v *values) meeting(list []*shape) (greatest [][]*shape) {
	list = slices.DeleteFunc(list, func(s *shape) bool { return s.region.empty() })
	var found [][]*shape
	xs, ys := beginnings(list, 0), beginnings(list, 1)
	for i, x := range xs {
		for _, y := range ys {
			point := region{{x, x}, {y, y}}
			var set []*shape
			for _, s := range list {
				if s.region.contains(point) {
					set = append(set, s)
				}
			}
			// Along one side a set is part of the next one, unless one of it ends before.
			if len(set) > 0 && (len(ys) > 1 || i == len(xs)-1 || regionOf(set)[0].high < xs[i+1]) {
				found = append(found, set)
				v.web.work.on(keeping * len(set))
			}
			if !v.web.work.on(len(list)) {
				return nil
			}
		}
	}
	if len(ys) == 1 {
		return found
	}
	slices.SortStableFunc(found, func(a, b []*shape) int { return len(b) - len(a) })
	for _, set := range found {
		if !slices.ContainsFunc(greatest, func(g []*shape) bool { return v.web.work.on(len(g)) && partOf(set, g) }) {
			greatest = append(greatest, set)
		}
	}
	return greatest
}

// beginnings are where shapes begin along a side.
func beginnings(list []*shape, side int) (at []float64) {
	for _, s := range list {
		at = append(at, s.region[side].low)
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// partOf compares sets that keep the order of one list.
func partOf(a, b []*shape) bool {
	at := 0
	for _, s := range b {
		if at < len(a) && a[at] == s {
			at++
		}
	}
	return at == len(a)
}

// agreeingTerms gathers, around each part that no other says more precisely, the
// claims that say it or what follows from it.
func (v *values) agreeingTerms() (sets []agreeing) {
	var terms []*stated
	for _, s := range v.stated {
		if claims := v.unflagged(s.claims); len(claims) > 0 {
			terms = append(terms, &stated{s.part, claims})
		}
	}
	for _, s := range terms {
		precise := !slices.ContainsFunc(terms, func(o *stated) bool { return v.morePrecise(o.part, s.part) })
		if !precise || !v.web.work.on(len(terms)) {
			continue
		}
		var claims []int
		for _, o := range terms {
			if v.web.e.entails(s.part, o.part) {
				claims = append(claims, o.claims...)
			}
		}
		slices.Sort(claims)
		sets = append(sets, agreeing{
			claims: slices.Compact(claims), value: &Value{parts: []part{*s.part}}, label: s.part.label(), personal: s.part.kind.personal(),
		})
	}
	return sets
}

// morePrecise: of two that say the same in two ways, the first by name is.
func (v *values) morePrecise(a, b *part) bool {
	if a.key == b.key || !v.web.e.entails(a, b) {
		return false
	}
	return strings.Compare(a.first, b.first) < 0 || !v.web.e.entails(b, a)
}
