package records

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/seal"
	"tumen/storage"
	"tumen/storage/bolt"
)

// turning is an office whose epoch can be turned over, and where its keys lie.
type turning struct {
	*office
	path, dir string // of the store and of the keys
	root      seal.Root
	epoch     *seal.Epoch
}

func openTurning(t *testing.T) *turning {
	t.Helper()
	dir := t.TempDir()
	root, err := seal.MakeIdentityFile(filepath.Join(dir, "root"))
	must(t, err)
	keys, err := seal.Create(t.Context(), filepath.Join(dir, "keys"), root, time.Now())
	must(t, err)
	x := &turning{path: filepath.Join(dir, "tumen.db"), dir: filepath.Join(dir, "keys"), root: root, epoch: keys.Epoch()}
	x.office = openOfficeWith(t, boltAt(t, x.path), OptionsOf(keys))
	return x
}

// keysNow opens the keys that are in the folder.
func (x *turning) keysNow() *seal.Keys {
	x.t.Helper()
	keys, err := seal.Open(context.Background(), x.dir, x.root)
	must(x.t, err)
	return keys
}

// turn is a whole turnover.
func (x *turning) turn() {
	x.t.Helper()
	must(x.t, x.epoch.Begin(x.t.Context(), time.Now()))
	must(x.t, x.store.Renew(x.t.Context(), nil, nil))
	must(x.t, x.store.Renewed(x.t.Context()))
	must(x.t, x.epoch.Finish(x.t.Context()))
	x.store.Forget()
}

// somebody records a person in three revisions, with what is about nobody else.
func (x *turning) somebody(name, number string) (person string, all []string) {
	x.t.Helper()
	person = x.create(&tumenv1.Person{Reference: "P-" + number, ExternalIds: called("un", number), Names: []*tumenv1.PersonName{{Text: name}}}, "")
	for i := range 2 {
		update(x.office, person, func(p *tumenv1.Person) { p.Notes = fmt.Sprintf("%s was seen %d times", name, i) })
	}
	event := x.event("detention", "2023")
	involved := x.create(&tumenv1.Involvement{Event: event, Who: &tumenv1.Involvement_Person{Person: person}, Description: "as " + name}, x.matter)
	claim := x.claim(x.source, tumenv1.Aspect_ASPECT_NAME, person)
	claim.Quote = &tumenv1.Quote{Text: "they took " + name}
	said := x.create(claim, x.matter)
	found := x.create(&tumenv1.Finding{Subject: person, Aspect: tumenv1.Aspect_ASPECT_NAME, State: tumenv1.FindingState_FINDING_STATE_REPORTED, Conclusion: &tumenv1.Conclusion{Rationale: name + "?"}}, x.matter)
	return person, []string{person, involved, said, found}
}

