package records

import (
	"encoding/binary"
	"fmt"
	"math"

	"tumen/service/encoding"
	"tumen/storage"
)

// errRecord: what a row holds is no record of its kind.
var errRecord = fmt.Errorf("%w: unreadable record", storage.ErrCorrupt)

// row is one row to write; a nil value deletes it.
type row struct{ key, value []byte }

// appendRevision writes a record's row: revision, method, then its fields in
// the encoding of service/encoding.
func appendRevision(dst []byte, rec Record, method string) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(rec.GetRevision()))
	dst = append(binary.AppendUvarint(dst, uint64(len(method))), method...)
	return encoding.Append(dst, rec)
}

// errRow: a row is not what this package writes. Its text says nothing of what
// the row holds.
var errRow = fmt.Errorf("%w: malformed row", storage.ErrCorrupt)

// storedRevision is a record's row, taken apart but not decoded.
type storedRevision struct {
	revision int64
	method   string
	fields   []byte
}

func parseRevision(b []byte) (storedRevision, error) {
	revision, n := binary.Uvarint(b)
	if n <= 0 || revision == 0 || revision > math.MaxInt64 {
		return storedRevision{}, errRow
	}
	method, fields, ok := cutBytes(b[n:])
	if !ok {
		return storedRevision{}, errRow
	}
	return storedRevision{int64(revision), string(method), fields}, nil
}

// decode reads the record itself. Whatever is wrong with it is ErrCorrupt.
func (r storedRevision) decode(kind Kind) (Record, error) {
	rec := kind.New()
	if err := encoding.Decode(r.fields, rec); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errRecord, kind, err)
	}
	if rec.GetRevision() != r.revision {
		return nil, fmt.Errorf("%w: %s: the row says another revision", errRecord, kind)
	}
	return rec, nil
}

func decodeRow(kind Kind, value []byte) (Record, error) {
	r, err := parseRevision(value)
	if err != nil {
		return nil, err
	}
	return r.decode(kind)
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
