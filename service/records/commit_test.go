package records

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
	"tumen/storage/storagetest"
)

// gathered runs n changes so that all but the first wait while the first is
// being committed, and returns their errors. before is called when they wait,
// and then the first goes on. It has to run in a bubble of synctest.
func gathered(o *office, faults *storagetest.Faults, n int, ctx func(i int) context.Context, before func()) []error {
	hold := make(chan struct{})
	faults.Do(storagetest.BeforeUpdate, 1, func() { <-hold })
	errs := make([]error, n)
	done := make(chan int)
	for i := range n {
		go func() {
			a := o.author()
			a.RequestID = fmt.Sprintf("request %d", i)
			_, errs[i] = o.store.Change(ctx(i), a, func(tx *Tx) error {
				return tx.Create(&tumenv1.Source{Kind: "x", Title: fmt.Sprint(i)}, "")
			})
			done <- i
		}()
		synctest.Wait()
	}
	before()
	close(hold)
	for range n {
		<-done
	}
	return errs
}

// titles are the titles of the sources that are stored.
func titles(o *office) map[string]bool {
	o.t.Helper()
	stored := map[string]bool{}
	o.view(func(v *View) error {
		for s, err := range Owned[*tumenv1.Source](v, Source, o.org) {
			if err != nil {
				return err
			}
			if stored[s.GetTitle()] {
				o.t.Errorf("%s is stored twice", s.GetTitle())
			}
			stored[s.GetTitle()] = true
		}
		return nil
	})
	return stored
}

func background(int) context.Context { return context.Background() }

// TestFailureHarmsNoNeighbour: whatever fails in a group takes at most one
// change with it; who was told of an error has changed nothing, the others all.
func TestFailureHarmsNoNeighbour(t *testing.T) {
	for _, c := range []struct {
		name   string
		point  storagetest.Point
		nth    int
		err    error
		failed int
	}{
		{"a row is refused", storagetest.OnPut, 9, nil, 1},
		{"a row is refused for want of room", storagetest.OnPut, 9, storage.ErrFull, 1},
		{"a row loses the transaction", storagetest.OnPut, 9, storage.ErrCorrupt, 1},
		{"a read fails", storagetest.OnGetMany, 3, nil, 1},
		{"the commit fails", storagetest.BeforeCommit, 2, nil, 0},
		{"the commit has no room", storagetest.BeforeCommit, 2, storage.ErrFull, 0},
		{"the commit loses against others", storagetest.BeforeCommit, 2, storage.ErrConflict, 0},
		{"the transaction doesn't begin", storagetest.BeforeUpdate, 1, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				faults := storagetest.NewFaults(boltStore(t))
				o := openOffice(t, faults)
				errs := gathered(o, faults, 9, background, func() { faults.Fail(c.point, c.nth, c.err) })
				stored := titles(o)
				failed := 0
				for i, err := range errs {
					if err != nil {
						failed++
					}
					if stored[fmt.Sprint(i)] != (err == nil) {
						t.Errorf("change %d: %v, stored: %v", i, err, stored[fmt.Sprint(i)])
					}
				}
				if failed != c.failed {
					t.Errorf("%d changes failed, want %d: %v", failed, c.failed, errs)
				}
				if faults.Waiting() != 0 {
					t.Error("the fault did not strike")
				}
				o.agrees()
				must(t, o.store.Close())
			})
		})
	}
}

// TestUnrepairableCommits: a backend that commits nothing fails every change, and
// is not asked for ever.
func TestUnrepairableCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faults := storagetest.NewFaults(boltStore(t))
		o := openOffice(t, faults)
		errs := gathered(o, faults, 100, background, func() {
			for n := range 400 {
				faults.Fail(storagetest.BeforeCommit, n+1, storage.ErrFull)
			}
		})
		for i, err := range errs {
			if err == nil || reasonOf(t, err) != "STORE_FULL" {
				t.Errorf("change %d: %v", i, err)
			}
		}
		if tries := 400 - faults.Waiting(); tries > 3*maxTries {
			t.Errorf("%d transactions were tried", tries)
		}
		faults.Clear()
		o.create(&tumenv1.Source{Kind: "x", Title: "later"}, "")
		must(t, o.store.Close())
	})
}

// TestOutcomeUnknown: where the backend can't say whether a group was committed,
// everybody is told so, and repeating the calls does nothing twice.
func TestOutcomeUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faults := storagetest.NewFaults(boltStore(t))
		o := openOffice(t, faults)
		errs := gathered(o, faults, 5, background, func() {
			faults.Fail(storagetest.AfterCommit, 2, nil)
		})
		for i, err := range errs {
			if i == 0 {
				must(t, err)
			} else if reasonOf(t, err) != "OUTCOME_UNKNOWN" {
				t.Errorf("change %d: %v", i, err)
			}
			a := o.author()
			a.RequestID = fmt.Sprintf("request %d", i)
			r, err := o.store.Change(context.Background(), a, func(*Tx) error {
				t.Error("it was done again")
				return nil
			})
			if err != nil || !r.Repeated {
				t.Errorf("repeated: %v %v", r, err)
			}
		}
		must(t, o.store.Close())
	})
}

// TestCancelledWhileQueued: a caller who gives up before its change is committed
// changes nothing and harms nobody; afterwards it is too late to give up.
func TestCancelledWhileQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faults := storagetest.NewFaults(boltStore(t))
		o := openOffice(t, faults)
		ctx, cancel := context.WithCancel(context.Background())
		errs := gathered(o, faults, 6, func(i int) context.Context {
			if i == 3 {
				return ctx
			}
			return context.Background()
		}, cancel)
		stored := titles(o)
		for i, err := range errs {
			if want := i != 3; stored[fmt.Sprint(i)] != want || (err == nil) != want {
				t.Errorf("change %d: %v, stored: %v", i, err, stored[fmt.Sprint(i)])
			}
		}
		if !errors.Is(errs[3], context.Canceled) {
			t.Error(errs[3])
		}
		must(t, o.store.Close())
	})
}

