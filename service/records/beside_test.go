package records

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// A change of many records, which are sealed beside it, sees and stores what one of
// few does: what it wrote last.
func TestAChangeOfManySeesWhatItWrites(t *testing.T) {
	o := openOffice(t, nil)
	const many = 500
	var names []string
	o.do(func(tx *Tx) error {
		names = nil
		for i := range many {
			c := &tumenv1.Case{Title: fmt.Sprint(i), Reference: fmt.Sprintf("2026-%05d", i)}
			if err := tx.Create(c, ""); err != nil {
				return err
			}
			names = append(names, c.GetName())
		}
		clear(tx.cache) // so that it reads the rows that it wrote
		for i, name := range names {
			if i%3 != 0 {
				continue
			}
			if err := edited(tx, name, func(c *tumenv1.Case) { c.Title += " again" }); err != nil {
				return err
			}
		}
		return nil
	})
	for i, name := range names {
		want := fmt.Sprint(i)
		if i%3 == 0 {
			want += " again"
		}
		if c := o.read(name).(*tumenv1.Case); c.GetTitle() != want || c.GetRevision() != 1 {
			t.Errorf("%q, revision %d; want %q", c.GetTitle(), c.GetRevision(), want)
		}
	}
}

// What goes wrong beside a change is the change's own error.
func TestWhatCannotBeSealedFailsTheChange(t *testing.T) {
	o := openOffice(t, nil)
	fill := func(tx *Tx) error {
		for range sealedBeside {
			if err := tx.Create(&tumenv1.Case{Title: "a case"}, ""); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := o.try(func(tx *Tx) error {
		return errors.Join(fill(tx), tx.Create(&tumenv1.Case{Title: "too large", Summary: strings.Repeat("x", storage.MaxValue)}, ""))
	})
	if reason := reasonOf(t, err); reason != "RECORD_TOO_LARGE" {
		t.Error(reason)
	}
	func() {
		defer func() {
			if p := recover(); p != "a bug" {
				t.Errorf("recovered %v", p)
			}
		}()
		o.try(func(tx *Tx) error {
			tx.wrote.putLater([]byte("key"), tx.sealers.run(func() ([]byte, error) { panic("a bug") }))
			return nil
		})
	}()
	cases := 0
	o.view(func(v *View) error {
		for range v.base.Scan(storage.Prefix([]byte{rowCurrent, byte(Case)})) {
			cases++
		}
		return nil
	})
	if cases != 1 { // the office's own
		t.Errorf("%d cases are there", cases)
	}
}
