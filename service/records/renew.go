package records

import (
	"bytes"
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

// Renew brings all that rests on keys of the epoch under the newest one. Of what
// doesn't open, aside is told, and it is set aside: nothing opens it ever after. With
// a nil aside that is an error, and stays as it is. progress, which may be nil, is
// told how many rows have been looked at. Errors: those of the backend and of ctx;
// storage.ErrCorrupt.
func (s *Store) Renew(ctx context.Context, aside func(what string), progress func(done int)) error {
	r := &renewal{store: s, aside: aside, progress: progress, gone: map[Key]bool{}}
	err := s.backend.Update(ctx, r.mark)
	if err == nil {
		err = r.all(ctx, externalTerms, r.term)
	}
	if err == nil {
		err = r.all(ctx, wrappedKeys, r.key)
	}
	if err == nil {
		err = r.all(ctx, captureRecords, r.capture)
	}
	if err == nil && len(r.gone) > 0 {
		err = r.hide(ctx)
	}
	return err
}

// mark wraps the mark of the epoch anew. That the keys are those of this store, all
// else shows that opens.
func (r *renewal) mark(w storage.Writer) error {
	epoch := r.store.sealer.epoch
	mark, err := epoch.Rewrap(readMark(w), []byte(epochContext))
	if err != nil && r.aside == nil {
		return errMark
	}
	if err != nil {
		r.aside(errMark.Error())
		mark, err = epochMark(epoch)
	}
	if err != nil {
		return err
	}
	return w.Put(metaKey(markEpoch), mark)
}

// What a turnover renews, and what it has to read: which contents are kept, only the
// records of captures tell.
var (
	externalTerms  = storage.Prefix([]byte{rowUnique, uniqueExternal})
	wrappedKeys    = storage.Prefix([]byte{rowKey})
	captureRecords = storage.Prefix([]byte{rowCurrent, byte(Capture)})
)

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
		for row, err := range r.Scan(wrappedKeys) {
			if err != nil {
				return err
			}
			if !s.sealer.epoch.Current(row.Value) && !bytes.Equal(row.Value, keySetAside) {
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
	aside    func(string)
	progress func(int)
	done     int
	gone     map[Key]bool // records and statements whose keys are set aside
}

// all renews the rows of a range, so many in a transaction.
func (r *renewal) all(ctx context.Context, rows storage.Range, renew func(storage.Writer, storage.Row) error) error {
	for rows.Start != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		var step renewed
		err := r.store.backend.Update(ctx, func(w storage.Writer) (err error) {
			step, err = r.step(w, rows, renew)
			return err
		})
		if err != nil {
			return err
		}
		rows.Start = step.next
		for _, what := range step.aside {
			r.aside(what)
		}
		if r.done += step.rows; r.progress != nil {
			r.progress(r.done)
		}
	}
	return nil
}

// renewed is what one step did.
type renewed struct {
	rows  int
	next  []byte   // where the next step begins; nil: none
	aside []string // what was set aside
}

func (r *renewal) step(w storage.Writer, rows storage.Range, renew func(storage.Writer, storage.Row) error) (done renewed, err error) {
	var batch []storage.Row
	for row, err := range w.Scan(rows) {
		if err != nil {
			return done, err
		}
		if len(batch) == renewEach {
			done.next = bytes.Clone(row.Key)
			break
		}
		batch = append(batch, storage.Row{Key: bytes.Clone(row.Key), Value: bytes.Clone(row.Value)})
	}
	done.rows = len(batch)
	for _, row := range batch {
		err := renew(w, row)
		if IsDamage(err) && r.aside != nil {
			done.aside = append(done.aside, err.Error())
			err = r.setAside(w, row.Key)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// key wraps a data key anew.
func (r *renewal) key(w storage.Writer, row storage.Row) error {
	k, _, ok := keyed(row.Key)
	if !ok {
		return errRow
	}
	if bytes.Equal(row.Value, keySetAside) {
		r.gone[k] = true
		return nil
	}
	wrapped, err := r.store.sealer.epoch.Rewrap(row.Value, ownerOf(k))
	if err != nil {
		return unopenedKey(k)
	}
	if bytes.Equal(wrapped, row.Value) {
		return nil
	}
	return w.Put(row.Key, wrapped)
}

// term makes the index row of an external id anew, or drops it where its record is
// no longer called so.
func (r *renewal) term(w storage.Writer, row storage.Row) error {
	v := &View{store: r.store, base: w}
	value, rec, err := v.bearer(row)
	if errors.Is(err, errBearer) && r.aside != nil {
		return w.Delete(row.Key) // the key is set aside, too
	}
	if err != nil {
		return err
	}
	stays := false
	var terms [][]byte
	if rec != nil {
		for _, x := range rec.GetExternalIds() {
			term := r.store.sealer.epochal().external(rec.GetOwner(), x.GetIssuer(), x.GetId())
			stays = stays || bytes.Equal(term, row.Key)
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