// TestCloseWhileOthersWait: Close lets the group that is being committed finish
// and refuses the rest; nobody waits for ever, and what was answered is so.
func TestCloseWhileOthersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tumen.db")
		faults := storagetest.NewFaults(boltAt(t, path))
		o := openOffice(t, faults)
		closed := make(chan error, 2)
		errs := gathered(o, faults, maxGroup+20, background, func() {
			for range 2 {
				go func() { closed <- o.store.Close() }()
			}
			synctest.Wait()
		})
		must(t, errors.Join(<-closed, <-closed))
		_, err := o.try(func(tx *Tx) error { return tx.Create(&tumenv1.Source{Kind: "x", Title: "late"}, "") })
		if reasonOf(t, err) != "SHUTTING_DOWN" {
			t.Errorf("after Close: %v", err)
		}
		again, err := Open(context.Background(), boltAt(t, path), testKeys)
		must(t, err)
		defer again.Close()
		o.store = again
		stored := titles(o)
		for i, err := range errs {
			if err != nil && reasonOf(t, err) != "SHUTTING_DOWN" {
				t.Errorf("change %d: %v", i, err)
			}
			if stored[fmt.Sprint(i)] != (err == nil) {
				t.Errorf("change %d: %v, stored: %v", i, err, stored[fmt.Sprint(i)])
			}
		}
	})
}

// TestGroups: what waits is committed together, a lone change on its own, and
// what has nothing to put not at all.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counting := storagetest.NewCounting(boltStore(t))
		faults := storagetest.NewFaults(counting)
		o := openOffice(t, faults)
		before := counting.Counts()
		gathered(o, faults, 1+maxGroup, background, func() {})
		if n := counting.Counts().Sub(before).Commits; n != 2 {
			t.Errorf("%d commits for one change and those that waited for it", n)
		}
		before = counting.Counts()
		o.do(func(tx *Tx) error { _, err := tx.Read(o.matter); return err })
		if n := counting.Counts().Sub(before); n.Updates != 0 {
			t.Errorf("a change that wrote nothing: %+v", n)
		}
		// A change that no longer holds commits nothing: here only its second try.
		before = counting.Counts()
		runs := 0
		o.do(func(tx *Tx) error {
			c, err := Get[*tumenv1.Case](&tx.View, o.matter)
			if err != nil {
				return err
			}
			if runs++; runs == 1 {
				update(o, o.matter, func(c *tumenv1.Case) { c.Title += "!" })
			}
			c = proto.Clone(c).(*tumenv1.Case)
			c.Title += "?"
			return tx.Put(c)
		})
		if n := counting.Counts().Sub(before); n.Commits != 2 || n.Updates != 3 {
			t.Errorf("a race: %+v", n)
		}
		must(t, o.store.Close())
	})
}

// TestRepeatedTransactions: a backend may run a transaction several times.
func TestRepeatedTransactions(t *testing.T) {
	faults := storagetest.NewFaults(boltStore(t))
	o := openOffice(t, faults)
	faults.Repeat(3)
	name := o.create(&tumenv1.Source{Kind: "x", Title: "y"}, "")
	update(o, name, func(s *tumenv1.Source) { s.Title = "z" })
	if r := o.read(name).GetRevision(); r != 2 {
		t.Errorf("revision %d", r)
	}
}

// TestTooLarge: what no backend takes is refused before it meets others.
func TestTooLarge(t *testing.T) {
	counting := storagetest.NewCounting(boltStore(t))
	o := openOffice(t, counting)
	before := counting.Counts()
	_, err := o.try(func(tx *Tx) error {
		return tx.Create(&tumenv1.Source{Kind: "x", Title: strings.Repeat("x", storage.MaxValue)}, "")
	})
	if reasonOf(t, err) != "RECORD_TOO_LARGE" {
		t.Error(err)
	}
	if n := counting.Counts().Sub(before); n.Updates != 0 {
		t.Errorf("%+v", n)
	}
}

// TestNotices: whoever caches access is told of what bears on it, and whoever
// carries source changes on is woken.
func TestNotices(t *testing.T) {
	o := openOffice(t, nil)
	g := o.store.AccessGeneration()
	o.create(&tumenv1.Source{Kind: "x", Title: "y"}, "")
	if o.store.AccessGeneration() != g {
		t.Error("a source bears on access")
	}
	for i, change := range []func(*Tx) error{
		func(tx *Tx) error { return edited(tx, o.member, func(m *tumenv1.Member) { m.DisplayName += "!" }) },
		func(tx *Tx) error { return edited(tx, o.org, func(m *tumenv1.Organisation) { m.DisplayName += "!" }) },
		func(tx *Tx) error {
			return tx.PutCredential(&tumenv1.Credential{TokenHash: make([]byte, 32), Member: o.member})
		},
	} {
		o.do(change)
		if next := o.store.AccessGeneration(); next == g {
			t.Errorf("change %d bears on access", i)
		} else {
			g = next
		}
	}
	for range 2 { // not to be missed, nor to block
		o.do(func(tx *Tx) error { return tx.SourceChanged(o.source) })
	}
	<-o.store.SourceChanges()
	o.do(func(tx *Tx) error { return tx.SourceReached(o.source) })
	select {
	case <-o.store.SourceChanges():
		t.Error("woken by a note that was taken back")
	default:
	}
}
