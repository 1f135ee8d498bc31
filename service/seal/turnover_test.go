package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tumen/service/seal"
)

func TestAWrappedKeyOpensForItsOwnerOnly(t *testing.T) {
	keys, _, _ := newKeys(t)
	stranger, _, _ := newKeys(t)
	rapid.Check(t, func(t *rapid.T) {
		key := seal.NewDataKey()
		owner := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "owner")
		wrapped := must(keys.Epoch().Wrap(key, owner))
		if len(wrapped) != seal.WrappedSize {
			t.Fatalf("%d bytes", len(wrapped))
		}
		if got, err := keys.Epoch().Unwrap(wrapped, owner); err != nil || got.Raw() != key.Raw() {
			t.Fatal(err)
		}
		bit := rapid.IntRange(0, 8*len(wrapped)-1).Draw(t, "bit")
		ownerBit := rapid.IntRange(0, 8*len(owner)-1).Draw(t, "bit of owner")
		for name, unwrap := range map[string]func() (*seal.DataKey, error){
			"a flipped bit": func() (*seal.DataKey, error) { return keys.Epoch().Unwrap(flipped(wrapped, bit), owner) },
			"another owner": func() (*seal.DataKey, error) { return keys.Epoch().Unwrap(wrapped, flipped(owner, ownerBit)) },
			"other keys":    func() (*seal.DataKey, error) { return stranger.Epoch().Unwrap(wrapped, owner) },
			"cut":           func() (*seal.DataKey, error) { return keys.Epoch().Unwrap(wrapped[:bit/8], owner) },
		} {
			if got, err := unwrap(); err != seal.ErrSealed || got != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func TestATurnoverDestroysWhatWasNotRewrapped(t *testing.T) {
	ctx, owner := context.Background(), []byte("a record")
	keys, dir, root := newKeys(t)
	epoch := keys.Epoch()
	survivor, erased := seal.NewDataKey(), seal.NewDataKey()
	old, forgotten := must(epoch.Wrap(survivor, owner)), must(epoch.Wrap(erased, owner))
	firstKeys, before := epoch.Keys()
	if before != nil || !epoch.Current(old) {
		t.Fatal("a turnover before the first")
	}
	if err := epoch.Begin(ctx, made.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, want := epoch.Status(), (seal.Status{Number: 2, Made: made.Add(time.Hour), Turnover: true}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	newestKeys, before := epoch.Keys()
	if before == nil || !bytes.Equal(before.Index(), firstKeys.Index()) || bytes.Equal(newestKeys.Index(), firstKeys.Index()) {
		t.Error("the index keys of the epochs")
	}
	if epoch.Current(old) {
		t.Error("wrapped before, and current")
	}
	rewrapped, err := epoch.Rewrap(old, owner)
	if err != nil || !epoch.Current(rewrapped) {
		t.Fatal(err)
	}
	if again := must(epoch.Rewrap(rewrapped, owner)); !bytes.Equal(again, rewrapped) {
		t.Error("rewrapped twice")
	}
	if _, err := epoch.Rewrap(old, []byte("another")); err != seal.ErrSealed {
		t.Errorf("rewrapped for another owner: %v", err)
	}
	stale := must(os.ReadFile(filepath.Join(dir, seal.EpochFile)))
	if err := epoch.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]*seal.Keys{"in memory": keys, "opened again": reopen(t, dir, root)} {
		epoch := keys.Epoch()
		if got, want := epoch.Status(), (seal.Status{Number: 2, Made: made.Add(time.Hour)}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if got, err := epoch.Unwrap(rewrapped, owner); err != nil || got.Raw() != survivor.Raw() {
			t.Errorf("%s: the survivor: %v", name, err)
		}
		for _, gone := range [][]byte{old, forgotten} {
			if _, err := epoch.Unwrap(gone, owner); err != seal.ErrSealed {
				t.Errorf("%s: the old key opens: %v", name, err)
			}
		}
		if newest, before := epoch.Keys(); before != nil || !bytes.Equal(newest.Index(), newestKeys.Index()) {
			t.Errorf("%s: the index key", name)
		}
	}
	checkModes(t, dir)
	if bytes.Equal(stale, must(os.ReadFile(filepath.Join(dir, seal.EpochFile)))) {
		t.Error("the file is the same")
	}
}

func TestATurnoverBeginsAndFinishesOnce(t *testing.T) {
	ctx := context.Background()
	keys, dir, _ := newKeys(t)
	epoch := keys.Epoch()
	for _, step := range []struct {
		name string
		do   func() error
		want error
	}{
		{"finished before it began", func() error { return epoch.Finish(ctx) }, seal.ErrNoTurnover},
		{"begun", func() error { return epoch.Begin(ctx, made) }, nil},
		{"begun again", func() error { return epoch.Begin(ctx, made) }, seal.ErrTurnover},
		{"finished", func() error { return epoch.Finish(ctx) }, nil},
		{"finished again", func() error { return epoch.Finish(ctx) }, seal.ErrNoTurnover},
	} {
		before := contents(t, dir)
		if err := step.do(); !errors.Is(err, step.want) {
			t.Errorf("%s: %v", step.name, err)
		}
		if changed := contents(t, dir) != before; changed != (step.want == nil) {
			t.Errorf("%s: the folder changed: %v", step.name, changed)
		}
	}
}

func TestATurnoverMayStopAnywhere(t *testing.T) {
	ctx, owner := context.Background(), []byte("a record")
	for _, change := range []string{"begin", "finish"} {
		for _, step := range seal.ReplaceSteps {
			t.Run(change+" "+step, func(t *testing.T) {
				keys, dir, root := newKeys(t)
				key := seal.NewDataKey()
				wrapped := must(keys.Epoch().Wrap(key, owner))
				run := func(e *seal.Epoch) error { return e.Begin(ctx, made) }
				if change == "finish" {
					if err := keys.Epoch().Begin(ctx, made); err != nil {
						t.Fatal(err)
					}
					wrapped = must(keys.Epoch().Rewrap(wrapped, owner))
					run = func(e *seal.Epoch) error { return e.Finish(ctx) }
				}
				before := keys.Epoch().Status()
				old := must(os.Open(filepath.Join(dir, seal.EpochFile)))
				defer old.Close()
				keys.StopAfter(func(done string) error {
					if done == step {
						return seal.ErrStopped
					}
					return nil
				})
				if err := run(keys.Epoch()); !errors.Is(err, seal.ErrStopped) {
					t.Fatal(err)
				}
				inMemory := keys.Epoch().Status()
				keys = reopen(t, dir, root)
				checkModes(t, dir)
				status := keys.Epoch().Status()
				if status != inMemory {
					t.Errorf("on disk %+v, in memory %+v", status, inMemory)
				}
				if status == before { // it hadn't happened: it can now
					if err := run(keys.Epoch()); err != nil {
						t.Fatal(err)
					}
				}
				want := seal.Status{Number: 2, Made: made, Turnover: change == "begin"}
				if got := reopen(t, dir, root).Epoch().Status(); got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
				if got, err := keys.Epoch().Unwrap(wrapped, owner); err != nil || got.Raw() != key.Raw() {
					t.Errorf("the key: %v", err)
				}
				checkOverwritten(t, old)
			})
		}
	}
}

// checkOverwritten looks at a file by a handle that outlived its names.
func checkOverwritten(t *testing.T, old *os.File) {
	t.Helper()
	content := make([]byte, 64)
	if _, err := old.ReadAt(content, 0); err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(content, []byte("age-encryption.org")) {
		t.Error("the old file was not overwritten")
	}
}

func TestAChangeThatWasCutShortIsClearedByTheNext(t *testing.T) {
	ctx := context.Background()
	for _, step := range seal.ReplaceSteps {
		t.Run(step, func(t *testing.T) {
			keys, dir, root := newKeys(t)
			keys.StopAfter(func(done string) error {
				if done == step {
					return seal.ErrStopped
				}
				return nil
			})
			if err := keys.Epoch().Begin(ctx, made); !errors.Is(err, seal.ErrStopped) {
				t.Fatal(err)
			}
			keys.StopAfter(nil)
			if err := keys.Epoch().Begin(ctx, made); err != nil && !errors.Is(err, seal.ErrTurnover) {
				t.Fatal(err)
			}
			checkModes(t, dir)
			if err := keys.Epoch().Finish(ctx); err != nil {
				t.Fatal(err)
			}
			if got := reopen(t, dir, root).Epoch().Status(); got != keys.Epoch().Status() {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTwoProcessesDontTurnTheSameFolderOver(t *testing.T) {
	ctx := context.Background()
	keys, dir, root := newKeys(t)
	other := reopen(t, dir, root)
	if err := other.Epoch().Begin(ctx, made); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	if err := keys.Epoch().Begin(ctx, made); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("begun: %v", err)
	}
	if contents(t, dir) != before {
		t.Error("the folder changed")
	}
}

func TestKeysAreWrappedWhileTheEpochTurnsOver(t *testing.T) {
	ctx := context.Background()
	keys, _, _ := newKeys(t)
	epoch := keys.Epoch()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			owner := fmt.Append(nil, i)
			key := seal.NewDataKey()
			wrapped := must(epoch.Wrap(key, owner))
			for range 200 {
				// As in a store: what is read is rewrapped before it can be lost.
				again, err := epoch.Rewrap(wrapped, owner)
				if err != nil {
					return // two turnovers went by; nothing promised that it survives
				}
				if wrapped = again; len(wrapped) != seal.WrappedSize {
					t.Errorf("%d bytes", len(wrapped))
				}
				epoch.Keys()
				epoch.Status()
			}
		})
	}
	for range 5 {
		if err := errors.Join(epoch.Begin(ctx, made), epoch.Finish(ctx)); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
	if got := epoch.Status().Number; got != 6 {
		t.Errorf("epoch %d", got)
	}
}

func FuzzParseEpoch(f *testing.F) {
	keys, _, _ := newKeys(f)
	f.Add(keys.EncodedEpoch())
	if err := keys.Epoch().Begin(context.Background(), made); err != nil {
		f.Fatal(err)
	}
	f.Add(keys.EncodedEpoch())
	f.Add([]byte{1, 1})
	f.Fuzz(func(t *testing.T, encoded []byte) {
		again, status, err := seal.ReencodeEpoch(encoded)
		if err != nil {
			if !errors.Is(err, seal.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		twice, statusTwice, err := seal.ReencodeEpoch(again)
		if err != nil || !bytes.Equal(again, twice) || status != statusTwice {
			t.Fatalf("%x is read as %x, then as %x: %v", encoded, again, twice, err)
		}
	})
}

func BenchmarkRewrap(b *testing.B) {
	keys, _, _ := newKeys(b)
	owner := []byte("a record with a name of its own")
	wrapped := must(keys.Epoch().Wrap(seal.NewDataKey(), owner))
	if err := keys.Epoch().Begin(context.Background(), made); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.Epoch().Rewrap(wrapped, owner); err != nil {
			b.Fatal(err)
		}
	}
}
