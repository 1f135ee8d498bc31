package tally

import (
	"fmt"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// mostNamed is how many events a sentence names before it only counts the rest:
// each one's own figures stand in its contribution.
const mostNamed = 12

// method says how a total was reached.
func (a *account) method(t *tumenv1.Total, r *reading) string {
	var said []string
	switch {
	case r.events == 0:
		said = append(said, "No event is counted.")
	case r.events == 1:
		said = append(said, "The figures of one event.")
	default:
		said = append(said, fmt.Sprintf("The figures of %d events, added: low to low and high to high.", r.events),
			"Events recorded apart are taken to have taken in different people; somebody to whom it happened twice is counted twice.")
	}
	if r.events > 0 {
		said = append(said, "A missing low counts as 0; one missing high leaves the high open.")
	}
	if len(r.parts) > 0 {
		said = append(said, "A part is not added to its whole: the low is that of the whole, or of its parts together where these are more, and the high that of the whole.")
	}
	if len(t.GetOverlaps()) > 0 {
		said = append(said, "Of events that may be the same, with their wholes and parts, the low takes the largest and the high adds those that are part of no other.")
	}
	return strings.Join(append(said, "Nothing is added across acts."), " ")
}

// notes lists what a reader must be told beside the figures.
func (a *account) notes(t *tumenv1.Total, r *reading) []string {
	var out []string
	say := func(nodes []int, one, more string) {
		if len(nodes) == 1 {
			out = append(out, fmt.Sprintf(one, a.listed(nodes)))
		} else if len(nodes) > 1 {
			out = append(out, fmt.Sprintf(more, a.listed(nodes)))
		}
	}
	say(a.those(func(it *Item) bool { return it.SingleSource }), "%s rests on one source.", "%s rest on one source each.")
	say(a.those(func(it *Item) bool { return it.Low == 0 && it.High == nil }),
		"Of %s it is not known how many people it took in: the low counts it as 0.", "Of %s it is not known how many people they took in: the low counts each as 0.")
	say(r.open, "The high is open because no upper bound counts for %s.", "The high is open because no upper bound counts for %s.")
	say(r.refuted, "The high is open because %s has, by itself or in its parts, a low above its high: these figures contradict each other.",
		"The high is open because %s have, by themselves or in their parts, lows above their highs: these figures contradict each other.")
	if r.conflicts {
		out = append(out, "The high is open because the figures of some wholes and of their parts contradict each other.")
	}
	say(r.raised, "The parts of %s together have a higher low than it has itself; theirs counts.",
		"The parts of %s have, together, higher lows than these have themselves; theirs count.")
	out = append(out, a.partNotes(r)...)
	say(a.where(func(n int) bool { return a.looped[n] }), "%s is recorded as part of what is part of it; the low counts the largest of these, the high adds them.",
		"%s are recorded as part of each other; the low takes the largest, the high adds them.")
	if a.includeMayBe {
		say(a.mayBe(), "%s only may lie in the period, and is counted as asked.", "%s only may lie in the period, and are counted as asked.")
	} else {
		say(a.mayBe(), "%s only may lie in the period, and is not counted.", "%s only may lie in the period, and are not counted.")
	}
	for _, outcome := range []struct {
		state tumenv1.FindingState
		words string
	}{{tumenv1.FindingState_FINDING_STATE_DISPUTED, "disputed"}, {tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, "unverifiable"}} {
		say(a.those(func(it *Item) bool { return it.Outcome == outcome.state }),
			"That %s took place is "+outcome.words+"; its figures are in the total, see the split by outcome.",
			"That %s took place is "+outcome.words+"; their figures are in the total, see the split by outcome.")
	}
	say(a.foundInaccurate(), "%s was found inaccurate; its figures are not in the total, see the split by outcome.",
		"%s were found inaccurate; their figures are not in the total, see the split by outcome.")
	say(a.those(func(it *Item) bool { return it.Withheld > 0 }),
		"Part of what bears on %s is withheld from you; what is said here is said without it.", "Part of what bears on %s is withheld from you; what is said here is said without it.")
	if !addsUp(t, r) {
		out = append(out, "The rows by outcome do not add up to the total: events of different outcomes are parts of one another, may be the same, or contradict each other, and each row stands alone.")
	}
	if t.High != nil && t.GetNamedPersons() > t.GetHigh() {
		out = append(out, fmt.Sprintf("More persons are recorded by name (%d) than the high allows (%d).", t.GetNamedPersons(), t.GetHigh()))
	}
	return out
}

// partNotes says, whole by whole, what is not added to it.
func (a *account) partNotes(r *reading) []string {
	parts := map[int][]int{}
	var wholes []int
	for _, n := range given(r.parts) {
		w := a.countedWhole(n)
		if parts[w] == nil {
			wholes = append(wholes, w)
		}
		parts[w] = append(parts[w], n)
	}
	var out []string
	for i, w := range wholes {
		if i == mostNamed {
			return append(out, fmt.Sprintf("So it is with the parts of %d more events.", len(wholes)-i))
		}
		is := "is"
		if len(parts[w]) > 1 {
			is = "are"
		}
		out = append(out, fmt.Sprintf("%s %s part of %s and not added to it.", a.listed(parts[w]), is, a.label(w)))
	}
	return out
}

// addsUp says whether the rows by outcome add up to the total, that of what is
// not in it left out.
func addsUp(t *tumenv1.Total, r *reading) bool {
	var low, high int64
	var events int
	open := false
	for _, row := range t.GetByOutcome() {
		if row.GetOutcome() == inaccurate {
			continue
		}
		low, high = plus(low, row.GetLow()), plus(high, row.GetHigh())
		events += int(row.GetEvents())
		open = open || row.High == nil
	}
	if open != (t.High == nil) && r.events > 0 {
		return false
	}
	return low == t.GetLow() && events == r.events && (open || high == t.GetHigh())
}

// where lists the counted events of the act of which something holds.
func (a *account) where(holds func(n int) bool) []int {
	var out []int
	for _, n := range a.nodes {
		if a.counts(n) && holds(n) {
			out = append(out, n)
		}
	}
	return out
}

func (a *account) those(hold func(*Item) bool) []int {
	return a.where(func(n int) bool { return hold(&a.items[n]) })
}

// foundInaccurate lists the events of the act that are asked for and were found
// inaccurate.
func (a *account) foundInaccurate() []int {
	var out []int
	for _, n := range a.nodes {
		if a.asked(n) && a.items[n].Outcome == inaccurate {
			out = append(out, n)
		}
	}
	return out
}

// mayBe lists the events of the act that only may lie in the period.
func (a *account) mayBe() []int {
	var out []int
	for _, n := range a.nodes {
		if a.items[n].Dating == tumenv1.Dating_DATING_MAY_BE {
			out = append(out, n)
		}
	}
	return out
}

// given puts nodes into the order in which their items were given.
func given(nodes []int) []int {
	out := slices.Clone(nodes)
	slices.Sort(out)
	return out
}

// label is what a sentence calls an event.
func (a *account) label(n int) string {
	if t := a.items[n].Title; t != "" {
		return t
	}
	return a.items[n].Event
}

// listed enumerates events: "E3", "E3 and E4", "E1, E3 and E4".
func (a *account) listed(nodes []int) string {
	nodes = given(nodes)
	var words []string
	for i, n := range nodes {
		if i == mostNamed-1 && len(nodes) > mostNamed {
			words = append(words, fmt.Sprintf("%d more", len(nodes)-i))
			break
		}
		words = append(words, a.label(n))
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
