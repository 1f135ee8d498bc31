package records

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/service/seal"
	"tumen/storage"
)

// errRecord: what a row holds is no record of its kind.
var errRecord = fmt.Errorf("%w: unreadable record", storage.ErrCorrupt)

// errRow: a row is not what this package writes. Its text says nothing of what
// the row holds.
var errRow = fmt.Errorf("%w: malformed row", storage.ErrCorrupt)

// row is one row to write; a nil value deletes it.
type row struct{ key, value []byte }

// The row of a revision begins with two numbers of 8 bytes, big endian: where its
// entry stands in the ledger, and the revision. The rest is sealed under the
// record's data key, bound to the record and the revision; unpacked, it is the
// entry with its length before it, and the fields in the encoding of
// service/encoding.
const revisionHeader = 16

// storedRevision is a revision's row, taken apart but not opened.
type storedRevision struct {
	leaf     uint64
	revision int64
	sealed   []byte
}

func parseRevision(b []byte) (storedRevision, error) {
	if len(b) <= revisionHeader {
		return storedRevision{}, errRow
	}
	revision := binary.BigEndian.Uint64(b[8:])
	if revision == 0 || revision > math.MaxInt64 {
		return storedRevision{}, errRow
	}
	return storedRevision{binary.BigEndian.Uint64(b), int64(revision), b[revisionHeader:]}, nil
}

// revisionContext binds a sealed revision to its record and number.
func revisionContext(k Key, revision int64) []byte {
	b := append([]byte("tumen revision 1"), byte(k.Kind))
	return binary.BigEndian.AppendUint64(append(b, k.ID[:]...), uint64(revision))
}

// openedRevision is what a sealed revision holds.
type openedRevision struct {
	entry  []byte        // of the ledger, as written
	fields []byte        // in the encoding of service/encoding
	key    *seal.DataKey // that opened it
}

// open opens a revision with the data key of its record.
func (r storedRevision) open(k Key, key *seal.DataKey) (openedRevision, error) {
	if key == nil {
		return openedRevision{}, errSealed
	}
	packed, err := key.Open(make([]byte, 0, len(r.sealed)), r.sealed, revisionContext(k, r.revision))
	if err != nil {
		return openedRevision{}, errSealed
	}
	b, err := unpack(packed)
	if err != nil {
		return openedRevision{}, err
	}
	entry, fields, ok := cutBytes(b)
	if !ok {
		return openedRevision{}, errRow
	}
	return openedRevision{entry, fields, key}, nil
}

// record reads the record itself. Whatever is wrong with it is ErrCorrupt.
func (o openedRevision) record(k Key, revision int64) (Record, error) {
	rec := k.Kind.New()
	if err := encoding.Decode(o.fields, rec); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errRecord, k.Kind, err)
	}
	if rec.GetRevision() != revision {
		return nil, fmt.Errorf("%w: %s: the row says another revision", errRecord, k.Kind)
	}
	return rec, nil
}

// method is the call that made the revision.
func (o openedRevision) method() (string, error) {
	e, err := ledger.ParseEntry(o.entry)
	if err != nil {
		return "", errRow
	}
	return e.Method, nil
}

// sealRevision makes the row of a revision; its place in the ledger is set when
// it is committed.
func sealRevision(k Key, revision int64, key *seal.DataKey, entry, fields []byte) ([]byte, error) {
	if len(entry)+len(fields) > maxRevision-16 { // compressed it might pass, and not be read again
		return nil, storage.ErrValueTooLarge
	}
	room := packing.Get().(*packingRoom)
	defer packing.Put(room)
	room.inside = append(appendBytes(room.inside[:0], entry), fields...)
	room.packed = pack(room.packed[:0], room.inside)
	packed := room.packed
	b := binary.BigEndian.AppendUint64(make([]byte, 8, revisionHeader+len(packed)+seal.Overhead), uint64(revision))
	return key.Seal(b, packed, revisionContext(k, revision)), nil
}

// packingRoom is room to pack a revision in, used again and again.
type packingRoom struct{ inside, packed []byte }

var packing = sync.Pool{New: func() any { return new(packingRoom) }}

// openRow opens the row of a revision; which one, it says itself.
func (v *View) openRow(k Key, row []byte) (storedRevision, openedRevision, error) {
	r, err := parseRevision(row)
	if err != nil {
		return r, openedRevision{}, err
	}
	key, err := v.dataKey(k)
	if err != nil {
		return r, openedRevision{}, err
	}
	o, err := r.open(k, key)
	return r, o, err
}

// decodeRow reads the record of a row.
func (v *View) decodeRow(k Key, row []byte) (Record, error) {
	r, o, err := v.openRow(k, row)
	if err != nil {
		return nil, err
	}
	v.keepRow(k, r, o)
	return o.record(k, r.revision)
}

// decodeRevision reads the record of a row, which is to be that revision, and the
// call that made it so.
func (v *View) decodeRevision(k Key, revision int64, row []byte) (Revision, error) {
	r, o, err := v.openRow(k, row)
	if err != nil {
		return Revision{}, err
	}
	if r.revision != revision {
		return Revision{}, errRow
	}
	rec, err := o.record(k, r.revision)
	if err != nil {
		return Revision{}, err
	}
	method, err := o.method()
	return Revision{rec, method}, err
}

// appendBytes appends b with its length before it.
func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// cutBytes takes apart what appendBytes put together.
func cutBytes(b []byte) (part, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	return b[used : used+int(n)], b[used+int(n):], true
}
