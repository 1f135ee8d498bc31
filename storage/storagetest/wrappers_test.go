package storagetest_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"tumen/storage"
	"tumen/storage/bolt"
	"tumen/storage/storagetest"
)

func newStore(t testing.TB) storage.Store {
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(key string) func(storage.Writer) error {
	return func(w storage.Writer) error { return w.Put([]byte(key), nil) }
}

func keys(t testing.TB, s storage.Store) (all string) {
	t.Helper()
	if err := s.View(context.Background(), func(r storage.Reader) error {
		for row, err := range r.Scan(storage.Range{}) {
			if err != nil {
				return err
			}
			all += string(row.Key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWrappersKeepTheContract(t *testing.T) {
	for _, c := range []struct {
		name string
		wrap func(storage.Store) storage.Store
	}{
		{"faults", func(s storage.Store) storage.Store { return storagetest.NewFaults(s) }},
		{"counting", func(s storage.Store) storage.Store { return storagetest.NewCounting(s) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			storagetest.Run(t, func(t testing.TB) storagetest.Opener {
				path := filepath.Join(t.TempDir(), "store")
				return func() (storage.Store, error) {
					s, err := bolt.Open(path, bolt.Options{})
					if err != nil {
						return nil, err
					}
					return c.wrap(s), nil
				}
			})
		})
	}
}

// everything does each kind of operation twice.
func everything(w storage.Writer) error {
	for range 2 {
		if _, err := w.Get([]byte("a")); err != nil {
			return err
		}
		if _, err := w.GetMany([][]byte{[]byte("a")}); err != nil {
			return err
		}
		if err := errors.Join(w.Put([]byte("c"), nil), w.Delete([]byte("d"))); err != nil {
			return err
		}
		for _, err := range w.Scan(storage.Range{End: []byte("c")}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func TestFaultsStrikeOnceWhereAsked(t *testing.T) {
	mine := errors.New("mine")
	for _, c := range []struct {
		name  string
		point storagetest.Point
		nth   int
		after string // the keys afterwards
	}{
		{"before an update", storagetest.BeforeUpdate, 1, "ab"},
		{"second get", storagetest.OnGet, 2, "ab"},
		{"second get of many", storagetest.OnGetMany, 2, "ab"},
		{"second put", storagetest.OnPut, 2, "ab"},
		{"second delete", storagetest.OnDelete, 2, "ab"},
		{"second scan", storagetest.OnScan, 2, "ab"},
		{"third row", storagetest.OnRow, 3, "ab"},
		{"before the commit", storagetest.BeforeCommit, 1, "ab"},
		{"after the commit", storagetest.AfterCommit, 1, "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := storagetest.NewFaults(newStore(t))
			for _, key := range []string{"a", "b"} {
				if err := f.Update(context.Background(), put(key)); err != nil {
					t.Fatal(err)
				}
			}
			f.Fail(c.point, c.nth, mine)
			err := f.Update(context.Background(), everything)
			if !errors.Is(err, mine) {
				t.Errorf("the update returned %v", err)
			}
			if unknown := errors.Is(err, storage.ErrOutcomeUnknown); unknown != (c.point == storagetest.AfterCommit) {
				t.Errorf("outcome unknown: %v, for %v", unknown, err)
			}
			if n := f.Waiting(); n != 0 {
				t.Errorf("%d faults still wait", n)
			}
			if got := keys(t, f); got != c.after {
				t.Errorf("the store holds %q, want %q", got, c.after)
			}
			if err := f.Update(context.Background(), everything); err != nil {
				t.Errorf("the fault struck twice: %v", err)
			}
		})
	}
}

func TestFaultBeforeView(t *testing.T) {
	f := storagetest.NewFaults(newStore(t))
	f.Fail(storagetest.BeforeView, 2, nil)
	look := func() error { return f.View(context.Background(), func(storage.Reader) error { return nil }) }
	if first, second, third := look(), look(), look(); first != nil || !errors.Is(second, storagetest.ErrInjected) || third != nil {
		t.Errorf("three views: %v, %v, %v", first, second, third)
	}
}

func TestFaultsCancelTheTransaction(t *testing.T) {
	for _, c := range []struct {
		name  string
		point storagetest.Point
		want  error
		after string
	}{
		{"before it begins", storagetest.BeforeUpdate, context.Canceled, "ab"},
		{"at a put", storagetest.OnPut, context.Canceled, "ab"},
		{"at a row", storagetest.OnRow, context.Canceled, "ab"},
		{"before the commit", storagetest.BeforeCommit, context.Canceled, "ab"},
		{"after the commit", storagetest.AfterCommit, nil, "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := storagetest.NewFaults(newStore(t))
			for _, key := range []string{"a", "b"} {
				if err := f.Update(context.Background(), put(key)); err != nil {
					t.Fatal(err)
				}
			}
			f.Cancel(c.point, 1)
			if err := f.Update(context.Background(), everything); !errors.Is(err, c.want) {
				t.Errorf("the update returned %v, want %v", err, c.want)
			}
			if got := keys(t, f); got != c.after || f.Waiting() != 0 {
				t.Errorf("the store holds %q, want %q; %d faults wait", got, c.after, f.Waiting())
			}
		})
	}
}

func TestSwallowedCorruptionIsNotCommitted(t *testing.T) {
	f := storagetest.NewFaults(newStore(t))
	f.Fail(storagetest.OnGet, 1, storage.ErrCorrupt)
	err := f.Update(context.Background(), func(w storage.Writer) error {
		_, _ = w.Get([]byte("a"))
		_ = w.Put([]byte("a"), nil)
		return nil
	})
	if !errors.Is(err, storage.ErrCorrupt) || keys(t, f) != "" {
		t.Errorf("committed after corruption: %v", err)
	}
}

func TestFaultsRepeatFn(t *testing.T) {
	f := storagetest.NewFaults(newStore(t))
	f.Repeat(2)
	runs := 0
	if err := f.Update(context.Background(), func(w storage.Writer) error {
		runs++
		if _, err := w.Get([]byte("a")); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("run %d sees an earlier one: %v", runs, err)
		}
		return w.Put([]byte("a"), nil)
	}); err != nil || runs != 3 {
		t.Errorf("%d runs, %v", runs, err)
	}
	if got := keys(t, f); got != "a" || f.Waiting() != 0 {
		t.Errorf("the store holds %q", got)
	}
}

func TestFaultsLetAnotherWriteSlipIn(t *testing.T) {
	inner := newStore(t)
	f := storagetest.NewFaults(inner)
	f.Do(storagetest.BeforeUpdate, 1, func() {
		if err := inner.Update(context.Background(), put("a")); err != nil {
			t.Error(err)
		}
	})
	if err := f.Update(context.Background(), func(w storage.Writer) error {
		_, err := w.Get([]byte("a"))
		return err
	}); err != nil {
		t.Errorf("the other write doesn't show: %v", err)
	}
}

func TestFaultsTakenBack(t *testing.T) {
	f := storagetest.NewFaults(newStore(t))
	f.Fail(storagetest.OnPut, 1, nil)
	f.Repeat(1)
	if n := f.Waiting(); n != 2 {
		t.Errorf("%d faults wait, want 2", n)
	}
	f.Clear()
	if err := f.Update(context.Background(), put("a")); err != nil || f.Waiting() != 0 {
		t.Errorf("%v", err)
	}
}

func TestCounting(t *testing.T) {
	c := storagetest.NewCounting(newStore(t))
	if err := c.Update(context.Background(), func(w storage.Writer) error {
		return errors.Join(w.Put([]byte("a"), []byte("12")), w.Put([]byte("b"), nil), w.Put([]byte("c"), nil), w.Delete([]byte("x")))
	}); err != nil {
		t.Fatal(err)
	}
	want := storagetest.Counts{Updates: 1, Commits: 1, Puts: 3, Deletes: 1, BytesPut: 5}
	if got := c.Counts(); got != want {
		t.Errorf("after writing: %+v, want %+v", got, want)
	}
	before := c.Counts()
	_ = c.Update(context.Background(), func(w storage.Writer) error { return errors.New("no") })
	if err := c.View(context.Background(), func(r storage.Reader) error {
		_, _ = r.Get([]byte("absent"))
		_, err := r.GetMany([][]byte{[]byte("a"), []byte("b"), []byte("absent")})
		for range r.Scan(storage.Range{}) {
		}
		for range r.Scan(storage.Range{Reverse: true}) {
			break
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want = storagetest.Counts{Views: 1, Updates: 1, Gets: 1, GetManys: 1, Scans: 2, RowsRead: 1 + 3 + 3 + 1}
	if got := c.Counts().Sub(before); got != want {
		t.Errorf("reading: %+v, want %+v", got, want)
	}
}
