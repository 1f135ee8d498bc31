package service_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// fields are what a call sends, by the contract's names.
type fields map[string]any

// methodOf finds a method of the contract: "CaseService/CreateEvent".
func methodOf(t testing.TB, path string) protoreflect.MethodDescriptor {
	t.Helper()
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("tumen.v1." + strings.ReplaceAll(path, "/", ".")))
	ok(t, err)
	return d.(protoreflect.MethodDescriptor)
}

func newMessage(t testing.TB, d protoreflect.MessageDescriptor) protoreflect.Message {
	t.Helper()
	mt, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	ok(t, err)
	return mt.New()
}

// set sets a field by its name; masks are given as lists of paths.
func set(t testing.TB, m protoreflect.Message, name string, value any) {
	t.Helper()
	f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil {
		t.Fatalf("%s has no field %s", m.Descriptor().FullName(), name)
	}
	switch v := value.(type) {
	case []string:
		m.Set(f, protoreflect.ValueOfMessage((&fieldmaskpb.FieldMask{Paths: v}).ProtoReflect()))
	case proto.Message:
		m.Set(f, protoreflect.ValueOfMessage(v.ProtoReflect()))
	case protoreflect.Enum:
		m.Set(f, protoreflect.ValueOfEnum(v.Number()))
	default:
		m.Set(f, protoreflect.ValueOf(v))
	}
}

// rpc calls a unary method of the contract by its name.
func (m *member) rpc(t testing.TB, ctx context.Context, path string, in fields) (protoreflect.Message, error) {
	t.Helper()
	method := methodOf(t, path)
	req, out := newMessage(t, method.Input()), newMessage(t, method.Output())
	for name, value := range in {
		set(t, req, name, value)
	}
	err := m.conn.Invoke(ctx, "/tumen.v1."+path, req.Interface(), out.Interface())
	return out, err
}

// stored is what every record has.
type stored interface {
	proto.Message
	GetName() string
	GetEtag() string
	GetOwner() string
	GetCreator() string
	GetUpdater() string
	GetChangeReason() string
	GetRevision() int64
	GetMarking() tumenv1.Marking
	GetWithheld() []*tumenv1.Withheld
}

// part takes a record out of an answer.
func part(t testing.TB, out protoreflect.Message, name string) stored {
	t.Helper()
	f := out.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil {
		t.Fatalf("%s has no field %s", out.Descriptor().FullName(), name)
	}
	return out.Get(f).Message().Interface().(stored)
}

// listed takes the names out of a page, of matches or of records.
func listed(out protoreflect.Message, kind string) []string {
	var names []string
	for i := range out.Descriptor().Fields().Len() {
		f := out.Descriptor().Fields().Get(i)
		if !f.IsList() || f.Message() == nil {
			continue
		}
		for j := range out.Get(f).List().Len() {
			e := out.Get(f).List().Get(j).Message()
			if inner := e.Descriptor().Fields().ByName(protoreflect.Name(kind)); inner != nil && inner.Message() != nil {
				e = e.Get(inner).Message()
			}
			names = append(names, e.Interface().(stored).GetName())
		}
	}
	return names
}

// told is everything that an error tells its caller, with some names replaced.
func told(err error, names ...string) string {
	text := fmt.Sprint(status.Convert(err).Proto())
	for _, n := range names {
		text = strings.ReplaceAll(text, n, "NAME")
	}
	return strings.Join(strings.Fields(text), " ")
}

// absent is a well-formed name that no record bears, like the one given.
func absent(name string) string {
	parts := strings.Split(name, "/")
	for i := 1; i < len(parts); i += 2 {
		if parts[0] != "vocabularies" {
			parts[i] = "00000000000000000000000000"
		} else if i == 3 {
			parts[i] = "no-such-code"
		}
	}
	return strings.Join(parts, "/")
}

func protoName(s string) protoreflect.Name { return protoreflect.Name(s) }
