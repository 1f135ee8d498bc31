package cli

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
)

// choices are the short forms of the values that the contract lets a field have:
// an outcome, for one, is no state on the way to one.
func choices(fd protoreflect.FieldDescriptor) []string {
	return shortForms(fd.Enum(), labels.Choices(fd))
}

// wordsOf are the short forms of all values.
func wordsOf(ed protoreflect.EnumDescriptor) []string {
	return shortForms(ed, labels.Values(ed))
}

func shortForms(ed protoreflect.EnumDescriptor, numbers []protoreflect.EnumNumber) []string {
	var words []string
	for _, n := range numbers {
		words = append(words, labels.EnumWord(ed, n))
	}
	return words
}

// word is the short form of a typed value; empty for unspecified.
func word(e protoreflect.Enum) string {
	if e.Number() == 0 {
		return ""
	}
	return labels.EnumWord(e.Descriptor(), e.Number())
}

// words is word with spaces, for sentences.
func words(e protoreflect.Enum) string { return strings.ReplaceAll(word(e), "-", " ") }

// enumName is a value's name in the contract without the prefix of its type, as
// matter files have it: DOES_NOT_CONFIRM.
func enumName(ed protoreflect.EnumDescriptor, number protoreflect.EnumNumber) string {
	value := ed.Values().ByNumber(number)
	if value == nil {
		return strconv.Itoa(int(number))
	}
	return strings.TrimPrefix(string(value.Name()), labels.EnumPrefix(ed))
}

// enumNames are those of all values.
func enumNames(ed protoreflect.EnumDescriptor) []string {
	var names []string
	for _, n := range labels.Values(ed) {
		names = append(names, enumName(ed, n))
	}
	return names
}
