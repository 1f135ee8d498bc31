package web

import (
	"cmp"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// fieldText is what a field of a record holds, in words, a line for each item of a list.
func (s *shelf) fieldText(m proto.Message, fd protoreflect.FieldDescriptor) string {
	if m == nil || !m.ProtoReflect().Has(fd) {
		return ""
	}
	value := m.ProtoReflect().Get(fd)
	var lines []string
	switch {
	case fd.IsMap():
		value.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			lines = append(lines, k.String()+": "+v.String())
			return true
		})
	case fd.IsList():
		for i := range value.List().Len() {
			lines = append(lines, s.itemText(fd, value.List().Get(i)))
		}
	default:
		lines = append(lines, s.itemText(fd, value))
	}
	return strings.Join(lines, "\n")
}

// itemText is one value of a field.
func (s *shelf) itemText(fd protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return s.messageText(value.Message().Interface())
	case protoreflect.EnumKind:
		return s.words.Enum(enumValue{fd.Enum(), value.Enum()})
	case protoreflect.BoolKind:
		if value.Bool() {
			return s.words.Say("history.yes")
		}
		return s.words.Say("history.no")
	case protoreflect.StringKind:
		if _, refers := labels.Referenced(fd); refers {
			return s.reference(value.String())
		}
	}
	return value.String()
}

// reference is what a record is called that a field names.
func (s *shelf) reference(name string) string {
	if s.records[name] == nil && !shown(name) {
		return labels.Short(name)
	}
	return s.Label(name)
}

// messageText is a value that has fields of its own.
func (s *shelf) messageText(m proto.Message) string {
	switch m := m.(type) {
	case *timestamppb.Timestamp:
		return moment(s.words, m)
	case *tumenv1.Value:
		return s.ValueText(m)
	case *tumenv1.Time:
		return cmp.Or(s.words.Time(m), m.GetWords())
	case *tumenv1.PlaceValue:
		return s.Places([]*tumenv1.PlaceValue{m})
	case *tumenv1.Count:
		return cmp.Or(s.Count(m), m.GetWords())
	case *tumenv1.ExternalId:
		return m.GetIssuer() + ":" + m.GetId()
	}
	return strings.Join(s.leaves(m.ProtoReflect()), "; ")
}

// leaves are the values that a message holds, in the order of its fields.
func (s *shelf) leaves(m protoreflect.Message) []string {
	var all []string
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if m.Has(fd) && !identifies(fd) {
			all = append(all, strings.ReplaceAll(s.fieldText(m.Interface(), fd), "\n", ", "))
		}
	}
	return all
}

// enumValue is a value of an enum that is known by its descriptor alone.
type enumValue struct {
	of     protoreflect.EnumDescriptor
	number protoreflect.EnumNumber
}

func (e enumValue) Descriptor() protoreflect.EnumDescriptor { return e.of }
func (e enumValue) Number() protoreflect.EnumNumber         { return e.number }
func (e enumValue) Type() protoreflect.EnumType             { return nil }
