package seal_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tumen/service/seal"
)

// TestNotesAreWholeWheneverTheMachineStops: those from before or the new ones, and
// the next to write clears what is left.
func TestNotesAreWholeWheneverTheMachineStops(t *testing.T) {
	for _, stopped := range seal.ReplaceSteps {
		keys, dir, _ := newKeys(t)
		put(t, keys, "first")
		keys.StopAfter(func(step string) error {
			if step == stopped {
				return seal.ErrStopped
			}
			return nil
		})
		locked := must(keys.Lock())
		if err := locked.Put("notes", []byte("second")); !errors.Is(err, seal.ErrStopped) {
			t.Errorf("after %q: %v", stopped, err)
		}
		locked.Release()
		keys.StopAfter(nil)
		if found := string(notes(t, keys)); found != "first" && found != "second" {
			t.Errorf("after %q: %q", stopped, found)
		}
		put(t, keys, "third")
		if found := string(notes(t, keys)); found != "third" {
			t.Errorf("after %q, and writing again: %q", stopped, found)
		}
		left, err := filepath.Glob(filepath.Join(dir, "notes*"))
		if err != nil || len(left) != 1 {
			t.Errorf("after %q: %v, %v", stopped, left, err)
		}
	}
}

func put(t *testing.T, keys *seal.Keys, content string) {
	t.Helper()
	locked := must(keys.Lock())
	defer locked.Release()
	if err := locked.Put("notes", []byte(content)); err != nil {
		t.Fatal(err)
	}
}

func notes(t *testing.T, keys *seal.Keys) []byte {
	t.Helper()
	locked := must(keys.Lock())
	defer locked.Release()
	return must(locked.Read("notes"))
}

// TestALockedFolderHasNoTurnover: one that is asked for meanwhile comes afterwards.
func TestALockedFolderHasNoTurnover(t *testing.T) {
	keys, dir, _ := newKeys(t)
	locked := must(keys.Lock())
	begun := make(chan error)
	go func() { begun <- keys.Epoch().Begin(context.Background(), made) }()
	before := keys.Epoch().Status()
	if before.Turnover || locked.Dir() != dir {
		t.Errorf("%+v in %s", before, locked.Dir())
	}
	locked.Release()
	if err := <-begun; err != nil || !keys.Epoch().Status().Turnover {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := locked.Read("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no notes: %v", err)
	}
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Lock(dir); err == nil || !strings.Contains(err.Error(), "may be used by others") {
		t.Errorf("an open folder: %v", err)
	}
}

// TestNoSetReadsAsAFlag on a command line.
func TestNoSetReadsAsAFlag(t *testing.T) {
	keys, _, _ := newKeys(t)
	_, recipients := custodians(2)
	for range 200 {
		if _, set, err := keys.Split(2, recipients); err != nil || strings.HasPrefix(set, "-") || len(set) != 22 {
			t.Fatalf("%q, %v", set, err)
		}
	}
}