func (x *turning) erase(names ...string) {
	x.t.Helper()
	x.do(func(tx *Tx) error {
		for _, name := range names {
			if err := tx.Erase(name, "erasures/none"); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestWhatIsErasedIsGone: from reads, lists and histories at once, and nothing
// that stays is the worse for it.
func TestWhatIsErasedIsGone(t *testing.T) {
	x := openTurning(t)
	person, all := x.somebody("Hong Gildong", "1")
	other, _ := x.somebody("Im Kkeokjeong", "2")
	var leaves []int64
	x.view(func(v *View) error {
		for revision := int64(1); revision <= 3; revision++ {
			c, err := v.Committed(person, revision)
			must(t, err)
			leaves = append(leaves, c.Leaf)
		}
		return nil
	})
	x.erase(all...)
	x.view(func(v *View) error {
		for _, name := range all {
			if _, err := v.Read(name); fault.Of(err) == nil || fault.Of(err).Kind != fault.NotFound {
				t.Errorf("%s is read: %v", name, err)
			}
			if _, err := v.Revision(name, 1); fault.Of(err) == nil {
				t.Errorf("the first revision of %s is read: %v", name, err)
			}
		}
		expect(t, "claims on the person", namesIn(t, v.ClaimsOn(person, 0)))
		expect(t, "persons", namesIn(t, Owned[*tumenv1.Person](v, Person, x.org)), other)
		if rec, err := v.ByExternalID(x.org, "un", "1"); rec != nil || err != nil {
			t.Errorf("it is found by its external id: %v, %v", rec, err)
		}
		if rec, err := v.ByExternalID(x.org, "un", "2"); rec.GetName() != other || err != nil {
			t.Errorf("another is not found by its external id: %v, %v", rec, err)
		}
		stone, err := v.Erased(person)
		must(t, err)
		if stone.GetOwner() != x.org || stone.GetName() != person || fmt.Sprint(stone.GetLeaves()) != fmt.Sprint(leaves) {
			t.Errorf("what is left is %v", stone)
		}
		left, err := v.ErasedLeaves(stone)
		must(t, err)
		for i, l := range left {
			if l.Leaf != leaves[i] || l.Revision != int64(i)+1 {
				t.Errorf("revision %d is left as %+v", i+1, l)
			}
			proved(t, v, l.Leaf, l.Leaf, l.Commitment)
		}
		if stone, err := v.Erased(other); stone != nil || err != nil {
			t.Errorf("what was not erased is said to be: %v, %v", stone, err)
		}
		return nil
	})
	x.create(&tumenv1.Person{Reference: "P-3", ExternalIds: called("un", "1")}, "") // the id is free again
	_, err := x.try(func(tx *Tx) error { return tx.Erase(person, "") })
	if fault.Of(err) == nil {
		t.Errorf("it is erased twice: %v", err)
	}
	_, err = x.try(func(tx *Tx) error {
		if err := edited(tx, other, func(p *tumenv1.Person) { p.Notes = "more" }); err != nil {
			return err
		}
		return tx.Erase(other, "")
	})
	if err == nil {
		t.Error("a record is written and erased by one change")
	}
}

// TestNothingBringsTheErasedBack: neither the file, nor a copy made before, with
// all keys that exist after the turnover.
func TestNothingBringsTheErasedBack(t *testing.T) {
	const name, number = "Hong Gildong", "KP-4711"
	x := openTurning(t)
	_, all := x.somebody(name, number)
	kept, _ := x.somebody("Im Kkeokjeong", "2")
	x.do(func(tx *Tx) error { // one with a request id, whose payload names the person
		return edited(tx, all[0], func(p *tumenv1.Person) { p.LastSeen = name })
	})
	copied := filepath.Join(t.TempDir(), "copy.db")
	contents := []string{name, number, "took " + name}

	before := x.opened(x.store.backend, x.keysNow())
	if !mentions(before, contents[0]) || !mentions(before, contents[2]) {
		t.Fatal("the search finds nothing even before the erasure")
	}
	term := x.store.sealer.epochal().external(x.org, "un", number)
	x.copyTo(copied)
	x.erase(all...)
	x.turn()

	keys := x.keysNow()
	for what, backend := range map[string]storage.Store{"the store": x.store.backend, "a copy": boltAt(t, copied)} {
		plain := x.opened(backend, keys)
		for _, content := range contents {
			if mentions(plain, content) {
				t.Errorf("%s gives %q back", what, content)
			}
		}
		if what == "a copy" {
			t.Cleanup(func() { backend.Close() })
		}
	}
	guess := newSealer(keys.Epoch(), keys.RowKey()).epochal().external(x.org, "un", number)
	if bytes.Equal(guess, term) {
		t.Error("a copy confirms an external id that is guessed")
	}
	if !mentions(x.opened(x.store.backend, keys), "Im Kkeokjeong") || x.read(kept) == nil {
		t.Error("somebody else is gone, too")
	}
}

func (x *turning) copyTo(path string) {
	x.t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	must(x.t, err)
	must(x.t, x.store.backend.(*bolt.Store).Backup(x.t.Context(), f))
	must(x.t, f.Close())
}

// opened is all of a store that can be read with these keys, by whoever has them.
func (x *turning) opened(backend storage.Store, keys *seal.Keys) [][]byte {
	x.t.Helper()
	s := newSealer(keys.Epoch(), keys.RowKey())
	dataKeys := map[Key]*seal.DataKey{}
	var plain [][]byte
	must(x.t, backend.View(x.t.Context(), func(r storage.Reader) error {
		for row, err := range r.Scan(storage.Prefix([]byte{rowKey})) {
			must(x.t, err)
			k, _, _ := keyed(row.Key)
			if key, err := s.unwrap(k, row.Value); err == nil {
				dataKeys[k] = key
			}
		}
		for row, err := range r.Scan(storage.Range{}) {
			must(x.t, err)
			plain = append(plain, bytes.Clone(row.Key), bytes.Clone(row.Value))
			if value, err := s.openRow(row.Key, row.Value); err == nil {
				plain = append(plain, value)
			}
			if stored, err := parseRevision(row.Value); err == nil && (row.Key[0] == rowCurrent || row.Key[0] == rowHistory) {
				k, _ := keyOf(row.Key[1:18])
				if o, err := stored.open(k, dataKeys[k]); err == nil {
					plain = append(plain, o.entry, o.fields)
				}
			}
		}
		return nil
	}))
	return plain
}

func mentions(plain [][]byte, text string) bool {
	for _, b := range plain {
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

// TestATurnoverIsTakenUpAgain wherever it was broken off, with everything readable
// and findable meanwhile.
func TestATurnoverIsTakenUpAgain(t *testing.T) {
	x := openTurning(t)
	names := map[string]string{}
	for i := range 30 {
		number := fmt.Sprint(i)
		names[number], _ = x.somebody("Person "+number, number)
	}
	legible := func(when string) {
		t.Helper()
		x.view(func(v *View) error {
			for number, name := range names {
				if rec, err := v.ByExternalID(x.org, "un", number); err != nil || rec.GetName() != name {
					t.Fatalf("%s: %s is not found: %v", when, number, err)
				}
			}
			return nil
		})
		x.agrees()
	}
	must(t, x.epoch.Begin(t.Context(), time.Now()))
	legible("begun")
	_, err := x.try(func(tx *Tx) error { // rows of the epoch before count
		return tx.Create(&tumenv1.Person{Reference: "P-X", ExternalIds: called("un", "3")}, "")
	})
	if reasonOf(t, err) != "EXTERNAL_ID_TAKEN" {
		t.Errorf("a taken id is given away: %v", err)
	}
	update(x.office, names["4"], func(p *tumenv1.Person) { p.ExternalIds = called("un", "4444") })
	names["4444"] = names["4"]
	delete(names, "4")
	for stop := 1; stop < 60; stop += 13 {
		ctx, cancel := context.WithCancel(t.Context())
		counted := &stopping{Store: x.store.backend, left: stop, cancel: cancel}
		x.store.backend = counted
		err := x.store.Renew(ctx, nil, nil)
		x.store.backend = counted.Store
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		legible(fmt.Sprintf("broken off after %d", stop))
	}
	must(t, x.store.Renew(t.Context(), nil, nil))
	must(t, x.store.Renewed(t.Context()))
	must(t, x.epoch.Finish(t.Context()))
	x.store.Forget()
	legible("over")
	if rec, err := x.byID("4"); rec != nil || err != nil {
		t.Errorf("an id that was dropped meanwhile is still held: %v, %v", rec, err)
	}
}

func (x *turning) byID(id string) (rec Record, err error) {
	err = x.store.View(x.t.Context(), func(v *View) error {
		rec, err = v.ByExternalID(x.org, "un", id)
		return err
	})
	return rec, err
}

// stopping is a backend that cancels after so many transactions.
type stopping struct {
	storage.Store
	left   int
	cancel func()
}

func (s *stopping) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if s.left--; s.left == 0 {
		s.cancel()
	}
	return s.Store.Update(ctx, fn)
}

// TestATurnoverBesideWriters leaves nothing behind that its end makes unreadable.
func TestATurnoverBesideWriters(t *testing.T) {
	x := openTurning(t)
	var stop atomic.Bool
	var writers sync.WaitGroup
	var made sync.Map
	for w := range 8 {
		writers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				name := x.create(&tumenv1.Person{Reference: fmt.Sprintf("P-%d-%d", w, i), ExternalIds: called("un", fmt.Sprintf("%d-%d", w, i))}, "")
				made.Store(name, fmt.Sprintf("%d-%d", w, i))
			}
		})
	}
	for range 4 {
		x.turn()
	}
	stop.Store(true)
	writers.Wait()
	n := 0
	made.Range(func(name, id any) bool {
		n++
		if rec, err := x.byID(id.(string)); err != nil || rec.GetName() != name {
			t.Errorf("%s is lost: %v", name, err)
		}
		return true
	})
	if n == 0 || x.epoch.Status().Number != 5 {
		t.Errorf("%d were written, in epoch %d", n, x.epoch.Status().Number)
	}
}

// TestCheckKnowsTheErased: their leaves without revisions are in order, and nothing
// of them may still be there.
func TestCheckKnowsTheErased(t *testing.T) {
	x := openTurning(t)
	x.unchecked = true
	person, all := x.somebody("Hong Gildong", "1")
	k, err := x.store.names.Parse(person)
	must(t, err)
	var was []byte
	x.view(func(v *View) (err error) {
		was, err = v.base.Get(currentKey(k))
		was = bytes.Clone(was)
		return err
	})
	x.erase(all...)
	problems := func() string {
		r, err := Check(t.Context(), x.store.backend, x.keys, nil)
		must(t, err)
		return strings.Join(r.Problems, "\n")
	}
	if p := problems(); p != "" {
		t.Fatal(p)
	}
	for what, damage := range map[string]func(storage.Writer) error{
		"something of it is still there": func(w storage.Writer) error { return w.Put(currentKey(k), was) },
		"is not there":                   func(w storage.Writer) error { return w.Delete(erasedKey(k)) },
		"is not what the ledger's leaf": func(w storage.Writer) error {
			return w.Put(erasedKey(k), x.store.sealer.sealRow(erasedKey(k), stoneOf(t, &tumenv1.Tombstone{Name: person, Leaves: []int64{0, 1, 2}})))
		},
		"bears the name of another record": func(w storage.Writer) error {
			return w.Put(erasedKey(k), x.store.sealer.sealRow(erasedKey(k), stoneOf(t, &tumenv1.Tombstone{Name: x.source, Leaves: []int64{0, 1, 2}})))
		},
		"a sealed row does not open": func(w storage.Writer) error { return w.Put(erasedKey(k), binary.BigEndian.AppendUint64(nil, 7)) },
	} {
		var stone []byte
		x.view(func(v *View) (err error) {
			stone, err = v.base.Get(erasedKey(k))
			stone = bytes.Clone(stone)
			return err
		})
		must(t, x.store.backend.Update(t.Context(), damage))
		if p := problems(); !strings.Contains(p, what) {
			t.Errorf("want %q, got %s", what, p)
		}
		must(t, x.store.backend.Update(t.Context(), func(w storage.Writer) error {
			if err := w.Delete(currentKey(k)); err != nil {
				return err
			}
			return w.Put(erasedKey(k), stone)
		}))
	}
}

func stoneOf(t *testing.T, stone *tumenv1.Tombstone) []byte {
	t.Helper()
	b, err := proto.Marshal(stone)
	must(t, err)
	return b
}
