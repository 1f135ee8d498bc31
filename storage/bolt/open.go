// Package bolt keeps a store (package storage) in one file, with bbolt. The file
// has one owner: a second process is refused while the first has it open.
//
// The file is a bbolt database with a single bucket, "tumen.rows.1", whose pairs
// are the rows as they are. The number is the version of this layout.
package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tumen/internal/disk"
	"tumen/storage"
)

// bucketName names the bucket of all rows, with the version of the layout.
const bucketName = "tumen.rows.1"

// MinQuota is the smallest quota that Options take, in bytes: below it not even
// the file's own growth could be kept inside the quota.
const MinQuota = 1 << 20

const (
	defaultLockTimeout = 5 * time.Second
	// growth is how much the file is enlarged at a time, so that few commits pay
	// for it. What isn't written to yet takes no room on disk.
	growth = 16 << 20
	// mapAhead is how much address space is reserved at least. A file that
	// outgrows its mapping makes the writer, and with it every new reader, wait
	// for the slowest reader, and a backup is a slow one.
	mapAhead = 1 << 30
)

// Options say how a file is opened. The zero value opens it for reading and
// writing, creates it if it is absent, and sets no quota.
type Options struct {
	// ReadOnly shares the file with other readers, and refuses every Update.
	ReadOnly bool
	// MustExist refuses to create the file.
	MustExist bool
	// Quota is the largest size of the file in bytes, at least MinQuota; an
	// Update that would need more gets storage.ErrFull. 0 is without limit.
	Quota int64
	// LockTimeout is how long to wait for another process to release the file.
	// 0 is 5 seconds.
	LockTimeout time.Duration
}

// Open opens the store at path. A file that isn't there is made with mode 0600
// under a temporary name beside it, checked, and put in its place only then, so
// that a file at path is always a whole one; its folder must exist.
//
// Errors: storage.ErrInUse while another process has the file open,
// storage.ErrCorrupt if it is damaged, empty, cut short or something else,
// fs.ErrNotExist, and those of the file system. A file that its group or others
// may read or write is refused.
func Open(path string, o Options) (*Store, error) {
	if o.Quota != 0 && o.Quota < MinQuota {
		return nil, fmt.Errorf("bolt: a quota of %d bytes is below the minimum of %d", o.Quota, MinQuota)
	}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !o.ReadOnly && !o.MustExist {
		err = create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("bolt: opening the store: %w", err)
	}
	s, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("bolt: opening %s: %w", path, err)
	}
	if !o.ReadOnly {
		removeLeftovers(path)
	}
	return s, nil
}

// open opens a file that exists, and looks at what can be seen without reading
// all of it.
func open(path string, o Options) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("its mode is %#o: others than the owner may use it; set it to 0600", info.Mode().Perm())
	case info.Size() == 0:
		return nil, fmt.Errorf("%w: the file is empty", storage.ErrCorrupt)
	}
	s, err := openFile(path, o, mapSize(info.Size(), o.Quota))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.named(path), s.look()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// named finds out whether the file that was opened still has its name: Rewrite may
// have put another in its place while its owner's lock was waited for.
func (s *Store) named(path string) error {
	opened, err := s.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err == nil && !os.SameFile(opened, there) {
		err = fmt.Errorf("it was replaced while it was being opened; try again: %w", storage.ErrInUse)
	}
	return err
}

func mapSize(file, quota int64) int {
	return int(max(mapAhead, 2*file, quota))
}

// openFile opens the database at path, which may be an empty file, and turns
// whatever bbolt makes of a damaged one into ErrCorrupt.
func openFile(path string, o Options, mapped int) (s *Store, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, damage(p)
			if file != nil {
				err = errors.Join(err, unlock(file), file.Close())
			}
		}
	}()
	timeout := o.LockTimeout
	if timeout == 0 {
		timeout = defaultLockTimeout
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         timeout,
		ReadOnly:        o.ReadOnly,
		FreelistType:    bbolt.FreelistMapType,
		PreLoadFreelist: true,
		MaxSize:         int(o.Quota),
		InitialMmapSize: mapped,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
			return file, err
		},
	})
	if err != nil {
		return nil, openError(err)
	}
	db.AllocSize = growth
	if o.Quota != 0 {
		db.AllocSize = int(min(growth, o.Quota/8))
	}
	s = newStore(db, file, o.ReadOnly)
	return s, s.own()
}

// own makes what the file holds durable: a process that was killed may have ended
// between writing its last commit and syncing it.
func (s *Store) own() error {
	if !s.readOnly {
		if err := s.file.Sync(); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	newest, err := s.latest()
	s.durable.Store(int64(newest))
	return err
}

func openError(err error) error {
	var path *fs.PathError
	var number syscall.Errno
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return storage.ErrInUse
	case errors.As(err, &path), errors.As(err, &number):
		return err
	}
	return fmt.Errorf("%w: %v", storage.ErrCorrupt, err)
}

// create makes a new store at path. If another process makes one at the same
// time, the first to finish wins and the other's is dropped: both return nil.
func create(path string) (err error) {
	if err := build(path, func(*Store) error { return nil }, os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, found := os.Stat(path); found == nil {
			return nil // it appeared meanwhile, and its owner removed our leftover
		}
		return err
	}
	return nil
}

// build makes a new store under a temporary name beside path, lets fill put rows
// in it, checks it, and has settle give it its name only then. By a link it never
// replaces a file: where path exists by then, the error is fs.ErrExist.
func build(path string, fill func(*Store) error, settle func(from, to string) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), leftoverPrefix(path)+"*")
	if err != nil {
		return err
	}
	name := tmp.Name()
	defer func() {
		// Under its final name already; or of no use.
		if e := os.Remove(name); e != nil && err == nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
		if err == nil {
			err = disk.SyncFolder(filepath.Dir(path))
		}
	}()
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := initialize(name, fill); err != nil {
		return err
	}
	problems, err := Check(name)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: the new file: %s", storage.ErrCorrupt, problems[0])
	}
	return settle(name, path)
}

func initialize(name string, fill func(*Store) error) error {
	s, err := openFile(name, Options{}, 0)
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte(bucketName))
		return err
	})
	if err == nil {
		err = fill(s)
	}
	return errors.Join(err, s.Close())
}

func leftoverPrefix(path string) string { return "." + filepath.Base(path) + ".new-" }

// removeLeftovers removes what processes that were killed while creating path
// have left. Whoever is still at it finds that path exists, and uses that.
func removeLeftovers(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // they do no harm
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), leftoverPrefix(path)) {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}
