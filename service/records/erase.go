package records

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/storage"
)

// Erasing.
//
// A record is erased by dropping its data key, its revisions and the rows by which
// it is found. What is left is a row that says that there was one (rowErased), and
// its leaves in the ledger, which commit to what nobody can read any more. A
// B+tree keeps in its free pages what it drops, and so do copies of the file: both
// end with the turnover of the epoch (renew.go), after which the wrapped key opens
// nowhere.

// Erase drops a record with all its revisions. The record must not be written in
// the same change. erasure is the name of the one that it goes with.
func (t *Tx) Erase(name, erasure string) error {
	k, err := t.Key(name, NoKind)
	if err != nil {
		return err
	}
	rec, err := t.read(k)
	if err != nil {
		return err
	}
	if rec == nil || rec.GetName() != name || builtIn(k) != nil {
		return fault.Missing(name)
	}
	d := t.draft(k)
	if d.written || d.fresh {
		return fmt.Errorf("erase a %s: it is written by the same change", k.Kind)
	}
	stone := &tumenv1.Tombstone{Name: name, Owner: rec.GetOwner(), Marking: rec.GetMarking(), Erasure: erasure}
	if err := t.dropRevisions(k, stone); err != nil {
		return err
	}
	if err := t.dropIndexes(k, rec); err != nil {
		return err
	}
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(stone)
	if err != nil {
		return err
	}
	t.wrote.put(dataKeyKey(k), nil)
	t.wrote.put(erasedKey(k), value)
	delete(t.cache, k)
	d.erased = true
	return nil
}

// dropRevisions drops the revisions of a record and notes their leaves.
func (t *Tx) dropRevisions(k Key, stone *tumenv1.Tombstone) error {
	drop := func(key, value []byte, revision int64) error {
		r, err := parseRevision(value)
		if err != nil {
			return err
		}
		if r.revision != revision {
			return errRow
		}
		stone.Leaves = append(stone.Leaves, int64(r.leaf))
		t.wrote.put(key, nil)
		return nil
	}
	next := int64(1)
	for row, err := range t.scan(storage.Prefix(recordKey(rowHistory, k))) {
		if err != nil {
			return err
		}
		if err := drop(append([]byte(nil), row.Key...), row.Value, next); err != nil {
			return err
		}
		next++
	}
	value, err := t.getBase(currentKey(k))
	if err != nil {
		return err
	}
	return drop(currentKey(k), value, next)
}

// dropIndexes drops the rows by which a record is found.
func (t *Tx) dropIndexes(k Key, rec Record) error {
	rows, err := t.before().indexRows(k, rec)
	if err != nil {
		return err
	}
	for _, r := range rows {
		t.wrote.put(r.key, nil)
	}
	if blind, turnover := t.store.sealer.bygone(); turnover {
		for _, x := range rec.GetExternalIds() {
			t.wrote.put(blind.external(rec.GetOwner(), x.GetIssuer(), x.GetId()), nil)
		}
	}
	switch k.Kind {
	case Finding:
		return t.markStale(k, false)
	case Source:
		t.wrote.put(changedKey(k), nil)
	}
	return nil
}

// Erased returns what is left of a record, nil where it was not erased. Whether
// the reader may know is for the caller.
func (v *View) Erased(name string) (*tumenv1.Tombstone, error) {
	k, err := v.store.names.Parse(name)
	if err != nil {
		return nil, nil
	}
	return v.erased(k)
}

func (v *View) erased(k Key) (*tumenv1.Tombstone, error) {
	value, err := v.get(erasedKey(k))
	if value == nil || err != nil {
		return nil, err
	}
	stone := new(tumenv1.Tombstone)
	if proto.Unmarshal(value, stone) != nil {
		return nil, errRow
	}
	return stone, nil
}

// missing is the fault of a record that is not there. That it was erased is told
// to those who saw it.
func (v *View) missing(name string, k Key) error {
	stone, err := v.erased(k)
	if err != nil {
		return err
	}
	if stone.GetName() != name || stone == nil {
		return fault.Missing(name)
	}
	shell := k.Kind.New()
	setField(shell, fieldOwner, protoreflect.ValueOfString(stone.GetOwner()))
	setField(shell, fieldMarking, protoreflect.ValueOfEnum(stone.GetMarking().Number()))
	if !v.shows(shell) {
		return fault.Missing(name)
	}
	return fault.New(fault.NotFound, "ERASED", "%s was erased (%s)", name, stone.GetErasure()).With("erasure", stone.GetErasure())
}

// ErasedLeaf is what is left of a revision of an erased record.
type ErasedLeaf struct {
	Revision   int64
	Leaf       int64 // where its entry stands in the ledger, from 0
	Commitment [32]byte
}

// ErasedLeaves returns what is left of the revisions of an erased record.
func (v *View) ErasedLeaves(stone *tumenv1.Tombstone) ([]ErasedLeaf, error) {
	if stone == nil {
		return nil, fault.New(fault.NotFound, "NOT_FOUND", "the record was not erased")
	}
	all := make([]ErasedLeaf, len(stone.GetLeaves()))
	for i, index := range stone.GetLeaves() {
		l, err := leafRows{v.base}.leaf(index)
		if err != nil {
			return nil, err
		}
		all[i] = ErasedLeaf{int64(i) + 1, index, l.commitment}
	}
	return all, nil
}
