package storagetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"tumen/storage"
)

// ErrInjected is the error of an injected fault that names no other.
var ErrInjected = errors.New("storagetest: injected fault")

// Point is a place in the life of a transaction where a fault can be injected.
type Point int

// The points, each with what an error does there. At BeforeView, BeforeUpdate
// and AfterCommit no transaction is open, so that a function run there (Do) may
// use the store itself.
const (
	// BeforeView and BeforeUpdate: the transaction doesn't begin.
	BeforeView Point = iota
	BeforeUpdate
	// OnGet, OnGetMany, OnPut and OnDelete: the operation fails.
	OnGet
	OnGetMany
	OnPut
	OnDelete
	// OnScan: an iteration fails before its first row.
	OnScan
	// OnRow: an iteration fails in place of a row that it would have given.
	OnRow
	// BeforeCommit: fn has returned nil; everything is rolled back.
	BeforeCommit
	// AfterCommit: the change is in the store, and the caller is told, by the
	// error wrapped in storage.ErrOutcomeUnknown, that it may or may not be.
	AfterCommit
)

// Faults is a storage.Store that passes everything on to another, except where a
// test has asked for something to go wrong. It keeps to the contract in all it
// does: what it injects could have happened.
//
// A fault strikes once, at the nth time, counted from when it was asked for,
// that its point is reached, in whatever transaction (1 is the next time). All
// methods may be called at any time from any goroutine.
type Faults struct {
	inner storage.Store

	mu      sync.Mutex
	reached map[Point]int
	faults  []fault
	repeats int
}

// fault is what happens when its point is reached for the time called at.
type fault struct {
	point  Point
	at     int
	err    error
	cancel bool
	do     func()
}

var _ storage.Store = (*Faults)(nil)

// NewFaults returns a store around inner without any fault.
func NewFaults(inner storage.Store) *Faults {
	return &Faults{inner: inner, reached: map[Point]int{}}
}

// Fail makes the nth operation at p fail with err, ErrInjected if it is nil.
func (f *Faults) Fail(p Point, nth int, err error) {
	if err == nil {
		err = ErrInjected
	}
	f.add(fault{point: p, err: err}, nth)
}

// Cancel ends the context of the transaction that reaches p for the nth time,
// just before it goes on; what the store makes of it follows. At BeforeView and
// BeforeUpdate nothing begins any more, and at AfterCommit it changes nothing.
func (f *Faults) Cancel(p Point, nth int) { f.add(fault{point: p, cancel: true}, nth) }

// Do runs fn when p is reached for the nth time, before it goes on: another
// write slipping in between, for one.
func (f *Faults) Do(p Point, nth int, fn func()) { f.add(fault{point: p, do: fn}, nth) }

// Repeat makes the next Update run its fn that many times more than needed,
// rolling back after each of them, as a backend may that retries conflicts.
func (f *Faults) Repeat(times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.repeats = times
}

// Waiting returns how many faults haven't struck yet. A test that ends with any
// has not tested what it meant to.
func (f *Faults) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.faults)
	if f.repeats > 0 {
		n++
	}
	return n
}

// Clear takes all faults back that haven't struck yet.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults, f.repeats = nil, 0
}

func (f *Faults) add(x fault, nth int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x.at = f.reached[x.point] + max(nth, 1)
	f.faults = append(f.faults, x)
}

// strike counts that p is reached, and does what is due there.
func (f *Faults) strike(p Point, cancel context.CancelFunc) (err error) {
	f.mu.Lock()
	f.reached[p]++
	now := f.reached[p]
	var due []fault
	f.faults = slices.DeleteFunc(f.faults, func(x fault) bool {
		if x.point == p && x.at == now {
			due = append(due, x)
			return true
		}
		return false
	})
	f.mu.Unlock()
	for _, x := range due {
		if x.do != nil {
			x.do()
		}
		if x.cancel {
			cancel()
		}
		if err == nil {
			err = x.err
		}
	}
	return err
}

// View implements storage.Store.
func (f *Faults) View(ctx context.Context, fn func(storage.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := f.strike(BeforeView, cancel); err != nil {
		return err
	}
	return f.inner.View(ctx, func(r storage.Reader) error {
		return fn(&faultyReader{f: f, inner: r, cancel: cancel})
	})
}

// Update implements storage.Store.
func (f *Faults) Update(ctx context.Context, fn func(storage.Writer) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := f.strike(BeforeUpdate, cancel); err != nil {
		return err
	}
	for f.takeRepeat() {
		err := f.inner.Update(ctx, func(w storage.Writer) error {
			if err := fn(f.writer(w, cancel)); err != nil {
				return err
			}
			return errRollback
		})
		if !errors.Is(err, errRollback) {
			return err
		}
	}
	if err := f.inner.Update(ctx, func(w storage.Writer) error {
		faulty := f.writer(w, cancel)
		if err := fn(faulty); err != nil {
			return err
		}
		if faulty.lost != nil {
			return faulty.lost
		}
		return f.strike(BeforeCommit, cancel)
	}); err != nil {
		return err
	}
	if err := f.strike(AfterCommit, cancel); err != nil {
		return fmt.Errorf("%w: %w", storage.ErrOutcomeUnknown, err)
	}
	return nil
}

func (f *Faults) takeRepeat() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.repeats == 0 {
		return false
	}
	f.repeats--
	return true
}

// Close implements storage.Store.
func (f *Faults) Close() error { return f.inner.Close() }

type faultyReader struct {
	f      *Faults
	inner  storage.Reader
	cancel context.CancelFunc
	lost   error // an injected error that loses the transaction
}

// at strikes at p. Once an error has lost the transaction, every operation gives
// it again.
func (r *faultyReader) at(p Point) error {
	if r.lost != nil {
		return r.lost
	}
	err := r.f.strike(p, r.cancel)
	for _, losing := range []error{storage.ErrCorrupt, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, losing) {
			r.lost = err
		}
	}
	return err
}

func (r *faultyReader) Get(key []byte) ([]byte, error) {
	if err := r.at(OnGet); err != nil {
		return nil, err
	}
	return r.inner.Get(key)
}

func (r *faultyReader) GetMany(keys [][]byte) ([][]byte, error) {
	if err := r.at(OnGetMany); err != nil {
		return nil, err
	}
	return r.inner.GetMany(keys)
}

func (r *faultyReader) Scan(in storage.Range) iter.Seq2[storage.Row, error] {
	return func(yield func(storage.Row, error) bool) {
		if err := r.at(OnScan); err != nil {
			yield(storage.Row{}, err)
			return
		}
		for row, err := range r.inner.Scan(in) {
			if err == nil {
				err = r.at(OnRow)
			}
			if err != nil {
				yield(storage.Row{}, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

type faultyWriter struct {
	*faultyReader
	inner storage.Writer
}

func (f *Faults) writer(w storage.Writer, cancel context.CancelFunc) faultyWriter {
	return faultyWriter{&faultyReader{f: f, inner: w, cancel: cancel}, w}
}

func (w faultyWriter) Put(key, value []byte) error {
	if err := w.at(OnPut); err != nil {
		return err
	}
	return w.inner.Put(key, value)
}

func (w faultyWriter) Delete(key []byte) error {
	if err := w.at(OnDelete); err != nil {
		return err
	}
	return w.inner.Delete(key)
}
