package daemon

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// keySize is the length of each key, in bytes.
const keySize = 32

// Keys are what the store can't be read without. Each is a file of 32 random
// bytes, mode 0600, in the keys folder; none is ever changed or overwritten.
type Keys struct {
	ID    []byte // id.key: encrypts the ids in names
	Index []byte // index.key: blinds index terms
	Seal  []byte // seal.key: etags and page tokens
}

// files pairs the names of the key files with the keys.
func (k *Keys) files() []keyFile {
	return []keyFile{{"id.key", &k.ID}, {"index.key", &k.Index}, {"seal.key", &k.Seal}}
}

type keyFile struct {
	name string
	key  *[]byte
}

// makeKeys makes the keys that are missing, for a store that is yet to be made.
func makeKeys(dir string) error {
	for _, f := range new(Keys).files() {
		key := make([]byte, keySize)
		rand.Read(key)
		if err := writeNew(filepath.Join(dir, f.name), key); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making %s: %w", f.name, err)
		}
	}
	return nil
}

// elsewhere ends what is said of keys that are not where they were looked for.
const elsewhere = "or say with --keys-dir where %s; nothing was changed"

// findKeys reads the keys of a store that is there. It makes nothing: other keys
// in their place would only hide that the right ones are missing.
func findKeys(dir string) (*Keys, error) {
	if err := checkKeysFolder(dir); err != nil {
		return nil, err
	}
	return loadKeys(dir)
}

// checkKeysFolder says what is wrong with the folder itself.
func checkKeysFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no keys folder %s: put it back, "+elsewhere, dir, "it is")
	case err != nil:
		return fmt.Errorf("the keys folder %s can't be looked at: %w", dir, err)
	case !info.IsDir():
		return fmt.Errorf("%s is no folder: --keys-dir names the folder that holds the keys; nothing was changed", dir)
	}
	if err := checkPrivate(dir, fs.ModeDir); err != nil {
		return err
	}
	// Only looking into it tells a missing key from one that is out of reach.
	entries, err := os.ReadDir(dir)
	if err != nil {
		return unreadable("the keys folder "+dir, err)
	}
	for _, f := range new(Keys).files() {
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == f.name }) {
			return nil
		}
	}
	return fmt.Errorf("the keys folder %s holds none of id.key, index.key and seal.key: put the keys of this store there, "+elsewhere, dir, "they are")
}

// unreadable says of a folder or file that is there that this process can't
// read it.
func unreadable(what string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the path is in what
	}
	return fmt.Errorf("%s can't be read: %w; run tumend as the user who owns it (it runs as user %d); nothing was changed", what, err, os.Geteuid())
}

// loadKeys reads the keys. A missing one is an error that names its file:
// another key in its place would make the store unreadable.
func loadKeys(dir string) (*Keys, error) {
	keys := new(Keys)
	for _, f := range keys.files() {
		path := filepath.Join(dir, f.name)
		key, err := readSecret(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("the key %s is missing: the store can't be read without it; put it back, "+elsewhere, path, "it is")
		case errors.Is(err, fs.ErrPermission):
			return nil, unreadable("the key "+path, err)
		case err != nil:
			return nil, err
		case len(key) != keySize:
			return nil, fmt.Errorf("the key %s has %d bytes, not %d: it is damaged or something else; put the right one there, "+elsewhere, path, len(key), keySize, "it is")
		}
		*f.key = key
	}
	return keys, nil
}

// readSecret reads a file that only its owner may read.
func readSecret(path string) ([]byte, error) {
	if err := checkPrivate(path, 0); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
