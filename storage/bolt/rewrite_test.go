package bolt_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"tumen/storage"
	"tumen/storage/bolt"
)

// leaky makes a store with free pages, and gives its path and rows.
func leaky(t *testing.T, n int) (path, want string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store")
	s := open(t, path, bolt.Options{})
	fill(t, s, n, 9000)
	put(t, s, "empty", "")
	put(t, s, "a deleted row", "the words that were deleted")
	if err := s.Update(context.Background(), func(w storage.Writer) error {
		for i := range n / 2 {
			if err := w.Delete(fmt.Appendf(nil, "%06d", i)); err != nil {
				return err
			}
		}
		return w.Delete([]byte("a deleted row"))
	}); err != nil {
		t.Fatal(err)
	}
	want = rows(t, s)
	closed(t, s)
	return path, want
}

// alone fails the test if anything but the store is in its folder.
func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the store: %v, %v", entries, err)
	}
}

func TestRewriteKeepsRowsAndDropsTheRest(t *testing.T) {
	path, want := leaky(t, 4000) // more than one commit
	told := []int64{}
	sizes, err := bolt.Rewrite(context.Background(), path, func(copied int64) { told = append(told, copied) })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != sizes.After || sizes.After >= sizes.Before || info.Mode().Perm() != 0o600 {
		t.Errorf("%+v, %v, %v", sizes, info.Mode(), err)
	}
	if n := len(told); n < 2 || told[n-1] < 2000*9000 || told[0] >= told[n-1] {
		t.Errorf("told %v", told)
	}
	content, err := os.ReadFile(path)
	if err != nil || bytes.Contains(content, []byte("the words that were deleted")) {
		t.Errorf("what was deleted is still there; %v", err)
	}
	sound(t, path)
	alone(t, path)
	s := open(t, path, atOnce)
	if rows(t, s) != want {
		t.Error("the rows differ")
	}
	put(t, s, "a", "goes on")
}

func TestRewriteThatFailsLeavesTheStoreAsItWas(t *testing.T) {
	path, _ := leaky(t, 2000)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := bolt.Rewrite(ctx, path, func(int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := bolt.RewriteWithRoom(path, 1<<20); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("without room: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("it changed; %v", err)
	}
	alone(t, path)
	if _, err := bolt.Rewrite(context.Background(), path+"2", func(int64) {}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no store: %v", err)
	}
	if err := os.WriteFile(path, before[:len(before)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Rewrite(context.Background(), path, func(int64) {}); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("cut short: %v", err)
	}
}

// TestNobodyGetsAFileThatWasReplaced: who waits for the lock while the file is put
// in another's place gets the new one or is refused; nothing is written to the old.
func TestNobodyGetsAFileThatWasReplaced(t *testing.T) {
	for range 5 {
		path, _ := leaky(t, 2)
		var waiting chan error
		_, err := bolt.Rewrite(context.Background(), path, func(int64) {
			if waiting != nil {
				return
			}
			waiting = make(chan error)
			go func() {
				s, err := bolt.Open(path, bolt.Options{MustExist: true})
				if err == nil {
					err = errors.Join(s.Update(context.Background(), func(w storage.Writer) error {
						return w.Put([]byte("written"), []byte("afterwards"))
					}), s.Close())
				}
				waiting <- err
			}()
		})
		if err != nil {
			t.Fatal(err)
		}
		opened := <-waiting
		if opened != nil && !errors.Is(opened, storage.ErrInUse) {
			t.Fatal(opened)
		}
		if _, err := get(open(t, path, atOnce), "written"); (err == nil) != (opened == nil) {
			t.Errorf("opened: %v, and what it wrote: %v", opened, err)
		}
	}
}

// rewrittenStore names, in the environment, the store that this process rewrites
// again and again until it is killed.
const rewrittenStore = "TUMEN_TEST_REWRITTEN_STORE"

func rewriteUntilKilled(path string) error {
	for {
		tell := func(int64) { fmt.Println("copied") }
		tell(0)
		if _, err := bolt.Rewrite(context.Background(), path, tell); err != nil {
			return err
		}
	}
}

// TestAKilledRewriteLeavesAWholeStore kills rewriting processes at different points:
// the store has all its rows each time, and who opens it next clears the rest.
func TestAKilledRewriteLeavesAWholeStore(t *testing.T) {
	path, want := leaky(t, 2400) // two commits for each
	for round := range 8 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), rewrittenStore+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err == nil {
			err = child.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + rand.IntN(7) {
			lines.Scan()
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := child.Wait(); !errors.As(err, &exit) || exit.Exited() {
			t.Fatalf("the child wasn't killed: %v", err)
		}
		sound(t, path)
		s := open(t, path, atOnce)
		if rows(t, s) != want {
			t.Fatalf("round %d: the rows differ", round)
		}
		closed(t, s)
		alone(t, path)
	}
}
