package records

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestHistory(t *testing.T) {
	clock := &hand{time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)}
	o := openOffice(t, nil)
	o.store.clock = clock.read
	name := o.create(&tumenv1.Case{Title: "title 1", Reference: "2026-BBBBB"}, "")
	for i := 2; i <= 5; i++ {
		clock.now = clock.now.Add(time.Hour)
		update(o, name, func(c *tumenv1.Case) { c.Title = fmt.Sprint("title ", i) })
	}
	o.view(func(v *View) error {
		for n := int64(1); n <= 5; n++ {
			r, err := v.Revision(name, n)
			if err != nil {
				return err
			}
			c := r.Record.(*tumenv1.Case)
			if c.GetTitle() != fmt.Sprint("title ", n) || c.GetRevision() != n || r.Method != "CaseService/Test" || c.GetChangeReason() != "a test" ||
				c.GetUpdater() != o.member || c.GetCreator() != o.member || c.GetOwner() != o.org {
				t.Errorf("revision %d: %v", n, r)
			}
			if got := c.GetUpdateTime().AsTime().Sub(c.GetCreateTime().AsTime()); got != time.Duration(n-1)*time.Hour {
				t.Errorf("revision %d came %v after the first", n, got)
			}
			if c.GetCreateTime().AsTime().Nanosecond() != 678901000 {
				t.Errorf("times are kept to the microsecond: %v", c.GetCreateTime())
			}
		}
		for _, n := range []int64{-1, 0, 6} {
			if _, err := v.Revision(name, n); reasonOf(t, err) != "NO_SUCH_REVISION" {
				t.Errorf("revision %d: %v", n, err)
			}
		}
		return nil
	})
	for _, c := range []struct {
		before int64
		limit  int
		want   []int64
	}{
		{0, 10, []int64{5, 4, 3, 2, 1}}, {0, 2, []int64{5, 4}}, {4, 2, []int64{3, 2}}, {2, 2, []int64{1}}, {1, 2, nil},
		{5, 1, []int64{4}}, {6, 1, []int64{5}}, {99, 9, []int64{5, 4, 3, 2, 1}}, {0, 0, nil}, {0, -1, nil}, {0, 1, []int64{5}},
	} {
		o.view(func(v *View) error {
			all, err := v.Revisions(name, c.before, c.limit)
			var got []int64
			for _, r := range all {
				got = append(got, r.Record.GetRevision())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%d before %d: %v, want %v", c.limit, c.before, got, c.want)
			}
			return err
		})
	}
}

// TestOneChangeOneRevision: however often a change writes a record.
func TestOneChangeOneRevision(t *testing.T) {
	o := openOffice(t, nil)
	var name string
	o.do(func(tx *Tx) error {
		e := anEvent("arrest", "2023-10-09", "places/hunchun")
		if err := tx.Create(e, o.matter); err != nil {
			return err
		}
		name = e.GetName()
		return edited(tx, name, func(e *tumenv1.Event) { e.Title = "second" })
	})
	if e := o.read(name).(*tumenv1.Event); e.GetRevision() != 1 || e.GetTitle() != "second" {
		t.Errorf("made and changed: %v", e)
	}
	o.do(func(tx *Tx) error {
		for _, place := range []string{"places/tumen", "places/dandong", "places/tumen"} {
			if err := edited(tx, name, func(e *tumenv1.Event) { e.Places[0].Place = place }); err != nil {
				return err
			}
		}
		return nil
	})
	o.view(func(v *View) error {
		all, err := v.Revisions(name, 0, 10)
		if len(all) != 2 || all[0].Record.(*tumenv1.Event).GetPlaces()[0].GetPlace() != "places/tumen" || all[1].Record.(*tumenv1.Event).GetTitle() != "second" {
			t.Errorf("changed three times: %v", all)
		}
		return err
	})
}

func TestDeleteAndUndelete(t *testing.T) {
	o := openOffice(t, nil)
	o.do(func(tx *Tx) error {
		rec, err := tx.Read(o.source)
		if err != nil {
			return err
		}
		return tx.Delete(rec)
	})
	deleted := o.read(o.source)
	if deleted.GetDeleteTime() == nil || deleted.GetRevision() != 2 {
		t.Errorf("deleted: %v", deleted)
	}
	o.do(func(tx *Tx) error { return tx.Undelete(deleted) })
	if back := o.read(o.source); back.GetDeleteTime() != nil || back.GetRevision() != 3 {
		t.Errorf("undeleted: %v", back)
	}
}

