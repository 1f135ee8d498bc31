package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tumen/internal/disk"
	"tumen/service/seal"
)

// rootName is the file of the root key in the keys folder, an age identity; with
// root_key_file or root_passphrase_file there is none. The other files there are
// those of package seal and of the certificate authority.
const rootName = "root.key"

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

// makeKeys makes the keys of a store that is yet to be made, and takes those that
// are there. A root key is made only where nothing has been wrapped yet.
func makeKeys(ctx context.Context, s *Settings) error {
	wrapped, err := disk.Exists(filepath.Join(s.KeysDir, seal.PermanentFile))
	if err != nil {
		return err
	}
	if wrapped {
		if err := checkPrivate(s.KeysDir, fs.ModeDir); err != nil {
			return err
		}
		_, err := loadKeys(ctx, s)
		return err
	}
	root, err := makeRoot(s)
	if err != nil {
		return err
	}
	_, err = seal.Create(ctx, s.KeysDir, root, time.Now())
	return err
}

// makeRoot reads the root key, and makes one where none is named.
func makeRoot(s *Settings) (seal.Root, error) {
	if s.RootPassphraseFile == "" && s.RootKeyFile == "" {
		if _, err := seal.MakeIdentityFile(s.rootFile()); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	if err := checkPrivate(s.KeysDir, fs.ModeDir); err != nil {
		return nil, err
	}
	return loadRoot(s)
}

// loadRoot reads the root key.
func loadRoot(s *Settings) (seal.Root, error) {
	path := s.rootFile()
	var root seal.Root
	var err error
	switch {
	case s.RootPassphraseFile != "":
		var words []byte
		if words, err = readHanded(path); err == nil {
			root, err = seal.Passphrase(strings.TrimRight(string(words), "\r\n"), 0)
		}
	case s.RootKeyFile != "":
		root, err = seal.HandedFile(path)
	default:
		root, err = seal.IdentityFile(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the root key %s is missing: the store can't be read without it; put it back, or say with --root-key-file or --root-passphrase-file where it is; nothing was changed", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, unreadable("the root key "+path, err)
	case err != nil:
		return nil, err
	}
	return root, nil
}

// elsewhere ends what is said of keys that are not where they were looked for.
const elsewhere = "or say with --keys-dir where %s; nothing was changed"

// findKeys reads the keys of a store that is there. It makes nothing: other keys
// in their place would only hide that the right ones are missing.
func findKeys(ctx context.Context, s *Settings) (*seal.Keys, error) {
	if err := checkKeysFolder(s.KeysDir); err != nil {
		return nil, err
	}
	return loadKeys(ctx, s)
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
	for _, name := range []string{rootName, seal.PermanentFile, seal.EpochFile} {
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
func loadKeys(ctx context.Context, s *Settings) (*seal.Keys, error) {
	root, err := loadRoot(s)
	if err != nil {
		return nil, err
	}
	keys, err := seal.Open(ctx, s.KeysDir, root)
	var at *fs.PathError
	switch {
	case errors.As(err, &at) && errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the key %s is missing: the store can't be read without it; put it back, "+elsewhere, at.Path, "it is")
	case errors.As(err, &at) && errors.Is(err, fs.ErrPermission):
		return nil, unreadable("the key "+at.Path, err)
	case err != nil:
		return nil, fmt.Errorf("%w (--keys-dir says where the keys are, --root-key-file or --root-passphrase-file where the root key is)", err)
	}
	return keys, nil
}

// readHanded reads a secret that the service manager may have handed over: systemd's
// credentials show as readable by a group where they are opened by an access list.
func readHanded(path string) ([]byte, error) {
	if err := checkMode(path, 0, 0o037); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// readSecret reads a file that only its owner may read.
func readSecret(path string) ([]byte, error) {
	if err := checkPrivate(path, 0); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
