// Package encoding is the store's own form of a record: a list of its fields
// and values, the same bytes for the same record on every machine and in every
// release, because what is stored is also what is committed to and, later,
// disclosed field by field. (The JSON of the protobuf runtime promises no
// stable bytes, so it can't serve.)
//
// Version 1 is the byte 0x01 followed by one compact JSON array (RFC 8259, no
// white space) with a pair [field, value] for each populated top-level field,
// in ascending field number; fields are named as in the .proto.
//
//	string     raw UTF-8; only '"', '\' and U+0000 to U+001F are escaped, as
//	           \" \\ \b \t \n \f \r or \u00xx in lower-case hex
//	bool       true or false
//	integer    a number; beyond ±(2^53-1) a string with the same digits
//	float      the shortest number that reads back the same, written as
//	           ECMAScript does; NaN and infinities have no form and are refused
//	bytes      base64url without padding (RFC 4648)
//	enum       the name of the value; an undefined number is refused
//	Timestamp  RFC 3339 in UTC with as many decimals as are needed
//	Duration   seconds with as many decimals as are needed, and "s"
//	message    an object: populated fields in ascending field number
//	list       an array
//	map        an object whose keys (strings only) are sorted by their bytes
//
// Populated means what protobuf means by it: a field with presence is written
// when it is set, be it zero; one without when it differs from zero. Each
// record has exactly one encoding, and Decode takes nothing else.
package encoding

import (
	"errors"
	"fmt"
	"iter"

	"google.golang.org/protobuf/proto"
)

// Version is the first byte of what Append writes.
const Version = 1

// maxDepth bounds how deep messages nest; the contract's need a tenth of it.
const maxDepth = 64

// Append appends the encoding of m to dst and returns the longer slice. A
// record that has no faithful encoding is refused: text that isn't UTF-8, an
// undefined enum number, a time out of range, a NaN, or fields that this
// release doesn't know. Then dst comes back as it was. An error names the
// field, never what it holds.
func Append(dst []byte, m proto.Message) ([]byte, error) {
	return AppendWithout(dst, m, nil)
}

// AppendWithout is Append without the fields of the record that leave names:
// for digests over a part of a record.
func AppendWithout(dst []byte, m proto.Message, leave func(name string) bool) ([]byte, error) {
	if m == nil {
		return dst, errors.New("encoding: there is no record")
	}
	r := m.ProtoReflect()
	if !r.IsValid() {
		return dst, errors.New("encoding: there is no record")
	}
	p, err := planOf(r.Descriptor())
	if err != nil {
		return dst, err
	}
	out, err := appendRecord(append(dst, Version), r, p, leave)
	if err != nil {
		return dst, fmt.Errorf("encoding: %s: %w", r.Descriptor().FullName(), err)
	}
	return out, nil
}

// Decode reads what Append wrote into m, which it empties first. It is strict:
// another version, an unknown or repeated field, fields out of order, a value
// of another type or not in its one form, text that isn't UTF-8, and bytes
// after the end are errors; m is then empty. It keeps no reference to b.
func Decode(b []byte, m proto.Message) error {
	if m == nil || !m.ProtoReflect().IsValid() {
		return errors.New("encoding: there is no record to decode into")
	}
	proto.Reset(m)
	r := m.ProtoReflect()
	p, err := planOf(r.Descriptor())
	if err != nil {
		return err
	}
	if len(b) == 0 || b[0] != Version {
		return errors.New("encoding: not in a version that this release reads")
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.text, d.at, d.wire = b, 1, d.wire[:0]
	if err := d.record(p); err != nil {
		return fmt.Errorf("encoding: %s: at byte %d: %w", r.Descriptor().FullName(), d.at, err)
	}
	if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(d.wire, m); err != nil {
		proto.Reset(m)
		return fmt.Errorf("encoding: %s: %w", r.Descriptor().FullName(), err)
	}
	return nil
}

// Fields gives the fields of an encoded record in their order, each with the
// bytes of its value as they stand in b. b must be what Append wrote, of any
// kind of record; in anything else the walk ends before the first byte that
// isn't of the format (Decode says what is wrong with it).
func Fields(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if len(b) == 0 || b[0] != Version {
			return
		}
		s := scanner{text: b, at: 1}
		if !s.take('[') || s.take(']') {
			return
		}
		names := string(b) // each name is a part of it
		for {
			if !s.take('[') {
				return
			}
			named := s.at + 1
			if name, err := s.string(); err != nil || len(name) != s.at-1-named || !s.take(',') {
				return
			}
			name, start := names[named:s.at-2], s.at
			if s.skip(0) != nil {
				return
			}
			end := s.at
			if !s.take(']') || !yield(name, b[start:end:end]) || !s.take(',') {
				return
			}
		}
	}
}
