package daemon

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tumen/internal/disk"
)

// privateFolder makes a folder that only its owner may use, with the folders
// above it, and has the names of all that it made on disk. One that exists and
// that others may use is refused.
func privateFolder(path string) error {
	var above []string // folders in which a name is made
	for folder := filepath.Clean(path); ; folder = filepath.Dir(folder) {
		if found, err := disk.Exists(folder); err != nil {
			return err
		} else if found {
			break
		}
		above = append(above, filepath.Dir(folder))
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for _, folder := range above {
		if err := disk.SyncFolder(folder); err != nil {
			return err
		}
	}
	return checkPrivate(path, fs.ModeDir)
}

// checkPrivate refuses what is of another kind than expected (0 for a regular
// file), or may be used by others than its owner.
func checkPrivate(path string, kind fs.FileMode) error {
	return checkMode(path, kind, 0o077)
}

// checkMode refuses what is of another kind than expected, or has a permission that is
// forbidden.
func checkMode(path string, kind, forbidden fs.FileMode) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.Mode().Type() != kind:
		return fmt.Errorf("%s is of another kind than expected: %v", path, info.Mode())
	case info.Mode().Perm()&forbidden != 0:
		return fmt.Errorf("%s may be used by others than its owner (mode %04o): chmod go= %s", path, info.Mode().Perm(), path)
	}
	return nil
}

// writeNew writes a file of mode 0600 that isn't there yet: whole and on disk
// under another name before it gets its own. The error is fs.ErrExist if there
// is one, which stays as it is.
func writeNew(path string, content []byte) error {
	return write(path, content, os.Link)
}

// replace writes a file like writeNew, in the place of one that may be there.
func replace(path string, content []byte) error {
	return write(path, content, os.Rename)
}

func write(path string, content []byte, settle func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := disk.Fill(f, content); err != nil {
		return err
	}
	if err := settle(f.Name(), path); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(path))
}
