package records

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"time"

	"tumen/storage"
)

// Entry is what one leaf of the ledger commits to: a revision of a record or a
// statement. Neither is there where the record is none that the reader sees, or
// revisions were not asked for.
type Entry struct {
	Leaf      int64
	Revision  *Committed
	Statement *Statement // whoever asks has to be told apart by the caller
	Looked    bool       // RevisionsBack has opened a record, whether the reader sees it or not
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

// RevisionsBack gives what leaves before one commit to, from the newest on: revisions of
// records of some kinds (none: all) that were made before a moment (zero: any). Of
// other leaves, and of statements, it gives the place, so that whoever asks may stop.
func (v *View) RevisionsBack(before int64, of []Kind, made time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		rows := storage.Range{Start: leafKey(0), End: leafKey(uint64(max(before, 0))), Reverse: true}
		for row, err := range v.base.Scan(rows) {
			var e Entry
			if err == nil {
				e, err = v.revisionOf(row, of, made)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (v *View) revisionOf(row storage.Row, of []Kind, made time.Time) (Entry, error) {
	l, err := parseLeaf(row.Value)
	if err != nil || len(row.Key) != 9 {
		return Entry{}, errRow
	}
	e := Entry{Leaf: int64(binary.BigEndian.Uint64(row.Key[1:]))}
	late := !made.IsZero() && l.of.ID[0]&0x80 == 0 && bytes.Compare(l.of.ID[:6], milliseconds(made)) > 0
	if l.of.Kind == NoKind || late || len(of) > 0 && !slices.Contains(of, l.of.Kind) {
		return e, nil
	}
	e.Looked = true
	e.Revision, err = v.shownRevision(l)
	return e, err
}

// shownRevision opens a revision of a record that the reader sees; else nil.
func (v *View) shownRevision(l *storedLeaf) (*Committed, error) {
	rec, err := v.read(l.of)
	if rec == nil || err != nil || !v.shows(rec) {
		return nil, err
	}
	return v.Outline(rec.GetName(), l.revision)
}
