package encoding

import (
	"encoding/base64"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// integer takes what goes on the wire as a whole number, in that form.
func (d *decoder) integer(f *field) (uint64, error) {
	switch f.kind {
	case protoreflect.EnumKind:
		name, err := d.string()
		if err != nil {
			return 0, err
		}
		number, ok := f.enum.byName[string(name)]
		if !ok {
			return 0, errEnum
		}
		return uint64(int64(number)), nil
	case protoreflect.BoolKind:
		switch {
		case d.word("true"):
			return 1, nil
		case d.word("false"):
			return 0, nil
		}
		return 0, errSyntax
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return d.unsigned(math.MaxUint32)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return d.unsigned(math.MaxUint64)
	case protoreflect.Sint32Kind:
		n, err := d.signed(32)
		return protowire.EncodeZigZag(n), err
	case protoreflect.Sint64Kind:
		n, err := d.signed(64)
		return protowire.EncodeZigZag(n), err
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		n, err := d.signed(32)
		return uint64(n), err
	default: // the other signed integers of 64 bits
		n, err := d.signed(64)
		return uint64(n), err
	}
}

func (d *decoder) bytes(f *field) error {
	text, err := d.string()
	if err != nil {
		return err
	}
	start := d.open()
	wire, err := base64.RawURLEncoding.Strict().AppendDecode(d.wire, text)
	// The decoder passes over line ends, which are never written.
	if err != nil || base64.RawURLEncoding.EncodedLen(len(wire)-start) != len(text) {
		return errBase64
	}
	d.wire = wire
	d.close(start)
	return f.check(len(text) == 0)
}

func (d *decoder) float(bits int) (float64, error) {
	text := d.number()
	x, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		return 0, errFloat
	}
	var room [32]byte
	if again, err := appendFloat(room[:0], x, bits); err != nil || string(again) != string(text) {
		return 0, errFloat
	}
	return x, nil
}

// signed takes a signed integer; beyond maxExact it stands in quotes.
func (d *decoder) signed(bits int) (int64, error) {
	inQuotes := d.take('"')
	text := d.number()
	n, err := strconv.ParseInt(string(text), 10, bits)
	if err != nil || !canonical(text) || inQuotes != (n < -maxExact || n > maxExact) || inQuotes && !d.take('"') {
		return 0, errInteger
	}
	return n, nil
}

// unsigned takes an unsigned integer; beyond maxExact it stands in quotes.
func (d *decoder) unsigned(most uint64) (uint64, error) {
	inQuotes := d.take('"')
	text := d.number()
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || n > most || !canonical(text) || inQuotes != (n > maxExact) || inQuotes && !d.take('"') {
		return 0, errInteger
	}
	return n, nil
}

// canonical says of an integer that it has no needless sign or zero.
func canonical(text []byte) bool {
	if text[0] == '-' {
		return text[1] != '0'
	}
	return text[0] != '+' && (text[0] != '0' || len(text) == 1)
}
