// Package storage is the contract of an ordered store of byte keys with
// transactions: what a backend promises, and what whoever stands on it may
// rely on. It knows nothing of what is stored.
//
// Keys are compared as unsigned bytes, a shorter key before a longer one that
// it begins. A value may be empty, and an empty value is not an absent one.
//
// The package storagetest holds the conformance suite that every backend
// passes; each sentence of this contract has its test there.
package storage

import (
	"context"
	"iter"
)

// Limits of what a row may hold, in bytes. Every backend enforces exactly
// these, so that what one accepts can be carried to another.
const (
	// MaxKey is the largest length of a key: 1 KiB.
	MaxKey = 1 << 10
	// MaxValue is the largest length of a value: 16 MiB.
	MaxValue = 16 << 20
)

// Store is an ordered, transactional key-value store. Its methods may be called
// by any number of goroutines at once, but never from inside the fn of a
// transaction of the same store: a backend may have to wait for that
// transaction to end before it can go on.
//
// An error that fn returns comes back from View and Update as it is, so that
// callers may compare it. When fn panics or ends its goroutine, the transaction
// is rolled back, everything it held is released, and then the panic goes on:
// it is the caller's own, and hiding it would hide a bug. A backend itself never
// panics: damage in the stored rows is ErrCorrupt.
//
// Once an operation of a transaction has returned ErrCorrupt or the error of
// its context, the transaction is lost, and Update doesn't commit it even if fn
// returns nil. Every other error of an operation leaves the transaction as it
// was before that operation.
type Store interface {
	// View runs fn on a snapshot: the rows as they were at one moment after
	// View was called, with everything in them that an Update had returned for
	// before. Nothing that is written meanwhile shows. Views don't wait for
	// Updates to finish, nor Updates for Views, except briefly where a backend
	// enlarges its file; a View should be short all the same, as old rows are kept
	// for it. When View returns, what fn saw is durable: it may wait for that.
	//
	// fn runs once. A ctx that is done before fn starts prevents it; one that is
	// done later makes the next operation, or the next row of a scan, return
	// ctx.Err(). Errors: ErrClosed, ErrCorrupt, ErrOutcomeUnknown where what fn saw
	// could not be made durable, ctx.Err(), what fn returned.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn on the newest rows, and if it returns nil puts everything
	// that it wrote into the store at once. When Update returns nil, the change
	// is durable: it is there after a crash of the process or the machine. On
	// any error it has left nothing, except with ErrOutcomeUnknown.
	//
	// Updates are serializable: the result is as if they had run one after
	// another, each seeing all that those before it wrote. fn may run more than
	// once, each time from the beginning on a new transaction, and only the last
	// run counts; so it keeps no results of an earlier run.
	//
	// Waiting for a turn ends when ctx is done. A ctx that is done before the
	// commit starts rolls the transaction back; from then on it has no effect.
	// Errors: ErrClosed, ErrReadOnly, ErrConflict, ErrFull, ErrCorrupt,
	// ErrOutcomeUnknown, ctx.Err(), what fn returned.
	Update(ctx context.Context, fn func(Writer) error) error

	// Close refuses new transactions from the moment it is called, with
	// ErrClosed (also to Updates that wait for their turn), waits for those that
	// are running, and releases the store. Closing again waits likewise and
	// returns nil. It must not be called inside a transaction.
	Close() error
}

// Row is one key with its value. Both belong to the store: they are valid until
// the fn of their transaction returns, stay as they are until then whatever is
// written, and must not be modified. Whoever needs them for longer copies them.
type Row struct{ Key, Value []byte }

// Reader reads within one transaction. It is for one goroutine at a time, and
// only until fn returns: later calls, and iterators still held, give ErrClosed.
//
// Byte slices that a Reader returns are valid until fn returns and must not be
// modified. Slices that it is given may be reused once the call has returned
// (those of a Range once the iteration has ended).
type Reader interface {
	// Get returns the value of key: never nil when there is one, though maybe
	// empty. An absent key gives (nil, ErrNotFound). Further errors:
	// ErrEmptyKey, ErrKeyTooLarge, ErrClosed, ErrCorrupt, ctx.Err().
	Get(key []byte) (value []byte, err error)

	// GetMany returns the values of keys in the same order and number, nil where
	// a key is absent. A key may be asked for twice. It costs a remote backend
	// one round trip. Errors, for the whole: ErrEmptyKey, ErrKeyTooLarge,
	// ErrClosed, ErrCorrupt, ctx.Err().
	GetMany(keys [][]byte) ([][]byte, error)

	// Scan gives the rows of r in ascending byte order of their keys, or
	// descending if r.Reverse. The sequence may be iterated several times; each
	// iteration reads anew. An error is the last thing that it gives, with an
	// empty Row: ErrClosed, ErrCorrupt, ctx.Err().
	//
	// In an Update the rows include what the transaction itself has written.
	// Writing during the iteration is allowed: of the keys that the scan has
	// still ahead, it shows what is there when it arrives.
	Scan(r Range) iter.Seq2[Row, error]
}

// Writer reads and writes within one transaction, and sees its own writes.
type Writer interface {
	Reader

	// Put sets the value of key, new or not. Both slices are copied. A nil value
	// is stored as an empty one. Errors: ErrEmptyKey, ErrKeyTooLarge,
	// ErrValueTooLarge, ErrClosed, ErrCorrupt, ctx.Err(). A store without room
	// may say so (ErrFull) here or not before the commit.
	Put(key, value []byte) error

	// Delete removes key; that it is absent is no error. Errors: ErrEmptyKey,
	// ErrKeyTooLarge, ErrClosed, ErrCorrupt, ctx.Err().
	Delete(key []byte) error
}
