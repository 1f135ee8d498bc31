package records

import (
	"encoding/binary"
	"errors"
	"iter"

	"tumen/storage"
)

// Entry is what one leaf of the ledger commits to: a revision of a record or a
// statement. Neither is there where the record is none that the reader sees, or
// revisions were not asked for.
type Entry struct {
	Leaf      int64
	Revision  *Committed
	Statement *Statement // whoever asks has to be told apart by the caller
}

// Entries gives the entries of the leaves from one on, before another, in their
// order; without revisions it opens statements alone.
func (v *View) Entries(from, before int64, revisions bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		rows := storage.Range{Start: leafKey(uint64(from)), End: leafKey(uint64(max(from, before)))}
		for row, err := range v.base.Scan(rows) {
			var e Entry
			if err == nil {
				e, err = v.entry(row, revisions)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (v *View) entry(row storage.Row, revisions bool) (Entry, error) {
	l, err := parseLeaf(row.Value)
	if err != nil || len(row.Key) != 9 {
		return Entry{}, errRow
	}
	e := Entry{Leaf: int64(binary.BigEndian.Uint64(row.Key[1:]))}
	if l.of.Kind == NoKind {
		stated, err := v.getBase(statementKey(l.of.ID))
		if stated == nil || err != nil {
			return e, err
		}
		e.Statement, err = v.openStatement(l.of.ID, stated)
		if errors.Is(err, errSetAside) {
			err = nil
		}
		return e, err
	}
	if !revisions {
		return e, nil
	}
	rec, err := v.read(l.of)
	if rec == nil || err != nil || !v.shows(rec) {
		return e, err
	}
	e.Revision, err = v.Committed(rec.GetName(), l.revision)
	return e, err
}

// CheckpointAt returns the checkpoint that was signed over a tree of that size; nil
// where none was.
func (v *View) CheckpointAt(size int64) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	l, err := leafRows{v.base}.leaf(size - 1)
	if err != nil {
		return nil, err
	}
	return l.checkpoint, nil
}

// LeafHash is the hash of a leaf.
func (v *View) LeafHash(leaf int64) ([32]byte, error) {
	l, err := leafRows{v.base}.leaf(leaf)
	if err != nil {
		return [32]byte{}, err
	}
	return leafHash(l), nil
}
