package records

import (
	"context"
	"errors"
	"io"

	"tumen/storage"
)

// Snapshot is what a copy of the store is of.
type Snapshot struct {
	Origin     string // of the ledger
	Checkpoint []byte // the last one signed; nil for an empty ledger
}

// Snapshot writes a consistent copy of the whole store to w while others write, in
// the form of its backend. Errors: those of w and of the backend, and one where the
// backend makes no copies.
func (s *Store) Snapshot(ctx context.Context, w io.Writer) (Snapshot, error) {
	copying, ok := s.backend.(interface {
		BackupOf(context.Context, io.Writer, func(storage.Reader) error) error
	})
	if !ok {
		return Snapshot{}, errors.New("this kind of store is backed up by its own means")
	}
	of := Snapshot{Origin: s.log.signer.Origin()}
	err := copying.BackupOf(ctx, w, func(r storage.Reader) error {
		last, _, err := leafRows{r}.last()
		if last != nil {
			of.Checkpoint = last.checkpoint
		}
		return err
	})
	return of, asFault(err)
}
