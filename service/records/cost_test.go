package records

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
	"tumen/storage"
	"tumen/storage/storagetest"
)

// manyEvents is how many events the cost of a search is counted among. It does
// not depend on the machine, but building the store takes its time, so a run
// under the race detector takes fewer; TUMEN_TEST_EVENTS says how many.
func manyEvents(t *testing.T) int {
	if s := os.Getenv("TUMEN_TEST_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		must(t, err)
		return n
	}
	if raceDetector {
		return 5_000
	}
	return 1_000_000
}

// TestMonthAmongMany: the events of a month are found among many, over twenty
// years, a tenth of them open-ended and some with a finding on their time, with at most four rows read for each,
// whether they happened within it or went on in it, in one list or in pages, and
// whoever asks.
func TestMonthAmongMany(t *testing.T) {
	n := manyEvents(t)
	backend := storagetest.NewCounting(boltStore(t))
	o := openOffice(t, backend)
	o.unchecked = true // it would take as long as all the rest
	random := rand.New(rand.NewPCG(3, 4))
	fillEvents(o, n, func(i int) *tumenv1.Event { return spreadEvent(random, i) })
	few := Sight{Shows: func(rec Record) bool { return rec.GetMarking() != tumenv1.Marking_MARKING_RED }}
	for _, c := range []struct {
		name  string
		q     Query
		sight Sight
	}{
		{"within a month", Query{Within: period(t, "2023-10")}, Sight{}},
		{"within a day", Query{Within: period(t, "2023-10-09")}, Sight{}},
		{"within a year", Query{Within: period(t, "2021")}, Sight{}},
		{"ongoing in a month", Query{OngoingIn: period(t, "2009-10")}, Sight{}},
		{"within a month, not shown some of the decided times", Query{Within: period(t, "2023-10")}, few},
		{"ongoing in a month, not shown some of the decided times", Query{OngoingIn: period(t, "2009-10")}, few},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Owner = o.org
			for _, size := range []int{50, n} {
				found, rows := 0, 0
				for cursor := []byte(nil); ; {
					before := backend.Counts()
					o.view(func(v *View) error {
						page, next, err := v.As(c.sight).EventPage(c.q, cursor, size)
						found, cursor = found+len(page), next
						return err
					})
					rows += backend.Counts().Sub(before).RowsRead
					if cursor == nil {
						break
					}
				}
				if rows > 4*found || found == 0 {
					t.Errorf("in pages of %d: %d rows read for %d events", size, rows, found)
				}
				t.Logf("in pages of %d: %d rows read for %d events, %.2f each", size, rows, found, float64(rows)/float64(found))
			}
		})
	}
}

func period(t testing.TB, s string) *edtf.Interval {
	p := days(t, s)
	return &p
}

// spreadEvent is an event somewhere in twenty years: a day, a month, about a
// day, a year, a stretch of time, and every tenth open-ended.
func spreadEvent(random *rand.Rand, i int) *tumenv1.Event {
	day := time.Date(2006, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(20*365))
	on := day.Format(time.DateOnly)
	switch i % 10 {
	case 0:
		return anEvent("detention", on+[]string{"/..", "/"}[i/10%2])
	case 1, 2:
		return anEvent("refoulement", day.Format("2006-01"))
	case 3:
		return anEvent("arrest", on+"~")
	case 4:
		return anEvent("detention", on+"/"+day.AddDate(0, 0, 1+random.IntN(60)).Format(time.DateOnly))
	case 5:
		if i%100 == 5 {
			return anEvent("arrest", day.Format("2006"))
		}
		return anEvent("arrest", "["+on+","+day.AddDate(0, 0, 9).Format(time.DateOnly)+"]")
	}
	return anEvent([]string{"arrest", "refoulement"}[i%2], on)
}

func decidedTime(e *tumenv1.Event) *tumenv1.Finding {
	const corroborated = tumenv1.FindingState_FINDING_STATE_CORROBORATED
	return &tumenv1.Finding{
		Subject: e.GetName(), Aspect: tumenv1.Aspect_ASPECT_TIME, State: corroborated,
		Conclusion: &tumenv1.Conclusion{Outcome: corroborated, Value: &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: e.GetTime()}}},
	}
}

