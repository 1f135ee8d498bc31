package encoding

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxExact is the greatest integer that every reader of JSON keeps exactly.
const maxExact = 1<<53 - 1

var (
	errDeep    = errors.New("messages nest too deep")
	errText    = errors.New("text is not valid UTF-8")
	errUnknown = errors.New("holds fields that this release does not know")
	errNumber  = errors.New("NaN and infinities have no form")
	errEnum    = errors.New("the enum has no value of that number")
)

func appendRecord(dst []byte, m protoreflect.Message, p *plan, leave func(string) bool) ([]byte, error) {
	if p.form != object {
		return dst, errors.New("a time is no record")
	}
	if len(m.GetUnknown()) > 0 {
		return dst, errUnknown
	}
	dst = append(dst, '[')
	start := len(dst)
	var err error
	for i := range p.fields {
		f := &p.fields[i]
		if !m.Has(f.desc) || leave != nil && leave(f.name) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, f.pair...)
		if dst, err = appendField(dst, m.Get(f.desc), f, 1); err != nil {
			return dst, fmt.Errorf("%s: %w", f.name, err)
		}
		dst = append(dst, ']')
	}
	return append(dst, ']'), nil
}

func appendField(dst []byte, v protoreflect.Value, f *field, depth int) ([]byte, error) {
	switch {
	case f.list:
		return appendList(dst, v.List(), f, depth)
	case f.table:
		return appendMap(dst, v.Map(), f.value, depth)
	}
	return appendValue(dst, v, f, depth)
}

func appendValue(dst []byte, v protoreflect.Value, f *field, depth int) ([]byte, error) {
	switch f.kind {
	case protoreflect.StringKind:
		return appendString(dst, v.String())
	case protoreflect.MessageKind:
		return appendMessage(dst, v.Message(), f.plan, depth)
	case protoreflect.EnumKind:
		name, ok := f.enum.byNumber[v.Enum()]
		if !ok {
			return dst, errEnum
		}
		dst = append(dst, '"')
		dst = append(dst, name...)
		return append(dst, '"'), nil
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, v.Bool()), nil
	case protoreflect.BytesKind:
		dst = append(dst, '"')
		dst = base64.RawURLEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"'), nil
	case protoreflect.DoubleKind:
		return appendFloat(dst, v.Float(), 64)
	case protoreflect.FloatKind:
		return appendFloat(dst, v.Float(), 32)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n := v.Uint()
		if n <= maxExact {
			return strconv.AppendUint(dst, n, 10), nil
		}
		return append(strconv.AppendUint(append(dst, '"'), n, 10), '"'), nil
	default: // the signed integers
		n := v.Int()
		if -maxExact <= n && n <= maxExact {
			return strconv.AppendInt(dst, n, 10), nil
		}
		return append(strconv.AppendInt(append(dst, '"'), n, 10), '"'), nil
	}
}

func appendList(dst []byte, list protoreflect.List, f *field, depth int) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i := range list.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendValue(dst, list.Get(i), f, depth); err != nil {
			return dst, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, table protoreflect.Map, value *field, depth int) ([]byte, error) {
	keys := make([]string, 0, table.Len())
	table.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k.String())
		return true
	})
	slices.Sort(keys)
	dst = append(dst, '{')
	var err error
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendString(dst, k); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		v := table.Get(protoreflect.ValueOfString(k).MapKey())
		if dst, err = appendValue(dst, v, value, depth); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendMessage(dst []byte, m protoreflect.Message, p *plan, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return dst, errDeep
	}
	if len(m.GetUnknown()) > 0 {
		return dst, errUnknown
	}
	switch p.form {
	case timestamp:
		return appendTimestamp(dst, m.Get(p.seconds).Int(), m.Get(p.nanos).Int())
	case duration:
		return appendDuration(dst, m.Get(p.seconds).Int(), m.Get(p.nanos).Int())
	}
	dst = append(dst, '{')
	start := len(dst)
	var err error
	for i := range p.fields {
		f := &p.fields[i]
		if !m.Has(f.desc) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, f.key...)
		if dst, err = appendField(dst, m.Get(f.desc), f, depth+1); err != nil {
			return dst, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return append(dst, '}'), nil
}

// plain says of each byte that it stands for itself inside a string.
var plain = func() (t [256]bool) {
	for b := range t {
		t[b] = b >= 0x20 && b != '"' && b != '\\'
	}
	return t
}()

func appendString(dst []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return dst, errText
	}
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		if plain[s[i]] {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, s[i])
		start = i + 1
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"'), nil
}

// appendEscape appends the one escape that a byte has which isn't plain.
func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
}

// appendFloat writes a number as ECMAScript's Number.toString does, but for
// negative zero, which keeps its sign.
func appendFloat(dst []byte, x float64, bits int) ([]byte, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return dst, errNumber
	}
	layout := byte('f')
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		layout = 'e'
	}
	dst = strconv.AppendFloat(dst, x, layout, -1, bits)
	// Go pads an exponent to two digits: 1e-07 is written 1e-7.
	if n := len(dst); layout == 'e' && n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst, nil
}
