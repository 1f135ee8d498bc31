package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tumen/storage"
)

// Store is a storage.Store in one file.
//
// Once damage has been found, it refuses further Updates with
// storage.ErrCorrupt, while Views go on and read what can be read. After a
// commit of unknown outcome, or damage that leaves bbolt itself unusable, it
// refuses everything until the file is opened again.
type Store struct {
	db       *bbolt.DB
	file     *os.File
	readOnly bool
	pageSize int64

	// writer holds one token: the right to be the writer. bbolt's own lock for
	// that can't be waited for with a context.
	writer chan struct{}
	copies arena // the values that the writer has put

	// committing is held by a commit. bbolt lets readers see one as soon as it is
	// written, before it is synced, so that a View may have to wait for it to end.
	committing sync.RWMutex
	durable    atomic.Int64 // the number of the newest commit that is synced

	mu      sync.Mutex // between a transaction that begins and Close
	running sync.WaitGroup
	closing chan struct{} // closed when Close begins
	closed  chan struct{} // closed when Close is done

	noUpdates atomic.Pointer[error] // why Updates are refused, once they are
	noViews   atomic.Pointer[error] // why everything is refused
	// stuck: bbolt panicked at a place where it may hold locks of its own, and
	// must not be called again, not even to close.
	stuck atomic.Bool
}

var _ storage.Store = (*Store)(nil)

func newStore(db *bbolt.DB, file *os.File, readOnly bool) *Store {
	return &Store{
		db: db, file: file, readOnly: readOnly, pageSize: int64(db.Info().PageSize),
		writer:  make(chan struct{}, 1),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
}

// View implements storage.Store.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	t, err := s.begin(ctx, false)
	if err != nil {
		return err
	}
	seen := t.tx.ID()
	err = func() error {
		defer t.end()
		return t.run(func() error { return fn(t) })
	}()
	if lost := s.settle(seen); lost != nil {
		return lost
	}
	return err
}

// settle waits until a commit that was seen is durable: what was read of it is told
// on, and must not be gone after a power cut.
func (s *Store) settle(seen int) error {
	if int64(seen) <= s.durable.Load() {
		return nil
	}
	s.committing.RLock()
	defer s.committing.RUnlock()
	if int64(seen) <= s.durable.Load() {
		return nil
	}
	return fmt.Errorf("%w: a commit that was read", storage.ErrOutcomeUnknown)
}

// Update implements storage.Store. fn runs once.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.running.Done()
	if s.readOnly {
		return storage.ErrReadOnly
	}
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer func() { <-s.writer }()
	if why := s.noUpdates.Load(); why != nil {
		return *why
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	t, err := s.begin(ctx, true)
	if err != nil {
		return err
	}
	defer t.end()
	if err := t.run(func() error { return fn(writer{t}) }); err != nil {
		return err
	}
	if err := t.ready(); err != nil {
		return err
	}
	return t.commit()
}

// Close implements storage.Store.
func (s *Store) Close() (err error) {
	s.mu.Lock()
	select {
	case <-s.closing:
		s.mu.Unlock()
		<-s.closed
		return nil
	default:
	}
	close(s.closing)
	s.mu.Unlock()
	defer close(s.closed)
	s.running.Wait()
	if s.stuck.Load() {
		return errors.Join(unlock(s.file), s.file.Close()) // the mapping stays
	}
	return s.db.Close()
}

// enter counts a transaction in, which s.running.Done counts out.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosing() {
		return storage.ErrClosed
	}
	if why := s.noViews.Load(); why != nil {
		return *why
	}
	s.running.Add(1)
	return nil
}

func (s *Store) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// takeTurn waits to be the writer, which receiving from s.writer ends.
func (s *Store) takeTurn(ctx context.Context) error {
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return storage.ErrClosed
	}
	// Several may have been ready at once.
	err := ctx.Err()
	if err == nil && s.isClosing() {
		err = storage.ErrClosed
	}
	if err != nil {
		<-s.writer
	}
	return err
}

func (s *Store) begin(ctx context.Context, writable bool) (t *transaction, err error) {
	defer s.stopOnPanic(&err)
	if why := s.noViews.Load(); why != nil {
		return nil, *why
	}
	tx, err := s.db.Begin(writable)
	if err != nil {
		return nil, fmt.Errorf("bolt: begin: %w", err)
	}
	t = &transaction{ctx: ctx, done: ctx.Done(), store: s, tx: tx}
	if t.rows = tx.Bucket([]byte(bucketName)); t.rows == nil {
		t.end()
		return nil, fmt.Errorf("%w: no bucket %s", storage.ErrCorrupt, bucketName)
	}
	t.rows.FillPercent = fillPercent
	t.cursor = t.rows.Cursor()
	if writable {
		s.copies.reset()
	}
	return t, nil
}

// stopOnPanic, deferred, is for the calls into bbolt that a panic leaves with
// locks held: nothing may be begun any more.
func (s *Store) stopOnPanic(err *error) {
	if p := recover(); p != nil {
		*err = damage(p)
		s.stuck.Store(true)
		s.refuse(*err)
	}
}

// refuse lets no further transaction begin.
func (s *Store) refuse(why error) {
	s.noUpdates.CompareAndSwap(nil, &why)
	s.noViews.CompareAndSwap(nil, &why)
}

// damage is the error for a panic or a memory fault that came out of bbolt or of
// the mapped file.
func damage(p any) error {
	if _, ok := p.(runtime.Error); ok { // it tells of this program, not of the file
		return fmt.Errorf("%w: something in it lies where no page can be read; it may have been cut short", storage.ErrCorrupt)
	}
	return fmt.Errorf("%w: %v", storage.ErrCorrupt, p)
}

// commit ends t by committing it.
func (t *transaction) commit() (err error) {
	s := t.store
	s.committing.Lock()
	defer s.committing.Unlock()
	defer s.stopOnPanic(&err)
	t.over.Store(true)
	id := t.tx.ID()
	if err = t.tx.Commit(); err == nil {
		s.durable.Store(int64(id))
		return nil
	}
	// bbolt has rolled back, in memory. If the error came after the page that
	// makes the commit valid was handed to the system, the next transaction
	// would build on rows that may not be on disk.
	if visible, e := s.latest(); e != nil || visible >= id {
		err = fmt.Errorf("%w: %w", storage.ErrOutcomeUnknown, err)
		s.refuse(err)
		return err
	}
	if isFull(err) {
		return fmt.Errorf("%w: %w", storage.ErrFull, err)
	}
	return fmt.Errorf("bolt: commit: %w", err)
}

// latest returns the number of the newest commit that a reader would see.
func (s *Store) latest() (int, error) {
	tx, err := s.db.Begin(false)
	if err != nil {
		return 0, err
	}
	return tx.ID(), tx.Rollback()
}

func isFull(err error) bool {
	for _, full := range []error{berrors.ErrMaxSizeReached, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
