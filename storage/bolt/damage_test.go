package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tumen/storage"
	"tumen/storage/bolt"
)

// use does everything to a store that may be damaged, and returns the errors.
func use(path string) []error {
	s, err := bolt.Open(path, atOnce)
	if err != nil {
		return []error{err}
	}
	ctx := context.Background()
	var all []error
	for _, reverse := range []bool{false, true} {
		all = append(all, s.View(ctx, func(r storage.Reader) error {
			sum := 0
			for row, err := range r.Scan(storage.Range{Reverse: reverse}) {
				if err != nil {
					return err
				}
				for _, b := range row.Value { // touch it all
					sum += int(b)
				}
			}
			return nil
		}))
	}
	for i := 0; i < 400; i += 13 {
		all = append(all, s.View(ctx, func(r storage.Reader) error {
			_, err := r.Get(fmt.Appendf(nil, "%06d", i))
			if errors.Is(err, storage.ErrNotFound) {
				err = nil // a damaged key can't be told from an absent one
			}
			return err
		}))
	}
	for i := range 6 {
		all = append(all, s.Update(ctx, func(w storage.Writer) error {
			for j := i; j < 400; j += 29 {
				if err := errors.Join(w.Delete(fmt.Appendf(nil, "%06d", j)), w.Put(fmt.Appendf(nil, "%06d.", j), make([]byte, 700))); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return append(all, s.Close())
}

// TestFlippedBytes: whatever byte of the file is damaged, callers get ErrCorrupt
// or nothing, no panic, and no lock stays behind.
func TestFlippedBytes(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store")
	s := open(t, path, bolt.Options{})
	fill(t, s, 400, 200)
	fill(t, s, 200, 300) // with free pages
	closed(t, s)
	if errs := errors.Join(use(path)...); errs != nil {
		t.Fatalf("undamaged: %v", errs)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written := len(bytes.TrimRight(whole, "\x00"))
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	for n := range 300 {
		damaged := bytes.Clone(whole[:written/4096*4096+4096])
		at := random.IntN(written)
		if n%2 == 0 { // the heads of pages, where it hurts most
			at = at/4096*4096 + random.IntN(64)
		}
		damaged[at] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, err := range use(path) {
			if errors.Is(err, storage.ErrCorrupt) {
				found++
				break
			}
			if err != nil {
				t.Errorf("byte %d: %v", at, err)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d of 300 damaged files were noticed", found)
	}
}

func TestFileCutUnderARunningStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, bolt.Options{})
	fill(t, s, 400, 2000)
	var held []byte
	err := s.View(context.Background(), func(r storage.Reader) error {
		var err error
		if held, err = r.Get([]byte("000200")); err != nil {
			return err
		}
		if err := os.Truncate(path, 2*4096); err != nil {
			t.Fatal(err)
		}
		_ = bytes.Clone(held) // fn's own touch of a page that is gone
		t.Error("the page is still there")
		return nil
	})
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("touching a value: %v", err)
	}
	if _, err := get(s, "000200"); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("get: %v", err)
	}
	if err := s.Update(context.Background(), func(storage.Writer) error {
		t.Error("an update ran on a damaged store")
		return nil
	}); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("update: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := bolt.Open(path, atOnce); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("the lock is held, or the damage isn't seen: %v", err)
	}
}

// TestSwallowedDamageIsNotCommitted: an Update that met damage can't commit.
func TestSwallowedDamageIsNotCommitted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, bolt.Options{})
	fill(t, s, 400, 2000)
	err := s.Update(context.Background(), func(w storage.Writer) error {
		if err := os.Truncate(path, 2*4096); err != nil {
			t.Fatal(err)
		}
		_, err := w.Get([]byte("000200"))
		if !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("get: %v", err)
		}
		return nil
	})
	if !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("update: %v", err)
	}
}