// fillEvents puts so many events into a store, with the rows that changes would
// put but in few transactions.
func fillEvents(o *office, n int, event func(int) *tumenv1.Event) {
	o.t.Helper()
	// A backend may be slow with many new rows between the same old ones.
	for done, batch := 0, 0; done < n; done += batch {
		batch = min(max(done/8, 500), 20_000)
		s := o.store
		var growth *growth
		must(o.t, s.backend.Update(context.Background(), func(w storage.Writer) error {
			growth = s.log.grow(w)
			for i := done; i < min(n, done+batch); i++ {
				t := s.newTx(context.Background(), w, o.author())
				e := event(i)
				if err := t.Create(e, o.matter); err != nil {
					return err
				}
				if i%20 == 7 { // the time of which has been decided
					f := decidedTime(e)
					if i%40 == 7 {
						f.Marking = tumenv1.Marking_MARKING_RED
					}
					if err := t.Create(f, o.matter); err != nil {
						return err
					}
				}
				p := new(pending)
				p.take(t)
				if err := errors.Join(growth.add(p.leaves), p.put(w)); err != nil {
					return err
				}
			}
			return growth.finish()
		}))
		s.log.adopt(growth)
	}
}

// TestCostOfAClaim counts the rows that recording and reading one claim takes:
// beside what finds it again, its revision, its key and its leaf. The first claim
// reads the keys of the five records that it rests on, too, which later ones have.
func TestCostOfAClaim(t *testing.T) {
	backend := storagetest.NewCounting(boltStore(t))
	d := openDesk(t, openOffice(t, backend), 3)
	for i, c := range []struct {
		name            string
		work            func() error
		puts, rows, ops int // at most
	}{
		{"a claim on what others spoke of before", func() error { _, err := d.addClaim(1, requestID(rand.New(rand.NewPCG(1, 1)), 1)); return err }, 7, 19, 1},
		{"the same without a request id", func() error { _, err := d.addClaim(1, ""); return err }, 6, 12, 1},
		{"the first claim on an aspect", func() error {
			_, err := d.try(func(tx *Tx) error {
				c := aClaim(d.sources[0], d.events[0])
				c.Aspect = tumenv1.Aspect_ASPECT_COUNT
				if err := tx.Create(c, ParentOf(d.events[0])); err != nil {
					return err
				}
				f := &tumenv1.Finding{Subject: d.events[0], Aspect: c.Aspect, State: tumenv1.FindingState_FINDING_STATE_REPORTED, Marking: c.Marking}
				return tx.Create(f, ParentOf(d.events[0]))
			})
			return err
		}, 12, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := backend.Counts()
			must(t, c.work())
			got := backend.Counts().Sub(before)
			if got.Puts > c.puts || got.RowsRead > c.rows || got.Updates > c.ops || got.Deletes != 0 || got.Scans != 0 {
				t.Errorf("%d: %+v, want at most %d puts and %d rows read", i, got, c.puts, c.rows)
			}
		})
	}
	r, err := d.addClaim(2, "")
	must(t, err)
	before := backend.Counts()
	d.read(r.Names[0])
	if got := backend.Counts().Sub(before); got.RowsRead != 2 || got.Views != 1 {
		t.Errorf("reading a claim: %+v", got)
	}
	before = backend.Counts()
	update(d.office, r.Names[0], func(c *tumenv1.Claim) { c.Notes = "other" })
	if got := backend.Counts().Sub(before); got.Puts != 3 || got.Deletes != 0 {
		t.Errorf("a claim whose notes change takes its row, one of history and a leaf: %+v", got)
	}
}

