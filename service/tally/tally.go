// Package tally adds up how many people events took in, and says how. Its
// totals are bounds that hold on what is recorded: the low never overstates and
// the high never understates, whichever of the events that may be the same turn
// out to be so.
//
// What is taken as given: the people of a part are among those of its whole;
// events of one act that are neither part of each other nor possibly the same
// took in different people, and so did the parts of one whole. Somebody to whom
// the act happened in two such events is counted in each: these are counts of
// people per event, as sources give them.
package tally

import (
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// Item is one event with the figures that were chosen for it. Other events are
// named as Event is.
type Item struct {
	Event string // its name; of two items with one name, the first counts
	Title string // may be empty
	Act   string // code

	Low         int64  // at least so many; 0 where nothing is known, never negative
	High        *int64 // at most so many; nil: open
	Basis       tumenv1.CountBasis
	Finding     string // the finding that the figures come from, if any
	Sources     []string
	Explanation string // how the figures were chosen, in words
	// SingleSource says that the figures rest on one origin only.
	SingleSource bool

	Outcome tumenv1.FindingState // of the finding on its occurrence
	Dating  tumenv1.Dating       // in the period asked for, if one was

	PartOf       string   // its whole, whether or not that is among the items
	PossiblySame []string // events that it may be; one of the two saying so is enough
	Separated    []string // events that it is known not to be: wins over PossiblySame

	Persons []string // alleged victims recorded by name

	// Withheld is how many records that bear on the event are not shown to who asks:
	// all that is said here of it is said without them.
	Withheld int

	// Beside says that the event was not asked for, and is neither listed nor
	// counted: given because of what it is part of and may be the same as.
	Beside bool
}

// Totals adds up the items of each act, and gives a total per act by its code.
// Events that only may lie in the period are listed, and counted only if asked
// for; those that were found inaccurate are listed and stand in the split by
// outcome, and are never in the total. Nothing is added across acts, though part of and possibly the same are
// followed across them, through items that aren't counted and through events
// that aren't among the items.
func Totals(items []Item, includeMayBe bool) []*tumenv1.Total {
	s := relate(items)
	acts := map[string]*account{}
	for i := range s.items {
		it := &s.items[i]
		if it.Beside {
			continue
		}
		a := acts[it.Act]
		if a == nil {
			a = &account{structure: s, act: it.Act, includeMayBe: includeMayBe}
			acts[it.Act] = a
		}
		a.nodes = append(a.nodes, i)
	}
	for _, c := range s.components {
		for _, act := range s.actsOf(c) {
			acts[act].components = append(acts[act].components, c)
		}
	}
	out := make([]*tumenv1.Total, 0, len(acts))
	for _, a := range acts {
		out = append(out, a.total())
	}
	slices.SortFunc(out, func(a, b *tumenv1.Total) int { return strings.Compare(a.GetAct(), b.GetAct()) })
	return out
}

// account is what is added up for one act.
type account struct {
	*structure
	act          string
	includeMayBe bool
	nodes        []int       // the items of the act, in the order given
	components   []component // that hold one of them
}

// counts says whether a node adds to the total of the act: it is asked for, and
// has not been found inaccurate. Disputed and unverifiable events add.
func (a *account) counts(node int) bool {
	return a.asked(node) && a.items[node].Outcome != inaccurate
}

const inaccurate = tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE

// asked says whether a node is an item of the act that is asked for as surely
// as it is dated.
func (a *account) asked(node int) bool {
	if node >= len(a.items) || a.items[node].Act != a.act || a.items[node].Beside {
		return false
	}
	return a.includeMayBe || a.items[node].Dating != tumenv1.Dating_DATING_MAY_BE
}

// measured adds up what the components of the act give for the nodes counted.
func (a *account) measured(counted func(int) bool) reading {
	var sum reading
	for _, c := range a.components {
		sum.add(a.measure(c, counted))
	}
	return sum
}

func (a *account) total() *tumenv1.Total {
	r := a.measured(a.counts)
	t := &tumenv1.Total{
		Act:           a.act,
		Low:           r.low,
		High:          r.bound(),
		NamedPersons:  a.namedPersons(),
		ByOutcome:     a.byOutcome(),
		Contributions: a.contributions(),
		Overlaps:      a.overlaps(),
	}
	t.Method = a.method(t, &r)
	t.Notes = a.notes(t, &r)
	return t
}

// byOutcome adds up the events of each state of the occurrence finding alone, as
// if there were no others to be part of: here stands, too, what was found
// inaccurate.
func (a *account) byOutcome() []*tumenv1.OutcomeTotal {
	held := map[tumenv1.FindingState][]component{}
	for _, c := range a.components {
		seen := map[tumenv1.FindingState]bool{}
		for _, n := range c.nodes {
			if a.asked(n) && !seen[a.items[n].Outcome] {
				seen[a.items[n].Outcome] = true
				held[a.items[n].Outcome] = append(held[a.items[n].Outcome], c)
			}
		}
	}
	rows := make([]*tumenv1.OutcomeTotal, 0, len(held))
	for state, components := range held {
		only := account{structure: a.structure, components: components}
		r := only.measured(func(n int) bool { return a.asked(n) && a.items[n].Outcome == state })
		rows = append(rows, &tumenv1.OutcomeTotal{Outcome: state, Low: r.low, High: r.bound(), Events: int32(r.events)})
	}
	slices.SortFunc(rows, func(a, b *tumenv1.OutcomeTotal) int { return int(a.GetOutcome() - b.GetOutcome()) })
	return rows
}

func (a *account) namedPersons() int64 {
	named := map[string]bool{}
	for _, n := range a.nodes {
		if a.counts(n) {
			for _, p := range a.items[n].Persons {
				named[p] = true
			}
		}
	}
	return int64(len(named))
}

func (a *account) contributions() []*tumenv1.Contribution {
	out := make([]*tumenv1.Contribution, len(a.nodes))
	for k, n := range a.nodes {
		it := &a.items[n]
		c := &tumenv1.Contribution{
			Event: it.Event, Title: it.Title,
			Low: it.Low, High: it.High,
			Basis: it.Basis, Finding: it.Finding, Explanation: it.Explanation,
			Sources: it.Sources, SingleSource: it.SingleSource,
			Dating: it.Dating, Outcome: it.Outcome,
			Counted: a.counts(n),
		}
		if w := a.countedWhole(n); w >= 0 {
			c.WithinEvent, c.Counted = a.items[w].Event, false
		}
		out[k] = c
	}
	return out
}

// countedWhole is the nearest counted event that a node is part of, or -1.
func (a *account) countedWhole(n int) int {
	for w := a.whole[n]; w >= 0; w = a.whole[w] {
		if a.counts(w) {
			return w
		}
	}
	return -1
}

// overlaps lists the events that may be the same: where two of the act are among
// them, and where doubts about others hold two counted events of the act
// together, as when parts of them may be the same.
func (a *account) overlaps() []*tumenv1.Overlap {
	var found [][]int
	for _, c := range a.components {
		groups := map[int][]int{}
		apart := 0
		for _, n := range c.nodes {
			if a.counts(n) && a.countedWhole(n) < 0 {
				apart++
			}
			if n < len(a.items) && a.linked[n] {
				groups[a.same.find(n)] = append(groups[a.same.find(n)], n)
			}
		}
		for _, g := range groups {
			if len(g) > 1 && (apart > 1 || a.listedOf(g) > 1) {
				found = append(found, given(g))
			}
		}
	}
	slices.SortFunc(found, func(x, y []int) int { return x[0] - y[0] })
	out := make([]*tumenv1.Overlap, len(found))
	for i, g := range found {
		out[i] = &tumenv1.Overlap{}
		for _, n := range g {
			out[i].Events = append(out[i].Events, a.items[n].Event)
		}
	}
	return out
}

// listedOf counts the events among some that the act's total lists.
func (a *account) listedOf(nodes []int) int {
	listed := 0
	for _, n := range nodes {
		if a.items[n].Act == a.act && !a.items[n].Beside {
			listed++
		}
	}
	return listed
}
