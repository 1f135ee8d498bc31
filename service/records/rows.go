package records

import (
	"encoding/binary"
	"errors"
	"fmt"

	"tumen/service/encoding"
)

// row is one row to write; a nil value deletes it.
type row struct{ key, value []byte }

// appendRevision writes a record's row: revision, method, then its fields in
// the encoding of service/encoding.
func appendRevision(dst []byte, rec Record, method string) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(rec.GetRevision()))
	dst = binary.AppendUvarint(dst, uint64(len(method)))
	dst = append(dst, method...)
	return encoding.Append(dst, rec)
}

var errRow = errors.New("malformed row")

// storedRevision is a record's row, taken apart but not decoded.
type storedRevision struct {
	revision int64
	method   string
	fields   []byte
}

func parseRevision(b []byte) (storedRevision, error) {
	revision, n := binary.Uvarint(b)
	if n <= 0 {
		return storedRevision{}, errRow
	}
	b = b[n:]
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return storedRevision{}, errRow
	}
	b = b[n:]
	return storedRevision{int64(revision), string(b[:length]), b[length:]}, nil
}

func (r storedRevision) decode(kind Kind) (Record, error) {
	rec := kind.New()
	if err := encoding.Decode(r.fields, rec); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
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
