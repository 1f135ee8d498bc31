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
	r := &renewal{store: s, aside: aside, progress: progress}
	err := s.backend.Update(ctx, func(w storage.Writer) error {
		mark, err := s.sealer.epoch.Rewrap(readMark(w), []byte(epochContext))
		if err != nil {
			return fmt.Errorf("%w: the mark of the epoch", storage.ErrCorrupt)
		}
		return w.Put(metaKey(markEpoch), mark)
	})
	if err == nil {
		err = r.all(ctx, externalTerms, r.term)
	}
	if err == nil {
		err = r.all(ctx, wrappedKeys, r.key)
	}
	if err == nil {
		err = r.all(ctx, captureRecords, r.capture)
	}
	return err
}

// What a turnover renews, and what it has to read: which contents are kept, only the
// records of captures tell.
var (
	externalTerms  = storage.Prefix([]byte{rowUnique, uniqueExternal})
	wrappedKeys    = storage.Prefix([]byte{rowKey})
	captureRecords = storage.Prefix([]byte{rowCurrent, byte(Capture)})
)

// keySetAside stands in the place of a wrapped key that did not open.
var keySetAside = []byte("set aside")

// errSetAside: the key of what is read was set aside.
var errSetAside = fmt.Errorf("%w: its key was set aside", errSealed)

// IsSetAside says whether an error is about what a turnover has set aside.
func IsSetAside(err error) bool { return errors.Is(err, errSetAside) }

// Unopened tells of all that Renew could not renew, as it doesn't open. What was set
// aside before is not among it.
func (s *Store) Unopened(ctx context.Context, tell func(what string)) error {
	return s.backend.View(ctx, func(r storage.Reader) error {
		v := &View{store: s, ctx: ctx, base: r}
		for _, part := range []struct {
			rows storage.Range
			open func(*View, storage.Row) error
		}{{externalTerms, openTerm}, {wrappedKeys, openKey}, {captureRecords, openCapture}} {
			for row, err := range r.Scan(part.rows) {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					return err
				}
				if err := part.open(v, row); IsDamage(err) {
					tell(err.Error())
				} else if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func openTerm(v *View, row storage.Row) error {
	_, _, err := v.bearer(row)
	return err
}

func openKey(v *View, row storage.Row) error {
	k, _, ok := keyed(row.Key)
	if !ok {
		return errRow
	}
	if bytes.Equal(row.Value, keySetAside) {
		return nil
	}
	if _, err := v.store.sealer.epoch.Unwrap(row.Value, ownerOf(k)); err != nil {
		return unopenedKey(k)
	}
	return nil
}

// openCapture reads the record of a capture, where its key can be read.
func openCapture(v *View, row storage.Row) error {
	k, ok := parseCurrentKey(row.Key)
	if !ok {
		return errRow
	}
	if _, err := v.dataKey(k); IsDamage(err) {
		return nil // told with the keys
	}
	if _, err := v.decodeRow(k, row.Value); err != nil {
		return fmt.Errorf("%w: the record of %s %x", err, k.Kind, k.ID)
	}
	return nil
}

func unopenedKey(k Key) error { return fmt.Errorf("%w: the key of %s %x", errSealed, k.Kind, k.ID) }

// bearer opens the index row of an external id, and reads the record that it is of:
// nil where that is gone.
func (v *View) bearer(row storage.Row) (value []byte, rec Record, err error) {
	value, err = v.store.sealer.openRow(row.Key, row.Value)
	var k Key
	if err == nil {
		k, err = keyOf(value)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: the index row of an external id, %x", err, row.Key)
	}
	if rec, err = v.read(k); err != nil {
		err = fmt.Errorf("%w: %s %x", err, k.Kind, k.ID)
	}
	return value, rec, err
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
			err = setAside(w, row.Key)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// setAside has a row that doesn't open no longer count. Of a record that stays visible
// by its key; an index row that nothing finds any more goes.
func setAside(w storage.Writer, key []byte) error {
	switch key[0] {
	case rowKey:
		return w.Put(key, keySetAside)
	case rowCurrent:
		return w.Put(append([]byte{rowKey}, key[1:]...), keySetAside)
	}
	return w.Delete(key)
}

// capture sees whether the record of a capture can be read.
func (r *renewal) capture(w storage.Writer, row storage.Row) error {
	return openCapture(&View{store: r.store, base: w}, row)
}

// key wraps a data key anew.
func (r *renewal) key(w storage.Writer, row storage.Row) error {
	k, _, ok := keyed(row.Key)
	if !ok {
		return errRow
	}
	if bytes.Equal(row.Value, keySetAside) {
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
