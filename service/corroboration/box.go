package corroboration

import (
	"cmp"
	"math"
	"slices"
)

// span is a run of numbers or days, both ends inclusive; infinite where open.
type span struct{ low, high float64 }

func everything() span { return span{math.Inf(-1), math.Inf(1)} }

func (s span) empty() bool { return s.low > s.high }

func (s span) and(o span) span { return span{max(s.low, o.low), min(s.high, o.high)} }

func (s span) contains(o span) bool { return s.low <= o.low && o.high <= s.high }

// box is what a value leaves possible: one span, or of a duration the spans of
// its beginning and of its end. (For the rest the second span is everything.)
type box [2]span

func (b box) empty() bool { return b[0].empty() || b[1].empty() }

func (b box) and(o box) box { return box{b[0].and(o[0]), b[1].and(o[1])} }

func (b box) contains(o box) bool { return b[0].contains(o[0]) && b[1].contains(o[1]) }

// meetings finds the maximal sets of boxes that all meet and passes each to
// found, as places in boxes in no particular order; found must not keep them.
// Boxes that meet two by two have a point in common, so it is enough to sweep
// along the first side and, within each set found, along the second.
func meetings(boxes []box, found func([]int32)) {
	all := make([]int32, 0, len(boxes))
	flat := true
	for i, b := range boxes {
		if !b.empty() {
			all = append(all, int32(i))
			flat = flat && b[1] == everything()
		}
	}
	if flat {
		sweep(boxes, all, 0, found)
		return
	}
	var sets [][]int32
	sweep(boxes, all, 0, func(set []int32) {
		sweep(boxes, slices.Clone(set), 1, func(set []int32) {
			set = slices.Clone(set)
			slices.Sort(set)
			sets = append(sets, set)
		})
	})
	for _, set := range maximal(sets) {
		found(set)
	}
}

// sweep finds the maximal sets that meet along one side: the state at each end
// that follows a beginning.
func sweep(boxes []box, among []int32, side int, found func([]int32)) {
	begins, ends := slices.Clone(among), slices.Clone(among)
	slices.SortFunc(begins, func(a, b int32) int {
		return cmp.Or(cmp.Compare(boxes[a][side].low, boxes[b][side].low), cmp.Compare(a, b))
	})
	slices.SortFunc(ends, func(a, b int32) int {
		return cmp.Or(cmp.Compare(boxes[a][side].high, boxes[b][side].high), cmp.Compare(a, b))
	})
	active := make([]int32, 0, len(among))
	place := make(map[int32]int, len(among))
	grown := false
	for _, out := range ends {
		for len(begins) > 0 && boxes[begins[0]][side].low <= boxes[out][side].high {
			place[begins[0]] = len(active)
			active = append(active, begins[0])
			begins = begins[1:]
			grown = true
		}
		if grown {
			found(active)
			grown = false
		}
		last := active[len(active)-1]
		active[place[out]], place[last] = last, place[out]
		active = active[:len(active)-1]
	}
}

// maximal drops the sets, each ascending, that another contains.
func maximal(sets [][]int32) [][]int32 {
	slices.SortFunc(sets, func(a, b []int32) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), slices.Compare(a, b))
	})
	var kept [][]int32
	for _, set := range sets {
		if !slices.ContainsFunc(kept, func(k []int32) bool { return subset(set, k) }) {
			kept = append(kept, set)
		}
	}
	return kept
}

func subset(a, b []int32) bool {
	for _, n := range a {
		for len(b) > 0 && b[0] < n {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != n {
			return false
		}
	}
	return true
}
