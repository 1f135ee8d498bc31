package seal

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// Begin starts a turnover: it makes the next epoch, under which keys are wrapped
// from now on, while the one before still opens. That is on disk on return; a
// process that was stopped finds out by Status and goes on. The error is
// ErrTurnover if one is under way, and then nothing is changed.
func (e *Epoch) Begin(ctx context.Context, now time.Time) error {
	return e.change(ctx, func(s *epochState) (*epochState, error) {
		if len(s.generations) == 2 {
			return nil, ErrTurnover
		}
		return s.next(now)
	})
}

// Finish ends a turnover: it destroys the key of the epoch before, so that nothing
// opens any more that isn't Current. What holds the key on disk is overwritten and
// removed; copies that a file system or a drive keeps out of reach stay under the
// root key. The error is ErrNoTurnover if none is under way, and then nothing is
// changed. Finish comes after every key that survives was rewrapped and the newest
// epoch escrowed: it can't be taken back.
func (e *Epoch) Finish(ctx context.Context) error {
	return e.change(ctx, func(s *epochState) (*epochState, error) {
		if len(s.generations) == 1 {
			return nil, ErrNoTurnover
		}
		return s.last()
	})
}

// change replaces the state in file and memory. After an error past the point
// where the file was replaced, memory follows the file.
func (e *Epoch) change(ctx context.Context, to func(*epochState) (*epochState, error)) error {
	e.turnover.Lock()
	defer e.turnover.Unlock()
	release, err := e.folder.lock()
	if err != nil {
		return err
	}
	defer release()

	path := e.folder.file(EpochFile)
	found, err := readKeyFile(e.folder, EpochFile)
	if err != nil {
		return err
	}
	if !bytes.Equal(found, e.stored) {
		return fmt.Errorf("%s was changed by another process: start this one again; nothing was changed", path)
	}
	if err := e.folder.tidy(EpochFile); err != nil {
		return fmt.Errorf("clearing what was left beside %s: %w", path, err)
	}
	state, err := to(e.state.Load())
	if err != nil {
		return err
	}
	wrapped, err := wrapEpoch(ctx, e.root, state)
	if err != nil {
		return err
	}
	changeErr := e.folder.replace(EpochFile, wrapped)
	if changeErr != nil {
		changeErr = fmt.Errorf("changing %s: %w", path, changeErr)
		// Which of the two is on disk decides, not how far this got.
		if found, err = readKeyFile(e.folder, EpochFile); err != nil || !bytes.Equal(found, wrapped) {
			return changeErr
		}
	}
	e.stored = wrapped
	e.state.Store(state)
	return changeErr
}
