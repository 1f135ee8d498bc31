package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tumen/storage"
	"tumen/storage/bolt"
)

// fill puts n rows of about size bytes in one Update.
func fill(t testing.TB, s storage.Store, n, size int) {
	t.Helper()
	if err := s.Update(context.Background(), func(w storage.Writer) error {
		for i := range n {
			if err := w.Put(fmt.Appendf(nil, "%06d", i), bytes.Repeat([]byte{byte(i)}, size)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// rows returns all rows as one text.
func rows(t testing.TB, s storage.Store) string {
	t.Helper()
	var all bytes.Buffer
	if err := s.View(context.Background(), func(r storage.Reader) error {
		for row, err := range r.Scan(storage.Range{}) {
			if err != nil {
				return err
			}
			fmt.Fprintf(&all, "%x=%x\n", row.Key, row.Value)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// interrupting runs a function once, at the first write.
type interrupting struct {
	bytes.Buffer
	do func()
}

func (i *interrupting) Write(b []byte) (int, error) {
	if i.do != nil {
		i.do()
		i.do = nil
	}
	return i.Buffer.Write(b)
}

func TestBackupIsASnapshotThatOpens(t *testing.T) {
	folder := t.TempDir()
	s := open(t, filepath.Join(folder, "store"), bolt.Options{})
	fill(t, s, 500, 300)
	want := rows(t, s)
	w := &interrupting{do: func() {
		done := make(chan struct{})
		go func() { defer close(done); fill(t, s, 700, 200) }()
		<-done
	}}
	if err := s.Backup(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder, "copy")
	if err := os.WriteFile(copied, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	sound(t, copied)
	if got := rows(t, open(t, copied, bolt.Options{})); got != want {
		t.Error("the backup isn't what the store held when it began")
	}
	if rows(t, s) == want {
		t.Error("nothing was written meanwhile")
	}
}

func TestBackupEndsWithItsContextOrItsWriter(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"), bolt.Options{})
	fill(t, s, 500, 300)
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Backup(ctx, &interrupting{do: cancel}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	full, err := os.OpenFile(os.DevNull, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if err := s.Backup(context.Background(), full); err == nil {
		t.Error("a writer that fails gave no error")
	}
	put(t, s, "a", "goes on")
}

func TestStats(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"), bolt.Options{})
	fill(t, s, 1000, 1000)
	full, err := s.Stats()
	if err != nil || full.FileBytes < 1_000_000 {
		t.Errorf("%+v, %v", full, err)
	}
	for range 2 { // pages are free once no transaction can still see them
		if err := s.Update(context.Background(), func(w storage.Writer) error {
			for row, err := range w.Scan(storage.Range{}) {
				if err != nil {
					return err
				}
				if err := w.Delete(row.Key); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if empty, err := s.Stats(); err != nil || empty.FreeBytes < 1_000_000 || empty.FileBytes != full.FileBytes {
		t.Errorf("after deleting: %+v, %v", empty, err)
	}
	closed(t, s)
	if _, err := s.Stats(); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
}

func TestCheckTellsWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store")
	s := open(t, path, bolt.Options{})
	secret := "kim the witness"
	put(t, s, secret, secret)
	fill(t, s, 300, 500)
	if _, err := bolt.Check(filepath.Join(folder, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of an absent file: %v", err)
	}
	closed(t, s)
	sound(t, path)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The key of a row is no longer above the one before it.
	at := bytes.Index(content, []byte("000150"))
	content[at] = 'z'
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	problems, err := bolt.Check(path)
	if err != nil || len(problems) == 0 {
		t.Fatalf("nothing found: %v", err)
	}
	for _, p := range problems {
		if bytes.Contains([]byte(p), []byte(secret)) || bytes.Contains([]byte(p), []byte("303030")) {
			t.Errorf("a problem tells a key: %s", p)
		}
	}
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	if problems, err := bolt.Check(path); err != nil || len(problems) == 0 {
		t.Errorf("a file cut short: %q, %v", problems, err)
	}
}

// TestCheckBelievesNoLength: a page that claims to be as long as no file is, or to
// hold what it has no room for, is told at once; counting what it claims would take
// all memory there is.
func TestCheckBelievesNoLength(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := open(t, path, bolt.Options{})
	fill(t, s, 2000, 500)
	closed(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const pageSize, flagsAt, countAt, moreAt, branch, leaf = 4096, 8, 10, 12, 1, 2
	told := map[byte]int{}
	for at := 2 * pageSize; at < len(whole); at += pageSize {
		kind := whole[at+flagsAt]
		if kind != branch && kind != leaf || told[kind] > 0 { // one of each kind: a check takes its time
			continue
		}
		for _, field := range []int{countAt + 1, moreAt + 2} {
			damaged := bytes.Clone(whole)
			damaged[at+field] = 0xff
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			problems, err := bolt.Check(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				if strings.Contains(p, "not as long as it says") {
					told[kind]++
				}
			}
		}
	}
	if told[branch] == 0 || told[leaf] == 0 {
		t.Errorf("told: %v", told)
	}
}
