// Package records keeps typed records on an ordered store: their keys, history
// and indexes, and the grouping of concurrent changes into commits. It is the
// only room that knows storage.
//
// # What is in the store
//
// Every row begins with a byte that says what it is (keys.go). A record's
// current revision lies at its kind and inner id, its earlier revisions beside
// each other in another range; each revision is whole. Index rows point to ids
// and hold only what saves reading the record.
//
// # How a change is made
//
// Change prepares on a snapshot, noting all that it reads, and then joins a
// group: one storage transaction checks what each change of the group had read,
// leaves out those for which it no longer holds (they are prepared again), and
// puts the rows of the others (commit.go).
package records

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"tumen/service/fault"
	"tumen/service/seal"
	"tumen/storage"
)

// Options are what a Store needs beside its backend.
type Options struct {
	IDKey    []byte           // 32 bytes, permanent: encrypts ids in names
	IndexKey []byte           // 32 bytes, permanent: blinds index terms
	RowKey   *seal.DataKey    // permanent: seals the rows that are no revisions
	Epoch    *seal.Epoch      // wraps the data keys of records
	Ledger   []byte           // 32 bytes, permanent: the seed of the key that signs checkpoints
	Clock    func() time.Time // nil: time.Now
	Entropy  io.Reader        // nil: crypto/rand
	Demo     bool             // the store holds demonstration data only
}

// OptionsOf gives the options of a store that is sealed with these keys.
func OptionsOf(k *seal.Keys) Options {
	return Options{IDKey: k.IDKey(), IndexKey: k.IndexKey(), RowKey: k.RowKey(), Epoch: k.Epoch(), Ledger: k.LedgerSeed()}
}

// Store keeps records. Its methods may be called by many goroutines at once.
type Store struct {
	backend storage.Store
	names   *Namer
	blind   blinder
	sealer  *sealer
	log     *log // the committing goroutine's
	clock   func() time.Time
	demo    bool
	decoded decodedRows

	idMu    sync.Mutex
	entropy *ulid.MonotonicEntropy
	random  io.Reader

	queue     chan *pending
	contended chan struct{} // holds a token while a change that kept losing is tried
	closing   chan struct{}
	done      chan struct{}
	stop      sync.Once

	// accessGeneration grows whenever a member, organisation or credential is
	// written, so that what was cached about them is forgotten.
	accessGeneration atomic.Uint64
	// changedSource wakes whoever carries source changes on to the findings.
	changedSource chan struct{}
}

// format is the version of the store's layout.
const format = "tumen store 2"

// ErrDemo: a demonstration store was opened as a real one, or the reverse.
var ErrDemo = errors.New("demonstration data and real data never share a store")

// ErrWrongKeys: the keys are not those that the store was made with.
var ErrWrongKeys = errors.New("these keys do not belong to this store")

// ErrFormat: the store was made by another version of the program.
var ErrFormat = errors.New("the store has another format")

