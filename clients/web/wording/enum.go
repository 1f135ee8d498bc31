package wording

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enum is the word for a value of an enum of the contract.
func (w *Words) Enum(e protoreflect.Enum) string {
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil {
		return ""
	}
	return strings.ToLower(string(value.Name()))
}
