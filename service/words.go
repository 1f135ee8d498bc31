package service

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

func valueOfString(s string) protoreflect.Value { return protoreflect.ValueOfString(s) }

func valueOfMessage(m proto.Message) protoreflect.Value {
	return protoreflect.ValueOfMessage(m.ProtoReflect())
}

// aspectWord is an aspect as people write it: "custody status".
func aspectWord(a tumenv1.Aspect) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(a.String(), "ASPECT_")), "_", " ")
}

// erasureWord is the state of an erasure as people write it.
func erasureWord(s tumenv1.ErasureState) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(s.String(), "ERASURE_STATE_")), "_", " ")
}

// blank says whether a text says nothing.
func blank(s string) bool { return strings.TrimSpace(s) == "" }

// valueKind names the kind of a value as the contract does; empty for none.
func valueKind(v *tumenv1.Value) string { return oneofField(v, "kind") }

// protectedKind names the kind of a person's value; empty for none.
func protectedKind(v *tumenv1.ProtectedValue) string { return oneofField(v, "kind") }

func oneofField(m proto.Message, oneof protoreflect.Name) string {
	r := m.ProtoReflect()
	if f := r.WhichOneof(r.Descriptor().Oneofs().ByName(oneof)); f != nil {
		return string(f.Name())
	}
	return ""
}
