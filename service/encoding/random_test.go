package encoding

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// kinds lists every kind of message that the store keeps, from the contract's
// own declaration of what a record is, and credentials.
func kinds(t testing.TB) []protoreflect.MessageType {
	t.Helper()
	var all []protoreflect.MessageType
	fields := (&tumenv1.Record{}).ProtoReflect().Descriptor().Oneofs().ByName("record").Fields()
	for i := range fields.Len() {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(fields.Get(i).Message().FullName())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, kind)
	}
	return append(all, (&tumenv1.Credential{}).ProtoReflect().Type())
}

// drawMessage sets fields at random, to values that have an encoding.
func drawMessage(t *rapid.T, m protoreflect.Message, depth int) {
	switch m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		setTime(m, rapid.Int64Range(minTimestamp, maxTimestamp).Draw(t, "seconds"), rapid.Int32Range(0, second-1).Draw(t, "nanos"))
		return
	case "google.protobuf.Duration":
		sign := rapid.SampledFrom([]int64{-1, 1}).Draw(t, "sign")
		setTime(m, sign*rapid.Int64Range(0, maxDuration).Draw(t, "seconds"), int32(sign)*rapid.Int32Range(0, second-1).Draw(t, "nanos"))
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if depth > 4 || !rapid.Bool().Draw(t, string(f.Name())) {
			continue
		}
		switch {
		case f.IsMap():
			for range rapid.IntRange(1, 3).Draw(t, "entries") {
				key := protoreflect.ValueOfString(rapid.String().Draw(t, "key")).MapKey()
				m.Mutable(f).Map().Set(key, drawScalar(t, f.MapValue()))
			}
		case f.IsList():
			list := m.Mutable(f).List()
			for range rapid.IntRange(1, 3).Draw(t, "elements") {
				if f.Message() != nil {
					drawMessage(t, list.AppendMutable().Message(), depth+1)
				} else {
					list.Append(drawScalar(t, f))
				}
			}
		case f.Message() != nil:
			drawMessage(t, m.Mutable(f).Message(), depth+1)
		default:
			m.Set(f, drawScalar(t, f))
		}
	}
}

func setTime(m protoreflect.Message, seconds int64, nanos int32) {
	fields := m.Descriptor().Fields()
	m.Set(fields.ByName("seconds"), protoreflect.ValueOfInt64(seconds))
	m.Set(fields.ByName("nanos"), protoreflect.ValueOfInt32(nanos))
}

func drawScalar(t *rapid.T, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"", "두만강", "图们", "\"\\/\b\t\n\f\r\x00\x1f\x7f", "<&>\u2028\ufffd", "😀",
		})).Draw(t, "text"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(rapid.IntRange(0, values.Len()-1).Draw(t, "enum")).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int32"))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(rapid.Uint32().Draw(t, "uint32"))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{maxExact, maxExact + 1, math.MaxUint64})).Draw(t, "uint64"))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(rapid.Float32().Draw(t, "float32"))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{
			0, math.Copysign(0, -1), 1e21, 1e20, 1e-6, 1e-7, 0.1, 42.8659, math.MaxFloat64, math.SmallestNonzeroFloat64,
		})).Draw(t, "float64"))
	default:
		return protoreflect.ValueOfInt64(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{
			0, maxExact, maxExact + 1, -maxExact, -maxExact - 1, math.MaxInt64, math.MinInt64,
		})).Draw(t, "int64"))
	}
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	for _, kind := range append(kinds(t), everyScalar(t)) {
		t.Run(string(kind.Descriptor().Name()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := kind.New()
				drawMessage(t, m, 0)
				encoded, err := Append([]byte("before"), m.Interface())
				if err != nil {
					t.Fatal(err)
				}
				encoded = encoded[len("before"):]
				back := kind.New().Interface()
				if err := Decode(encoded, back); err != nil {
					t.Fatalf("%v\n%s", err, encoded)
				}
				if !proto.Equal(back, m.Interface()) {
					t.Fatalf("%s\nread back as %v\ninstead of %v", encoded, back, m.Interface())
				}
				sameAsOutside(t, encoded, m)
				sameBytesByAnotherWay(t, encoded, m)
			})
		})
	}
}

// sameBytesByAnotherWay encodes a copy that came over the wire, and a message
// of the same kind without generated code.
func sameBytesByAnotherWay(t *rapid.T, encoded []byte, m protoreflect.Message) {
	wire, err := proto.Marshal(m.Interface())
	if err != nil {
		t.Fatal(err)
	}
	for _, copied := range []proto.Message{m.New().Interface(), dynamicpb.NewMessage(m.Descriptor())} {
		if err := proto.Unmarshal(wire, copied); err != nil {
			t.Fatal(err)
		}
		again, err := Append(nil, copied)
		if err != nil || string(again) != string(encoded) {
			t.Fatalf("%T: %s, %v\ninstead of %s", copied, again, err, encoded)
		}
	}
}
