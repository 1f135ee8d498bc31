package records

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// days reads a period.
func days(t testing.TB, s string) edtf.Interval {
	t.Helper()
	d, err := edtf.Parse(s)
	must(t, err)
	return d.Interval()
}

// TestSearches: whatever is in the archive, whatever is asked and whoever asks, the indexes
// give what looking at every record gives, and pages of any size at any place
// give the same list.
func TestSearches(t *testing.T) {
	if raceDetector { // make test draws as often as elsewhere in a run without it
		drawLess(t, 40)
	}
	rapid.Check(t, func(rt *rapid.T) {
		a := &archive{office: openOffice(t, nil)}
		defer a.store.Close()
		a.fill(rt)
		a.view(func(v *View) error {
			for range 12 {
				v := v.As(a.sight(rt))
				q := a.query(rt, v)
				a.searchEvents(rt, v, q)
				a.searchCases(rt, v, q)
				a.searchClaims(rt, v, q)
			}
			return nil
		})
		a.agrees()
	})
}

// drawLess has rapid draw so often, unless it was told otherwise.
func drawLess(t *testing.T, n int) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if before := checks.Value.String(); before == checks.DefValue {
		must(t, checks.Value.Set(fmt.Sprint(n)))
		t.Cleanup(func() { must(t, checks.Value.Set(before)) })
	}
}

func (a *archive) searchEvents(t *rapid.T, v *View, q Query) {
	want := slow{v, t, q}.events()
	all, _, err := v.EventPage(q, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]tumenv1.Dating{}
	for _, m := range all {
		got[m.Event.GetName()] = m.Dating
	}
	if len(got) != len(all) {
		t.Fatalf("some of %d events are given twice", len(all))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%+v: got %v, want %v", q, got, want)
	}
	paged(t, all, func(cursor []byte, limit int) ([]EventMatch, []byte, error) { return v.EventPage(q, cursor, limit) },
		func(a, b EventMatch) int { return cmp.Compare(a.Event.GetName(), b.Event.GetName()) })
}

// paged checks that pages of every size give the whole list.
func paged[T any](t *rapid.T, all []T, page func([]byte, int) ([]T, []byte, error), compare func(a, b T) int) {
	for size := 1; size <= len(all)+1; size += 1 + size/3 {
		var got []T
		for cursor := []byte(nil); ; {
			some, next, err := page(cursor, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(some) > size || next != nil && len(some) != size {
				t.Fatalf("a page of %d has %d", size, len(some))
			}
			got = append(got, some...)
			if cursor = next; next == nil {
				break
			}
		}
		if slices.CompareFunc(got, all, compare) != 0 {
			t.Fatalf("pages of %d give another list: %v, want %v", size, got, all)
		}
	}
}

func (a *archive) searchCases(t *rapid.T, v *View, q Query) {
	cq := CaseQuery{Query: q}
	if rapid.IntRange(0, 4).Draw(t, "assigned") == 0 {
		cq.Assignee = a.member
	}
	s := slow{v, t, q}
	of := s
	of.q.Marking, of.q.ExternalID, of.q.ShowDeleted = 0, nil, false
	want := map[string]tumenv1.Dating{}
	through := of.events()
	for _, c := range everything[*tumenv1.Case](s, Case) {
		if !s.own(c) || cq.Assignee != "" && len(c.GetAssignees()) == 0 {
			continue
		}
		if !q.aboutEvents() {
			want[c.GetName()] = 0
		}
		for event, dating := range through {
			if q.aboutEvents() && ParentOf(event) == c.GetName() && (want[c.GetName()] == 0 || dating < want[c.GetName()]) {
				want[c.GetName()] = dating
			}
		}
	}
	all, _, err := v.Cases(cq, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]tumenv1.Dating{}
	for _, m := range all {
		got[m.Record.GetName()] = m.Dating
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("cases of %+v: got %v, want %v", cq, got, want)
	}
	paged(t, all, func(cursor []byte, limit int) ([]Match[*tumenv1.Case], []byte, error) {
		return v.Cases(cq, cursor, limit)
	},
		func(a, b Match[*tumenv1.Case]) int { return cmp.Compare(a.Record.GetName(), b.Record.GetName()) })
}

func (a *archive) searchClaims(t *rapid.T, v *View, q Query) {
	cq := ClaimQuery{Query: q}
	if rapid.IntRange(0, 3).Draw(t, "about") == 0 {
		cq.Subject = a.at(t, append(slices.Clone(a.events), a.involvements...), "subject")
	}
	cq.Stance = tumenv1.Stance(rapid.IntRange(0, 2).Draw(t, "stance"))
	s := slow{v, t, q}
	of := s
	of.q.Marking, of.q.ExternalID, of.q.ShowDeleted, of.q.Source = 0, nil, false, ""
	through := of.events()
	var want []string
	for _, c := range everything[*tumenv1.Claim](s, Claim) {
		if !s.own(c) || q.Source != "" && c.GetSource() != q.Source || q.Parent != "" && ParentOf(c.GetName()) != q.Parent ||
			cq.Subject != "" && c.GetSubjects()[0] != cq.Subject || cq.Stance != 0 && c.GetStance() != cq.Stance {
			continue
		}
		ok := !of.q.aboutEvents()
		for event := range through {
			ok = ok || s.about(c.GetSubjects()[0], event)
		}
		if ok {
			want = append(want, c.GetName())
		}
	}
	all, _, err := v.Claims(cq, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		got = append(got, m.Record.GetName())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("claims of %+v: got %v, want %v", cq, got, want)
	}
	paged(t, all, func(cursor []byte, limit int) ([]Match[*tumenv1.Claim], []byte, error) {
		return v.Claims(cq, cursor, limit)
	},
		func(a, b Match[*tumenv1.Claim]) int { return cmp.Compare(a.Record.GetName(), b.Record.GetName()) })
}
