package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"tumen/storage"
)

// Stats are the sizes of a store, in bytes. The number of rows isn't among them:
// only a scan can tell it.
type Stats struct {
	// FileBytes is the size of the file. A part at its end may never have been
	// written, and then takes no room on disk.
	FileBytes int64
	// FreeBytes is how much of it the next Updates can use again.
	FreeBytes int64
}

// Stats returns the sizes as they are now. Errors: storage.ErrClosed, and those
// of the file system.
func (s *Store) Stats() (Stats, error) {
	if err := s.enter(context.Background()); err != nil {
		return Stats{}, err
	}
	defer s.running.Done()
	info, err := s.file.Stat()
	if err != nil {
		return Stats{}, fmt.Errorf("bolt: %w", err)
	}
	return Stats{
		FileBytes: info.Size(),
		FreeBytes: int64(s.db.Stats().FreePageN) * s.pageSize,
	}, nil
}

// Backup writes a snapshot of the store to w, in the form of a file that Open
// takes, while others go on reading and writing. Old pages are kept for as long
// as it takes, so w had better be a file or a pipe, not a slow network. What was
// deleted may still be in the pages that it copies. Errors: as for View, and
// those of w.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.BackupOf(ctx, w, func(storage.Reader) error { return nil })
}

// BackupOf is Backup that first has look look at the snapshot which it writes.
func (s *Store) BackupOf(ctx context.Context, w io.Writer, look func(storage.Reader) error) error {
	return s.View(ctx, func(r storage.Reader) error {
		if err := look(r); err != nil {
			return err
		}
		t := r.(*transaction)
		a := &attentive{t: t, w: w}
		_, err := t.tx.WriteTo(a)
		if a.err != nil {
			return a.err // bbolt keeps only its text
		}
		return err
	})
}

// attentive is a writer that ends when its transaction does, and keeps its error.
type attentive struct {
	t   *transaction
	w   io.Writer
	err error
}

func (a *attentive) Write(b []byte) (n int, err error) {
	if a.err = a.t.ready(); a.err == nil {
		n, a.err = a.w.Write(b)
	}
	return n, a.err
}

// compactBytes is about how much of keys and values copyRows puts in one commit.
const compactBytes = 8 << 20

// copyRows tells after each commit how many bytes of keys and values it has copied.
func copyRows(ctx context.Context, from, to *Store, tell func(copied int64)) error {
	copied := int64(0)
	for next := []byte{}; next != nil; {
		var last []byte
		err := to.Update(ctx, func(w storage.Writer) error {
			return from.View(ctx, func(r storage.Reader) error {
				size := 0
				defer func() { copied += int64(size) }()
				for row, err := range r.Scan(storage.Range{Start: next}) {
					if err != nil {
						return err
					}
					if err := w.Put(row.Key, row.Value); err != nil {
						return err
					}
					if size += len(row.Key) + len(row.Value); size > compactBytes {
						last = append(row.Key[:len(row.Key):len(row.Key)], 0)
						break
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		tell(copied)
		next = last
	}
	return nil
}

// maxProblems is how many problems Check tells one by one.
const maxProblems = 100

// Check reads the whole file at path, which no process may have open for
// writing, and returns what is wrong with it in a person's words, without keys
// or values; nothing if it is sound. The error is for when it couldn't look:
// storage.ErrInUse, fs.ErrNotExist and those of the file system.
//
// bbolt looks in a goroutine of its own, where a page that can't be read ends
// the process. Therefore a file that may be damaged is checked in a child
// process, whose death is then the finding.
func Check(path string) ([]string, error) {
	s, err := Open(path, Options{ReadOnly: true})
	if errors.Is(err, storage.ErrCorrupt) {
		return []string{err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	problems, err := s.check()
	return problems, errors.Join(err, s.Close())
}

func (s *Store) check() (problems []string, err error) {
	more := 0
	err = s.View(context.Background(), func(r storage.Reader) error {
		// bbolt believes what a page says of its length, and would count what a
		// damaged one claims: up to 2^32 pages, until there is no memory left.
		if err := s.lengths(r.(*transaction)); err != nil {
			return err
		}
		for problem := range r.(*transaction).tx.Check(bbolt.WithKVStringer(silent{})) {
			if len(problems) < maxProblems {
				problems = append(problems, problem.Error())
			} else {
				more++
			}
		}
		for _, err := range r.Scan(storage.Range{}) {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if more > 0 {
		problems = append(problems, fmt.Sprintf("and %d more", more))
	}
	if errors.Is(err, storage.ErrCorrupt) {
		problems, err = append(problems, err.Error()), nil
	}
	return problems, err
}

// A page of a bbolt file begins with its id (8 bytes), flags (2), how many elements
// it has (2) and how many pages follow that belong to it (4); an element of a
// branch is 16 bytes, the last 8 the id of a page below. All little-endian.
const (
	pageHead    = 16
	branchFlag  = 0x01
	elementSize = 16
)

// lengths follows the pages of the tree and finds one that says that it is longer
// than the file, or has more elements than it can hold.
func (s *Store) lengths(t *transaction) error {
	pages := uint64(t.tx.Size() / s.pageSize)
	todo := []uint64{uint64(t.rows.Root())}
	for seen := uint64(0); len(todo) > 0; seen++ {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == 0 { // a bucket so small that it lies within another page
			continue
		}
		head := make([]byte, pageHead)
		if id >= pages || seen > pages {
			return fmt.Errorf("%w: page %d lies outside the file, or leads back to itself", storage.ErrCorrupt, id)
		}
		if _, err := s.file.ReadAt(head, int64(id)*s.pageSize); err != nil {
			return fmt.Errorf("bolt: reading page %d: %w", id, err)
		}
		flags, count, more := binary.LittleEndian.Uint16(head[8:]), binary.LittleEndian.Uint16(head[10:]), binary.LittleEndian.Uint32(head[12:])
		if id+uint64(more) >= pages || pageHead+elementSize*int64(count) > (1+int64(more))*s.pageSize {
			return fmt.Errorf("%w: page %d is not as long as it says", storage.ErrCorrupt, id)
		}
		if flags&branchFlag == 0 {
			continue
		}
		elements := make([]byte, elementSize*int(count))
		if _, err := s.file.ReadAt(elements, int64(id)*s.pageSize+pageHead); err != nil {
			return fmt.Errorf("bolt: reading page %d: %w", id, err)
		}
		for at := 0; at < len(elements); at += elementSize {
			todo = append(todo, binary.LittleEndian.Uint64(elements[at+8:]))
		}
	}
	return nil
}

// silent keeps keys and values out of what bbolt says.
type silent struct{}

func (silent) KeyToString(k []byte) string   { return fmt.Sprintf("a key of %d bytes", len(k)) }
func (silent) ValueToString(v []byte) string { return fmt.Sprintf("a value of %d bytes", len(v)) }

// look tells whether the file can be what it should be: it has the bucket, and
// all the pages that its newest commit counts. A mapping beyond the end of the
// file would fault.
func (s *Store) look() (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	t, err := s.begin(context.Background(), false)
	if err != nil {
		return err
	}
	defer t.end()
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < t.tx.Size() {
		return fmt.Errorf("%w: the file has %d bytes of %d", storage.ErrCorrupt, info.Size(), t.tx.Size())
	}
	return nil
}
