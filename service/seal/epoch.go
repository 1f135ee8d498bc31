package seal

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Epoch wraps data keys. What was wrapped in an epoch opens until the epoch's key
// is destroyed by a turnover. Its methods may be called by any number of
// goroutines at once.
type Epoch struct {
	state atomic.Pointer[epochState]

	turnover sync.Mutex // guards what follows
	folder   *folder
	root     Root
	stored   []byte // the file's bytes as this process knows them
}

func newEpoch(d *folder, root Root, state *epochState, stored []byte) *Epoch {
	e := &Epoch{folder: d, root: root, stored: stored}
	e.state.Store(state)
	return e
}

// WrappedSize is the length of a wrapped data key, in bytes.
const WrappedSize = 5 + nonceSize + KeySize + tagSize

const dataKeyLabel = "tumen data key 1"

// Wrap encrypts a data key under the newest epoch. owner says whose it is, and it
// unwraps only with the same; no two owners may give the same bytes.
func (e *Epoch) Wrap(key *DataKey, owner []byte) ([]byte, error) {
	return e.state.Load().aead.Encrypt(key.raw[:], ownerAD(owner))
}

// Unwrap gives a data key. The error is ErrSealed if it was changed, is another
// owner's, or was wrapped in an epoch whose key is destroyed.
func (e *Epoch) Unwrap(wrapped, owner []byte) (*DataKey, error) {
	raw, err := e.state.Load().unwrap(wrapped, owner)
	if err != nil {
		return nil, err
	}
	return dataKey([KeySize]byte(raw)), nil
}

func (s *epochState) unwrap(wrapped, owner []byte) ([]byte, error) {
	raw, err := s.aead.Decrypt(wrapped, ownerAD(owner))
	if err != nil || len(raw) != KeySize {
		return nil, ErrSealed
	}
	return raw, nil
}

func (s *epochState) wrote(wrapped []byte) bool {
	return strings.HasPrefix(string(wrapped), s.prefix)
}

func ownerAD(owner []byte) []byte {
	return append([]byte(dataKeyLabel), owner...)
}

// Current says whether a wrapped key stays readable when the turnover under way is
// finished. A key wrapped just before Begin may reach the store after it: so
// whatever stores wrapped keys asks this where nothing can come between, in the
// storage transaction itself.
func (e *Epoch) Current(wrapped []byte) bool {
	return e.state.Load().wrote(wrapped)
}

// Rewrap gives the key wrapped under the newest epoch, and the very same bytes if
// it is already. The error is as for Unwrap.
func (e *Epoch) Rewrap(wrapped, owner []byte) ([]byte, error) {
	s := e.state.Load()
	raw, err := s.unwrap(wrapped, owner)
	if err != nil {
		return nil, err
	}
	if s.wrote(wrapped) {
		return wrapped, nil
	}
	return s.aead.Encrypt(raw, ownerAD(owner))
}

// EpochKeys are keys of one epoch for what an old copy of the store must not tell
// after an erasure.
type EpochKeys struct {
	index [KeySize]byte
	Rows  *DataKey // seals rows that are no records
}

// Index is the key that blinds index terms of names, sources and text: 32 bytes,
// the caller's own copy.
func (k EpochKeys) Index() []byte { return slices.Clone(k.index[:]) }

// Keys gives the keys of the newest epoch and, during a turnover, those of the
// epoch before, with which what wasn't yet written anew is found.
func (e *Epoch) Keys() (newest EpochKeys, before *EpochKeys) {
	s := e.state.Load()
	if len(s.generations) == 2 {
		keys := s.generations[0].keys
		before = &keys
	}
	return s.newest().keys, before
}

// Status says where the epoch stands.
type Status struct {
	Number   uint64    // of the newest epoch; the first is 1
	Made     time.Time // UTC, to the second
	Turnover bool      // the epoch before still opens too
}

// Status tells which epoch it is.
func (e *Epoch) Status() Status {
	s := e.state.Load()
	return Status{
		Number:   s.newest().number,
		Made:     time.Unix(s.newest().made, 0).UTC(),
		Turnover: len(s.generations) == 2,
	}
}
