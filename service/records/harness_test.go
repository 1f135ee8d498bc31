package records

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/seal"
	"tumen/storage"
	"tumen/storage/bolt"
)

// office is a store with an organisation, a member of it, a case and a source.
type office struct {
	t      testing.TB
	store  *Store
	org    string
	member string
	matter string // a case
	source string

	keys      Options
	unchecked bool // the store is too large to be checked when the test ends
}

// testKeys are the same in a process that tests start to kill it.
var testKeys = keysIn(os.Getenv(keysVariable))

// keysVariable says where that process finds them.
const keysVariable = "TUMEN_TEST_KEYS"

// keysIn opens the keys in a folder, makes them where there are none, and makes the
// folder too where none is named.
func keysIn(dir string) Options {
	ctx := context.Background()
	var err error
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tumen-test-keys-"); err == nil {
			err = os.Setenv(keysVariable, dir)
		}
	}
	path := filepath.Join(dir, "root")
	root, missing := seal.IdentityFile(path)
	if errors.Is(missing, fs.ErrNotExist) && err == nil {
		root, err = seal.MakeIdentityFile(path)
	}
	var keys *seal.Keys
	if err == nil {
		keys, err = seal.Open(ctx, filepath.Join(dir, "keys"), root)
	}
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = seal.Create(ctx, filepath.Join(dir, "keys"), root, time.Now())
	}
	if err != nil {
		panic(err)
	}
	return OptionsOf(keys)
}

func boltAt(t testing.TB, path string) storage.Store {
	t.Helper()
	b, err := bolt.Open(path, bolt.Options{})
	must(t, err)
	return b
}

func boltStore(t testing.TB) storage.Store {
	t.Helper()
	return boltAt(t, filepath.Join(t.TempDir(), "tumen.db"))
}

// openOffice opens a store on a backend, a new file if it is nil, and furnishes
// it. It is closed when the test ends.
func openOffice(t testing.TB, backend storage.Store) *office {
	t.Helper()
	if backend == nil {
		backend = boltStore(t)
	}
	return openOfficeWith(t, backend, testKeys)
}

// openOfficeWith is openOffice with keys of its own, for tests that change them.
func openOfficeWith(t testing.TB, backend storage.Store, keys Options) *office {
	t.Helper()
	s, err := Open(context.Background(), backend, keys)
	must(t, err)
	o := &office{t: t, store: s, keys: keys}
	t.Cleanup(func() {
		if !o.unchecked {
			o.agrees()
		}
		s.Close()
	})
	o.furnish()
	return o
}

func (o *office) furnish() {
	o.t.Helper()
	o.do(func(tx *Tx) error {
		org := &tumenv1.Organisation{Handle: "ngo", DisplayName: "An NGO", DefaultMarking: tumenv1.Marking_MARKING_AMBER}
		if err := tx.Create(org, ""); err != nil {
			return err
		}
		member := &tumenv1.Member{Handle: "kim", DisplayName: "Kim"}
		if err := tx.Create(member, org.GetName()); err != nil {
			return err
		}
		o.org, o.member = org.GetName(), member.GetName()
		return nil
	})
	o.matter = o.create(&tumenv1.Case{Title: "October", Reference: "2026-AAAAA"}, "")
	o.source = o.create(&tumenv1.Source{Kind: "ngo-report", Title: "A report"}, "")
}

// agrees checks the whole store, if it is still open.
func (o *office) agrees() {
	o.t.Helper()
	report, err := Check(context.Background(), o.store.backend, o.keys, nil)
	if errors.Is(err, storage.ErrClosed) {
		return
	}
	must(o.t, err)
	for _, p := range report.Problems {
		o.t.Error("check:", p)
	}
	for k, d := range o.store.decoded.rows { // nobody has changed what all share
		var again Record
		err := o.store.View(context.Background(), func(v *View) (err error) {
			again, err = v.decodeRow(k, d.row)
			return err
		})
		if err != nil || !proto.Equal(again, d.record) {
			o.t.Errorf("%s %x: the record kept is not that of its row", k.Kind, k.ID)
		}
	}
}

func (o *office) author() Author {
	return Author{Member: o.member, Organisation: o.org, Method: "CaseService/Test", Reason: "a test"}
}

// do makes a change that has to succeed.
func (o *office) do(fn func(*Tx) error) Result {
	o.t.Helper()
	r, err := o.try(fn)
	must(o.t, err)
	return r
}

func (o *office) try(fn func(*Tx) error) (Result, error) {
	return o.store.Change(context.Background(), o.author(), fn)
}

// create makes a record in a change of its own and returns its name.
func (o *office) create(rec Record, parent string) string {
	o.t.Helper()
	var name string
	o.do(func(tx *Tx) error {
		fresh := proto.Clone(rec).(Record)
		err := tx.Create(fresh, parent)
		name = fresh.GetName()
		return err
	})
	return name
}

// update changes a record in a change of its own.
func update[T Record](o *office, name string, edit func(T)) {
	o.t.Helper()
	o.do(func(tx *Tx) error { return edited(tx, name, edit) })
}

func edited[T Record](tx *Tx, name string, edit func(T)) error {
	before, err := Get[T](&tx.View, name)
	if err != nil {
		return err
	}
	after := proto.Clone(before).(T)
	edit(after)
	return tx.Put(after)
}

// view runs fn on a snapshot; it has to succeed.
func (o *office) view(fn func(*View) error) {
	o.t.Helper()
	must(o.t, o.store.View(context.Background(), fn))
}

func (o *office) read(name string) Record {
	o.t.Helper()
	var rec Record
	o.view(func(v *View) (err error) {
		rec, err = v.Read(name)
		return err
	})
	return rec
}

func (o *office) event(act, edtf string, places ...string) string {
	o.t.Helper()
	return o.create(anEvent(act, edtf, places...), o.matter)
}

func anEvent(act, edtf string, places ...string) *tumenv1.Event {
	e := &tumenv1.Event{Act: act, Title: "an event"}
	if edtf != "" {
		e.Time = &tumenv1.Time{Edtf: edtf}
	}
	for _, p := range places {
		e.Places = append(e.Places, &tumenv1.PlaceValue{Place: p})
	}
	return e
}

// claim is an active claim of a source on a subject.
func (o *office) claim(source string, aspect tumenv1.Aspect, subjects ...string) *tumenv1.Claim {
	return &tumenv1.Claim{
		Source: source, Subjects: subjects, Aspect: aspect, Stance: tumenv1.Stance_STANCE_ASSERTS, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reasonOf is the reason of the fault in an error.
func reasonOf(t testing.TB, err error) string {
	t.Helper()
	f := fault.Of(err)
	if f == nil {
		t.Fatalf("%v is no fault", err)
	}
	return f.Reason
}

// hand is a clock that stands still until it is moved.
type hand struct{ now time.Time }

func (h *hand) read() time.Time { return h.now }
