package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tumen/storage"
)

// What a turnover gives up.
//
// A key that doesn't open can't be wrapped anew. Once it is set aside, the record or
// statement that it opened is not there for anybody, like one that was erased: a mark
// stands in the place of the key, and no index row leads to it. Its revisions stay, as
// nobody can tell what they say, and Check goes on telling of them.

// keySetAside stands in the place of a wrapped key that did not open.
var keySetAside = []byte("set aside")

// errSetAside: the key of what is read was set aside.
var errSetAside = fmt.Errorf("%w: its key was set aside", errSealed)

// errBearer: the key of the record that an index row is of can't be read.
var errBearer = fmt.Errorf("%w: the key of who bears an external id", errSealed)

// errMark: the mark of the epoch does not open.
var errMark = fmt.Errorf("%w: the mark of the epoch", errSealed)

// Unopened tells of all that Renew could not renew, as it doesn't open. What was set
// aside before is not among it.
func (s *Store) Unopened(ctx context.Context, tell func(what string)) error {
	return s.backend.View(ctx, func(r storage.Reader) error {
		v := &View{store: s, ctx: ctx, base: r}
		if _, err := s.sealer.epoch.Unwrap(readMark(r), []byte(epochContext)); err != nil {
			tell(errMark.Error())
		}
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
	if errors.Is(err, errBearer) {
		return nil // told with the keys
	}
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
	if _, err := v.dataKey(k); IsDamage(err) {
		return nil, nil, errBearer
	}
	if rec, err = v.read(k); err != nil {
		err = fmt.Errorf("%w: %s %x", err, k.Kind, k.ID)
	}
	return value, rec, err
}

// setAside has a row that doesn't open no longer count. Of a record that stays visible
// by its key; what leads to nothing, or has no key of its sort, goes.
func (r *renewal) setAside(w storage.Writer, key []byte) error {
	k, _, ok := keyed(append([]byte{rowKey}, key[1:]...))
	if !ok || key[0] != rowKey && key[0] != rowCurrent {
		return w.Delete(key)
	}
	r.gone[k] = true
	return w.Put(dataKeyKey(k), keySetAside)
}

// capture sees whether the record of a capture can be read.
func (r *renewal) capture(w storage.Writer, row storage.Row) error {
	return openCapture(&View{store: r.store, base: w}, row)
}

// hide drops the rows that lead to records whose keys are set aside.
func (r *renewal) hide(ctx context.Context) error {
	drop := func(w storage.Writer, row storage.Row) error {
		value, err := r.store.sealer.openRow(row.Key, row.Value)
		if err != nil {
			return nil // for Check to tell: no key of the epoch opens it
		}
		if r.leadsAside(storage.Row{Key: row.Key, Value: value}) {
			return w.Delete(row.Key)
		}
		return nil
	}
	err := r.all(ctx, storage.Prefix([]byte{rowIndex}), drop)
	if err == nil {
		err = r.all(ctx, storage.Prefix([]byte{rowUnique}), drop)
	}
	return err
}

// leadsAside says whether a row leads to what was set aside: of a claim that names
// the place of an event, to either.
func (r *renewal) leadsAside(row storage.Row) bool {
	if len(row.Key) < 2+16 {
		return false
	}
	if len(row.Key) >= 2+32 && row.Key[0] == rowIndex && row.Key[1] == byPlace && r.gone[Key{Event, ID(row.Key[len(row.Key)-32:])}] {
		return true
	}
	if row.Key[0] == rowIndex && row.Key[1] == byStale {
		return r.gone[Key{Finding, lastID(row.Key)}]
	}
	k, ok := pointsTo(row)
	return ok && r.gone[k]
}
