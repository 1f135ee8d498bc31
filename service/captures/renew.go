package captures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"

	"tumen/service/seal"
)

// Renew wraps the key of every content under the newest epoch, file by file; what
// was done before is not done again, so that one that was broken off is simply
// begun again. Of a file none of whose keys opens, aside is told, and it is set
// aside: nothing opens it ever after. With a nil aside that is an error, and the file
// stays as it is. progress, which may be nil, is told how many files have been looked
// at. Errors: ErrDamaged; those of the file system and of ctx.
func (s *Store) Renew(ctx context.Context, aside func(what string), progress func(done int)) error {
	s.settled()
	done := 0
	return s.each(ctx, func(folder, file string) error {
		err := s.with(folder, file, os.O_RDWR, s.keys.renewKey)
		if errors.Is(err, ErrDamaged) && aside != nil {
			aside(err.Error())
			if err = s.with(folder, file, os.O_RDWR, setAside); errors.Is(err, ErrDamaged) { // nor can it be written
				err = s.root.Remove(path.Join(folder, file))
			}
		}
		if err != nil {
			return err
		}
		if done++; progress != nil {
			progress(done)
		}
		return nil
	})
}

// Unopened tells of all files among those spoken of that Renew could not renew. What
// was set aside before is not among them.
func (s *Store) Unopened(ctx context.Context, spoken map[string]bool, tell func(what string)) error {
	return s.each(ctx, func(folder, file string) error {
		if !spoken[folder+file] {
			return nil // Sweep removes it
		}
		err := s.with(folder, file, os.O_RDWR, func(file *os.File, name string) error {
			places, err := wrappedKeys(file)
			if err == nil && !isSetAside(places) && s.keys.counts(places, name) < 0 {
				err = ErrDamaged
			}
			return err
		})
		if errors.Is(err, ErrDamaged) {
			tell(err.Error())
			return nil
		}
		return err
	})
}

// with does something with a file, whose name an error then tells.
func (s *Store) with(folder, file string, how int, do func(file *os.File, name string) error) error {
	f, err := s.root.OpenFile(path.Join(folder, file), how, 0)
	if err != nil {
		return err
	}
	err = errors.Join(do(f, folder+file), f.Close())
	if errors.Is(err, syscall.EIO) { // a sector that can't be read
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return fmt.Errorf("captures: %s/%s: %w", folder, file, err)
	}
	return nil
}

// keySetAside stands, in a file whose key did not open, where that was.
var keySetAside = append([]byte("set aside"), make([]byte, seal.WrappedSize-len("set aside"))...)

func isSetAside(places [2][]byte) bool {
	return bytes.Equal(places[0], keySetAside) && empty(places[1])
}

// setAside gives up what a file holds.
func setAside(file *os.File, _ string) error {
	head := make([]byte, fileHead)
	head[0] = fileVersion
	copy(head[keyPlaces[0]:], keySetAside)
	return write(file, head, 0)
}

// settled returns when everything that was about to get its name, with a key
// wrapped in the epoch before, has it.
func (s *Store) settled() {
	s.settling.Lock()
	defer s.settling.Unlock()
}

// renewKey writes the key of a content anew to the place where it doesn't open.
func (k Keys) renewKey(file *os.File, name string) error {
	places, err := wrappedKeys(file)
	if err != nil {
		return err
	}
	if isSetAside(places) {
		return nil
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
		return s.with(folder, file, os.O_RDONLY, func(file *os.File, name string) error {
			places, err := wrappedKeys(file)
			if err != nil || isSetAside(places) {
				return err
			}
			if counts := s.keys.counts(places, name); counts < 0 || !s.keys.Epoch.Current(places[counts]) {
				return errors.New("its key is not renewed")
			}
			return nil
		})
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
