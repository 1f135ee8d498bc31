package seal_test

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
	"time"

	"pgregory.net/rapid"

	"tumen/service/seal"
)

var made = time.Date(2026, 11, 26, 8, 30, 0, 0, time.UTC)

func newKeys(t testing.TB) (keys *seal.Keys, dir string, root seal.Root) {
	t.Helper()
	dir, root = filepath.Join(t.TempDir(), "keys"), newIdentityRoot(t)
	keys, err := seal.Create(context.Background(), dir, root, made)
	if err != nil {
		t.Fatal(err)
	}
	return keys, dir, root
}

func reopen(t testing.TB, dir string, root seal.Root) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(context.Background(), dir, root)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// permanentOf gives the permanent keys one after the other.
func permanentOf(k *seal.Keys) []byte {
	return bytes.Join([][]byte{k.IDKey(), k.IndexKey(), k.PageKey(), k.LedgerSeed(), k.CaptureKey()}, nil)
}

func TestKeysAreTheSameWhenTheFolderIsOpenedAgain(t *testing.T) {
	for name, roots := range everyRoot(t) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "office", "keys")
			keys, err := seal.Create(context.Background(), dir, roots[0], made)
			if err != nil {
				t.Fatal(err)
			}
			again := reopen(t, dir, roots[0])
			if all := permanentOf(again); !bytes.Equal(all, permanentOf(keys)) || len(all) != 5*seal.KeySize {
				t.Errorf("permanent keys: %x", all)
			}
			if keys.RowKey().Raw() != again.RowKey().Raw() {
				t.Error("another row key")
			}
			if got, want := again.Epoch().Status(), (seal.Status{Number: 1, Made: made}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			if _, err := seal.Open(context.Background(), dir, roots[1]); !errors.Is(err, seal.ErrWrongRoot) ||
				errors.Is(err, seal.ErrDamaged) || !strings.Contains(err.Error(), filepath.Join(dir, seal.PermanentFile)) {
				t.Errorf("another root key: %v", err)
			}
			checkModes(t, dir)
		})
	}
}

