package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tumen/service/records"
	"tumen/service/seal"
)

// The files of the keys folder, each mode 0600. None is ever overwritten.
const (
	rootName      = "root.key"      // an age identity; with root_key_file or root_passphrase_file there is none
	permanentName = "permanent.age" // wrapped by the root key: what is never renewed
	epochName     = "epoch.age"     // wrapped by the root key: what wraps the keys of records
)

// Keys are what the store can't be read without.
type Keys struct {
	*seal.Permanent
	Epoch *seal.Epoch
	Row   *seal.DataKey // seals rows that belong to no record
}

// options is how records are opened with the keys.
func (k *Keys) options(demo bool) records.Options {
	return records.Options{IDKey: k.ID, IndexKey: k.Index, RowKey: k.Row, Epoch: k.Epoch, Ledger: k.Ledger, Demo: demo}
}

// rootFile is where the root key is.
func (s *Settings) rootFile() string {
	switch {
	case s.RootPassphraseFile != "":
		return s.RootPassphraseFile
	case s.RootKeyFile != "":
		return s.RootKeyFile
	}
	return filepath.Join(s.KeysDir, rootName)
}

// ownRoot says whether the root key lies in the keys folder and was made there.
func (s *Settings) ownRoot() bool { return s.RootPassphraseFile == "" && s.RootKeyFile == "" }

// makeKeys makes the keys that are missing, for a store that is yet to be made. A
// root key is made only where nothing has been wrapped yet.
func makeKeys(s *Settings) error {
	permanent, epoch := filepath.Join(s.KeysDir, permanentName), filepath.Join(s.KeysDir, epochName)
	if s.ownRoot() {
		wrapped, err := exists(permanent)
		if err != nil {
			return err
		}
		if !wrapped {
			identity, err := seal.NewIdentity()
			if err != nil {
				return err
			}
			if err := makeKey(s.rootFile(), identity); err != nil {
				return err
			}
		}
	}
	root, err := loadRoot(s)
	if err != nil {
		return err
	}
	made, err := seal.NewEpoch()
	if err != nil {
		return err
	}
	keyset, err := made.Marshal()
	if err != nil {
		return err
	}
	for path, key := range map[string][]byte{permanent: seal.NewPermanent().Marshal(), epoch: keyset} {
		wrapped, err := root.Wrap(filepath.Base(path), key)
		if err != nil {
			return err
		}
		if err := makeKey(path, wrapped); err != nil {
			return err
		}
	}
	return nil
}

// makeKey writes a file of the keys folder unless there is one.
func makeKey(path string, content []byte) error {
	if err := writeNew(path, content); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making %s: %w", filepath.Base(path), err)
	}
	return nil
}

// loadRoot reads the root key.
func loadRoot(s *Settings) (seal.Root, error) {
	path := s.rootFile()
	text, err := readKey("the root key", path)
	if err != nil {
		return nil, err
	}
	var root seal.Root
	if s.RootPassphraseFile != "" {
		root, err = seal.PassphraseRoot(strings.TrimRight(string(text), "\r\n"), 0)
	} else {
		root, err = seal.IdentityRoot(text)
	}
	if err != nil {
		return nil, fmt.Errorf("the root key %s can't be used: %w; nothing was changed", path, err)
	}
	return root, nil
}

// elsewhere ends what is said of keys that are not where they were looked for.
const elsewhere = "or say with --keys-dir where %s; nothing was changed"

// findKeys reads the keys of a store that is there. It makes nothing: other keys
// in their place would only hide that the right ones are missing.
func findKeys(s *Settings) (*Keys, error) {
	if err := checkKeysFolder(s.KeysDir); err != nil {
		return nil, err
	}
	return loadKeys(s)
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
	for _, name := range []string{rootName, permanentName, epochName} {
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
			return nil
		}
	}
	return fmt.Errorf("the keys folder %s holds none of root.key, permanent.age and epoch.age: put the keys of this store there, "+elsewhere, dir, "they are")
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

// loadKeys reads the keys. A missing one is an error that names its file: another
// key in its place would make the store unreadable.
func loadKeys(s *Settings) (*Keys, error) {
	root, err := loadRoot(s)
	if err != nil {
		return nil, err
	}
	keys := new(Keys)
	permanent, err := unwrapKey(s, root, permanentName)
	if err != nil {
		return nil, err
	}
	if keys.Permanent, err = seal.ParsePermanent(permanent); err != nil {
		return nil, damagedKey(s, permanentName)
	}
	epoch, err := unwrapKey(s, root, epochName)
	if err != nil {
		return nil, err
	}
	if keys.Epoch, err = seal.ParseEpoch(epoch); err != nil {
		return nil, damagedKey(s, epochName)
	}
	keys.Row, err = keys.RowKey()
	return keys, err
}

// unwrapKey opens a file that the root key has wrapped.
func unwrapKey(s *Settings, root seal.Root, name string) ([]byte, error) {
	path := filepath.Join(s.KeysDir, name)
	wrapped, err := readKey("the key", path)
	if err != nil {
		return nil, err
	}
	key, err := root.Unwrap(name, wrapped)
	switch {
	case errors.Is(err, seal.ErrWrongRoot):
		return nil, fmt.Errorf("the root key %s is not the one that %s was wrapped with: put the right one there, or say with --root-key-file or --root-passphrase-file where it is; nothing was changed", s.rootFile(), path)
	case err != nil:
		return nil, damagedKey(s, name)
	}
	return key, nil
}

func damagedKey(s *Settings, name string) error {
	return fmt.Errorf("the key %s is damaged or something else: put the right one there, "+elsewhere, filepath.Join(s.KeysDir, name), "it is")
}

// readKey reads a file that the store can't be read without.
func readKey(what, path string) ([]byte, error) {
	key, err := readSecret(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s %s is missing: the store can't be read without it; put it back, "+elsewhere, what, path, "it is")
	case errors.Is(err, fs.ErrPermission):
		return nil, unreadable(what+" "+path, err)
	}
	return key, err
}

// readSecret reads a file that only its owner may read.
func readSecret(path string) ([]byte, error) {
	if err := checkPrivate(path, 0); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
