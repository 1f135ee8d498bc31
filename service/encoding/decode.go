package encoding

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"

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

func decodeRecord(s *scanner, m protoreflect.Message, p *plan) error {
	if p.form != object || !s.take('[') {
		return errSyntax
	}
	next := 0 // fields before it have passed
	for first := true; !(first && s.take(']')); first = false {
		if !s.take('[') {
			return errSyntax
		}
		f, err := decodeName(s, p, &next)
		if err != nil {
			return err
		}
		if !s.take(',') {
			return errSyntax
		}
		if err := decodeField(s, m, f, 1); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if !s.take(']') {
			return errSyntax
		}
		if s.take(']') {
			break
		}
		if !s.take(',') {
			return errSyntax
		}
	}
	if s.at != len(s.text) {
		return errEnd
	}
	return nil
}

// decodeName takes the name of a field, which must come at or after next.
func decodeName(s *scanner, p *plan, next *int) (*field, error) {
	name, err := s.string()
	if err != nil {
		return nil, err
	}
	for i := *next; i < len(p.fields); i++ {
		if p.fields[i].name == name {
			*next = i + 1
			return &p.fields[i], nil
		}
	}
	for i := range p.fields[:*next] {
		if p.fields[i].name == name {
			return nil, errOrder
		}
	}
	return nil, errField
}

func decodeField(s *scanner, m protoreflect.Message, f *field, depth int) error {
	if f.oneof != nil && m.WhichOneof(f.oneof) != nil {
		return errOneof
	}
	switch {
	case f.list:
		if err := decodeList(s, m.Mutable(f.desc).List(), f, depth); err != nil {
			return err
		}
	case f.table:
		if err := decodeMap(s, m.Mutable(f.desc).Map(), f.value, depth); err != nil {
			return err
		}
	case f.kind == protoreflect.MessageKind:
		return decodeMessage(s, m.Mutable(f.desc).Message(), f.plan, depth)
	default:
		v, err := decodeScalar(s, f)
		if err != nil {
			return err
		}
		m.Set(f.desc, v)
	}
	if !m.Has(f.desc) {
		return errUnset
	}
	return nil
}

func decodeList(s *scanner, list protoreflect.List, f *field, depth int) error {
	if !s.take('[') || s.peek() == ']' {
		return errSyntax
	}
	for {
		if f.kind == protoreflect.MessageKind {
			if err := decodeMessage(s, list.AppendMutable().Message(), f.plan, depth); err != nil {
				return err
			}
		} else {
			v, err := decodeScalar(s, f)
			if err != nil {
				return err
			}
			list.Append(v)
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

func decodeMap(s *scanner, table protoreflect.Map, value *field, depth int) error {
	if !s.take('{') || s.peek() == '}' {
		return errSyntax
	}
	for before, first := "", true; ; first = false {
		key, err := s.string()
		if err != nil {
			return err
		}
		if !first && key <= before {
			return errOrder
		}
		before = key
		if !s.take(':') {
			return errSyntax
		}
		at := protoreflect.ValueOfString(key).MapKey()
		if value.kind == protoreflect.MessageKind {
			err = decodeMessage(s, table.Mutable(at).Message(), value.plan, depth)
		} else {
			var v protoreflect.Value
			if v, err = decodeScalar(s, value); err == nil {
				table.Set(at, v)
			}
		}
		if err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

func decodeMessage(s *scanner, m protoreflect.Message, p *plan, depth int) error {
	if depth >= maxDepth {
		return errDeep
	}
	if p.form != object {
		return decodeTime(s, m, p)
	}
	if !s.take('{') {
		return errSyntax
	}
	if s.take('}') {
		return nil
	}
	for next := 0; ; {
		f, err := decodeName(s, p, &next)
		if err != nil {
			return err
		}
		if !s.take(':') {
			return errSyntax
		}
		if err := decodeField(s, m, f, depth+1); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

func decodeTime(s *scanner, m protoreflect.Message, p *plan) error {
	text, err := s.string()
	if err != nil {
		return err
	}
	parse := parseTimestamp
	if p.form == duration {
		parse = parseDuration
	}
	seconds, nanos, err := parse(text)
	if err != nil {
		return err
	}
	if seconds != 0 {
		m.Set(p.seconds, protoreflect.ValueOfInt64(seconds))
	}
	if nanos != 0 {
		m.Set(p.nanos, protoreflect.ValueOfInt32(int32(nanos)))
	}
	return nil
}

func decodeScalar(s *scanner, f *field) (v protoreflect.Value, err error) {
	switch f.kind {
	case protoreflect.StringKind:
		text, err := s.string()
		return protoreflect.ValueOfString(text), err
	case protoreflect.EnumKind:
		name, err := s.string()
		if err != nil {
			return v, err
		}
		number, ok := f.enum.byName[name]
		if !ok {
			return v, errEnum
		}
		return protoreflect.ValueOfEnum(number), nil
	case protoreflect.BoolKind:
		if s.word("true") {
			return protoreflect.ValueOfBool(true), nil
		}
		if s.word("false") {
			return protoreflect.ValueOfBool(false), nil
		}
		return v, errSyntax
	case protoreflect.BytesKind:
		return decodeBytes(s)
	case protoreflect.DoubleKind:
		x, err := decodeFloat(s, 64)
		return protoreflect.ValueOfFloat64(x), err
	case protoreflect.FloatKind:
		x, err := decodeFloat(s, 32)
		return protoreflect.ValueOfFloat32(float32(x)), err
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		n, err := decodeUint(s, math.MaxUint32)
		return protoreflect.ValueOfUint32(uint32(n)), err
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, err := decodeUint(s, math.MaxUint64)
		return protoreflect.ValueOfUint64(n), err
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		n, err := decodeInt(s, 32)
		return protoreflect.ValueOfInt32(int32(n)), err
	default: // the signed integers of 64 bits
		n, err := decodeInt(s, 64)
		return protoreflect.ValueOfInt64(n), err
	}
}

func decodeBytes(s *scanner) (v protoreflect.Value, err error) {
	text, err := s.string()
	if err != nil {
		return v, err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	// The decoder passes over line ends, which are never written.
	if err != nil || base64.RawURLEncoding.EncodedLen(len(b)) != len(text) {
		return v, errBase64
	}
	return protoreflect.ValueOfBytes(b), nil
}

func decodeFloat(s *scanner, bits int) (float64, error) {
	text := s.number()
	x, err := strconv.ParseFloat(text, bits)
	if err != nil {
		return 0, errFloat
	}
	var room [32]byte
	if again, err := appendFloat(room[:0], x, bits); err != nil || string(again) != text {
		return 0, errFloat
	}
	return x, nil
}

// decodeInt takes a signed integer; beyond maxExact it stands in quotes.
func decodeInt(s *scanner, bits int) (int64, error) {
	inQuotes := s.take('"')
	text := s.number()
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil || !canonical(text) || inQuotes != (n < -maxExact || n > maxExact) || inQuotes && !s.take('"') {
		return 0, errInteger
	}
	return n, nil
}

// decodeUint takes an unsigned integer; beyond maxExact it stands in quotes.
func decodeUint(s *scanner, most uint64) (uint64, error) {
	inQuotes := s.take('"')
	text := s.number()
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > most || !canonical(text) || inQuotes != (n > maxExact) || inQuotes && !s.take('"') {
		return 0, errInteger
	}
	return n, nil
}

// canonical says of an integer that it has no needless sign or zero.
func canonical(text string) bool {
	if text[0] == '-' {
		return text[1] != '0'
	}
	return text[0] != '+' && (text[0] != '0' || len(text) == 1)
}