// TestCostIsOfTheOwner: how much a search reads does not depend on what it does
// not ask for.
func TestCostIsOfTheOwner(t *testing.T) {
	backend := storagetest.NewCounting(boltStore(t))
	o := openOffice(t, backend)
	other := *o
	other.org = o.create(&tumenv1.Organisation{Handle: "other"}, "")
	for i := range 300 {
		(&other).event("arrest", fmt.Sprintf("2023-10-%02d", 1+i%31), "places/hunchun")
	}
	o.event("arrest", "2023-10-09", "places/hunchun")
	p := days(t, "2023-10")
	for _, q := range []Query{{Within: &p}, {Place: "places/hunchun"}, {Act: "arrest"}, {}, {Within: &p, Place: "places/china"}} {
		q.Owner = o.org
		before := backend.Counts()
		o.view(func(v *View) error {
			page, _, err := v.EventPage(q, nil, 10)
			if len(page) != 1 {
				t.Errorf("%+v: %d events", q, len(page))
			}
			return err
		})
		if rows := backend.Counts().Sub(before).RowsRead; rows > 5 {
			t.Errorf("%+v: %d rows read for one event among another owner's", q, rows)
		}
	}
}

// TestCostOfFilters: what names few records reads few rows, and what is told by
// the index reads no record for those that it leaves out.
func TestCostOfFilters(t *testing.T) {
	backend := storagetest.NewCounting(boltStore(t))
	o := openOffice(t, backend)
	const many = 200
	event := o.event("arrest", "2023")
	o.do(func(tx *Tx) error {
		for i := range many {
			c := &tumenv1.Case{Title: "x", Reference: fmt.Sprintf("2026-%05d", i), Marking: tumenv1.Marking_MARKING_GREEN}
			claim := o.claim(o.source, tumenv1.Aspect_ASPECT_COUNT, event)
			claim.Marking = tumenv1.Marking_MARKING_GREEN
			if i == many/2 {
				c.Assignees, claim.Aspect = []string{o.member}, tumenv1.Aspect_ASPECT_PLACE
				c.Marking, claim.Marking = tumenv1.Marking_MARKING_RED, tumenv1.Marking_MARKING_RED
				c.ExternalIds, claim.ExternalIds = called("un", "case"), called("un", "claim")
			}
			if err := tx.Create(c, ""); err != nil {
				return err
			}
			if err := tx.Create(claim, o.matter); err != nil {
				return err
			}
		}
		return nil
	})
	red := Query{Owner: o.org, Marking: tumenv1.Marking_MARKING_RED}
	for _, c := range []struct {
		name   string
		rows   int // at most
		search func(*View) (int, error)
	}{
		{"a case by external id", 3, func(v *View) (int, error) {
			page, _, err := v.Cases(CaseQuery{Query: Query{Owner: o.org, ExternalID: called("un", "case")[0]}}, nil, 10)
			return len(page), err
		}},
		{"a case by assignee", 3, func(v *View) (int, error) {
			page, _, err := v.Cases(CaseQuery{Query: Query{Owner: o.org}, Assignee: o.member}, nil, 10)
			return len(page), err
		}},
		{"a case by marking", many + 3, func(v *View) (int, error) {
			page, _, err := v.Cases(CaseQuery{Query: red}, nil, 10)
			return len(page), err
		}},
		{"a claim by external id", 3, func(v *View) (int, error) {
			page, _, err := v.Claims(ClaimQuery{Query: Query{Owner: o.org, ExternalID: called("un", "claim")[0]}}, nil, 10)
			return len(page), err
		}},
		{"a claim by subject and aspect", 3, func(v *View) (int, error) {
			page, _, err := v.Claims(ClaimQuery{Query: Query{Owner: o.org}, Subject: event, Aspect: tumenv1.Aspect_ASPECT_PLACE}, nil, 10)
			return len(page), err
		}},
		{"a claim by marking", many + 2, func(v *View) (int, error) {
			page, _, err := v.Claims(ClaimQuery{Query: red}, nil, 10)
			return len(page), err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := backend.Counts()
			o.view(func(v *View) error {
				if n, err := c.search(v); n != 1 || err != nil {
					t.Errorf("%d found, %v", n, err)
				}
				return nil
			})
			if rows := backend.Counts().Sub(before).RowsRead; rows > c.rows {
				t.Errorf("%d rows read, want at most %d", rows, c.rows)
			}
		})
	}
}
