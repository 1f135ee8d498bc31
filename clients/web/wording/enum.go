package wording

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enum is the word for a value of an enum of the contract. A value that a newer
// server may know and this program does not is said to be one, with its number.
func (w *Words) Enum(e protoreflect.Enum) string {
	return w.EnumValue(e.Descriptor(), e.Number())
}

// enumID is the id under which a value stands in the catalogue. Zero is the same
// in every enum: nothing is stated.
func enumID(value protoreflect.EnumValueDescriptor) string {
	if value.Number() == 0 {
		return "enum.unspecified"
	}
	return "enum." + strings.ToLower(string(value.Name()))
}

// EnumValue is Enum for a value by its type and number.
func (w *Words) EnumValue(ed protoreflect.EnumDescriptor, number protoreflect.EnumNumber) string {
	if value := ed.Values().ByNumber(number); value != nil {
		return w.Say(enumID(value))
	}
	return w.Say("enum.unknown", "number", int32(number))
}