func checkModes(t testing.TB, dir string) {
	t.Helper()
	if mode := must(os.Stat(dir)).Mode().Perm(); mode != 0o700 {
		t.Errorf("the folder has mode %v", mode)
	}
	for _, name := range names(t, dir) {
		if mode := must(os.Stat(filepath.Join(dir, name))).Mode(); mode != 0o600 {
			t.Errorf("%s has mode %v", name, mode)
		}
	}
	if got := fmt.Sprint(names(t, dir)); got != "[epoch.age permanent.age]" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestEveryKeyIsAnother(t *testing.T) {
	keys, _, _ := newKeys(t)
	others, _, _ := newKeys(t)
	seen := map[string]bool{}
	for _, k := range []*seal.Keys{keys, others} {
		newest, _ := k.Epoch().Keys()
		rows, epochRows := k.RowKey().Raw(), newest.Rows.Raw()
		for _, key := range [][]byte{k.IDKey(), k.IndexKey(), k.PageKey(), k.LedgerSeed(), k.CaptureKey(), rows[:], newest.Index(), epochRows[:]} {
			seen[string(key)] = true
		}
	}
	if len(seen) != 16 {
		t.Errorf("16 keys, %d different", len(seen))
	}
}

func TestAKeyThatIsGivenIsACopy(t *testing.T) {
	keys, _, _ := newKeys(t)
	before := permanentOf(keys)
	clear(keys.IDKey())
	clear(keys.LedgerSeed())
	if !bytes.Equal(before, permanentOf(keys)) {
		t.Error("who clears a key clears everybody's")
	}
}

func TestTheRowKeyIsDerivedFromTheIndexKey(t *testing.T) {
	keys, _, _ := newKeys(t)
	want := hkdfByHand(keys.IndexKey(), nil, "tumen rows 1")
	if got := keys.RowKey().Raw(); !bytes.Equal(got[:], want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestKeysAreNeverMadeBesideOthers(t *testing.T) {
	for _, lost := range []string{"", seal.PermanentFile, seal.EpochFile} {
		t.Run("without "+lost, func(t *testing.T) {
			_, dir, root := newKeys(t)
			if lost != "" {
				os.Remove(filepath.Join(dir, lost))
			}
			before := contents(t, dir)
			if _, err := seal.Create(context.Background(), dir, root, made); !errors.Is(err, fs.ErrExist) {
				t.Errorf("made anew: %v", err)
			}
			_, err := seal.Open(context.Background(), dir, root)
			if lost != "" && (!errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, lost))) {
				t.Errorf("opened: %v", err)
			}
			if after := contents(t, dir); before != after {
				t.Errorf("the folder changed")
			}
		})
	}
}

// contents gives everything in a folder, to compare.
func contents(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range names(t, dir) {
		fmt.Fprintf(&all, "%s %x\n", name, must(os.ReadFile(filepath.Join(dir, name))))
	}
	return all.String()
}

func TestAKeysFolderThatOthersMayUseIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name string // in the folder, "" for the folder itself
		mode fs.FileMode
	}{{"", 0o750}, {"", 0o701}, {seal.PermanentFile, 0o640}, {seal.EpochFile, 0o602}} {
		t.Run(fmt.Sprintf("%s %o", tc.name, tc.mode), func(t *testing.T) {
			_, dir, root := newKeys(t)
			path := filepath.Join(dir, tc.name)
			if err := os.Chmod(path, tc.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := seal.Open(context.Background(), dir, root); err == nil || !strings.Contains(err.Error(), "chmod go= "+path) {
				t.Errorf("opened: %v", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "keys")
	if _, err := seal.Open(context.Background(), missing, newIdentityRoot(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	file := write(t, "keys", "", 0o600)
	if _, err := seal.Open(context.Background(), file, newIdentityRoot(t)); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("a file: %v", err)
	}
}

func TestADamagedKeyFileIsToldFromAnotherRootKey(t *testing.T) {
	for name, roots := range everyRoot(t) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keys")
			must(seal.Create(context.Background(), dir, roots[0], made))
			rapid.Check(t, func(t *rapid.T) {
				path := filepath.Join(dir, rapid.SampledFrom([]string{seal.PermanentFile, seal.EpochFile}).Draw(t, "file"))
				sound := must(os.ReadFile(path))
				defer os.WriteFile(path, sound, 0o600)
				os.WriteFile(path, flipped(sound, rapid.IntRange(0, 8*len(sound)-1).Draw(t, "bit")), 0o600)
				_, err := seal.Open(context.Background(), dir, roots[0])
				if !errors.Is(err, seal.ErrDamaged) || errors.Is(err, seal.ErrWrongRoot) || !strings.Contains(err.Error(), path) {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestSwappedKeyFilesAreRefused(t *testing.T) {
	_, dir, root := newKeys(t)
	permanent, epoch := filepath.Join(dir, seal.PermanentFile), filepath.Join(dir, seal.EpochFile)
	if err := errors.Join(os.Rename(permanent, epoch+"x"), os.Rename(epoch, permanent), os.Rename(epoch+"x", epoch)); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(context.Background(), dir, root); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("opened: %v", err)
	}
}

func TestMakingKeysMayStopAnywhere(t *testing.T) {
	for _, step := range seal.CreateSteps {
		t.Run(step, func(t *testing.T) {
			dir, root := filepath.Join(t.TempDir(), "keys"), newIdentityRoot(t)
			if _, err := seal.CreateStopping(dir, root, made, step); !errors.Is(err, seal.ErrStopped) {
				t.Fatal(err)
			}
			keys, err := seal.Open(context.Background(), dir, root)
			if errors.Is(err, fs.ErrNotExist) {
				// Nothing has a final name, so nothing can be in use.
				if keys, err = seal.Create(context.Background(), dir, root, made); err != nil {
					t.Fatal(err)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if _, err := seal.Create(context.Background(), dir, root, made); !errors.Is(err, fs.ErrExist) {
				t.Errorf("made anew: %v", err)
			}
			checkModes(t, dir)
			if !bytes.Equal(permanentOf(keys), permanentOf(reopen(t, dir, root))) {
				t.Error("other keys")
			}
		})
	}
}