// Open takes a backend over and starts the goroutine that commits. Closing the
// Store closes the backend; where Open fails, that is left to the caller.
// Errors: ErrFormat, ErrDemo, ErrWrongKeys, those of the backend.
func Open(ctx context.Context, backend storage.Store, o Options) (*Store, error) {
	names, err := NewNamer(o.IDKey)
	if err != nil {
		return nil, err
	}
	if len(o.IndexKey) != 32 {
		return nil, fmt.Errorf("index key: want 32 bytes, got %d", len(o.IndexKey))
	}
	if o.RowKey == nil || o.Epoch == nil {
		return nil, errors.New("a store is not opened without the keys that seal it")
	}
	s := &Store{
		backend: backend, names: names, blind: newBlinder(o.IndexKey), sealer: newSealer(o.Epoch, o.RowKey), clock: o.Clock, demo: o.Demo, random: o.Entropy,
		queue: make(chan *pending, maxGroup), contended: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
		changedSource: make(chan struct{}, 1),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	s.entropy = ulid.Monotonic(s.random, 0)
	marks, err := s.recognise(ctx, o)
	if err != nil {
		return nil, err
	}
	signers, err := readSigners(marks, o.Ledger)
	if err != nil {
		return nil, err
	}
	if s.log, err = openLog(ctx, backend, signers); err != nil {
		return nil, err
	}
	if err := s.findable(ctx); err != nil {
		return nil, err
	}
	go s.commitLoop()
	return s, nil
}

// recognise checks that the store is ours, or makes an empty one ours, and returns
// what it bears.
func (s *Store) recognise(ctx context.Context, o Options) (marks map[string][]byte, err error) {
	err = s.backend.View(ctx, func(r storage.Reader) (err error) {
		marks, err = readMarks(r)
		return err
	})
	if err == nil && marks == nil {
		err = s.backend.Update(ctx, func(w storage.Writer) (err error) {
			if marks, err = readMarks(w); marks != nil || err != nil { // another was first
				return err
			}
			marks = marksOf(o)
			marks[markOrigin] = newOrigin()
			if marks[markEpoch], err = epochMark(o.Epoch); err != nil {
				return err
			}
			for name, value := range marks {
				if err := w.Put(metaKey(name), value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = compareMarks(marks, o)
	}
	return marks, err
}

const (
	markOrigin = "ledger" // the origin of the ledger
	markEpoch  = "epoch"  // a key that no record has, wrapped by the epoch key of the store
)

// epochContext binds the mark to what it is.
const epochContext = "tumen epoch mark 1"

func epochMark(epoch *seal.Epoch) ([]byte, error) {
	return epoch.Wrap(seal.NewDataKey(), []byte(epochContext))
}

// newOrigin draws the origin of a new ledger: a neutral name, and the first of its
// epochs. Each restored backup begins another.
func newOrigin() []byte {
	return []byte("tumen-ledger-" + strings.ToLower(rand.Text()[:16]) + "/1")
}

// marksOf is what a store bears that was made with these options.
func marksOf(o Options) map[string][]byte {
	check := hmac.New(sha256.New, o.IDKey)
	check.Write([]byte(format))
	check.Write(o.IndexKey)
	check.Write(o.Ledger)
	mark := []byte(format)
	if o.Demo {
		mark = []byte(format + " demo")
	}
	return map[string][]byte{"format": mark, "keys": check.Sum(nil)}
}

// readMarks returns what the store bears, nil if it is empty.
func readMarks(r storage.Reader) (map[string][]byte, error) {
	for _, err := range r.Scan(storage.Range{}) {
		if err != nil {
			return nil, err
		}
		marks := map[string][]byte{}
		for row, err := range r.Scan(storage.Prefix([]byte{rowMeta})) {
			if err != nil {
				return nil, err
			}
			marks[string(row.Key[1:])] = bytes.Clone(row.Value)
		}
		return marks, nil
	}
	return nil, nil
}

// compareMarks says whether what a store bears is what these options say.
func compareMarks(found map[string][]byte, o Options) error {
	want := marksOf(o)
	_, wrong := o.Epoch.Unwrap(found[markEpoch], []byte(epochContext))
	switch {
	case !bytes.Equal(found["format"], []byte(format)) && !bytes.Equal(found["format"], []byte(format+" demo")):
		return ErrFormat
	case !bytes.Equal(found["format"], want["format"]):
		return ErrDemo
	case !hmac.Equal(found["keys"], want["keys"]), wrong != nil:
		return ErrWrongKeys
	}
	return nil
}

func metaKey(name string) []byte { return append([]byte{rowMeta}, name...) }

// Demo says whether the store holds demonstration data only.
func (s *Store) Demo() bool { return s.demo }

// Now is the server's clock, at the precision that records keep.
func (s *Store) Now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Random reads from the server's source of randomness.
func (s *Store) Random(b []byte) error {
	s.idMu.Lock()
	defer s.idMu.Unlock()
	_, err := io.ReadFull(s.random, b)
	return err
}

func (s *Store) newID(now time.Time) ID {
	s.idMu.Lock()
	defer s.idMu.Unlock()
	id, err := ulid.New(ulid.Timestamp(now), s.entropy)
	if err != nil { // the clock's millisecond is used up: a fresh start in it
		id = ulid.MustNew(ulid.Timestamp(now), rand.Reader) // which never fails
	}
	return ID(id)
}

// IsName says whether a text has the form of a record's name; whether there is such a
// record, it does not say.
func (s *Store) IsName(text string) bool {
	_, err := s.names.Parse(text)
	return err == nil
}

// VerifierKey is what others verify the ledger's checkpoints with.
func (s *Store) VerifierKey() string { return s.log.signer.VerifierKey() }

// AccessGeneration grows whenever a member, organisation or credential changes.
func (s *Store) AccessGeneration() uint64 { return s.accessGeneration.Load() }

// View runs fn on one consistent snapshot. An error of fn comes back as it is;
// one of the backend comes back as a fault where a caller can act on it.
func (s *Store) View(ctx context.Context, fn func(*View) error) error {
	began, epochal := s.sealer.epoch.Status(), false
	err := s.backend.View(ctx, func(r storage.Reader) error {
		v := &View{store: s, ctx: ctx, base: r, epochal: &epochal, failed: new(error)}
		return v.outcome(fn(v))
	})
	if s.overtaken(began, err) || epochal && s.sealer.epoch.Status() != began {
		return fault.New(fault.Unavailable, "TURNOVER", "the keys were turned over while this was read; repeat the call")
	}
	return asFault(err)
}

// overtaken says whether an error is that of a snapshot from before a turnover, whose
// keys were destroyed while it was read. What is found by terms of the epoch is then
// not found, either, without an error: View.epochal.
func (s *Store) overtaken(began seal.Status, err error) bool {
	return errors.Is(err, errSealed) && s.sealer.epoch.Status() != began
}

// Close lets the group being committed finish, refuses the rest with
// SHUTTING_DOWN and closes the backend.
func (s *Store) Close() error {
	s.stop.Do(func() { close(s.closing) })
	<-s.done
	return s.backend.Close()
}

// asFault turns what a caller can act on into a fault; the rest stays and shows
// outside only as internal.
func asFault(err error) error {
	switch {
	case err == nil || fault.Of(err) != nil:
		return err
	case errors.Is(err, storage.ErrConflict):
		return fault.New(fault.Stale, "CONFLICT", "others changed the same records meanwhile; read them again and repeat the call")
	case errors.Is(err, storage.ErrFull):
		return fault.New(fault.TooLarge, "STORE_FULL", "the server's store is full; nothing was changed; tell whoever runs it")
	case errors.Is(err, storage.ErrValueTooLarge):
		return fault.New(fault.TooLarge, "RECORD_TOO_LARGE", "the record is larger than the store can keep; nothing was changed")
	case errors.Is(err, storage.ErrClosed):
		return fault.New(fault.Unavailable, "SHUTTING_DOWN", "the server is stopping; repeat the call")
	case errors.Is(err, storage.ErrOutcomeUnknown):
		return fault.New(fault.Unavailable, "OUTCOME_UNKNOWN", "it is not certain whether the change was stored; repeat the call with the same request_id")
	}
	return err
}
