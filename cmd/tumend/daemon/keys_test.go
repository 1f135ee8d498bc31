package daemon

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tumen/internal/disk"
	"tumen/service/seal"
)

func keysIn(t *testing.T) *Settings {
	t.Helper()
	s := &Settings{DataDir: t.TempDir(), KeysDir: folder(t)}
	if err := makeKeys(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKeysAreMadeOnceAndReadBack(t *testing.T) {
	s := keysIn(t)
	keys, err := loadKeys(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(keys.IDKey(), keys.IndexKey()) || bytes.Equal(keys.IndexKey(), keys.PageKey()) || bytes.Equal(keys.PageKey(), keys.LedgerSeed()) || len(keys.IDKey()) != seal.KeySize {
		t.Error("not keys of their own")
	}
	before := readFiles(t, s.KeysDir)
	if err := makeKeys(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, readFiles(t, s.KeysDir)) {
		t.Error("keys were overwritten")
	}
	for _, name := range []string{rootName, seal.PermanentFile, seal.EpochFile} {
		if err := checkPrivate(filepath.Join(s.KeysDir, name), 0); err != nil {
			t.Error(err)
		}
	}
}

// TestKeysThatWereBrokenOffAreCompleted: whoever was ended while making them finds
// both files afterwards, and the same keys.
func TestKeysThatWereBrokenOffAreCompleted(t *testing.T) {
	s := keysIn(t)
	before, err := loadKeys(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	permanent, epoch := filepath.Join(s.KeysDir, seal.PermanentFile), filepath.Join(s.KeysDir, seal.EpochFile)
	// Both were staged, and the first has just got its name.
	if err := errors.Join(os.Link(permanent, permanent+".new"), os.Rename(epoch, epoch+".new")); err != nil {
		t.Fatal(err)
	}
	if err := makeKeys(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	after, err := loadKeys(t.Context(), s)
	if err != nil || !bytes.Equal(before.IDKey(), after.IDKey()) || before.Epoch().Status() != after.Epoch().Status() {
		t.Errorf("not the keys that were begun: %v", err)
	}
}

// TestTheRootKeyMayLieElsewhere: as an age identity or as a passphrase; then none is
// made beside the keys.
func TestTheRootKeyMayLieElsewhere(t *testing.T) {
	made := filepath.Join(t.TempDir(), "identity")
	if _, err := seal.MakeIdentityFile(made); err != nil {
		t.Fatal(err)
	}
	identity, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		set     func(s *Settings, path string)
	}{
		"an identity":  {"# from the service manager\n" + string(identity), func(s *Settings, path string) { s.RootKeyFile = path }},
		"a passphrase": {"seven words that nobody else will guess\n", func(s *Settings, path string) { s.RootPassphraseFile = path }},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "credential")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			s := &Settings{DataDir: t.TempDir(), KeysDir: folder(t)}
			c.set(s, path)
			if err := makeKeys(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if _, err := loadKeys(t.Context(), s); err != nil {
				t.Error(err)
			}
			if found, err := disk.Exists(filepath.Join(s.KeysDir, rootName)); found || err != nil {
				t.Error("a root key was made beside the keys", err)
			}
			s.RootKeyFile, s.RootPassphraseFile = "", ""
			if _, err := loadKeys(t.Context(), s); err == nil || !strings.Contains(err.Error(), rootName+" is missing") {
				t.Errorf("without it: %v", err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			c.set(s, path)
			if err := makeKeys(t.Context(), s); err == nil || !strings.Contains(err.Error(), path+" is missing") {
				t.Errorf("a root key is made where none was asked for: %v", err)
			}
		})
	}
}

func TestEachKeyIsNeededAndWhole(t *testing.T) {
	for _, name := range []string{rootName, seal.PermanentFile, seal.EpochFile} {
		for what, spoil := range map[string]func(path string) error{
			"missing":     os.Remove,
			"cut short":   func(path string) error { return os.Truncate(path, 40) },
			"exposed":     func(path string) error { return os.Chmod(path, 0o640) },
			"a directory": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				s := keysIn(t)
				if err := spoil(filepath.Join(s.KeysDir, name)); err != nil {
					t.Fatal(err)
				}
				if _, err := loadKeys(t.Context(), s); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestWritingLeavesWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := writeNew(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "first" {
		t.Errorf("it holds %q", b)
	}
	if err := replace(path, []byte("third")); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "third" {
		t.Errorf("it holds %q", b)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("beside it: %v", left)
	}
	if err := checkPrivate(path, 0); err != nil {
		t.Error(err)
	}
}
