package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"tumen/storage"
	"tumen/storage/bolt"
)

// atOnce doesn't wait for a lock.
var atOnce = bolt.Options{LockTimeout: time.Nanosecond}

func open(t testing.TB, path string, o bolt.Options) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func put(t testing.TB, s storage.Store, key, value string) {
	t.Helper()
	if err := s.Update(context.Background(), func(w storage.Writer) error {
		return w.Put([]byte(key), []byte(value))
	}); err != nil {
		t.Fatal(err)
	}
}

func get(s storage.Store, key string) (value string, err error) {
	err = s.View(context.Background(), func(r storage.Reader) error {
		v, err := r.Get([]byte(key))
		value = string(v)
		return err
	})
	return value, err
}

func closed(t testing.TB, s storage.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func sound(t testing.TB, path string) {
	t.Helper()
	if problems, err := bolt.Check(path); err != nil || len(problems) > 0 {
		t.Errorf("check of %s: %q, %v", path, problems, err)
	}
}

func TestNewFileIsPrivateAndAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store")
	s := open(t, path, bolt.Options{})
	put(t, s, "a", "1")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("beside the store: %v, %v", entries, err)
	}
	closed(t, s)
	sound(t, path)
}

func TestLeftoversOfAKilledCreatorAreRemoved(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store")
	for _, name := range []string{".store.new-123", ".store2.new-123", "store.new-1"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path, bolt.Options{})
	for name, want := range map[string]bool{".store.new-123": false, ".store2.new-123": true, "store.new-1": true} {
		if _, err := os.Stat(filepath.Join(folder, name)); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	write := func(name string, content []byte, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path(name), mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	s := open(t, path("whole"), bolt.Options{})
	put(t, s, "a", string(make([]byte, 200_000)))
	closed(t, s)
	whole, err := os.ReadFile(path("whole"))
	if err != nil {
		t.Fatal(err)
	}
	write("empty", nil, 0o600)
	write("text", bytes.Repeat([]byte("not a store. "), 10_000), 0o600)
	write("one byte", []byte{1}, 0o600)
	write("cut short", whole[:100_000], 0o600)
	write("cut at its head", whole[:4096], 0o600)
	write("readable by others", whole, 0o644)
	foreign, err := bbolt.Open(path("foreign"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := foreign.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file    string
		options bolt.Options
		want    error // nil: any
	}{
		{"empty", bolt.Options{}, storage.ErrCorrupt},
		{"text", bolt.Options{}, storage.ErrCorrupt},
		{"one byte", bolt.Options{}, storage.ErrCorrupt},
		{"cut short", bolt.Options{}, storage.ErrCorrupt},
		{"cut short", bolt.Options{ReadOnly: true}, storage.ErrCorrupt},
		{"cut at its head", bolt.Options{}, storage.ErrCorrupt},
		{"foreign", bolt.Options{}, storage.ErrCorrupt},
		{"readable by others", bolt.Options{}, nil},
		{"absent", bolt.Options{MustExist: true}, fs.ErrNotExist},
		{"absent", bolt.Options{ReadOnly: true}, fs.ErrNotExist},
		{"no folder/store", bolt.Options{}, fs.ErrNotExist},
		{".", bolt.Options{}, nil},
		{"whole", bolt.Options{Quota: bolt.MinQuota - 1}, nil},
	} {
		t.Run(fmt.Sprintf("%s %+v", c.file, c.options), func(t *testing.T) {
			before, _ := os.ReadFile(path(c.file))
			s, err := bolt.Open(path(c.file), c.options)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if after, _ := os.ReadFile(path(c.file)); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOneOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, bolt.Options{})
	for _, o := range []bolt.Options{atOnce, {ReadOnly: true, LockTimeout: time.Nanosecond}} {
		if second, err := bolt.Open(path, o); !errors.Is(err, storage.ErrInUse) {
			t.Errorf("a second owner with %+v: %v, %v", o, second, err)
		}
	}
	put(t, s, "a", "1")
	closed(t, s)
	open(t, path, atOnce)
}

func TestReadOnlySharesAndRefusesUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, bolt.Options{})
	put(t, s, "a", "1")
	closed(t, s)
	for range 2 {
		r := open(t, path, bolt.Options{ReadOnly: true})
		if v, err := get(r, "a"); v != "1" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
		if err := r.Update(context.Background(), func(storage.Writer) error { return nil }); !errors.Is(err, storage.ErrReadOnly) {
			t.Errorf("update: %v", err)
		}
	}
	if _, err := bolt.Open(path, atOnce); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("an owner beside readers: %v", err)
	}
}

func TestCreatedByManyAtOnce(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			s, err := bolt.Open(path, bolt.Options{LockTimeout: time.Hour})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			put(t, s, fmt.Sprint(i), "there")
			closed(t, s)
		})
	}
	group.Wait()
	s := open(t, path, bolt.Options{})
	for i := range 8 {
		if v, err := get(s, fmt.Sprint(i)); v != "there" || err != nil {
			t.Errorf("what opener %d wrote: %q, %v", i, v, err)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("beside the store: %v, %v", entries, err)
	}
}

func TestQuota(t *testing.T) {
	for _, quota := range []int64{bolt.MinQuota, 5 << 20, 40 << 20} {
		t.Run(fmt.Sprint(quota), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			s := open(t, path, bolt.Options{Quota: quota})
			value := make([]byte, 50_000)
			stored := 0
			var err error
			for err == nil {
				err = s.Update(context.Background(), func(w storage.Writer) error {
					for i := range 4 {
						if err := w.Put(fmt.Appendf(nil, "%06d", stored+i), value); err != nil {
							return err
						}
					}
					return nil
				})
				if err == nil {
					stored += 4
				}
				if stats, e := s.Stats(); e != nil || stats.FileBytes > quota {
					t.Fatalf("the file has %d bytes, %v", stats.FileBytes, e)
				}
			}
			if !errors.Is(err, storage.ErrFull) {
				t.Fatalf("after %d rows: %v", stored, err)
			}
			if used := int64(stored * len(value)); used < quota/3 {
				t.Errorf("full at %d bytes of values", used)
			}
			// Nothing of the failed Update is there, and room can be made.
			if _, err := get(s, fmt.Sprintf("%06d", stored)); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("a row of the failed update: %v", err)
			}
			if _, err := get(s, fmt.Sprintf("%06d", stored-1)); err != nil {
				t.Errorf("the last row: %v", err)
			}
			if err := s.Update(context.Background(), func(w storage.Writer) error {
				return errors.Join(w.Delete([]byte("000000")), w.Delete([]byte("000001")))
			}); err != nil {
				t.Fatalf("deleting from a full store: %v", err)
			}
			put(t, s, "a", string(value[:20_000]))
			closed(t, s)
			sound(t, path)
		})
	}
}
