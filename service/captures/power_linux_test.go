package captures_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tumen/internal/powercut"
	"tumen/service/captures"
)

const (
	powerCuts = 8 // of each test
	outcomes  = 4 // of each cut that are looked at
)

// cutStore names, in the environment, the folder that this process stores captures
// in until it is killed.
const cutStore = "TUMEN_TEST_CUT_CAPTURES"

func TestMain(m *testing.M) {
	if dir := os.Getenv(cutStore); dir != "" {
		fmt.Fprintln(os.Stderr, putUntilKilled(dir))
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(os.Getenv(keysVariable)) // made for the tests
	os.Exit(code)
}

// putUntilKilled stores captures with many goroutines, now and then one that is
// there already, and says on standard output, one line each, what was stored. It
// returns only on an error.
func putUntilKilled(dir string) error {
	s, err := captures.Open(dir, keys)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for range 8 {
		go func() {
			for {
				content := bytes.Repeat([]byte{byte(rand.IntN(200))}, 1+rand.IntN(3)*7000)
				blob, err := s.Put(context.Background(), owner, bytes.NewReader(content), captures.Expectation{})
				if err == nil {
					_, err = fmt.Println(blob.SHA256, blob.Size)
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// cutWhilePutting has a child store captures, cuts the power and returns what the
// child had said was stored.
func cutWhilePutting(t *testing.T, o powercut.Options) (*powercut.Disk, []captures.Blob) {
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
	child.Env = append(os.Environ(), cutStore+"="+filepath.Join(mount, "captures"))
	child.Stderr = os.Stderr
	disk.CutAfter(50 + rand.IntN(600))
	lines, err := disk.Run(child)
	if err != nil {
		t.Fatal(err)
	}
	var stored []captures.Blob
	for _, line := range lines {
		var blob captures.Blob
		if _, err := fmt.Sscan(line, &blob.SHA256, &blob.Size); err != nil {
			t.Fatal(err)
		}
		stored = append(stored, blob)
	}
	return disk, stored
}

// lost says what a folder that survived a cut lacks, or how it is damaged.
func lost(dir string, stored []captures.Blob) error {
	s, err := captures.Open(dir, keys) // and removes what was being received
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	report, err := captures.Check(context.Background(), dir, keys, nil)
	if err != nil {
		return err
	}
	if problems := report.Problems(); len(problems) > 0 {
		return errors.New(problems[0])
	}
	for _, blob := range stored {
		if got := report.Contents[keys.Name(owner, blob.SHA256)]; got != blob {
			return fmt.Errorf("%v was stored, and is %v", blob, got)
		}
	}
	return nil
}

// TestStoredCapturesSurviveAPowerCut: whichever part of what was not synced is lost,
// a capture that was acknowledged is there, and under a final name there is none by
// half.
func TestStoredCapturesSurviveAPowerCut(t *testing.T) {
	tried := 0
	for range powerCuts {
		disk, stored := cutWhilePutting(t, powercut.Options{})
		tried += len(stored)
		seed := rand.Uint64()
		for range outcomes {
			seed++
			survivor := filepath.Join(t.TempDir(), "survivor")
			if err := disk.Survivor(survivor, seed); err != nil {
				t.Fatal(err)
			}
			if err := lost(filepath.Join(survivor, "captures"), stored); err != nil {
				t.Fatalf("outcome %d: %v", seed, err)
			}
		}
	}
	if tried == 0 {
		t.Error("nothing was acknowledged, so nothing was tried")
	}
}

// TestADiskThatIgnoresSyncLosesCaptures: the test above can fail.
func TestADiskThatIgnoresSyncLosesCaptures(t *testing.T) {
	for range powerCuts {
		disk, stored := cutWhilePutting(t, powercut.Options{IgnoresSync: true})
		for seed := range uint64(outcomes) {
			survivor := filepath.Join(t.TempDir(), "survivor")
			if err := disk.Survivor(survivor, seed); err != nil {
				t.Fatal(err)
			}
			if err := lost(filepath.Join(survivor, "captures"), stored); err != nil {
				t.Logf("noticed: %v", err)
				return
			}
		}
	}
	t.Error("nothing was lost on a disk that syncs nothing")
}
