package records

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// TestRaces: a change whose reads no longer hold is prepared again, whatever it
// had read: a record, its absence, a range, the part of a range that it came to.
func TestRaces(t *testing.T) {
	type world struct {
		*office
		events []string // under the case, in order
	}
	firstChild := func(tx *Tx, w *world) error {
		for _, err := range Children[*tumenv1.Event](&tx.View, Event, w.matter) {
			return err
		}
		return nil
	}
	allChildren := func(tx *Tx, w *world) error {
		for _, err := range Children[*tumenv1.Event](&tx.View, Event, w.matter) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	edit := func(name string) func(*world) {
		return func(w *world) { update(w.office, name, func(e *tumenv1.Event) { e.Title += "!" }) }
	}
	for _, c := range []struct {
		name   string
		reads  func(*Tx, *world) error
		others func(*world)
		again  bool
	}{
		{"a record that another changed", func(tx *Tx, w *world) error { _, err := tx.Read(w.events[0]); return err },
			func(w *world) { edit(w.events[0])(w) }, true},
		{"a record beside one that another changed", func(tx *Tx, w *world) error { _, err := tx.Read(w.events[0]); return err },
			func(w *world) { edit(w.events[1])(w) }, false},
		{"an absent key that another made", func(tx *Tx, w *world) error { _, err := tx.ByExternalID(w.org, "un", "1"); return err },
			func(w *world) {
				w.create(&tumenv1.Case{Title: "x", ExternalIds: []*tumenv1.ExternalId{{Issuer: "un", Id: "1"}}}, "")
			}, true},
		{"an absent key beside one that another made", func(tx *Tx, w *world) error { _, err := tx.ByExternalID(w.org, "un", "2"); return err },
			func(w *world) {
				w.create(&tumenv1.Case{Title: "x", ExternalIds: []*tumenv1.ExternalId{{Issuer: "un", Id: "1"}}}, "")
			}, false},
		{"a range to which another added", allChildren, func(w *world) { w.event("arrest", "") }, true},
		{"a range that stayed as it was", allChildren, func(w *world) { w.create(&tumenv1.Source{Kind: "x", Title: "y"}, "") }, false},
		{"an empty range to which another added", func(tx *Tx, w *world) error {
			for _, err := range tx.ClaimsOn(w.events[0], 0) {
				return err
			}
			return nil
		}, func(w *world) {
			w.create(w.claim(w.source, tumenv1.Aspect_ASPECT_OCCURRENCE, w.events[0]), w.matter)
		}, true},
		{"the beginning of a range to whose end another added", firstChild, func(w *world) { w.event("arrest", "") }, false},
		{"the beginning of a range whose first record another changed", firstChild, func(w *world) { edit(w.events[0])(w) }, true},
		{"the beginning of a range whose second record another changed", firstChild, func(w *world) { edit(w.events[1])(w) }, false},
		{"a search by time to whose answers another added", func(tx *Tx, w *world) error {
			p := days(t, "2023-10")
			_, _, err := tx.EventPage(Query{Owner: w.org, Within: &p}, nil, 10)
			return err
		}, func(w *world) { w.event("arrest", "2023-10-09") }, true},
		{"a search by time beside which another added", func(tx *Tx, w *world) error {
			p := days(t, "2023-10")
			_, _, err := tx.EventPage(Query{Owner: w.org, Within: &p}, nil, 10)
			return err
		}, func(w *world) { w.event("arrest", "1998-10-09") }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{office: openOffice(t, nil)}
			w.events = []string{w.event("arrest", ""), w.event("arrest", "")}
			runs := 0
			w.do(func(tx *Tx) error {
				if err := c.reads(tx, w); err != nil {
					return err
				}
				if runs++; runs == 1 {
					c.others(w)
				}
				return tx.Create(&tumenv1.Source{Kind: "x", Title: "mine"}, "")
			})
			if want := map[bool]int{false: 1, true: 2}[c.again]; runs != want {
				t.Errorf("prepared %d times, want %d", runs, want)
			}
		})
	}
}

