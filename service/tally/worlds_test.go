package tally

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// people is how many there are in the worlds that are tried out.
const people = 5

// worlds tries out everything that could be true of a few items: which of those
// that may be the same are, and who was in each event, as far as figures, parts
// and separations allow. It gives visit, for each world, who was in each item.
func worlds(items []Item, visit func(who []uint8)) {
	names := map[string]int{}
	number := func(name string) int {
		if _, known := names[name]; !known {
			names[name] = len(names)
		}
		return names[name]
	}
	for _, it := range items {
		number(it.Event)
	}
	var links, separated [][2]int
	whole := make([]int, len(items))
	for i, it := range items {
		whole[i] = -1
		if it.PartOf != "" {
			whole[i] = number(it.PartOf)
		}
		for _, o := range it.Separated {
			separated = append(separated, [2]int{i, number(o)})
		}
		for _, o := range it.PossiblySame {
			links = append(links, [2]int{i, number(o)})
		}
	}
	for chosen := range 1 << len(links) {
		w := world{items: items, event: make([]int, len(names)), who: make([]uint8, len(items)), visit: visit}
		for i := range w.event {
			w.event[i] = i
		}
		for i, l := range links {
			if chosen&(1<<i) != 0 {
				w.merge(l[0], l[1])
			}
		}
		if slices.ContainsFunc(separated, func(l [2]int) bool { return l[0] != l[1] && w.event[l[0]] == w.event[l[1]] }) {
			continue
		}
		w.place(whole)
		w.people(0)
	}
}

// world is one choice of which items are the same event.
type world struct {
	items  []Item
	event  []int    // of each name, the real event
	within [][]bool // of real events: the people of the one are among the other's
	who    []uint8  // of each item, by bit
	visit  func([]uint8)
}

func (w *world) merge(a, b int) {
	from, to := w.event[a], w.event[b]
	for i := range w.event {
		if w.event[i] == from {
			w.event[i] = to
		}
	}
}

// place follows which real event is part of which, at any depth.
func (w *world) place(whole []int) {
	n := len(w.event)
	w.within = make([][]bool, n)
	for i := range w.within {
		w.within[i] = make([]bool, n)
		w.within[i][i] = true
	}
	for i, o := range whole {
		if o >= 0 {
			w.within[w.event[i]][w.event[o]] = true
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				w.within[i][j] = w.within[i][j] || w.within[i][k] && w.within[k][j]
			}
		}
	}
}

// apart says that two real events share nobody: nothing is part of both.
func (w *world) apart(a, b int) bool {
	for d := range w.within {
		if w.within[d][a] && w.within[d][b] {
			return false
		}
	}
	return true
}

// people puts people into the items from one on, in every way that is allowed.
func (w *world) people(i int) {
	if i == len(w.items) {
		w.visit(w.who)
		return
	}
	for who := range uint8(1 << people) {
		if w.allows(i, who) {
			w.who[i] = who
			w.people(i + 1)
		}
	}
}

func (w *world) allows(i int, who uint8) bool {
	n := int64(bits.OnesCount8(who))
	if it := w.items[i]; n < it.Low || it.High != nil && n > *it.High {
		return false
	}
	e := w.event[i]
	for j, other := range w.who[:i] {
		o := w.event[j]
		if e == o && who != other || w.within[e][o] && who&^other != 0 || w.within[o][e] && other&^who != 0 || who&other != 0 && w.apart(e, o) {
			return false
		}
	}
	return true
}

// few draws up to four items that hang together in any way.
func few(t *rapid.T, plain bool) []Item {
	names := []string{"a", "b", "c", "d"}
	n := rapid.IntRange(1, 4).Draw(t, "n")
	all := append(slices.Clone(names[:n]), "x", "y")
	items := make([]Item, n)
	for i := range items {
		it := Item{Event: names[i], Act: "arrest", Low: rapid.Int64Range(0, 2).Draw(t, "low")}
		if rapid.Bool().Draw(t, "bounded") {
			it.High = atMost(it.Low + rapid.Int64Range(0, 2).Draw(t, "wide"))
		}
		if rapid.Bool().Draw(t, "part") {
			it.PartOf = rapid.SampledFrom(all).Draw(t, "whole")
		}
		if !plain {
			it.PossiblySame = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 2, rapid.ID).Draw(t, "same")
			it.Separated = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 1, rapid.ID).Draw(t, "separated")
			it.Act = rapid.SampledFrom([]string{"arrest", "arrest", "release"}).Draw(t, "act")
			it.Beside = rapid.IntRange(0, 4).Draw(t, "beside") == 0
			it.Outcome = rapid.SampledFrom([]tumenv1.FindingState{1, 2, inaccurate}).Draw(t, "outcome")
			it.Dating = tumenv1.Dating(rapid.IntRange(1, 4).Draw(t, "dating") / 2)
		}
		items[i] = it
	}
	return items
}

// union counts the people in the items that are asked for.
func union(items []Item, who []uint8, wanted func(Item) bool) int64 {
	var all uint8
	for i, it := range items {
		if wanted(it) {
			all |= who[i]
		}
	}
	return int64(bits.OnesCount8(all))
}

func TestTotalsHoldInEveryWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := few(t, false)
		includeMayBe := rapid.Bool().Draw(t, "include")
		totals := Totals(items, includeMayBe)
		worlds(items, func(who []uint8) {
			for _, total := range totals {
				asked := func(it Item) bool {
					return it.Act == total.GetAct() && !it.Beside && (includeMayBe || it.Dating != tumenv1.Dating_DATING_MAY_BE)
				}
				counts := func(it Item) bool { return asked(it) && it.Outcome != inaccurate }
				if n := union(items, who, counts); n < total.GetLow() || total.High != nil && n > total.GetHigh() {
					t.Fatalf("%v holds %d, total %v", who, n, total)
				}
				for _, row := range total.GetByOutcome() {
					n := union(items, who, func(it Item) bool { return asked(it) && it.Outcome == row.GetOutcome() })
					if n < row.GetLow() || row.High != nil && n > row.GetHigh() {
						t.Fatalf("%v holds %d, row %v", who, n, row)
					}
				}
			}
		})
	})
}

// Without events that may be the same, the bounds are as narrow as they can be.
func TestTotalsOfPartsAndWholesAreReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := few(t, true)
		total := Totals(items, false)[0]
		var lows, highs int64
		for i, it := range items {
			lows += it.Low
			highs += it.Low + 2
			if circular(items, i) {
				return // not a whole and its parts
			}
		}
		least, most := int64(people+1), int64(-1)
		worlds(items, func(who []uint8) {
			n := union(items, who, func(Item) bool { return true })
			least, most = min(least, n), max(most, n)
		})
		if most < 0 {
			return // the figures contradict each other, or need more people
		}
		if lows <= people && least != total.GetLow() {
			t.Fatalf("low %d, %d would do", total.GetLow(), least)
		}
		if highs <= people && total.High != nil && most != total.GetHigh() {
			t.Fatalf("high %d, no world has more than %d", total.GetHigh(), most)
		}
	})
}

// circular says whether an item is part of itself through others.
func circular(items []Item, i int) bool {
	name := items[i].PartOf
	for range items {
		at := slices.IndexFunc(items, func(it Item) bool { return it.Event == name })
		if at < 0 {
			return false
		}
		name = items[at].PartOf
	}
	return name != ""
}
