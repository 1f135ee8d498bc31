package tally

import (
	"slices"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

func atMost(n int64) *int64 { return &n }

// october is the matter of October 2023: a large repatriation of which a busload
// was recorded as well, two smaller ones before it, and people in detention.
func october() []Item {
	return []Item{
		{Event: "E1", Act: "refoulement", Low: 501, Basis: tumenv1.CountBasis_COUNT_BASIS_CLAIMS, Sources: []string{"S1", "S2", "S4", "S6"}},
		{Event: "B", Title: "the first bus", Act: "refoulement", Low: 45, High: atMost(45), PartOf: "E1", Persons: []string{"P1", "P2"}},
		{Event: "E2", Act: "detention", Low: 2001, Persons: []string{"P1"}},
		{Event: "E3", Act: "refoulement", Low: 80, High: atMost(80), SingleSource: true, Sources: []string{"S6"}},
		{Event: "E4", Act: "refoulement", Low: 40, High: atMost(40), SingleSource: true, Sources: []string{"S6"}, Persons: []string{"P2", "P3"}},
	}
}

func TestOctoberAddsTheRepatriationsAndNeverTheDetained(t *testing.T) {
	totals := Totals(october(), false)
	if len(totals) != 2 || totals[0].GetAct() != "detention" || totals[1].GetAct() != "refoulement" {
		t.Fatalf("got %v, want a total of each of two acts, by code", totals)
	}
	if d := totals[0]; d.GetLow() != 2001 || d.High != nil || len(d.GetContributions()) != 1 || d.GetNamedPersons() != 1 {
		t.Errorf("detention: %v", d)
	}
	r := totals[1]
	if r.GetLow() != 621 || r.High != nil {
		t.Errorf("refoulement: low %d, high %v; want at least 621, open", r.GetLow(), r.High)
	}
	if r.GetNamedPersons() != 3 {
		t.Errorf("%d named persons, want 3: P2 is named twice", r.GetNamedPersons())
	}
	var events []string
	for _, c := range r.GetContributions() {
		events = append(events, c.GetEvent())
		if inWhole := c.GetEvent() == "B"; c.GetCounted() == inWhole || (c.GetWithinEvent() == "E1") != inWhole {
			t.Errorf("%s: counted %v, within %q", c.GetEvent(), c.GetCounted(), c.GetWithinEvent())
		}
	}
	if !slices.Equal(events, []string{"E1", "B", "E3", "E4"}) {
		t.Errorf("contributions %v, want them as given", events)
	}
	for _, want := range []string{
		"E3 and E4 rest on one source each.",
		"The high is open because no upper bound counts for E1.",
		"the first bus is part of E1 and not added to it.",
	} {
		if !slices.Contains(r.GetNotes(), want) {
			t.Errorf("no note %q in %q", want, r.GetNotes())
		}
	}
	if len(r.GetOverlaps()) != 0 || !strings.Contains(r.GetMethod(), "3 events") {
		t.Errorf("overlaps %v, method %q", r.GetOverlaps(), r.GetMethod())
	}
}

// total is what a case of the table expects of one act; a high of open is none.
type total struct {
	low, high int64
	counted   string // the events that are counted, in the order given
	note      string // part of a note, if one matters
	overlap   string
}

const open = -1

func TestTotals(t *testing.T) {
	e := func(name string, low, high int64) Item {
		it := Item{Event: name, Act: "arrest", Low: low}
		if high != open {
			it.High = &high
		}
		return it
	}
	in := func(it Item, whole string) Item { it.PartOf = whole; return it }
	maybe := func(it Item) Item { it.Dating = tumenv1.Dating_DATING_MAY_BE; return it }
	same := func(it Item, as ...string) Item { it.PossiblySame = as; return it }
	apart := func(it Item, from ...string) Item { it.Separated = from; return it }
	beside := func(it Item) Item { it.Beside = true; return it }
	act := func(it Item, code string) Item { it.Act = code; return it }
	found := func(it Item, o tumenv1.FindingState) Item { it.Outcome = o; return it }

	for name, c := range map[string]struct {
		items        []Item
		includeMayBe bool
		want         total
	}{
		"events recorded apart add":                      {[]Item{e("a", 3, 5), e("b", 4, 4)}, false, total{low: 7, high: 9, counted: "a b"}},
		"one missing high opens the high":                {[]Item{e("a", 3, 5), e("b", 4, open)}, false, total{low: 7, high: open, counted: "a b", note: "no upper bound counts for b"}},
		"what is not known counts as 0":                  {[]Item{e("a", 3, 5), e("b", 0, open)}, false, total{low: 3, high: open, counted: "a b", note: "Of b it is not known"}},
		"a part is not added to its whole":               {[]Item{in(e("p", 3, 4), "w"), e("w", 10, 12)}, false, total{low: 10, high: 12, counted: "w", note: "p is part of w"}},
		"parts that are more than their whole count":     {[]Item{e("w", 5, 12), in(e("p", 4, 4), "w"), in(e("q", 3, 3), "w")}, false, total{low: 7, high: 12, counted: "w", note: "The parts of w together"}},
		"parts do not bound their whole":                 {[]Item{e("w", 5, open), in(e("p", 4, 4), "w")}, false, total{low: 5, high: open, counted: "w"}},
		"a part without a high opens nothing":            {[]Item{e("w", 5, 9), in(e("p", 4, open), "w")}, false, total{low: 5, high: 9, counted: "w"}},
		"parts of parts":                                 {[]Item{e("w", 5, 20), in(e("p", 1, 9), "w"), in(e("x", 4, 4), "p"), in(e("y", 4, 4), "p"), in(e("q", 3, 3), "w")}, false, total{low: 11, high: 20, counted: "w", note: "x and y are part of p"}},
		"parts of an absent whole count on their own":    {[]Item{in(e("p", 4, 4), "w"), in(e("q", 3, 3), "w")}, false, total{low: 7, high: 7, counted: "p q"}},
		"parts above their whole's high open it":         {[]Item{e("w", 5, 6), in(e("p", 4, 4), "w"), in(e("q", 3, 3), "w")}, false, total{low: 7, high: open, counted: "w", note: "contradict each other"}},
		"a low above its own high opens it":              {[]Item{e("a", 6, 5), e("b", 1, 1)}, false, total{low: 7, high: open, counted: "a b", note: "a has, by itself"}},
		"possibly same: low largest, high sum":           {[]Item{same(e("a", 3, 5), "b"), e("b", 4, 6)}, false, total{low: 4, high: 11, counted: "a b", overlap: "a b"}},
		"possibly same through an event that is absent":  {[]Item{same(e("a", 3, 5), "x"), same(e("b", 4, 6), "x")}, false, total{low: 4, high: 11, counted: "a b", overlap: "a b"}},
		"possibly same in a row":                         {[]Item{same(e("a", 3, 5), "b"), same(e("b", 4, open), "c"), e("c", 2, 2)}, false, total{low: 4, high: open, counted: "a b c", overlap: "a b c"}},
		"possibly same in two acts is no overlap of one": {[]Item{same(e("a", 3, 5), "b"), act(e("b", 4, 6), "release")}, false, total{low: 3, high: 5, counted: "a"}},
		"separated events add":                           {[]Item{same(e("a", 3, 5), "b"), apart(e("b", 4, 6), "a")}, false, total{low: 7, high: 11, counted: "a b"}},
		"a part possibly the same as its whole":          {[]Item{e("w", 5, 9), same(in(e("p", 4, open), "w"), "w")}, false, total{low: 5, high: 9, counted: "w", overlap: "w p"}},
		"a part that may be its whole hides no sibling":  {[]Item{e("w", 2, 9), same(in(e("p", 4, 4), "w"), "w"), in(e("q", 3, 3), "w")}, false, total{low: 4, high: 9, counted: "w", overlap: "w p"}},
		"parts possibly the same in one whole":           {[]Item{e("w", 2, 9), same(in(e("p", 4, 4), "w"), "q"), in(e("q", 3, 3), "w"), in(e("r", 1, 1), "w")}, false, total{low: 5, high: 9, counted: "w", overlap: "p q"}},
		"parts possibly the same in two wholes":          {[]Item{e("v", 5, 6), e("w", 7, 8), same(in(e("p", 4, 4), "v"), "q"), in(e("q", 3, 3), "w")}, false, total{low: 7, high: 14, counted: "v w", overlap: "p q"}},
		"a part possibly the same as an event apart":     {[]Item{e("w", 5, 9), in(e("p", 4, 4), "w"), same(e("x", 6, 6), "p")}, false, total{low: 6, high: 15, counted: "w x", overlap: "p x"}},
		"wholes possibly the same, parts apart":          {[]Item{same(e("v", 5, 9), "w"), e("w", 5, 9), in(e("p", 4, 4), "v"), in(e("q", 3, 3), "w")}, false, total{low: 7, high: 18, counted: "v w", overlap: "v w"}},
		"parts that may be the same do not refute":       {[]Item{e("w", 2, 6), same(in(e("p", 4, 4), "w"), "q"), in(e("q", 4, 4), "w")}, false, total{low: 4, high: 6, counted: "w", overlap: "p q"}},
		"parts that may be others and refute together":   {[]Item{e("w", 2, 6), same(in(e("p", 4, 4), "w"), "x"), same(in(e("q", 4, 4), "w"), "y")}, false, total{low: 8, high: open, counted: "w", note: "some wholes and of their parts contradict"}},
		"a whole that may be a part of its part":         {[]Item{e("x", 3, 9), in(e("w", 3, 9), "x"), same(in(e("p", 3, 9), "w"), "x"), in(e("q", 4, 4), "p"), in(e("r", 3, 3), "p")}, false, total{low: 7, high: 9, counted: "x", overlap: "x p"}},
		"what may be is listed, not counted":             {[]Item{e("a", 3, 5), maybe(e("b", 4, 4))}, false, total{low: 3, high: 5, counted: "a", note: "b only may lie in the period, and is not counted."}},
		"what may be is counted if asked":                {[]Item{e("a", 3, 5), maybe(e("b", 4, 4))}, true, total{low: 7, high: 9, counted: "a b", note: "is counted as asked"}},
		"nothing counted leaves the high open":           {[]Item{maybe(e("b", 4, 4))}, false, total{low: 0, high: open}},
		"a part counts where its whole only may be":      {[]Item{maybe(e("w", 9, 9)), in(e("p", 4, 5), "w")}, false, total{low: 4, high: 5, counted: "p"}},
		"a whole holds the parts of a part that may be":  {[]Item{e("w", 9, 9), maybe(in(e("m", 4, 5), "w")), in(e("p", 4, 5), "m")}, false, total{low: 9, high: 9, counted: "w"}},
		"a whole holds the parts of a part's other act":  {[]Item{e("w", 9, 9), act(in(e("m", 4, 5), "w"), "release"), in(e("p", 4, 5), "m")}, false, total{low: 9, high: 9, counted: "w"}},
		"a whole holds the parts of what is beside":      {[]Item{e("w", 9, 9), beside(in(e("m", 4, 5), "w")), in(e("p", 4, 5), "m")}, false, total{low: 9, high: 9, counted: "w"}},
		"possibly same through an event beside":          {[]Item{e("w", 9, 9), beside(same(in(e("m", 4, 5), "w"), "p")), e("p", 4, 5)}, false, total{low: 9, high: 14, counted: "w p", overlap: "m p"}},
		"what is beside is not counted":                  {[]Item{beside(e("w", 9, 9)), in(e("p", 4, 5), "w")}, true, total{low: 4, high: 5, counted: "p"}},
		"a part counts where its whole is another act":   {[]Item{act(e("w", 9, 9), "release"), in(e("p", 4, 5), "w")}, false, total{low: 4, high: 5, counted: "p"}},
		"events that are part of each other":             {[]Item{in(e("a", 3, 5), "b"), in(e("b", 4, 6), "a"), in(e("p", 1, 1), "a")}, false, total{low: 4, high: 11, counted: "a b", note: "a and b are recorded as part of each other"}},
		"an event that is part of itself":                {[]Item{in(e("a", 3, 5), "a")}, false, total{low: 3, high: 5, counted: "a"}},
		"an event given twice counts once":               {[]Item{e("a", 3, 5), e("a", 3, 5)}, false, total{low: 3, high: 5, counted: "a"}},
		"outcomes of parts and wholes do not add up": {[]Item{found(e("w", 9, 9), tumenv1.FindingState_FINDING_STATE_CORROBORATED), found(in(e("p", 4, 5), "w"), tumenv1.FindingState_FINDING_STATE_REPORTED)},
			false, total{low: 9, high: 9, counted: "w", note: "The rows by outcome do not add up"}},
		"what was found inaccurate is not in it, and said not to be": {[]Item{e("a", 3, 5), found(e("w", 9, 9), inaccurate)}, false, total{low: 3, high: 5, counted: "a", note: "w was found inaccurate; its figures are not in the total"}},
		"what was found inaccurate opens no high":                    {[]Item{e("a", 3, 5), found(e("w", 9, open), inaccurate)}, false, total{low: 3, high: 5, counted: "a"}},
		"nothing but what was found inaccurate":                      {[]Item{found(e("w", 9, 9), inaccurate)}, false, total{low: 0, high: open}},
		"a part counts where its whole was found inaccurate":         {[]Item{found(e("w", 9, 9), inaccurate), in(e("p", 4, 5), "w")}, false, total{low: 4, high: 5, counted: "p"}},
		"a part found inaccurate raises no whole":                    {[]Item{e("w", 2, 9), found(in(e("p", 4, 4), "w"), inaccurate), in(e("q", 1, 1), "w")}, false, total{low: 2, high: 9, counted: "w"}},
		"a part found inaccurate refutes no whole":                   {[]Item{e("w", 2, 3), found(in(e("p", 4, 4), "w"), inaccurate)}, false, total{low: 2, high: 3, counted: "w"}},
		"possibly the same as what was found inaccurate":             {[]Item{same(e("a", 3, 5), "w"), found(e("w", 9, 9), inaccurate)}, false, total{low: 3, high: 5, counted: "a", overlap: "a w"}},
		"what is disputed is in it, and said to be":                  {[]Item{found(e("w", 9, 9), tumenv1.FindingState_FINDING_STATE_DISPUTED)}, false, total{low: 9, high: 9, counted: "w", note: "That w took place is disputed; its figures are in the total"}},
		"what is unverifiable is in it, and said to be":              {[]Item{found(e("w", 9, 9), tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE)}, false, total{low: 9, high: 9, counted: "w", note: "That w took place is unverifiable; its figures are in the total"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tot := range Totals(c.items, c.includeMayBe) {
				if tot.GetAct() == "arrest" {
					check(t, tot, c.want)
				}
			}
		})
	}
}

func check(t *testing.T, got *tumenv1.Total, want total) {
	t.Helper()
	high := int64(open)
	if got.High != nil {
		high = got.GetHigh()
	}
	var counted, overlaps []string
	for _, c := range got.GetContributions() {
		if c.GetCounted() {
			counted = append(counted, c.GetEvent())
		}
	}
	for _, o := range got.GetOverlaps() {
		overlaps = append(overlaps, strings.Join(o.GetEvents(), " "))
	}
	if got.GetLow() != want.low || high != want.high {
		t.Errorf("got %d to %d, want %d to %d", got.GetLow(), high, want.low, want.high)
	}
	if s := strings.Join(counted, " "); s != want.counted {
		t.Errorf("counted %q, want %q", s, want.counted)
	}
	if s := strings.Join(overlaps, ", "); s != want.overlap {
		t.Errorf("overlaps %q, want %q", s, want.overlap)
	}
	if notes := strings.Join(got.GetNotes(), "\n"); !strings.Contains(notes, want.note) {
		t.Errorf("no %q in the notes:\n%s", want.note, notes)
	}
}

func TestOutcomesAreEachAddedUpAlone(t *testing.T) {
	corroborated, reported := tumenv1.FindingState_FINDING_STATE_CORROBORATED, tumenv1.FindingState_FINDING_STATE_REPORTED
	got := Totals([]Item{
		{Event: "w", Low: 9, High: atMost(12), Outcome: corroborated},
		{Event: "p", Low: 4, High: atMost(5), Outcome: reported, PartOf: "w"},
		{Event: "q", Low: 2, High: atMost(2), Outcome: reported, PartOf: "p"},
		{Event: "x", Low: 1, Outcome: corroborated},
	}, false)[0]
	rows := got.GetByOutcome()
	if len(rows) != 2 {
		t.Fatalf("rows %v", rows)
	}
	if r := rows[0]; r.GetOutcome() != reported || r.GetLow() != 4 || r.GetHigh() != 5 || r.GetEvents() != 1 {
		t.Errorf("reported: %v, want 4 to 5 of one event: q is in p", r)
	}
	if r := rows[1]; r.GetOutcome() != corroborated || r.GetLow() != 10 || r.High != nil || r.GetEvents() != 2 {
		t.Errorf("corroborated: %v, want at least 10 of two events", r)
	}
	if got.GetLow() != 10 {
		t.Errorf("low %d, want 10", got.GetLow())
	}
}

func TestWhatWasFoundInaccurateStandsInTheSplitAlone(t *testing.T) {
	got := Totals([]Item{
		{Event: "a", Low: 3, High: atMost(5), Persons: []string{"P1"}, Outcome: tumenv1.FindingState_FINDING_STATE_REPORTED},
		{Event: "w", Low: 9, High: atMost(9), Persons: []string{"P1", "P2"}, Outcome: inaccurate},
	}, false)[0]
	rows := got.GetByOutcome()
	if len(rows) != 2 || rows[1].GetOutcome() != inaccurate || rows[1].GetLow() != 9 || rows[1].GetHigh() != 9 || rows[1].GetEvents() != 1 {
		t.Errorf("rows %v", rows)
	}
	if got.GetLow() != 3 || got.GetHigh() != 5 || got.GetNamedPersons() != 1 {
		t.Errorf("total %v, want 3 to 5 and one by name", got)
	}
	if notes := strings.Join(got.GetNotes(), "\n"); strings.Contains(notes, "do not add up") {
		t.Errorf("says that the rows do not add up: %s", notes)
	}
}

func TestNothingGivesNoTotals(t *testing.T) {
	if got := Totals(nil, true); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestManyEventsAreNamedUpToALimit(t *testing.T) {
	var items []Item
	for i := range 200 {
		items = append(items, Item{Event: "cases/c/events/" + strings.Repeat("x", i+1), Low: 1, SingleSource: true})
	}
	for _, n := range Totals(items, false)[0].GetNotes() {
		if strings.Count(n, "cases/c/") > mostNamed {
			t.Errorf("names too many: %s", n)
		}
		if strings.Contains(n, "one source") && !strings.Contains(n, "and 189 more") {
			t.Errorf("does not count the rest: %s", n)
		}
	}
}
