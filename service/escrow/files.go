package escrow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tumen/internal/disk"
	"tumen/service/seal"
)

// File is the name of the file with a share, by its index from 1.
func (s *Set) File(index int) string {
	return fmt.Sprintf("epoch-%d-%s-%d-%s.age", s.Epoch, s.ID, index, s.Custodians[index-1].Name)
}

// staged is where the files of the set lie until all of them are there.
func (s *Set) staged() string {
	return filepath.Join(filepath.Dir(s.Folder), fmt.Sprintf(".%s.%s.new", filepath.Base(s.Folder), s.ID))
}

// stage writes the files, to disk, beside the folder that they will be in.
func (s *Set) stage(shares [][]byte) error {
	if err := vacant(s.Folder); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.Folder), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(s.staged(), 0o700); err != nil {
		return err
	}
	for i, share := range shares {
		if err := write(filepath.Join(s.staged(), s.File(i+1)), share); err != nil {
			return err
		}
	}
	return errors.Join(disk.SyncFolder(s.staged()), disk.SyncFolder(filepath.Dir(s.Folder)))
}

// place gives the folder its name.
func (s *Set) place() error {
	if err := vacant(s.Folder); err != nil {
		return err
	}
	if err := os.Remove(s.Folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(s.staged(), s.Folder); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(s.Folder))
}

func (s *Set) discard() error { return os.RemoveAll(s.staged()) }

// complete decides about a set whose writing was cut short, and clears what it
// left. If its files are still staged, nobody was given any. If they are in their
// folder, it is the current set. If they are neither here nor there, somebody may
// have taken them along: then nobody relies on them, but they count as given.
func (b *Book) complete(locked *seal.Locked) error {
	set := b.pending
	if set == nil {
		return nil
	}
	waiting, err := disk.Exists(set.staged())
	if err != nil {
		return err
	}
	placed, err := disk.Exists(filepath.Join(set.Folder, set.File(1)))
	switch {
	case err != nil:
		return err
	case waiting:
		b.pending = nil
	case placed:
		b.supersede(set)
	default:
		b.Superseded, b.pending = append(b.Superseded, *set), nil
	}
	if err := b.put(locked); err != nil {
		return err
	}
	return set.discard()
}

// vacant refuses a folder that has anything in it.
func vacant(folder string) error {
	entries, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s has something in it: shares are written into a new folder, or an empty one: %w", folder, fs.ErrExist)
	}
	return nil
}

// write writes a file that isn't there yet, to disk.
func write(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return disk.Fill(f, content)
}
