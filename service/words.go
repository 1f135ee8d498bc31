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
