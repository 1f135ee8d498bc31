package encoding

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/durationpb" // for everyScalar
	"pgregory.net/rapid"

	"google.golang.org/protobuf/reflect/protoregistry"
)

// everyScalar is a kind of message with a field of each type that the contract
// may come to use.
func everyScalar(t testing.TB) protoreflect.MessageType {
	t.Helper()
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("every.proto"), Package: proto.String("every"), Syntax: proto.String("proto3"),
		Dependency:  []string{"google/protobuf/duration.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Scalar")}},
	}
	add := func(number int32, kind protoreflect.Kind, label descriptorpb.FieldDescriptorProto_Label) {
		f := &descriptorpb.FieldDescriptorProto{
			Name: proto.String("f" + strconv.Itoa(int(number))), Number: &number,
			Type: descriptorpb.FieldDescriptorProto_Type(kind).Enum(), Label: label.Enum(),
		}
		if kind == protoreflect.MessageKind {
			f.TypeName = proto.String(".google.protobuf.Duration")
		}
		// In descending order of number: the order of declaration must not matter.
		file.MessageType[0].Field = append([]*descriptorpb.FieldDescriptorProto{f}, file.MessageType[0].Field...)
	}
	for i, kind := range []protoreflect.Kind{
		protoreflect.BoolKind, protoreflect.StringKind, protoreflect.BytesKind, protoreflect.DoubleKind, protoreflect.FloatKind,
		protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind,
		protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind,
		protoreflect.MessageKind,
	} {
		add(int32(2*i+1), kind, descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL)
		add(int32(2*i+2), kind, descriptorpb.FieldDescriptorProto_LABEL_REPEATED)
	}
	made, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return dynamicpb.NewMessageType(made.Messages().Get(0))
}

// sameAsOutside lets encoding/json read what was written, and compares it with
// what it reads from the protobuf runtime's own JSON of the same message.
func sameAsOutside(t *rapid.T, encoded []byte, m protoreflect.Message) {
	var pairs [][2]json.RawMessage
	if err := json.Unmarshal(encoded[1:], &pairs); err != nil {
		t.Fatalf("not valid JSON: %v\n%s", err, encoded)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, encoded[1:]); err != nil || compact.String() != string(encoded[1:]) {
		t.Fatalf("white space in %s", encoded)
	}
	theirs, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.Interface())
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	decoder := json.NewDecoder(bytes.NewReader(theirs))
	decoder.UseNumber()
	if err := decoder.Decode(&want); err != nil {
		t.Fatal(err)
	}
	walked := 0
	for name, value := range Fields(encoded) {
		if string(pairs[walked][0]) != strconv.Quote(name) || !bytes.Equal(pairs[walked][1], value) {
			t.Fatalf("field %d is given as %s %s instead of %s", walked, name, value, pairs[walked])
		}
		var got any
		decoder := json.NewDecoder(bytes.NewReader(value))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		sameJSON(t, f, got, want[name])
		walked++
	}
	if walked != len(pairs) || walked != len(want) {
		t.Fatalf("%d fields given, %d written, %d populated", walked, len(pairs), len(want))
	}
}

// sameJSON compares a value with the runtime's: numbers it may put in quotes,
// bytes in the other alphabet, times with other decimals.
func sameJSON(t *rapid.T, f protoreflect.FieldDescriptor, got, want any) {
	switch want := want.(type) {
	case []any:
		list := got.([]any)
		if len(list) != len(want) {
			t.Fatalf("%s: %d elements instead of %d", f.FullName(), len(list), len(want))
		}
		for i := range want {
			sameJSON(t, f, list[i], want[i])
		}
		return
	case map[string]any:
		object := got.(map[string]any)
		if len(object) != len(want) {
			t.Fatalf("%s: %d keys instead of %d", f.FullName(), len(object), len(want))
		}
		for key := range want {
			inner := f.MapValue()
			if !f.IsMap() {
				inner = f.Message().Fields().ByName(protoreflect.Name(key))
			}
			sameJSON(t, inner, object[key], want[key])
		}
		return
	}
	if !sameLeaf(f, got, want) {
		t.Fatalf("%s: %v instead of %v", f.FullName(), got, want)
	}
}

func sameLeaf(f protoreflect.FieldDescriptor, got, want any) bool {
	text := func(v any) string {
		if n, ok := v.(json.Number); ok {
			return n.String()
		}
		s, _ := v.(string)
		return s
	}
	switch {
	case f.Kind() == protoreflect.BytesKind:
		a, errA := base64.RawURLEncoding.DecodeString(got.(string))
		b, errB := base64.StdEncoding.DecodeString(want.(string))
		return errA == nil && errB == nil && bytes.Equal(a, b)
	case f.Kind() == protoreflect.DoubleKind, f.Kind() == protoreflect.FloatKind:
		a, errA := strconv.ParseFloat(text(got), 64)
		b, errB := strconv.ParseFloat(text(want), 64)
		return errA == nil && errB == nil && (a == b || f.Kind() == protoreflect.FloatKind && float32(a) == float32(b))
	case f.Message() != nil && f.Message().Name() == "Timestamp":
		a, errA := time.Parse(time.RFC3339Nano, got.(string))
		b, errB := time.Parse(time.RFC3339Nano, want.(string))
		return errA == nil && errB == nil && a.Equal(b) && got == a.UTC().Format(time.RFC3339Nano)
	case f.Message() != nil && f.Message().Name() == "Duration":
		trimmed := strings.TrimSuffix(want.(string), "s")
		if strings.Contains(trimmed, ".") {
			trimmed = strings.TrimRight(strings.TrimRight(trimmed, "0"), ".")
		}
		return got == trimmed+"s"
	case f.Kind() == protoreflect.BoolKind, f.Kind() == protoreflect.StringKind, f.Kind() == protoreflect.EnumKind:
		return got == want
	default:
		return text(got) == text(want)
	}
}
