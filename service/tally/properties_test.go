package tally

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// many draws items that hang together in any way, with figures of any size.
func many(t *rapid.T) []Item {
	n := rapid.IntRange(0, 40).Draw(t, "n")
	name := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("e", rapid.IntRange(0, n+2).Draw(t, "other")) })
	items := make([]Item, n)
	for i := range items {
		it := Item{
			Event: fmt.Sprint("e", i), Low: rapid.Int64Range(0, 1000).Draw(t, "low"),
			Act:          rapid.SampledFrom([]string{"arrest", "release"}).Draw(t, "act"),
			Outcome:      rapid.SampledFrom([]tumenv1.FindingState{0, 1, 2, 3, inaccurate}).Draw(t, "outcome"),
			Dating:       tumenv1.Dating(rapid.IntRange(0, 2).Draw(t, "dating")),
			Separated:    rapid.SliceOfN(name, 0, 1).Draw(t, "separated"),
			SingleSource: rapid.Bool().Draw(t, "single"),
			Persons:      rapid.SliceOfN(name, 0, 2).Draw(t, "persons"),
		}
		if rapid.Bool().Draw(t, "bounded") {
			it.High = atMost(rapid.Int64Range(0, 2000).Draw(t, "high"))
		}
		if rapid.Bool().Draw(t, "part") {
			it.PartOf = name.Draw(t, "whole")
		}
		if rapid.IntRange(0, 3).Draw(t, "linked") == 0 {
			it.PossiblySame = rapid.SliceOfN(name, 1, 2).Draw(t, "same")
		}
		items[i] = it
	}
	return items
}

func TestTotalsOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := many(t)
		include := rapid.Bool().Draw(t, "include")
		before := fmt.Sprintf("%+v", items)
		totals := Totals(items, include)
		if !slices.IsSortedFunc(totals, func(a, b *tumenv1.Total) int { return slices.Compare([]byte(a.GetAct()), []byte(b.GetAct())) }) {
			t.Error("not sorted by act")
		}
		listed := 0
		for _, total := range totals {
			listed += len(total.GetContributions())
			if total.High != nil && total.GetHigh() < total.GetLow() {
				t.Errorf("low %d above high %d", total.GetLow(), total.GetHigh())
			}
			for _, row := range total.GetByOutcome() {
				if row.GetOutcome() != inaccurate && row.GetLow() > total.GetLow() || row.GetEvents() < 1 {
					t.Errorf("row %v in total %v", row, total)
				}
			}
			if total.GetMethod() == "" {
				t.Error("does not say how it was reached")
			}
		}
		if listed != len(items) {
			t.Errorf("%d of %d events listed", listed, len(items))
		}
		if after := fmt.Sprintf("%+v", items); after != before {
			t.Error("the items were changed")
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := many(t)
		once := Totals(items, true)
		again := Totals(rapid.Permutation(items).Draw(t, "order"), true)
		for i, total := range once {
			other := again[i]
			if total.GetLow() != other.GetLow() || total.GetNamedPersons() != other.GetNamedPersons() ||
				!proto.Equal(&tumenv1.Total{High: total.High, ByOutcome: total.ByOutcome}, &tumenv1.Total{High: other.High, ByOutcome: other.ByOutcome}) {
				t.Fatalf("%v\n%v", total, other)
			}
			if len(total.GetOverlaps()) != len(other.GetOverlaps()) || len(total.GetNotes()) != len(other.GetNotes()) {
				t.Fatalf("%v\n%v", total, other)
			}
		}
		if len(once) > 0 && !proto.Equal(once[0], Totals(items, true)[0]) {
			t.Fatal("the same items gave another answer")
		}
	})
}

// Doubts about what is the same make totals less sure than they would be without
// any, and never more.
func TestDoubtsNeverRaiseALow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := many(t)
		settled := slices.Clone(items)
		for i := range settled {
			settled[i].PossiblySame = nil
		}
		sure, unsure := Totals(settled, true), Totals(items, true)
		for k := range sure {
			if unsure[k].GetLow() > sure[k].GetLow() {
				t.Errorf("%s: low %d, without doubts %d", sure[k].GetAct(), unsure[k].GetLow(), sure[k].GetLow())
			}
		}
	})
}

func TestLongChainsAndWideWholesEnd(t *testing.T) {
	const n = 50_000
	name := func(i int) string { return fmt.Sprint("e", i) }
	chain, wide, row := make([]Item, n), make([]Item, n), make([]Item, n)
	for i := range n {
		chain[i] = Item{Event: name(i), Low: int64(i), High: atMost(n), PartOf: name(i + 1)}
		wide[i] = Item{Event: name(i + 1), Low: 1, High: atMost(1), PartOf: name(0)}
		row[i] = Item{Event: name(i), Low: int64(i), High: atMost(n), PossiblySame: []string{name(i + 1)}}
	}
	if got := Totals(chain, false)[0]; got.GetLow() != n-1 || got.GetHigh() != n {
		t.Errorf("a chain of parts: %d to %d", got.GetLow(), got.GetHigh())
	}
	if got := Totals(append(wide, Item{Event: name(0), High: atMost(2 * n)}), false)[0]; got.GetLow() != n || got.GetHigh() != 2*n {
		t.Errorf("one whole: %d to %d", got.GetLow(), got.GetHigh())
	}
	if got := Totals(row, false)[0]; got.GetLow() != n-1 || got.GetHigh() != n*n {
		t.Errorf("a row of events that may be the same: %d to %d", got.GetLow(), got.GetHigh())
	}
}
