package captures

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

// Copy gives every content as it lies on disk, sealed: its name, its size there,
// and its bytes, to be read before do returns. What is removed meanwhile is left
// out; so may be what comes to be meanwhile.
func (s *Store) Copy(ctx context.Context, do func(name string, size int64, sealed io.Reader) error) error {
	return s.each(ctx, func(folder, file string) error {
		f, err := s.root.Open(path.Join(folder, file))
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			err = do(folder+file, info.Size(), f)
		}
		return errors.Join(err, f.Close())
	})
}

// Place is where the content of a name lies, relative to the folder; ok is false
// for what is no name.
func Place(name string) (folder, file string, ok bool) {
	if !validSHA256(name) {
		return "", "", false
	}
	folder, file = place(name)
	return folder, file, true
}

// Scratch makes a file for what is sealed and is not to stay: nobody finds it, and
// what a sudden end leaves of it the next Open removes. Closing it removes it.
func (s *Store) Scratch() (*ScratchFile, error) {
	name := path.Join(incoming, rand.Text())
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("captures: %w", onDisk(err))
	}
	return &ScratchFile{f, s.root, name}, nil
}

// ScratchFile is a file that Close removes.
type ScratchFile struct {
	*os.File
	root *os.Root
	name string
}

// Close implements io.Closer.
func (f *ScratchFile) Close() error { return errors.Join(f.File.Close(), f.root.Remove(f.name)) }
