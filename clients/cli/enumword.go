package cli

import (
	"slices"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enum values are written in short: lower case, hyphens, without the prefix of
// their type, so STANCE_DOES_NOT_CONFIRM is does-not-confirm. The grades of
// credibility are written 1 to 6, those of reliability A to F.

const credibility = "tumen.v1.Credibility"

// enumWord is the short form of a value; an unknown number is printed as such.
func enumWord(ed protoreflect.EnumDescriptor, number protoreflect.EnumNumber) string {
	value := ed.Values().ByNumber(number)
	if value == nil {
		return strconv.Itoa(int(number))
	}
	short := strings.TrimPrefix(string(value.Name()), enumPrefix(ed))
	switch {
	case ed.FullName() == credibility && number > 0:
		return strconv.Itoa(int(number))
	case len(short) == 1:
		return short
	}
	return strings.ReplaceAll(strings.ToLower(short), "_", "-")
}

// enumNumber reads a value, in its short form or by its name in the contract;
// case does not matter. Unspecified is no value.
func enumNumber(ed protoreflect.EnumDescriptor, text string) (protoreflect.EnumNumber, bool) {
	name := strings.ToUpper(strings.NewReplacer("-", "_", "+", "_", " ", "_").Replace(text))
	if ed.FullName() == "tumen.v1.Marking" && name == "WHITE" {
		name = "CLEAR"
	}
	prefix := enumPrefix(ed)
	for i := range ed.Values().Len() {
		value := ed.Values().Get(i)
		full := string(value.Name())
		if value.Number() == 0 {
			continue
		}
		if name == full || prefix+name == full || text == enumWord(ed, value.Number()) {
			return value.Number(), true
		}
	}
	return 0, false
}

// choices are the short forms of the values that the contract lets a field have:
// an outcome, for one, is no state on the way to one.
func choices(fd protoreflect.FieldDescriptor) []string {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	return wordsOf(fd.Enum(), rules.GetEnum().GetIn())
}

// wordsOf are the short forms of those values; none given means all.
func wordsOf(ed protoreflect.EnumDescriptor, in []int32) []string {
	var words []string
	for i := range ed.Values().Len() {
		if n := ed.Values().Get(i).Number(); n != 0 && (len(in) == 0 || slices.Contains(in, int32(n))) {
			words = append(words, enumWord(ed, n))
		}
	}
	return words
}

func enumPrefix(ed protoreflect.EnumDescriptor) string {
	return strings.TrimSuffix(string(ed.Values().Get(0).Name()), "UNSPECIFIED")
}

// word is the short form of a typed value; empty for unspecified.
func word(e protoreflect.Enum) string {
	if e.Number() == 0 {
		return ""
	}
	return enumWord(e.Descriptor(), e.Number())
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
	return strings.TrimPrefix(string(value.Name()), enumPrefix(ed))
}

// enumNames are those of all values.
func enumNames(ed protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range ed.Values().Len() {
		if n := ed.Values().Get(i).Number(); n != 0 {
			names = append(names, enumName(ed, n))
		}
	}
	return names
}
