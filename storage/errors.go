package storage

import "errors"

// The errors of a store. Backends wrap them with what they know, so compare
// with errors.Is. Their texts hold no keys and no values.
var (
	// ErrNotFound: Get was asked for a key that is absent.
	ErrNotFound = errors.New("storage: not found")
	// ErrClosed: the store is closed or closing, or the transaction that a
	// Reader, Writer or iterator belongs to has ended.
	ErrClosed = errors.New("storage: closed")
	// ErrConflict: the Update lost against others that ran beside it, more often
	// than the backend retries. Nothing was written; the whole Update may be
	// tried again.
	ErrConflict = errors.New("storage: conflict with another update")
	// ErrEmptyKey: a key of no bytes.
	ErrEmptyKey = errors.New("storage: empty key")
	// ErrKeyTooLarge: a key of more than MaxKey bytes.
	ErrKeyTooLarge = errors.New("storage: key too large")
	// ErrValueTooLarge: a value of more than MaxValue bytes.
	ErrValueTooLarge = errors.New("storage: value too large")
	// ErrReadOnly: an Update of a store that was opened for reading only.
	ErrReadOnly = errors.New("storage: read-only")
	// ErrFull: the quota or the disk has no room. Nothing was written.
	ErrFull = errors.New("storage: full")
	// ErrCorrupt: what is stored is damaged, or isn't a store of this kind.
	// Nothing was written.
	ErrCorrupt = errors.New("storage: corrupt")
	// ErrInUse: another process has the store open.
	ErrInUse = errors.New("storage: in use by another process")
	// ErrOutcomeUnknown: the commit failed at a point where it may or may not
	// have taken effect. Only reading afterwards, possibly after opening the
	// store again, can tell.
	ErrOutcomeUnknown = errors.New("storage: outcome of the commit unknown")
)

// CheckKey returns ErrEmptyKey or ErrKeyTooLarge if key can't be one.
func CheckKey(key []byte) error {
	switch {
	case len(key) == 0:
		return ErrEmptyKey
	case len(key) > MaxKey:
		return ErrKeyTooLarge
	}
	return nil
}

// CheckRow returns the error of CheckKey, or ErrValueTooLarge if value can't be
// stored under any key.
func CheckRow(key, value []byte) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return ErrValueTooLarge
	}
	return nil
}
