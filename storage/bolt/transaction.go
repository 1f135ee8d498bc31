package bolt

import (
	"bytes"
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"tumen/storage"
)

// fillPercent is how full bbolt leaves a page that it splits. Most keys grow, so
// that rows are added at the end of their kind and a split page is rarely added
// to again: leave it nearly full. BenchmarkFill in this folder compares.
const fillPercent = 0.9

// transaction is the storage.Reader of a View, and within writer that of an
// Update. Every call into bbolt stands under guard and with SetPanicOnFault, also
// here and not only in View and Update, as an iterator may be pulled from
// another goroutine.
type transaction struct {
	ctx    context.Context
	done   <-chan struct{}
	store  *Store
	tx     *bbolt.Tx
	rows   *bbolt.Bucket
	cursor *bbolt.Cursor // for single reads, sought anew for each

	over    atomic.Bool // fn has returned
	lost    error       // why the transaction can't go on, once it can't
	writes  int         // how many there were; a scan's cursor doesn't survive one
	deleted bool        // some row was deleted, so that there may be empty pages
}

// ready tells whether an operation may go on.
func (t *transaction) ready() error {
	if t.over.Load() {
		return storage.ErrClosed
	}
	if t.lost != nil {
		return t.lost
	}
	select {
	case <-t.done:
		t.lost = t.ctx.Err()
	default:
	}
	return t.lost
}

// guard, deferred around calls into bbolt, turns a panic into ErrCorrupt.
func (t *transaction) guard(err *error) {
	if p := recover(); p != nil {
		*err = t.corrupt(p)
	}
}

// corrupt notes that damage has been found.
func (t *transaction) corrupt(what any) error {
	err := damage(what)
	t.lost = err
	t.store.noUpdates.CompareAndSwap(nil, &err)
	return err
}

// run calls fn. Where fn itself touches a page that can't be read, through a
// slice that it was given, that is ErrCorrupt; any other panic is its own.
func (t *transaction) run(fn func() error) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if fault, ok := p.(interface {
			runtime.Error
			Addr() uintptr
		}); ok {
			err = t.corrupt(fault)
			return
		}
		panic(p)
	}()
	return fn()
}

// end rolls back what isn't committed.
func (t *transaction) end() {
	t.over.Store(true)
	if t.store.stuck.Load() {
		return
	}
	var err error
	defer t.store.stopOnPanic(&err)
	_ = t.tx.Rollback() // it only fails where a commit has ended it already
}

// Get implements storage.Reader.
func (t *transaction) Get(key []byte) ([]byte, error) {
	value, err := t.find(key)
	if err == nil && value == nil {
		err = storage.ErrNotFound
	}
	return value, err
}

// GetMany implements storage.Reader.
func (t *transaction) GetMany(keys [][]byte) ([][]byte, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		var err error
		if values[i], err = t.find(key); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// find returns nil where key is absent.
func (t *transaction) find(key []byte) (value []byte, err error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	if err := storage.CheckKey(key); err != nil {
		return nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer t.guard(&err)
	k, v := t.cursor.Seek(key)
	if !bytes.Equal(k, key) {
		return nil, nil
	}
	if !sound(k, v) {
		return nil, t.corrupt("a row beyond the limits")
	}
	return v, nil
}

// sound tells whether a row that was read can be one: a damaged length would
// otherwise reach into other memory. v is nil for what isn't a row at all.
func sound(k, v []byte) bool {
	return v != nil && storage.CheckRow(k, v) == nil
}

// writer is the storage.Writer of an Update; a type of its own, so that a View's
// Reader can't be turned into a Writer.
type writer struct{ *transaction }

// Put implements storage.Writer.
func (w writer) Put(key, value []byte) (err error) {
	if err := w.ready(); err != nil {
		return err
	}
	if err := storage.CheckRow(key, value); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer w.guard(&err)
	w.writes++
	return w.rows.Put(key, w.store.copies.copy(value)) // bbolt copies the key itself
}

// Delete implements storage.Writer.
func (w writer) Delete(key []byte) (err error) {
	if err := w.ready(); err != nil {
		return err
	}
	if err := storage.CheckKey(key); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer w.guard(&err)
	w.writes++
	w.deleted = true
	return w.rows.Delete(key)
}

// arena holds copies of the values of one Update in few allocations, and its
// last chunk serves the next Update again.
type arena struct{ chunk []byte }

const (
	firstChunk = 16 << 10
	lastChunk  = 1 << 20
)

// reset gives all copies up. Nobody refers to them any more once the
// transaction they were made for has ended.
func (a *arena) reset() { a.chunk = a.chunk[:0] }

// copy returns a copy of b, never nil, which stays as it is until reset.
func (a *arena) copy(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	if len(b) > firstChunk {
		return bytes.Clone(b)
	}
	if len(b) > cap(a.chunk)-len(a.chunk) {
		a.chunk = make([]byte, 0, min(max(firstChunk, 2*cap(a.chunk)), lastChunk))
	}
	start := len(a.chunk)
	a.chunk = append(a.chunk, b...)
	return a.chunk[start:len(a.chunk):len(a.chunk)]
}
