package records

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/service/fault"
	"tumen/storage"
)

// Revision is a record as it was, and the call that made it so.
type Revision struct {
	Record Record
	Method string
}

// Revision returns a record as it was at a revision.
func (v *View) Revision(name string, revision int64) (Revision, error) {
	k, key, err := v.revisionKey(name, revision)
	if err != nil {
		return Revision{}, err
	}
	return v.revisionAt(k, revision, key)
}

// revisionKey finds the row of a revision of a record that the reader sees.
func (v *View) revisionKey(name string, revision int64) (Key, []byte, error) {
	k, err := v.Key(name, NoKind)
	if err != nil {
		return Key{}, nil, err
	}
	current, err := v.Read(name)
	if err != nil {
		return Key{}, nil, err
	}
	if current.GetRevision() == revision {
		return k, currentKey(k), nil
	}
	if revision < 1 || revision > current.GetRevision() {
		return Key{}, nil, fault.New(fault.NotFound, "NO_SUCH_REVISION", "%s has no revision %d; its last is %d", name, revision, current.GetRevision())
	}
	return k, historyKey(k, revision), nil
}

// revisionRow reads a row that has to be there.
func (v *View) revisionRow(key []byte) ([]byte, error) {
	row, err := v.get(key)
	if row == nil && err == nil {
		err = fmt.Errorf("%w: revision row missing", storage.ErrCorrupt)
	}
	return row, err
}

func (v *View) revisionAt(k Key, revision int64, key []byte) (Revision, error) {
	if b := builtIn(k); b != nil {
		return Revision{Record: b}, nil
	}
	value, err := v.revisionRow(key)
	if err != nil {
		return Revision{}, err
	}
	return v.decodeRevision(k, revision, value)
}

// Revisions returns up to limit revisions of a record, newest first, from
// before one (0: from the newest).
func (v *View) Revisions(name string, before int64, limit int) ([]Revision, error) {
	k, err := v.Key(name, NoKind)
	if err != nil {
		return nil, err
	}
	current, err := v.Read(name)
	if err != nil {
		return nil, err
	}
	var out []Revision
	if limit < 1 {
		return nil, nil
	}
	if before == 0 || before > current.GetRevision() {
		r, err := v.revisionAt(k, current.GetRevision(), currentKey(k))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
		before = current.GetRevision()
	}
	r := storage.Prefix(recordKey(rowHistory, k))
	r.End = binary.BigEndian.AppendUint64(recordKey(rowHistory, k), uint64(before))
	r.Reverse = true
	if len(out) == limit {
		return out, nil
	}
	next := before - 1
	for row, err := range v.scan(r) {
		if err != nil {
			return nil, err
		}
		if len(row.Key) != 26 || int64(binary.BigEndian.Uint64(row.Key[18:])) != next {
			return nil, errRow // one is missing
		}
		revision, err := v.decodeRevision(k, next, row.Value)
		if err != nil {
			return nil, err
		}
		next--
		if out = append(out, revision); len(out) == limit {
			return out, nil
		}
	}
	if next > 0 {
		return nil, errRow
	}
	return out, nil
}

// ChangedFields names the fields in which two revisions of a record differ,
// what every revision changes left out, in the order of the contract.
func ChangedFields(before, after proto.Message) []string {
	var names []string
	fields := after.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch f.Number() {
		case fieldName, fieldRevision, fieldUpdateTime, fieldUpdater, fieldChangeReason, 2, 14:
			continue
		}
		if !sameField(before, after, f) {
			names = append(names, string(f.Name()))
		}
	}
	return names
}

func sameField(a, b proto.Message, f protoreflect.FieldDescriptor) bool {
	if a == nil {
		return !b.ProtoReflect().Has(f)
	}
	x, y := a.ProtoReflect(), b.ProtoReflect()
	if x.Has(f) != y.Has(f) {
		return false
	}
	return !x.Has(f) || x.Get(f).Equal(y.Get(f))
}
