package records

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
	"tumen/service/fault"
)

// TestTimeIndexEdges: every interval of days around a period, every length on
// both sides of a lane's bound, open on either side, is found by the periods that
// it meets and by no other, to the day.
func TestTimeIndexEdges(t *testing.T) {
	o := openOffice(t, nil)
	base := days(t, "2023-10-15").Earliest
	print := func(d edtf.Day) string { return (edtf.Interval{Earliest: d, Latest: d}).Earliest.String() }
	o.do(func(tx *Tx) error {
		for _, length := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33} {
			for shift := -length - 6; shift <= 6; shift++ {
				from := base + edtf.Day(shift)
				for _, act := range []string{"arrest", "detention"} {
					if err := tx.Create(anEvent(act, print(from)+"/"+print(from+edtf.Day(length-1))), o.matter); err != nil {
						return err
					}
				}
			}
		}
		for shift := -6; shift <= 6; shift++ {
			day := print(base + edtf.Day(shift))
			for _, open := range []string{day + "/..", "../" + day, day + "/", "/" + day, "[.." + day + "]", "[" + day + "..]", day} {
				for _, act := range []string{"arrest", "detention"} {
					if err := tx.Create(anEvent(act, open), o.matter); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	o.view(func(v *View) error {
		var all []*tumenv1.Event
		for e, err := range All[*tumenv1.Event](v, Event) {
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		for from := -3; from <= 3; from++ {
			for _, length := range []int{1, 2, 4, 31} {
				period := edtf.Interval{Earliest: base + edtf.Day(from), Latest: base + edtf.Day(from+length-1)}
				for _, q := range []Query{{Owner: o.org, Within: &period}, {Owner: o.org, OngoingIn: &period}} {
					var want, got []string
					for _, e := range all {
						d, _ := TimeOf(e.GetTime())
						lasting := e.GetAct() == "detention"
						sure := edtf.No
						if q.Within != nil {
							sure = edtf.Within(d, lasting, period)
						} else if lasting {
							sure = edtf.OngoingIn(d, period)
						}
						if sure != edtf.No {
							want = append(want, fmt.Sprint(e.GetAct(), e.GetTime().GetEdtf(), e.GetName()))
						}
					}
					if err := v.Events(q, nil, func(m EventMatch) (bool, error) {
						got = append(got, fmt.Sprint(m.Event.GetAct(), m.Event.GetTime().GetEdtf(), m.Event.GetName()))
						return true, nil
					}); err != nil {
						return err
					}
					slices.Sort(want)
					slices.Sort(got)
					if !slices.Equal(got, want) {
						t.Errorf("%v, ongoing %v: %d found, want %d", period, q.OngoingIn != nil, len(got), len(want))
					}
				}
			}
		}
		return nil
	})
}

// TestListsByTimeAreInOrder: what has no first day first, then by the first day.
func TestListsByTimeAreInOrder(t *testing.T) {
	o := openOffice(t, nil)
	dates := []string{"2023-10-05", "../2023-10-20", "2023-10", "2023", "2023-10-07/..", "../2023-10-09", "202X", "2023-10-06/2023-12"}
	for _, d := range dates {
		o.event("detention", d)
	}
	p := days(t, "2023-10")
	for _, c := range []struct {
		q    Query
		want []string
	}{
		{Query{Within: &p}, []string{"../2023-10-09", "../2023-10-20", "202X", "2023", "2023-10", "2023-10-05"}},
		{Query{OngoingIn: &p}, []string{"../2023-10-09", "../2023-10-20", "202X", "2023", "2023-10", "2023-10-05", "2023-10-06/2023-12", "2023-10-07/.."}},
	} {
		c.q.Owner = o.org
		var got []string
		o.view(func(v *View) error {
			return v.Events(c.q, nil, func(m EventMatch) (bool, error) {
				got = append(got, m.Event.GetTime().GetEdtf())
				return true, nil
			})
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// TestPagingDuringWrites: what stays as it is all the while is given exactly
// once, whatever is added, moved and deleted between the pages.
func TestPagingDuringWrites(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := openOffice(t, nil)
		defer o.store.Close()
		day := func() string { return fmt.Sprintf("2023-10-%02d", rapid.IntRange(1, 31).Draw(rt, "day")) }
		date := func() string {
			return rapid.SampledFrom([]string{"%s", "../%s", "%s/..", "[%s..2024-01-01]"}).Draw(rt, "form")
		}
		var stay, move []string
		o.do(func(tx *Tx) error {
			for i := range 24 {
				e := anEvent("detention", fmt.Sprintf(date(), day()), "places/hunchun")
				if err := tx.Create(e, o.matter); err != nil {
					return err
				}
				if i%3 == 0 {
					move = append(move, e.GetName())
				} else {
					stay = append(stay, e.GetName())
				}
			}
			return nil
		})
		p := days(t, "2023-10")
		q := rapid.SampledFrom([]Query{{OngoingIn: &p}, {Place: "places/china"}, {Act: "detention"}, {}, {Parent: o.matter}}).Draw(rt, "query")
		q.Owner = o.org
		size := rapid.IntRange(1, 5).Draw(rt, "size")
		given := map[string]int{}
		for cursor := []byte(nil); ; {
			o.view(func(v *View) error {
				page, next, err := v.EventPage(q, cursor, size)
				for _, m := range page {
					given[m.Event.GetName()]++
				}
				cursor = next
				return err
			})
			if cursor == nil {
				break
			}
			o.do(func(tx *Tx) error {
				name := rapid.SampledFrom(move).Draw(rt, "moved")
				if err := edited(tx, name, func(e *tumenv1.Event) { e.Time.Edtf = fmt.Sprintf(date(), day()) }); err != nil {
					return err
				}
				if rapid.Bool().Draw(rt, "delete") {
					rec, err := tx.Read(name)
					if err != nil {
						return err
					}
					return tx.Delete(rec)
				}
				return nil
			})
		}
		for _, name := range stay {
			if given[name] != 1 {
				rt.Fatalf("an event that stayed as it is (%v) was given %d times", o.read(name).(*tumenv1.Event).GetTime(), given[name])
			}
		}
	})
}

// TestForeignCursors: a cursor of another list is refused.
func TestForeignCursors(t *testing.T) {
	o := openOffice(t, nil)
	p := days(t, "2023-10")
	o.view(func(v *View) error {
		for n := range 40 {
			_, _, err := v.EventPage(Query{Owner: o.org, Within: &p}, make([]byte, n), 1)
			if want := n != 0 && n != 21; (fault.Of(err) != nil) != want {
				t.Errorf("by time, %d bytes: %v", n, err)
			}
			_, _, err = v.EventPage(Query{Owner: o.org}, make([]byte, n), 1)
			_, _, err2 := v.Cases(CaseQuery{Query: Query{Owner: o.org}}, make([]byte, n), 1)
			_, _, err3 := v.Claims(ClaimQuery{Query: Query{Owner: o.org}}, make([]byte, n), 1)
			_, _, err4 := v.Page(Case, List{Owner: o.org}, make([]byte, n), 1, func(Record) (bool, error) { return true, nil })
			for _, err := range []error{err, err2, err3, err4} {
				if want := n != 0 && n != 16; (fault.Of(err) != nil) != want {
					t.Errorf("by id, %d bytes: %v", n, err)
				}
			}
		}
		return nil
	})
}

// TestFindingsMoveEvents: the time and the places of an event are those of the
// findings on them while these stand.
func TestFindingsMoveEvents(t *testing.T) {
	o := openOffice(t, nil)
	event := o.event("arrest", "2023-10-09", "places/hunchun")
	var timed, placed string
	for aspect, name := range map[tumenv1.Aspect]*string{tumenv1.Aspect_ASPECT_TIME: &timed, tumenv1.Aspect_ASPECT_PLACE: &placed} {
		*name = o.create(&tumenv1.Finding{Subject: event, Aspect: aspect, State: tumenv1.FindingState_FINDING_STATE_REPORTED}, o.matter)
	}
	found := func(q Query) (used string) {
		q.Owner = o.org
		o.view(func(v *View) error {
			return v.Events(q, nil, func(m EventMatch) (bool, error) {
				used = m.Used.GetTime().GetEdtf()
				if (m.Used.GetFinding() == timed) != (m.Used.GetBasis() == tumenv1.TimeBasis_TIME_BASIS_FINDING) {
					t.Errorf("%v", m.Used)
				}
				return true, nil
			})
		})
		return used
	}
	october, november := days(t, "2023-10"), days(t, "2023-11")
	expect := func(when, inOctober, inNovember, inHunchun, inDandong string) {
		t.Helper()
		got := [4]string{found(Query{Within: &october}), found(Query{Within: &november}), found(Query{Place: "places/hunchun"}), found(Query{Place: "places/dandong"})}
		if got != [4]string{inOctober, inNovember, inHunchun, inDandong} {
			t.Errorf("%s: %q", when, got)
		}
	}
	decide := func(tx *Tx, name string, state tumenv1.FindingState, value *tumenv1.Value) error {
		return edited(tx, name, func(f *tumenv1.Finding) {
			f.State, f.Conclusion = state, &tumenv1.Conclusion{Outcome: state, Value: value}
		})
	}
	later := &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{Edtf: "2023-11-01"}}}
	there := &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{{Place: "places/dandong"}}}}}
	const proposed, corroborated, disputed, review = tumenv1.FindingState_FINDING_STATE_PROPOSED, tumenv1.FindingState_FINDING_STATE_CORROBORATED,
		tumenv1.FindingState_FINDING_STATE_DISPUTED, tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW
	recorded, decided := "2023-10-09", "2023-11-01"
	expect("recorded", recorded, "", recorded, "")
	o.do(func(tx *Tx) error { return decide(tx, timed, proposed, later) })
	expect("proposed", recorded, "", recorded, "")
	o.do(func(tx *Tx) error { return decide(tx, timed, corroborated, later) })
	expect("decided", "", decided, decided, "")
	o.do(func(tx *Tx) error { return decide(tx, placed, corroborated, there) })
	expect("decided where", "", decided, decided, decided)
	update(o, event, func(e *tumenv1.Event) { e.Time.Edtf, e.Places = "2023-10-10", nil })
	expect("the record changed", "", decided, "", decided)
	o.do(func(tx *Tx) error {
		if err := decide(tx, timed, disputed, later); err != nil {
			return err
		}
		return decide(tx, placed, review, there)
	})
	expect("disputed, and open again", "2023-10-10", "", "", "")
	o.do(func(tx *Tx) error { // decided and opened again within one change
		if err := decide(tx, timed, corroborated, later); err != nil {
			return err
		}
		return decide(tx, timed, review, later)
	})
	expect("decided and open again", "2023-10-10", "", "", "")
	o.do(func(tx *Tx) error { // the event and the finding in one change, in either order
		if err := edited(tx, event, func(e *tumenv1.Event) { e.Time.Edtf = "2023-10-11" }); err != nil {
			return err
		}
		if err := decide(tx, timed, corroborated, later); err != nil {
			return err
		}
		return edited(tx, event, func(e *tumenv1.Event) { e.Time.Edtf = "2023-10-12" })
	})
	expect("both", "", decided, "", "")
}

func FuzzParseSpan(f *testing.F) {
	f.Add(make([]byte, 21), make([]byte, 21))
	f.Fuzz(func(t *testing.T, value, key []byte) {
		if s, ok := parseSpan(value); ok && string(s.bytes()) != string(value) {
			t.Errorf("%x reads as %+v", value, s)
		}
		if m, ok := parseMoment(key); ok && string(m.bytes()) != string(key) {
			t.Errorf("%x reads as %+v", key, m)
		}
		if _, err := cursorID(key); err != nil && !errors.Is(err, error(errCursor)) {
			t.Error(err)
		}
	})
}

// TestMomentsAreInKeyOrder: within a lane, keys have the order of moments.
func TestMomentsAreInKeyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.OneOf(rapid.Int32(), rapid.SampledFrom([]int32{-1 << 31, -1, 0, 1, 1<<31 - 1}))
		draw := func(what string) moment {
			return moment{3, edtf.Day(day.Draw(t, what)), ID{15: rapid.Byte().Draw(t, what)}}
		}
		a, b := draw("a"), draw("b")
		if byKey := slices.Compare(a.bytes(), b.bytes()); byKey != a.compare(b) || b.compare(a) != -byKey {
			t.Fatalf("%+v %+v: %d by key, %d by moment", a, b, byKey, a.compare(b))
		}
	})
}
