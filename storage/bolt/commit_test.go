package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"tumen/storage"
)

func opened(t testing.TB) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "store"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func putOne(key string) func(storage.Writer) error {
	return func(w storage.Writer) error { return w.Put([]byte(key), []byte("value")) }
}

// TestFailedWriteLeavesNothing: an error of the disk before the commit is valid
// is known not to have committed.
func TestFailedWriteLeavesNothing(t *testing.T) {
	s := opened(t)
	ctx := context.Background()
	if err := s.Update(ctx, putOne("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.file.Close(); err != nil { // every write fails from now on
		t.Fatal(err)
	}
	err := s.Update(ctx, putOne("b"))
	if err == nil || errors.Is(err, storage.ErrOutcomeUnknown) {
		t.Fatalf("update: %v", err)
	}
	if err := s.View(ctx, func(r storage.Reader) error {
		if _, err := r.Get([]byte("b")); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("the failed write shows: %v", err)
		}
		_, err := r.Get([]byte("a"))
		return err
	}); err != nil {
		t.Error(err)
	}
}

// TestRefusingStoreStillCloses: once nothing may begin any more, callers are told
// why, and Close neither hangs nor keeps the lock.
func TestRefusingStoreStillCloses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	err = func() (err error) {
		defer s.stopOnPanic(&err)
		if _, err := s.db.Begin(true); err != nil { // never ended: its locks stay
			return err
		}
		panic("invalid page")
	}()
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("the panic: %v", err)
	}
	if err := s.Update(ctx, putOne("a")); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("update: %v", err)
	}
	if err := s.View(ctx, func(storage.Reader) error { return nil }); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("view: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	again, err := Open(path, Options{LockTimeout: 1})
	if err != nil {
		t.Fatalf("the lock is still held: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestArenaKeepsCopiesApart: copies stay as they are while others are made.
func TestArenaKeepsCopiesApart(t *testing.T) {
	var a arena
	for round := range 2 {
		a.reset()
		var copies [][]byte
		for i := range 3000 {
			value := make([]byte, i%37*(1+round*20))
			for j := range value {
				value[j] = byte(i)
			}
			copies = append(copies, a.copy(value))
			clear(value)
		}
		for i, c := range copies {
			if c == nil || len(c) != i%37*(1+round*20) || cap(c) != len(c) {
				t.Fatalf("copy %d: length %d, capacity %d", i, len(c), cap(c))
			}
			for _, b := range c {
				if b != byte(i) {
					t.Fatalf("copy %d was overwritten", i)
				}
			}
		}
	}
}

// TestAllocations counts what must stay cheap: a read allocates for its
// transaction and nothing for its rows.
func TestAllocations(t *testing.T) {
	s := opened(t)
	ctx := context.Background()
	if err := s.Update(ctx, func(w storage.Writer) error {
		return errors.Join(putOne("a")(w), putOne("b")(w), putOne("c")(w))
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.View(ctx, func(r storage.Reader) error {
		key := []byte("b")
		if n := testing.AllocsPerRun(100, func() {
			if _, err := r.Get(key); err != nil {
				t.Error(err)
			}
		}); n > 0 {
			t.Errorf("a Get allocates %v times", n)
		}
		few := testing.AllocsPerRun(100, func() {
			for range r.Scan(storage.Range{End: key}) {
			}
		})
		all := testing.AllocsPerRun(100, func() {
			for range r.Scan(storage.Range{}) {
			}
		})
		if all > few {
			t.Errorf("a scan allocates %v times for 3 rows, %v for one", all, few)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
