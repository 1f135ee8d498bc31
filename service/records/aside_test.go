package records

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// spoil changes the last byte of a row.
func (x *turning) spoil(key []byte) {
	x.t.Helper()
	x.unchecked = true
	must(x.t, x.store.backend.Update(context.Background(), func(w storage.Writer) error {
		value, err := w.Get(key)
		if err != nil {
			return err
		}
		value = append([]byte(nil), value...)
		value[len(value)-1] ^= 1
		return w.Put(key, value)
	}))
	x.store.Forget()
}

func (x *turning) key(name string) Key {
	x.t.Helper()
	k, err := x.store.names.Parse(name)
	must(x.t, err)
	return k
}

// TestWhatDoesNotOpenIsSetAside: a turnover finds it beforehand, ends at it, or gives
// it up once and for all. Then it is not there, as if it had been erased; everything
// else is, in every list.
func TestWhatDoesNotOpenIsSetAside(t *testing.T) {
	x := openTurning(t)
	sound, about := x.somebody("Hong Gildong", "1")
	keyless, theirs := x.somebody("Im Kkeokjeong", "2")
	x.somebody("Jang Gilsan", "3")
	picture := x.create(&tumenv1.Capture{Sha256: strings.Repeat("ab", 32), Size: 1}, x.source)
	x.spoil(dataKeyKey(x.key(keyless)))
	x.spoil(x.store.sealer.epochal().external(x.org, "un", "3"))
	x.spoil(currentKey(x.key(picture)))
	x.spoil(metaKey(markEpoch))
	malformed := append(dataKeyKey(x.key(sound)), 1)
	must(t, x.store.backend.Update(t.Context(), func(w storage.Writer) error { return w.Put(malformed, []byte("x")) }))
	gone := []string{keyless, picture}
	for _, name := range theirs { // the claims on the person, and what is said of their involvement
		if k := x.key(name); k.Kind == Claim {
			x.spoil(dataKeyKey(k))
			gone = append(gone, name)
		}
	}
	if len(gone) < 3 {
		t.Fatal("no claim was spoilt")
	}

	found := func() (all []string) {
		t.Helper()
		must(t, x.store.Unopened(t.Context(), func(what string) { all = append(all, what) }))
		return all
	}
	before := found()
	for _, what := range []string{"the key of person", "the key of claim", "the index row of an external id", "the record of capture", "the mark of the epoch", "malformed"} {
		if !slices.ContainsFunc(before, func(s string) bool { return strings.Contains(s, what) }) {
			t.Errorf("%q is not among %q", what, before)
		}
	}
	must(t, x.epoch.Begin(t.Context(), time.Now()))
	if err := x.store.Renew(t.Context(), nil, nil); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("passed over: %v", err)
	}
	var aside []string
	must(t, x.store.Renew(t.Context(), func(what string) { aside = append(aside, what) }, nil))
	slices.Sort(aside)
	slices.Sort(before)
	if !slices.Equal(aside, before) {
		t.Errorf("set aside were %q, found before %q", aside, before)
	}
	must(t, x.store.Renewed(t.Context()))
	must(t, x.epoch.Finish(t.Context()))
	x.store.Forget()

	if left := found(); len(left) > 0 {
		t.Errorf("it would be in the way of the next turnover: %q", left)
	}
	x.turn()
	must(t, x.store.View(t.Context(), func(v *View) error {
		for _, name := range append(about, sound) {
			if _, err := v.Read(name); err != nil {
				t.Errorf("another record, %s: %v", name, err)
			}
		}
		listed := map[string]bool{}
		for _, kind := range Kinds() {
			for rec, err := range Owned[Record](v, kind, x.org) {
				must(t, err)
				listed[rec.GetName()] = true
			}
		}
		for claim, err := range v.ClaimsOn(keyless, 0) {
			t.Errorf("on who is not there: %v, %v", claim, err)
		}
		for _, name := range gone {
			if _, err := v.Read(name); reasonOf(t, err) != "NOT_FOUND" || listed[name] {
				t.Errorf("%s: %v, in the list: %v", name, err, listed[name])
			}
		}
		if !listed[sound] {
			t.Error("another record is in no list")
		}
		return nil
	}))
	if rec, err := x.byID("1"); rec == nil || err != nil {
		t.Errorf("another external id: %v, %v", rec, err)
	}
	if rec, err := x.byID("2"); rec != nil || err != nil {
		t.Errorf("that of who is not there: %v, %v", rec, err)
	}
	report, err := Check(t.Context(), x.store.backend, OptionsOf(x.keysNow()), nil)
	must(t, err)
	told := 0
	for _, p := range report.Problems {
		if strings.Contains(p, "has set its key aside") {
			told++
		}
	}
	if told != len(gone) {
		t.Errorf("a check says %q", report.Problems)
	}
}

// TestAReadAcrossTheEndOfATurnover is to be repeated, and says so; a change is
// prepared again by itself. Neither speaks of damage.
func TestAReadAcrossTheEndOfATurnover(t *testing.T) {
	x := openTurning(t)
	person, _ := x.somebody("Hong Gildong", "1")
	x.store.Forget()
	err := x.store.View(t.Context(), func(v *View) error {
		x.turn()
		_, err := v.Read(person)
		return err
	})
	if reasonOf(t, err) != "TURNOVER" {
		t.Errorf("a read: %v", err)
	}
	err = x.store.View(t.Context(), func(v *View) error {
		x.turn()
		_, err := v.ByExternalID(x.org, "un", "1") // which finds nothing, under the new key
		return err
	})
	if reasonOf(t, err) != "TURNOVER" {
		t.Errorf("a search by external id: %v", err)
	}
	turned := 0
	_, err = x.store.Change(t.Context(), Author{Method: "test"}, func(tx *Tx) error {
		if turned++; turned == 1 {
			x.turn()
		}
		p, err := Get[*tumenv1.Person](&tx.View, person)
		if err != nil {
			return err
		}
		return tx.Delete(p)
	})
	if err != nil || turned != 2 {
		t.Errorf("a change, prepared %d times: %v", turned, err)
	}
	x.spoil(dataKeyKey(x.key(person)))
	err = x.store.View(t.Context(), func(v *View) error {
		_, err := v.Read(person)
		return err
	})
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("damage is not told from a turnover: %v", err)
	}
}
