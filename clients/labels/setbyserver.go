package labels

import (
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// SetByServer says whether the server alone sets a field.
func SetByServer(fd protoreflect.FieldDescriptor) bool {
	behaviours, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	for _, b := range behaviours {
		if b == annotations.FieldBehavior_OUTPUT_ONLY {
			return true
		}
	}
	return false
}

// WithoutSetByServer copies a record without what the server sets.
func WithoutSetByServer(m protoreflect.Message) protoreflect.Message {
	copied := proto.Clone(m.Interface()).ProtoReflect()
	fields := copied.Descriptor().Fields()
	for i := range fields.Len() {
		if SetByServer(fields.Get(i)) {
			copied.Clear(fields.Get(i))
		}
	}
	return copied
}
