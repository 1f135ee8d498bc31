package records

import (
	"context"
	"errors"
	"fmt"

	"tumen/storage"
)

// The turnover of the epoch, as far as the store goes.
//
// It wraps every data key anew and makes every index term anew that was made under
// a key of the epoch before. Both go on in steps beside everybody else's changes: a
// change that was prepared in the epoch before is not committed any more
// (pending.holds), so that a key range which was gone through stays renewed. A step
// that was done before does nothing, so a turnover that was broken off is simply
// begun again.

// renewEach is how many rows one transaction renews: others wait as long.
const renewEach = 1000

// Renew brings all that rests on keys of the epoch under the newest one. progress,
// which may be nil, is told how many rows have been looked at. Errors: those of the
// backend and of ctx; storage.ErrCorrupt where a key doesn't open, which stays as it
// is.
func (s *Store) Renew(ctx context.Context, progress func(done int)) error {
	r := &renewal{store: s, progress: progress}
	err := s.backend.Update(ctx, func(w storage.Writer) error {
		mark, err := s.sealer.epoch.Rewrap(readMark(w), []byte(epochContext))
		if err != nil {
			return fmt.Errorf("%w: the mark of the epoch", storage.ErrCorrupt)
		}
		return w.Put(metaKey(markEpoch), mark)
	})
	if err == nil {
		err = r.all(ctx, storage.Prefix([]byte{rowUnique, uniqueExternal}), r.term)
	}
	if err == nil {
		err = r.all(ctx, storage.Prefix([]byte{rowKey}), r.key)
	}
	return err
}

func readMark(r storage.Reader) []byte {
	mark, err := r.Get(metaKey(markEpoch))
	if err != nil {
		return nil // which opens nowhere
	}
	return mark
}

// Renewed makes sure that nothing rests on keys of the epoch before: only then may
// these be destroyed.
func (s *Store) Renewed(ctx context.Context) error {
	return s.backend.View(ctx, func(r storage.Reader) error {
		if !s.sealer.epoch.Current(readMark(r)) {
			return errors.New("the mark of the epoch is not renewed")
		}
		for row, err := range r.Scan(storage.Prefix([]byte{rowKey})) {
			if err != nil {
				return err
			}
			if !s.sealer.epoch.Current(row.Value) {
				return fmt.Errorf("the data key %x is not renewed", row.Key[1:])
			}
		}
		return nil
	})
}

// Forget drops what is held in memory of records that were erased: after each
// erasure, and once more when its turnover is over, for those who were still reading
// from before.
func (s *Store) Forget() {
	s.sealer.forget()
	s.decoded.forget()
}

// renewal goes through rows in steps.
type renewal struct {
	store    *Store
	progress func(int)
	done     int
}

// all renews the rows of a range, so many in a transaction.
func (r *renewal) all(ctx context.Context, rows storage.Range, renew func(storage.Writer, storage.Row) error) error {
	for rows.Start != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		var next []byte
		n := 0
		err := r.store.backend.Update(ctx, func(w storage.Writer) error {
			var batch []storage.Row
			next = nil
			for row, err := range w.Scan(rows) {
				if err != nil {
					return err
				}
				if len(batch) == renewEach {
					next = append([]byte(nil), row.Key...)
					break
				}
				batch = append(batch, storage.Row{Key: append([]byte(nil), row.Key...), Value: append([]byte(nil), row.Value...)})
			}
			n = len(batch)
			for _, row := range batch {
				if err := renew(w, row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		rows.Start = next
		if r.done += n; r.progress != nil {
			r.progress(r.done)
		}
	}
	return nil
}

// key wraps a data key anew.
func (r *renewal) key(w storage.Writer, row storage.Row) error {
	k, _, ok := keyed(row.Key)
	if !ok {
		return errRow
	}
	wrapped, err := r.store.sealer.epoch.Rewrap(row.Value, ownerOf(k))
	if err != nil {
		return fmt.Errorf("%w: the key of %s %x", errSealed, k.Kind, k.ID)
	}
	if string(wrapped) == string(row.Value) {
		return nil
	}
	return w.Put(row.Key, wrapped)
}

// term makes the index row of an external id anew, or drops it where its record is
// no longer called so.
func (r *renewal) term(w storage.Writer, row storage.Row) error {
	value, err := r.store.sealer.openRow(row.Key, row.Value)
	if err != nil {
		return err
	}
	k, err := keyOf(value)
	if err != nil {
		return err
	}
	v := &View{store: r.store, base: w}
	rec, err := v.read(k)
	if err != nil {
		return err
	}
	stays := false
	var terms [][]byte
	if rec != nil {
		for _, x := range rec.GetExternalIds() {
			term := r.store.sealer.epochal().external(rec.GetOwner(), x.GetIssuer(), x.GetId())
			stays = stays || string(term) == string(row.Key)
			terms = append(terms, term)
		}
	}
	if stays {
		return nil
	}
	for _, term := range terms {
		if err := w.Put(term, r.store.sealer.sealRow(term, value)); err != nil {
			return err
		}
	}
	return w.Delete(row.Key)
}
