package records

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/klauspost/compress/zstd"

	"tumen/service/seal"
	"tumen/storage"
)

// What is sealed, and by what.
//
// A revision of a record is sealed under the record's data key, which lies
// wrapped by the epoch key in a row of its own (rowKey), so that without that
// row nothing of the record can be read. Every other value is sealed under one
// permanent key and bound to the key of its row; an empty value has nothing to
// hide and stays empty. The rows of the ledger hold digests and internal ids
// alone and lie open.

// errSealed: a row does not open. Its text says nothing of what the row holds.
var errSealed = fmt.Errorf("%w: a sealed row does not open", storage.ErrCorrupt)

// sealer opens and seals rows.
type sealer struct {
	epoch *seal.Epoch
	rows  *seal.DataKey

	mu     sync.RWMutex
	known  map[Key]knownKey
	blinds [2]epochBlinder // of the epochs used last
}

// epochBlinder makes index terms under the key of an epoch.
type epochBlinder struct {
	key [seal.KeySize]byte
	blinder
}

// knownKey is an unwrapped data key beside the row that it was unwrapped from: it
// is used only where the snapshot still has that row.
type knownKey struct {
	wrapped []byte
	key     *seal.DataKey
}

// maxKnownKeys bounds how many data keys are kept unwrapped.
const maxKnownKeys = 16 << 10

func newSealer(epoch *seal.Epoch, rows *seal.DataKey) *sealer {
	return &sealer{epoch: epoch, rows: rows, known: map[Key]knownKey{}}
}

// openRow returns the value of a row that is no revision. It keeps no part of
// sealed.
func (s *sealer) openRow(key, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || !sealedRow(key) {
		return sealed, nil
	}
	value, err := s.rows.Open(make([]byte, 0, len(sealed)), sealed, key)
	if err != nil {
		return nil, errSealed
	}
	return value, nil
}

// sealRow seals the value of a row that is no revision.
func (s *sealer) sealRow(key, value []byte) []byte {
	if len(value) == 0 || !sealedRow(key) {
		return value
	}
	return s.rows.Seal(make([]byte, 0, len(value)+seal.Overhead), value, key)
}

// sealedRow says whether openRow and sealRow have to do with a row: revisions,
// statements and drafts have their own form, wrapped keys are sealed already, and the ledger and the
// marks of the store lie open.
func sealedRow(key []byte) bool {
	switch key[0] {
	case rowCurrent, rowHistory, rowKey, rowLeaf, rowMeta, rowStatement, rowDraft:
		return false
	}
	return true
}

// ownerOf says to the epoch key whose a data key is.
func ownerOf(k Key) []byte { return append(append(make([]byte, 0, 17), byte(k.Kind)), k.ID[:]...) }

// wrap wraps the data key of a record.
func (s *sealer) wrap(k Key, key *seal.DataKey) ([]byte, error) {
	return s.epoch.Wrap(key, ownerOf(k))
}

// unwrap returns the data key of a record from its row.
func (s *sealer) unwrap(k Key, wrapped []byte) (*seal.DataKey, error) {
	s.mu.RLock()
	known, ok := s.known[k]
	s.mu.RUnlock()
	if ok && bytes.Equal(known.wrapped, wrapped) {
		return known.key, nil
	}
	if bytes.Equal(wrapped, keySetAside) {
		return nil, errSetAside
	}
	key, err := s.epoch.Unwrap(wrapped, ownerOf(k))
	if err != nil {
		return nil, errSealed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnownKeys {
		clear(s.known)
	}
	s.known[k] = knownKey{bytes.Clone(wrapped), key}
	return key, nil
}

// forget drops what is known of erased records, and of keys wrapped in epochs that
// are over.
func (s *sealer) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.known)
}

// epochal is the blinder of the newest epoch.
func (s *sealer) epochal() blinder {
	newest, _ := s.epoch.Keys()
	return s.blinder(newest)
}

// bygone is the blinder of the epoch before, during a turnover.
func (s *sealer) bygone() (b blinder, turnover bool) {
	if !s.epoch.Status().Turnover {
		return b, false
	}
	_, before := s.epoch.Keys()
	if before == nil { // it ended just now
		return b, false
	}
	return s.blinder(*before), true
}

// blinder is that of an epoch; the last two are kept, as making one costs more than
// using it.
func (s *sealer) blinder(keys seal.EpochKeys) blinder {
	key := [seal.KeySize]byte(keys.Index())
	s.mu.RLock()
	for _, b := range s.blinds {
		if b.macs != nil && b.key == key {
			s.mu.RUnlock()
			return b.blinder
		}
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := epochBlinder{key, newBlinder(key[:])}
	s.blinds = [2]epochBlinder{made, s.blinds[0]}
	return made.blinder
}

// dataKey returns the data key of a record, nil where it has none. It is no part
// of the read set: that its wrapping is renewed changes nothing for anybody.
func (v *View) dataKey(k Key) (*seal.DataKey, error) {
	if v.wrote != nil {
		if wrapped, ok := v.wrote.get(dataKeyKey(k)); ok {
			return v.store.sealer.unwrap(k, wrapped)
		}
	}
	wrapped, err := v.base.Get(dataKeyKey(k))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return v.store.sealer.unwrap(k, wrapped)
}

// opening is a Reader that opens what a scan reads.
type opening struct {
	storage.Reader
	sealer *sealer
}

// Scan implements storage.Reader.
func (o opening) Scan(r storage.Range) iter.Seq2[storage.Row, error] {
	return func(yield func(storage.Row, error) bool) {
		for row, err := range o.Reader.Scan(r) {
			if err == nil {
				row.Value, err = o.sealer.openRow(row.Key, row.Value)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// How the inside of a sealed revision is written: its first byte.
const (
	formPlain byte = 0
	formZstd  byte = 1
)

// maxRevision bounds what a revision unpacks to, in bytes.
const maxRevision = 16 << 20

// Both are safe for concurrent use, and fail only on options that are wrong.
var (
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithWindowSize(64<<10))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRevision), zstd.WithDecoderConcurrency(0))
)

// pack compresses before sealing, where that makes it shorter.
func pack(dst, b []byte) []byte {
	at := len(dst)
	dst = packer.EncodeAll(b, append(dst, formZstd))
	if len(dst)-at > len(b) {
		dst = append(append(dst[:at], formPlain), b...)
	}
	return dst
}

// unpack takes back what pack did.
func unpack(b []byte) ([]byte, error) {
	switch {
	case len(b) > 0 && b[0] == formPlain:
		return b[1:], nil
	case len(b) > 0 && b[0] == formZstd:
		if out, err := unpacker.DecodeAll(b[1:], nil); err == nil {
			return out, nil
		}
	}
	return nil, errRow
}
