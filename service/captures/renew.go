package captures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"tumen/service/seal"
)

// Renew wraps the key of every content under the newest epoch, file by file; what
// was done before is not done again, so that one that was broken off is simply
// begun again. progress, which may be nil, is told how many files have been looked
// at. Errors: ErrDamaged, with the name of the file, where none of its keys opens;
// those of the file system and of ctx.
func (s *Store) Renew(ctx context.Context, progress func(done int)) error {
	s.settled()
	done := 0
	return s.each(ctx, func(folder, file string) error {
		if err := s.renew(folder, file); err != nil {
			return fmt.Errorf("captures: %s/%s: %w", folder, file, err)
		}
		if done++; progress != nil {
			progress(done)
		}
		return nil
	})
}

// settled returns when everything that was about to get its name, with a key
// wrapped in the epoch before, has it.
func (s *Store) settled() {
	s.settling.Lock()
	defer s.settling.Unlock()
}

func (s *Store) renew(folder, file string) error {
	f, err := s.root.OpenFile(path.Join(folder, file), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = s.keys.renewKey(f, folder+file)
	return errors.Join(err, f.Close())
}

// renewKey writes the key of a content anew to the place where it doesn't open.
func (k Keys) renewKey(file *os.File, name string) error {
	places, err := wrappedKeys(file)
	if err != nil {
		return err
	}
	counts := k.counts(places, name)
	if counts < 0 {
		return ErrDamaged
	}
	if !k.Epoch.Current(places[counts]) {
		renewed, err := k.Epoch.Rewrap(places[counts], owning(name))
		if err != nil {
			return err
		}
		counts = 1 - counts
		if err := write(file, renewed, keyPlaces[counts]); err != nil {
			return err
		}
	}
	if empty(places[1-counts]) {
		return nil
	}
	return write(file, make([]byte, seal.WrappedSize), keyPlaces[1-counts])
}

// counts says in which place the key opens, the newest one where it does in both;
// -1 for neither.
func (k Keys) counts(places [2][]byte, name string) int {
	found := -1
	for i, wrapped := range places {
		if _, err := k.Epoch.Unwrap(wrapped, owning(name)); err == nil && (found < 0 || k.Epoch.Current(wrapped)) {
			found = i
		}
	}
	return found
}

// write writes to a file and has it on disk.
func write(file *os.File, b []byte, at int64) error {
	if _, err := file.WriteAt(b, at); err != nil {
		return err
	}
	return file.Sync()
}

func empty(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// Renewed makes sure that no content's key opens only in the epoch before.
func (s *Store) Renewed(ctx context.Context) error {
	return s.each(ctx, func(folder, file string) error {
		f, err := s.root.Open(path.Join(folder, file))
		if err != nil {
			return err
		}
		places, err := wrappedKeys(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("captures: %s/%s: %w", folder, file, err)
		}
		if counts := s.keys.counts(places, folder+file); counts >= 0 && s.keys.Epoch.Current(places[counts]) {
			return nil
		}
		return fmt.Errorf("captures: the key of %s/%s is not renewed", folder, file)
	})
}

// Sweep removes the contents that no record speaks of: of erased records, and of
// uploads that ended without one. spoken says which are spoken of; it is asked when
// no other can come to be.
func (s *Store) Sweep(ctx context.Context, spoken func() (map[string]bool, error)) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	kept, err := spoken()
	if err != nil {
		return err
	}
	return s.each(ctx, func(folder, file string) error {
		if kept[folder+file] {
			return nil
		}
		if err := s.root.Remove(path.Join(folder, file)); err != nil {
			return err
		}
		return s.sync(folder)
	})
}

// Name is the name under which an owner's content lies, which tells nothing of it.
func (s *Store) Name(owner, sha256 string) string { return s.keys.Name(owner, sha256) }

// each gives every content by folder and file. One that is removed meanwhile may
// be among them.
func (s *Store) each(ctx context.Context, do func(folder, file string) error) error {
	folders, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("captures: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() || !isPrefix(folder.Name()) {
			continue
		}
		files, err := fs.ReadDir(s.root.FS(), folder.Name())
		if err != nil {
			return fmt.Errorf("captures: %w", err)
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !file.Type().IsRegular() || !validSHA256(folder.Name()+file.Name()) {
				continue
			}
			if err := do(folder.Name(), file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
