package encoding

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var (
	errField   = errors.New("a field that this kind of message does not have")
	errOrder   = errors.New("a field twice or out of order")
	errOneof   = errors.New("two fields of which only one may be set")
	errUnset   = errors.New("a field that holds nothing is not written")
	errInteger = errors.New("not an integer in its one form")
	errFloat   = errors.New("not a number in its one form")
	errBase64  = errors.New("bytes are not base64url without padding")
	errEnd     = errors.New("there is more after the end")
)

// A decoder rewrites a record in the form of the wire, from which the protobuf
// runtime fills a message several times faster than field by field.
type decoder struct {
	scanner
	wire []byte
}

var decoders = sync.Pool{New: func() any { return &decoder{wire: make([]byte, 0, 2048)} }}

// release keeps the decoder for the next record, unless this one made it big.
func (d *decoder) release() {
	d.text = nil
	if cap(d.wire)+cap(d.room) <= 1<<16 {
		decoders.Put(d)
	}
}

func (d *decoder) record(p *plan) error {
	if p.form != object || !d.take('[') {
		return errSyntax
	}
	if !d.take(']') {
		at := place{plan: p}
		for {
			if err := d.pair(&at); err != nil {
				return err
			}
			if d.take(']') {
				break
			}
			if !d.take(',') {
				return errSyntax
			}
		}
	}
	if d.at != len(d.text) {
		return errEnd
	}
	return nil
}

// pair takes one [field, value] of a record.
func (d *decoder) pair(at *place) error {
	if !d.take('[') {
		return errSyntax
	}
	f, err := d.name(at)
	if err != nil {
		return err
	}
	if !d.take(',') {
		return errSyntax
	}
	if err := d.field(f, 1); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	if !d.take(']') {
		return errSyntax
	}
	return nil
}

// A place is how far a message has been taken.
type place struct {
	plan   *plan
	next   int    // fields before it have passed
	oneofs uint64 // those of which a field was set
}

// name takes the name of a field, which must come after all taken before.
func (d *decoder) name(at *place) (*field, error) {
	name, err := d.string()
	if err != nil {
		return nil, err
	}
	fields := at.plan.fields
	for i := at.next; i < len(fields); i++ {
		f := &fields[i]
		if f.name != string(name) {
			continue
		}
		if at.oneofs&f.oneof != 0 {
			return nil, errOneof
		}
		at.next, at.oneofs = i+1, at.oneofs|f.oneof
		return f, nil
	}
	for i := range fields[:at.next] {
		if fields[i].name == string(name) {
			return nil, errOrder
		}
	}
	return nil, errField
}

func (d *decoder) field(f *field, depth int) error {
	switch {
	case f.list:
		return d.list(f, depth)
	case f.table:
		return d.table(f, depth)
	}
	return d.value(f, depth)
}

func (d *decoder) list(f *field, depth int) error {
	if !d.take('[') {
		return errSyntax
	}
	for {
		if err := d.value(f, depth); err != nil {
			return err
		}
		if d.take(']') {
			return nil
		}
		if !d.take(',') {
			return errSyntax
		}
	}
}

// table takes a map: on the wire a list of messages with the fields 1 and 2.
func (d *decoder) table(f *field, depth int) error {
	if !d.take('{') {
		return errSyntax
	}
	var before []byte
	for first := true; ; first = false {
		d.wire = append(d.wire, f.tag...)
		start := d.open()
		key, err := d.string()
		if err != nil {
			return err
		}
		if !first && string(key) <= string(before) {
			return errOrder
		}
		before = append(before[:0], key...)
		d.wire = protowire.AppendBytes(protowire.AppendTag(d.wire, 1, protowire.BytesType), key)
		if !d.take(':') {
			return errSyntax
		}
		if err := d.value(f.value, depth); err != nil {
			return err
		}
		d.close(start)
		if d.take('}') {
			return nil
		}
		if !d.take(',') {
			return errSyntax
		}
	}
}

// open leaves room for the length of what follows on the wire; close fills it.
func (d *decoder) open() (start int) {
	d.wire = append(d.wire, 0)
	return len(d.wire)
}

func (d *decoder) close(start int) {
	size := uint64(len(d.wire) - start)
	if size < 1<<7 {
		d.wire[start-1] = byte(size)
		return
	}
	var room [10]byte
	length := protowire.AppendVarint(room[:0], size)
	d.wire[start-1] = length[0]
	d.wire = slices.Insert(d.wire, start, length[1:]...)
}

func (d *decoder) message(p *plan, depth int) error {
	if depth >= maxDepth {
		return errDeep
	}
	if p.form != object {
		return d.time(p)
	}
	if !d.take('{') {
		return errSyntax
	}
	if d.take('}') {
		return nil
	}
	for at := (place{plan: p}); ; {
		f, err := d.name(&at)
		if err != nil {
			return err
		}
		if !d.take(':') {
			return errSyntax
		}
		if err := d.field(f, depth+1); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if d.take('}') {
			return nil
		}
		if !d.take(',') {
			return errSyntax
		}
	}
}

func (d *decoder) time(p *plan) error {
	text, err := d.string()
	if err != nil {
		return err
	}
	parse := parseTimestamp
	if p.form == duration {
		parse = parseDuration
	}
	seconds, nanos, err := parse(string(text))
	if err != nil {
		return err
	}
	if seconds != 0 {
		d.wire = protowire.AppendVarint(protowire.AppendTag(d.wire, p.seconds.Number(), protowire.VarintType), uint64(seconds))
	}
	if nanos != 0 {
		d.wire = protowire.AppendVarint(protowire.AppendTag(d.wire, p.nanos.Number(), protowire.VarintType), uint64(nanos))
	}
	return nil
}

// value takes one value and puts it on the wire behind its tag.
func (d *decoder) value(f *field, depth int) error {
	d.wire = append(d.wire, f.tag...)
	switch f.kind {
	case protoreflect.MessageKind:
		start := d.open()
		if err := d.message(f.plan, depth); err != nil {
			return err
		}
		d.close(start)
		return nil
	case protoreflect.StringKind:
		text, err := d.string()
		if err != nil {
			return err
		}
		d.wire = protowire.AppendBytes(d.wire, text)
		return f.check(len(text) == 0)
	case protoreflect.BytesKind:
		return d.bytes(f)
	case protoreflect.DoubleKind:
		x, err := d.float(64)
		d.wire = protowire.AppendFixed64(d.wire, math.Float64bits(x))
		return f.take(err, math.Float64bits(x) == 0)
	case protoreflect.FloatKind:
		x, err := d.float(32)
		d.wire = protowire.AppendFixed32(d.wire, math.Float32bits(float32(x)))
		return f.take(err, math.Float32bits(float32(x)) == 0)
	}
	n, err := d.integer(f)
	switch f.wire {
	case protowire.Fixed32Type:
		d.wire = protowire.AppendFixed32(d.wire, uint32(n))
	case protowire.Fixed64Type:
		d.wire = protowire.AppendFixed64(d.wire, n)
	default:
		d.wire = protowire.AppendVarint(d.wire, n)
	}
	return f.take(err, n == 0)
}

// check refuses a zero where zero means unset, which is never written.
func (f *field) check(zero bool) error {
	if zero && f.bare {
		return errUnset
	}
	return nil
}

func (f *field) take(err error, zero bool) error {
	if err != nil {
		return err
	}
	return f.check(zero)
}
