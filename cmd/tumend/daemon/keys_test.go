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
)

func TestKeysAreMadeOnceAndReadBack(t *testing.T) {
	dir := t.TempDir()
	if err := makeKeys(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := loadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(keys.ID, keys.Index) || bytes.Equal(keys.Index, keys.Seal) || len(keys.ID) != keySize {
		t.Error("not three keys of their own")
	}
	before := readFiles(t, dir)
	if err := makeKeys(dir); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, readFiles(t, dir)) {
		t.Error("keys were overwritten")
	}
	for _, name := range []string{"id.key", "index.key", "seal.key"} {
		if err := checkPrivate(filepath.Join(dir, name), 0); err != nil {
			t.Error(err)
		}
	}
}

func TestEachKeyIsNeededAndWhole(t *testing.T) {
	for _, name := range []string{"id.key", "index.key", "seal.key"} {
		for what, spoil := range map[string]func(path string) error{
			"missing":     os.Remove,
			"cut short":   func(path string) error { return os.Truncate(path, keySize-1) },
			"exposed":     func(path string) error { return os.Chmod(path, 0o640) },
			"a directory": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				dir := t.TempDir()
				if err := makeKeys(dir); err != nil {
					t.Fatal(err)
				}
				if err := spoil(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
				if _, err := loadKeys(dir); err == nil || !strings.Contains(err.Error(), name) {
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
