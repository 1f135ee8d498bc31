package entry

import (
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
)

// Yes is the text of a box that is ticked.
const Yes = "yes"

// scalar reads a text as a field's type has it.
func (f *filling) scalar(fd protoreflect.FieldDescriptor, path, text string) (protoreflect.Value, bool) {
	value, problem := f.read(fd, path, text)
	if problem != "" {
		f.fail(path, problem)
	}
	return value, problem == ""
}

func (f *filling) read(fd protoreflect.FieldDescriptor, path, text string) (protoreflect.Value, Problem) {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		n, ok := labels.EnumNumber(fd.Enum(), text)
		if !ok || !slices.Contains(labels.Choices(fd), n) {
			return protoreflect.Value{}, NoChoice
		}
		return protoreflect.ValueOfEnum(n), ""
	case protoreflect.BoolKind:
		return yesOrNo(text)
	case protoreflect.Int32Kind:
		n, err := strconv.ParseInt(digits(text), 10, 32)
		return protoreflect.ValueOfInt32(int32(n)), number(err)
	case protoreflect.Int64Kind:
		n, err := strconv.ParseInt(digits(text), 10, 64)
		return protoreflect.ValueOfInt64(n), number(err)
	case protoreflect.DoubleKind:
		n, err := strconv.ParseFloat(digits(text), 64)
		return protoreflect.ValueOfFloat64(n), number(err)
	case protoreflect.StringKind:
		kinds, refers := labels.Referenced(fd)
		if !refers {
			return protoreflect.ValueOfString(text), ""
		}
		name, problem := f.resolve(path, kinds, text)
		return protoreflect.ValueOfString(name), problem
	}
	return protoreflect.Value{}, NoField
}

func yesOrNo(text string) (protoreflect.Value, Problem) {
	switch strings.ToLower(text) {
	case Yes, "true", "1":
		return protoreflect.ValueOfBool(true), ""
	case "no", "false", "0":
		return protoreflect.ValueOfBool(false), ""
	}
	return protoreflect.Value{}, NoYesOrNo
}

func number(err error) Problem {
	if err != nil {
		return NoNumber
	}
	return ""
}

// digits takes the signs out of a number by which people group its digits, where they can
// mean nothing else: 1,234,567 and 1 234 but not 1,5.
func digits(text string) string {
	for _, sign := range []string{",", " ", "\u00a0", "\u202f"} {
		parts := strings.Split(text, sign)
		if len(parts) > 1 && len(parts[0]) <= 3 && !slices.ContainsFunc(parts[1:], func(p string) bool { return len(p) != 3 }) {
			return strings.Join(parts, "")
		}
	}
	return text
}

// Read is the text of a field of a record, as Fill reads it; empty where there is nothing.
func Read(record proto.Message, path string) string {
	m := record.ProtoReflect()
	if Leaf(m.Descriptor(), path) == nil {
		return ""
	}
	holder, fd := walk(m, steps(path), false)
	if fd == nil || !holder.Has(fd) {
		return ""
	}
	if !fd.IsList() {
		return text(fd, holder.Get(fd))
	}
	var lines []string
	for _, v := range all(holder.Get(fd).List()) {
		lines = append(lines, text(fd, v))
	}
	return strings.Join(lines, "\n")
}

func text(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		return labels.EnumWord(fd.Enum(), v.Enum())
	case protoreflect.BoolKind:
		if v.Bool() {
			return Yes
		}
		return ""
	case protoreflect.DoubleKind:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	}
	return v.String()
}
