package labels

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

// EnumWord is the short form of a value; an unknown number is printed as such.
func EnumWord(ed protoreflect.EnumDescriptor, number protoreflect.EnumNumber) string {
	value := ed.Values().ByNumber(number)
	if value == nil {
		return strconv.Itoa(int(number))
	}
	short := strings.TrimPrefix(string(value.Name()), EnumPrefix(ed))
	switch {
	case ed.FullName() == credibility && number > 0:
		return strconv.Itoa(int(number))
	case len(short) == 1:
		return short
	}
	return strings.ReplaceAll(strings.ToLower(short), "_", "-")
}

// EnumNumber reads a value, in its short form or by its name in the contract;
// case does not matter. Unspecified is no value.
func EnumNumber(ed protoreflect.EnumDescriptor, text string) (protoreflect.EnumNumber, bool) {
	name := strings.ToUpper(strings.NewReplacer("-", "_", "+", "_", " ", "_").Replace(text))
	if ed.FullName() == "tumen.v1.Marking" && name == "WHITE" {
		name = "CLEAR"
	}
	prefix := EnumPrefix(ed)
	for i := range ed.Values().Len() {
		value := ed.Values().Get(i)
		full := string(value.Name())
		if value.Number() == 0 {
			continue
		}
		if name == full || prefix+name == full || text == EnumWord(ed, value.Number()) {
			return value.Number(), true
		}
	}
	return 0, false
}

// Choices are the values that the contract lets a field have: an outcome, for one, is
// no state on the way to one.
func Choices(fd protoreflect.FieldDescriptor) []protoreflect.EnumNumber {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	allowed := rules.GetEnum().GetIn()
	return slices.DeleteFunc(Values(fd.Enum()), func(n protoreflect.EnumNumber) bool {
		return len(allowed) > 0 && !slices.Contains(allowed, int32(n))
	})
}

// Values are those of a type, without unspecified.
func Values(ed protoreflect.EnumDescriptor) []protoreflect.EnumNumber {
	var numbers []protoreflect.EnumNumber
	for i := range ed.Values().Len() {
		if n := ed.Values().Get(i).Number(); n != 0 {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// EnumPrefix is what the names of all values of a type begin with: STANCE_.
func EnumPrefix(ed protoreflect.EnumDescriptor) string {
	return strings.TrimSuffix(string(ed.Values().Get(0).Name()), "UNSPECIFIED")
}
