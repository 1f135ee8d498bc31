package storagetest

import (
	"context"
	"iter"
	"sync/atomic"

	"tumen/storage"
)

// Counts is what was asked of a store. Where fn of an Update runs several times,
// each run counts.
type Counts struct {
	// Views and Updates are the transactions that were asked for; Commits are
	// the Updates that returned nil.
	Views, Updates, Commits int
	// Gets, GetManys and Scans are calls (a Scan for each iteration): the round
	// trips that reading would take if the store were remote.
	Gets, GetManys, Scans int
	// RowsRead is the rows that were read: one for each Get and each key of a
	// GetMany, there or not, and one for each row that a Scan gave.
	RowsRead int
	// Puts and Deletes are the rows written, also where they are rolled back.
	Puts, Deletes int
	// BytesPut is the lengths of the keys and values of all Puts.
	BytesPut int
}

// Sub returns how much c is above before, each number on its own.
func (c Counts) Sub(before Counts) Counts {
	c.Views -= before.Views
	c.Updates -= before.Updates
	c.Commits -= before.Commits
	c.Gets -= before.Gets
	c.GetManys -= before.GetManys
	c.Scans -= before.Scans
	c.RowsRead -= before.RowsRead
	c.Puts -= before.Puts
	c.Deletes -= before.Deletes
	c.BytesPut -= before.BytesPut
	return c
}

// Counting is a storage.Store that passes everything on to another and counts.
type Counting struct {
	inner storage.Store

	views, updates, commits, gets, getManys, scans, rowsRead, puts, deletes, bytesPut atomic.Int64
}

var _ storage.Store = (*Counting)(nil)

// NewCounting returns a store around inner with all counts at zero.
func NewCounting(inner storage.Store) *Counting { return &Counting{inner: inner} }

// Counts returns the counts so far. While transactions run, the numbers may be
// of slightly different moments.
func (c *Counting) Counts() Counts {
	return Counts{
		Views: int(c.views.Load()), Updates: int(c.updates.Load()), Commits: int(c.commits.Load()),
		Gets: int(c.gets.Load()), GetManys: int(c.getManys.Load()), Scans: int(c.scans.Load()),
		RowsRead: int(c.rowsRead.Load()),
		Puts:     int(c.puts.Load()), Deletes: int(c.deletes.Load()), BytesPut: int(c.bytesPut.Load()),
	}
}

// View implements storage.Store.
func (c *Counting) View(ctx context.Context, fn func(storage.Reader) error) error {
	c.views.Add(1)
	return c.inner.View(ctx, func(r storage.Reader) error { return fn(countingReader{c, r}) })
}

// Update implements storage.Store.
func (c *Counting) Update(ctx context.Context, fn func(storage.Writer) error) error {
	c.updates.Add(1)
	err := c.inner.Update(ctx, func(w storage.Writer) error {
		return fn(countingWriter{countingReader{c, w}, w})
	})
	if err == nil {
		c.commits.Add(1)
	}
	return err
}

// Close implements storage.Store.
func (c *Counting) Close() error { return c.inner.Close() }

type countingReader struct {
	c     *Counting
	inner storage.Reader
}

func (r countingReader) Get(key []byte) ([]byte, error) {
	r.c.gets.Add(1)
	r.c.rowsRead.Add(1)
	return r.inner.Get(key)
}

func (r countingReader) GetMany(keys [][]byte) ([][]byte, error) {
	r.c.getManys.Add(1)
	r.c.rowsRead.Add(int64(len(keys)))
	return r.inner.GetMany(keys)
}

func (r countingReader) Scan(in storage.Range) iter.Seq2[storage.Row, error] {
	return func(yield func(storage.Row, error) bool) {
		r.c.scans.Add(1)
		for row, err := range r.inner.Scan(in) {
			if err == nil {
				r.c.rowsRead.Add(1)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

type countingWriter struct {
	countingReader
	inner storage.Writer
}

func (w countingWriter) Put(key, value []byte) error {
	w.c.puts.Add(1)
	w.c.bytesPut.Add(int64(len(key) + len(value)))
	return w.inner.Put(key, value)
}

func (w countingWriter) Delete(key []byte) error {
	w.c.deletes.Add(1)
	return w.inner.Delete(key)
}
