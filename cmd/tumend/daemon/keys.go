package daemon

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// loadKeys reads the keys. A missing one is an error that names its file:
// another key in its place would make the store unreadable.
func loadKeys(dir string) (*Keys, error) {
	keys := new(Keys)
	for _, f := range keys.files() {
		path := filepath.Join(dir, f.name)
		key, err := readSecret(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the key %s is missing: the store can't be read without it; put it back, or say with --keys-dir where it is; nothing was changed", path)
		}
		if err != nil {
			return nil, err
		}
		if len(key) != keySize {
			return nil, fmt.Errorf("the key %s has %d bytes, not %d: it is damaged or something else; nothing was changed", path, len(key), keySize)
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