// TestPhantomBehindOwnRow: a scan that stops at a row of the change itself has
// read what is stored up to there, so that a row in between is noticed.
func TestPhantomBehindOwnRow(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		t.Run(fmt.Sprintf("reverse=%v", reverse), func(t *testing.T) {
			o := openOffice(t, nil)
			key := func(n byte) []byte { return []byte{rowIndex, byStale, n} }
			put := func(n byte) {
				o.do(func(tx *Tx) error { tx.wrote.put(key(n), nothing); return nil })
			}
			// Marks of staleness, which stand for no finding here.
			t.Cleanup(func() {
				o.do(func(tx *Tx) error {
					for n := range byte(10) {
						tx.wrote.put(key(n), nil)
					}
					return nil
				})
			})
			own, stored, between := byte(9), byte(2), byte(5)
			if reverse {
				own, stored = stored, own
			}
			put(stored)
			runs := 0
			o.do(func(tx *Tx) error {
				tx.wrote.put(key(own), nothing)
				r := storage.Prefix([]byte{rowIndex, byStale})
				r.Reverse = reverse
				for row, err := range tx.scan(r) {
					if err != nil {
						return err
					}
					if row.Key[2] == own {
						break
					}
				}
				if runs++; runs == 1 {
					put(between)
				}
				return nil
			})
			if runs != 2 {
				t.Errorf("prepared %d times: the row in between was not noticed", runs)
			}
		})
	}
}

// TestRangeHashIsUnambiguous: two lists of rows never look alike, wherever their
// bytes are cut.
func TestRangeHashIsUnambiguous(t *testing.T) {
	sum := func(rows ...storage.Row) uint64 {
		h := newRangeHash()
		for _, r := range rows {
			h.add(r)
		}
		return h.h.Sum64()
	}
	row := func(k, v string) storage.Row { return storage.Row{Key: []byte(k), Value: []byte(v)} }
	seen := map[uint64]int{}
	for i, rows := range [][]storage.Row{
		nil, {row("a", "bc")}, {row("ab", "c")}, {row("a", ""), row("b", "c")}, {row("a", "b"), row("c", "")}, {row("abc", "")}, {row("a", "b\xfec\xff")},
	} {
		h := sum(rows...)
		if other, known := seen[h]; known {
			t.Errorf("lists %d and %d look alike", i, other)
		}
		seen[h] = i
	}
}

// TestContention: many callers that change one record each get their turn, and
// none of their changes is lost.
func TestContention(t *testing.T) {
	o := openOffice(t, nil)
	const callers, times = 32, 5
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range times {
				if _, err := o.try(func(tx *Tx) error {
					return edited(tx, o.matter, func(c *tumenv1.Case) { c.Summary += "x" })
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	c := o.read(o.matter).(*tumenv1.Case)
	if len(c.GetSummary()) != callers*times || c.GetRevision() != 1+callers*times {
		t.Errorf("%d changes, revision %d", len(c.GetSummary()), c.GetRevision())
	}
}

// TestErrorChangesNothing: what fn wrote before its error is not stored, and the
// error comes back as it is.
func TestErrorChangesNothing(t *testing.T) {
	o := openOffice(t, nil)
	mine := errors.New("mine")
	var name string
	if _, err := o.try(func(tx *Tx) error {
		s := &tumenv1.Source{Kind: "x", Title: "y"}
		if err := tx.Create(s, ""); err != nil {
			return err
		}
		name = s.GetName()
		return mine
	}); err != mine {
		t.Errorf("error %v", err)
	}
	err := o.store.View(context.Background(), func(v *View) error {
		_, err := v.Read(name)
		return err
	})
	if reasonOf(t, err) != "NOT_FOUND" {
		t.Errorf("error %v", err)
	}
}

// TestSeesItsOwnWrites: within a change reads, lists and searches show what it
// has written, and what it has taken away is gone.
func TestSeesItsOwnWrites(t *testing.T) {
	o := openOffice(t, nil)
	old := o.event("arrest", "2023-10-01", "places/hunchun")
	o.do(func(tx *Tx) error {
		fresh := anEvent("arrest", "2023-10-02")
		if err := tx.Create(fresh, o.matter); err != nil {
			return err
		}
		if err := edited(tx, old, func(e *tumenv1.Event) { e.Time.Edtf = "1999"; e.Places = nil }); err != nil {
			return err
		}
		p := days(t, "2023-10")
		page, _, err := tx.EventPage(Query{Owner: o.org, Within: &p}, nil, 10)
		if err != nil {
			return err
		}
		if len(page) != 1 || page[0].Event.GetName() != fresh.GetName() {
			t.Errorf("by time: %v", page)
		}
		page, _, err = tx.EventPage(Query{Owner: o.org, Place: "places/hunchun"}, nil, 10)
		if len(page) != 0 {
			t.Errorf("by place: %v", page)
		}
		return err
	})
}
