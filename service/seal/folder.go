package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	staged   = ".new" // being written
	replaced = ".old" // about to be overwritten
)

// maxFile is far more than any file of keys has, in bytes.
const maxFile = 64 << 10

// folder is where key files are. Each change of one is a sequence of steps after
// any of which the machine may stop: what is under a final name is then whole,
// and either the file from before or the one from after.
type folder struct {
	path string
	stop func(step string) error // tests: called after each step, ends the change there
}

func (d *folder) file(name string) string { return filepath.Join(d.path, name) }

func (d *folder) done(step string) error {
	if d.stop == nil {
		return nil
	}
	return d.stop(step)
}

// lock keeps other processes from changing the folder until it is released.
func (d *folder) lock() (release func(), err error) {
	handle, err := os.Open(d.path)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(handle.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		handle.Close()
		return nil, fmt.Errorf("locking %s: %w", d.path, err)
	}
	return func() { handle.Close() }, nil
}

// create writes a file that isn't there yet. The error is fs.ErrExist if it is.
func (d *folder) create(name string, content []byte) error {
	if there, err := exists(d.file(name)); err != nil || there {
		return errors.Join(err, fs.ErrExist)
	}
	if err := d.discard(name); err != nil {
		return err
	}
	if err := d.stage(name, content); err != nil {
		return err
	}
	return errors.Join(d.settle(name), d.unstage(name))
}

// stage writes a file whole and to disk under its temporary name.
func (d *folder) stage(name string, content []byte) error {
	f, err := os.OpenFile(d.file(name+staged), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return d.sync()
}

// settle gives a staged file its name, unless there is a file of that name; the
// temporary name stays.
func (d *folder) settle(name string) error {
	if err := os.Link(d.file(name+staged), d.file(name)); err != nil {
		return err
	}
	return d.sync()
}

// discard clears what is staged under a name, if anything is.
func (d *folder) discard(name string) error {
	if there, err := exists(d.file(name + staged)); err != nil || !there {
		return err
	}
	return d.unstage(name)
}

// unstage removes a temporary name. Content that has no other is overwritten.
func (d *folder) unstage(name string) error {
	same, err := sameFile(d.file(name), d.file(name+staged))
	if err != nil || same {
		return d.remove(name+staged, err)
	}
	return d.destroy(name + staged)
}

// replace puts new content in the place of a file that is tidy, then overwrites
// the old.
func (d *folder) replace(name string, content []byte) error {
	steps := []struct {
		name string
		do   func() error
	}{
		{"staged", func() error { return d.stage(name, content) }},
		// Its second name lets the old content be found and overwritten even if
		// the machine stops right after the new content took the first.
		{"kept", func() error {
			return errors.Join(os.Link(d.file(name), d.file(name+replaced)), d.sync())
		}},
		{"renamed", func() error {
			return errors.Join(os.Rename(d.file(name+staged), d.file(name)), d.sync())
		}},
		{"overwritten", func() error { return d.overwrite(name + replaced) }},
		{"removed", func() error { return d.remove(name+replaced, nil) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return err
		}
		if err := d.done(step.name); err != nil {
			return err
		}
	}
	return nil
}

// tidy clears what a change of a file left that was cut short. The file itself
// must be there: without it, what is left may be all there is.
func (d *folder) tidy(name string) error {
	if there, err := exists(d.file(name)); err != nil || !there {
		return err
	}
	for _, suffix := range []string{staged, replaced} {
		there, err := exists(d.file(name + suffix))
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		// The old content has two names until the new one takes the first: to
		// overwrite it then would be to lose the keys.
		same, err := sameFile(d.file(name), d.file(name+suffix))
		switch {
		case err != nil:
			return err
		case same:
			err = d.remove(name+suffix, nil)
		default:
			err = d.destroy(name + suffix)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *folder) destroy(name string) error {
	return d.remove(name, d.overwrite(name))
}

// overwrite puts random bytes in the place of a file's content, on disk.
func (d *folder) overwrite(name string) error {
	f, err := os.OpenFile(d.file(name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	stat, err := f.Stat()
	if err == nil {
		_, err = io.CopyN(f, rand.Reader, stat.Size())
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// remove removes a file unless what came before failed.
func (d *folder) remove(name string, before error) error {
	if before != nil {
		return before
	}
	if err := os.Remove(d.file(name)); err != nil {
		return err
	}
	return d.sync()
}

func (d *folder) sync() error {
	handle, err := os.Open(d.path)
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}

// private refuses a folder that isn't there or that others may use.
func (d *folder) private() error {
	stat, err := os.Stat(d.path)
	if err != nil {
		return err
	}
	if !stat.IsDir() {
		return fmt.Errorf("%s is no folder", d.path)
	}
	return ownersOnly(d.path, stat, 0o077)
}

// readPrivate reads a file of keys. forbidden are the mode bits that it must not
// have.
func readPrivate(path string, forbidden fs.FileMode) ([]byte, error) {
	return readPrivateUpTo(path, forbidden, maxFile)
}

func readPrivateUpTo(path string, forbidden fs.FileMode, most int) ([]byte, error) {
	stat, err := os.Stat(path) // before it is opened, which waits for ever on a pipe
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: %v", path, stat.Mode())
	}
	if err := ownersOnly(path, stat, forbidden); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(content) > most {
		err = fmt.Errorf("%s is no file of keys: it is too large: %w", path, ErrDamaged)
	}
	return content, err
}

func ownersOnly(path string, stat fs.FileInfo, forbidden fs.FileMode) error {
	if stat.Mode().Perm()&forbidden != 0 {
		return fmt.Errorf("%s may be used by others than its owner (mode %04o): chmod go= %s", path, stat.Mode().Perm(), path)
	}
	return nil
}

func sameFile(a, b string) (bool, error) {
	statA, err := os.Lstat(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	statB, err := os.Lstat(b)
	if err != nil {
		return false, err
	}
	return os.SameFile(statA, statB), nil
}