// TestSystemFields: what a client may have put into a record does not reach the
// store, and what is told to one reader is not stored.
func TestSystemFields(t *testing.T) {
	o := openOffice(t, nil)
	s := &tumenv1.Source{
		Kind: "x", Title: "y", Etag: "e", Owner: "organisations/other", Creator: "c", Updater: "u", Revision: 7, ChangeReason: "r",
		Withheld: []*tumenv1.Withheld{{}}, Marking: tumenv1.Marking_MARKING_RED,
	}
	got := o.read(o.create(s, "")).(*tumenv1.Source)
	if got.GetEtag() != "" || got.GetOwner() != o.org || got.GetCreator() != o.member || got.GetUpdater() != o.member || got.GetRevision() != 1 ||
		got.GetChangeReason() != "a test" || len(got.GetWithheld()) != 0 || got.GetMarking() != tumenv1.Marking_MARKING_RED {
		t.Errorf("%v", got)
	}
	if m := o.read(o.source).GetMarking(); m != tumenv1.Marking_MARKING_AMBER {
		t.Errorf("without a marking: %v, want the organisation's", m)
	}
}

// TestRefusedWrites: each leaves the store as it was.
func TestRefusedWrites(t *testing.T) {
	o := openOffice(t, nil)
	event := o.event("my-lasting", "2023/2024")
	for _, c := range []struct {
		name, reason string
		change       func(*Tx) error
	}{
		{"a name that is taken", "ALREADY_EXISTS", func(tx *Tx) error {
			return tx.Create(&tumenv1.Source{Name: o.source, Kind: "x", Title: "y"}, "")
		}},
		{"a name used twice", "ALREADY_EXISTS", func(tx *Tx) error {
			name := tx.NewName(Source, "")
			if err := tx.Create(&tumenv1.Source{Name: name, Kind: "x", Title: "y"}, ""); err != nil {
				return err
			}
			return tx.Create(&tumenv1.Source{Name: name, Kind: "x", Title: "z"}, "")
		}},
		{"a built-in place", "BUILT_IN", func(tx *Tx) error {
			return edited(tx, "places/hunchun", func(p *tumenv1.Place) { p.ContainedIn = "" })
		}},
		{"a built-in term made again", "ALREADY_EXISTS", func(tx *Tx) error {
			return tx.Create(&tumenv1.Term{Name: TermName(tumenv1.Vocabulary_VOCABULARY_ACTS, "arrest"), Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "arrest"}, "")
		}},
		{"a record that is not there", "NOT_FOUND", func(tx *Tx) error {
			return tx.Put(&tumenv1.Source{Name: o.store.names.Name(Key{Source, ID{1}}, ""), Kind: "x", Title: "y"})
		}},
		{"that an act lasts, of which there are events", "ACT_IN_USE", func(tx *Tx) error {
			return tx.Create(&tumenv1.Term{Name: TermName(tumenv1.Vocabulary_VOCABULARY_ACTS, "my-lasting"), Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "my-lasting", Lasting: true}, "")
		}},
		{"stale, of what is no finding", "NOT_FOUND", func(tx *Tx) error { return tx.MarkStale(event, true) }},
		{"changed, of what is no source", "NOT_FOUND", func(tx *Tx) error { return tx.SourceChanged(event) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := o.try(c.change); reasonOf(t, err) != c.reason {
				t.Error(err)
			}
		})
	}
	for _, c := range []struct {
		name string
		rec  Record
	}{
		{"a name of another kind", &tumenv1.Source{Name: o.matter}},
		{"a name that is none", &tumenv1.Source{Name: "x"}},
		{"a reference that is no name", &tumenv1.Tie{A: "x", B: o.source}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := o.try(func(tx *Tx) error { return tx.Create(proto.Clone(c.rec).(Record), "") }); err == nil {
				t.Error("taken")
			}
		})
	}
}

func TestReadsByNameOnly(t *testing.T) {
	o := openOffice(t, nil)
	other := o.create(&tumenv1.Case{Title: "x", Reference: "2026-CCCCC"}, "")
	event := o.event("arrest", "")
	for _, name := range []string{
		"", "x", "cases/", "cases/x", other + "/events/" + event[len(event)-26:], "sources/" + o.matter[len("cases/"):],
		o.store.names.Name(Key{Case, ID{1}}, ""), "places/nowhere", "vocabularies/acts/terms/nothing",
	} {
		err := o.store.View(context.Background(), func(v *View) error { _, err := v.Read(name); return err })
		if reasonOf(t, err) != "NOT_FOUND" {
			t.Errorf("%q: %v", name, err)
		}
	}
	err := o.store.View(context.Background(), func(v *View) error { _, err := Get[*tumenv1.Source](v, event); return err })
	if reasonOf(t, err) != "NOT_FOUND" {
		t.Errorf("an event as a source: %v", err)
	}
}

func TestChangedFields(t *testing.T) {
	a := &tumenv1.Case{Name: "n", Title: "x", Summary: "s", Revision: 1, Etag: "e"}
	b := &tumenv1.Case{Name: "n", Title: "y", Revision: 2, Etag: "f", Languages: []string{"ko"}, ChangeReason: "r"}
	if got := ChangedFields(a, b); !slices.Equal(got, []string{"title", "summary", "languages"}) {
		t.Error(got)
	}
	if got := ChangedFields(nil, b); !slices.Equal(got, []string{"title", "languages"}) {
		t.Error(got)
	}
	if got := ChangedFields(b, b); got != nil {
		t.Error(got)
	}
}
