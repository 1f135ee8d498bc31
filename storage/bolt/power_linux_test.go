package bolt_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tumen/internal/powercut"
	"tumen/storage"
	"tumen/storage/bolt"
)

var powerCuts = flag.Int("power-cuts", 6, "how many times the tests of power cuts cut the power")

// outcomes is how many of the states that a cut may leave are looked at.
const outcomes = 5

// cutWhileWriting has a child write to a copy of the store in the folder from, cuts
// the power, and notes in acknowledged how far each writer got.
func cutWhileWriting(t *testing.T, o powercut.Options, plan func(*powercut.Disk), acknowledged []int) *powercut.Disk {
	t.Helper()
	mount := t.TempDir()
	disk, err := powercut.Mount(mount, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := disk.Close(); err != nil {
			t.Error(err)
		}
	})
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedStore+"="+filepath.Join(mount, "store"))
	child.Stderr = os.Stderr
	plan(disk)
	lines, err := disk.Run(child)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		var writer, n int
		if _, err := fmt.Sscan(line, &writer, &n); err != nil {
			t.Fatal(err)
		}
		acknowledged[writer] = max(acknowledged[writer], n)
	}
	return disk
}

// sometime plans a cut: between any two changes, or, as often, while something is
// being synced.
func sometime(d *powercut.Disk) {
	if rand.IntN(2) == 0 {
		d.CutAfter(rand.IntN(800))
	} else {
		d.CutInSync(rand.IntN(150))
	}
}

// lost says what a store that survived a cut lacks, or how it is damaged.
func lost(path string, acknowledged []int) error {
	s, err := bolt.Open(path, bolt.Options{MustExist: true})
	if err != nil {
		return err
	}
	err = s.View(context.Background(), func(r storage.Reader) error { return survived(r, acknowledged) })
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	problems, err := bolt.Check(path)
	if err == nil && len(problems) > 0 {
		err = errors.New(problems[0])
	}
	return err
}

// TestAcknowledgedWritesSurviveAPowerCut: of what was not synced any part may be
// lost, and yet what was acknowledged or read is there, and nothing is there by half.
func TestAcknowledgedWritesSurviveAPowerCut(t *testing.T) {
	from := t.TempDir()
	closed(t, open(t, filepath.Join(from, "store"), bolt.Options{}))
	acknowledged := make([]int, killedWriters)
	total := 0
	for round := range *powerCuts {
		seed := rand.Uint64()
		disk := cutWhileWriting(t, powercut.Options{From: from}, sometime, acknowledged)
		for range outcomes {
			seed++
			from = filepath.Join(t.TempDir(), "survivor")
			if err := disk.Survivor(from, seed); err != nil {
				t.Fatal(err)
			}
			if err := lost(filepath.Join(from, "store"), acknowledged); err != nil {
				t.Fatalf("round %d, outcome %d: %v", round, seed, err)
			}
		}
	}
	for _, n := range acknowledged {
		total += n
	}
	if total == 0 {
		t.Error("nothing was acknowledged, so nothing was tried")
	}
}

// TestADiskThatIgnoresSyncLosesWrites: the test above can fail.
func TestADiskThatIgnoresSyncLosesWrites(t *testing.T) {
	from := t.TempDir()
	closed(t, open(t, filepath.Join(from, "store"), bolt.Options{}))
	for range *powerCuts {
		acknowledged := make([]int, killedWriters)
		later := func(d *powercut.Disk) { d.CutAfter(200 + rand.IntN(200)) }
		disk := cutWhileWriting(t, powercut.Options{From: from, IgnoresSync: true}, later, acknowledged)
		for seed := range uint64(outcomes) {
			survivor := filepath.Join(t.TempDir(), "survivor")
			if err := disk.Survivor(survivor, seed); err != nil {
				t.Fatal(err)
			}
			if err := lost(filepath.Join(survivor, "store"), acknowledged); err != nil {
				t.Logf("noticed: %v", err)
				return
			}
		}
	}
	t.Error("nothing was lost on a disk that syncs nothing")
}

// TestAStoreIsMadeWholeOrNotAtAll: a power cut while a store is made leaves none, or
// one that can be used; one that was made stays.
func TestAStoreIsMadeWholeOrNotAtAll(t *testing.T) {
	made, missing := 0, 0
	for changes := 1; ; changes++ {
		mount := t.TempDir()
		disk, err := powercut.Mount(mount, powercut.Options{})
		if err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), madeStore+"="+filepath.Join(mount, "store"))
		child.Stderr = os.Stderr
		disk.CutAfter(changes)
		lines, err := disk.Run(child)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(outcomes) {
			survivor := filepath.Join(t.TempDir(), "survivor")
			if err := disk.Survivor(survivor, seed); err != nil {
				t.Fatal(err)
			}
			err := lost(filepath.Join(survivor, "store"), nil)
			if missed := errors.Is(err, fs.ErrNotExist); missed && len(lines) == 0 {
				missing++
			} else if err != nil {
				t.Errorf("cut after %d changes, %d lines: %v", changes, len(lines), err)
			} else {
				made++
			}
		}
		if err := disk.Close(); err != nil {
			t.Fatal(err)
		}
		if len(lines) > 0 {
			break
		}
	}
	if made == 0 || missing == 0 {
		t.Errorf("%d outcomes with a store, %d without", made, missing)
	}
}
