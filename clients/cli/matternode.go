package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
)

// nodeReader turns YAML nodes into messages of the contract and notes every
// mistake with its line.
type nodeReader struct {
	offset int            // lines of the file before the document
	lines  map[string]int // of fields, by path
	empty  []string       // fields of the record itself that are said to be empty
	faults []fault
}

func (r *nodeReader) fail(at *yaml.Node, path, message string) {
	r.faults = append(r.faults, fault{at.Line + r.offset, path, message})
}

// pairs walks a mapping, and refuses what is not plain or stands twice.
func (r *nodeReader) pairs(node *yaml.Node, path string, each func(name, value *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		switch {
		case name.Kind != yaml.ScalarNode:
			r.fail(name, path, "a field's name is plain text")
		case seen[name.Value]:
			r.fail(name, join(path, name.Value), "stands here twice")
		case value.Kind == yaml.AliasNode:
			r.fail(value, join(path, name.Value), "aliases are not read: write the value out")
		default:
			seen[name.Value] = true
			each(name, value)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// message reads a mapping into a message.
func (r *nodeReader) message(node *yaml.Node, m protoreflect.Message, path string) {
	if node.Kind != yaml.MappingNode {
		r.fail(node, path, "a mapping of fields is expected")
		return
	}
	seen := map[protoreflect.Name]bool{}
	r.pairs(node, path, func(name, value *yaml.Node) {
		fields := m.Descriptor().Fields()
		fd := fields.ByJSONName(name.Value)
		if fd == nil {
			fd = fields.ByName(protoreflect.Name(name.Value))
		}
		if fd == nil {
			r.fail(name, join(path, name.Value), fmt.Sprintf("%s has no such field", m.Descriptor().Name()))
			return
		}
		at := join(path, string(fd.Name()))
		r.lines[at] = name.Line + r.offset
		oneof := fd.ContainingOneof()
		switch {
		case seen[fd.Name()]:
			r.fail(name, at, "stands here twice")
		case labels.SetByServer(fd) || at == "etag":
			r.fail(name, at, "is set by the server: leave it out")
		case value.Tag == "!!null" && path == "":
			seen[fd.Name()] = true
			r.empty = append(r.empty, at)
		case value.Tag == "!!null": // as if it were not there
		case oneof != nil && !oneof.IsSynthetic() && m.WhichOneof(oneof) != nil:
			r.fail(name, at, fmt.Sprintf("excludes %s, which stands here too", m.WhichOneof(oneof).JSONName()))
		default:
			seen[fd.Name()] = true
			before := len(r.faults)
			r.field(value, m, fd, at)
			if path == "" && !m.Has(fd) && len(r.faults) == before {
				r.empty = append(r.empty, at) // "" and [] and false say so as well
			}
		}
	})
}

func (r *nodeReader) field(node *yaml.Node, m protoreflect.Message, fd protoreflect.FieldDescriptor, path string) {
	switch {
	case fd.IsMap():
		r.mapping(node, m.Mutable(fd).Map(), path)
	case fd.IsList():
		if node.Kind != yaml.SequenceNode {
			r.fail(node, path, "a list is expected")
			return
		}
		list := m.Mutable(fd).List()
		for i, item := range node.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			r.lines[at] = item.Line + r.offset
			if fd.Message() != nil {
				element := list.NewElement()
				r.message(item, element.Message(), at)
				list.Append(element)
			} else if value, ok := r.scalar(item, fd, at); ok {
				list.Append(value)
			}
		}
	case fd.Message() != nil:
		r.message(node, m.Mutable(fd).Message(), path)
	default:
		if value, ok := r.scalar(node, fd, path); ok {
			m.Set(fd, value)
		}
	}
}

// mapping reads a map of text to text: the contract has no other.
func (r *nodeReader) mapping(node *yaml.Node, m protoreflect.Map, path string) {
	if node.Kind != yaml.MappingNode {
		r.fail(node, path, "a mapping is expected")
		return
	}
	r.pairs(node, path, func(name, value *yaml.Node) {
		at := join(path, name.Value)
		r.lines[at] = name.Line + r.offset
		m.Set(protoreflect.ValueOfString(name.Value).MapKey(), protoreflect.ValueOfString(r.text(value, at)))
	})
}

// text reads any plain value as text: dates and numbers as they are written.
func (r *nodeReader) text(node *yaml.Node, path string) string {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!binary" || node.Tag == "!!null" {
		r.fail(node, path, "text is expected")
		return ""
	}
	return node.Value
}

func (r *nodeReader) scalar(node *yaml.Node, fd protoreflect.FieldDescriptor, path string) (protoreflect.Value, bool) {
	none := protoreflect.Value{}
	if node.Kind == yaml.AliasNode {
		r.fail(node, path, "aliases are not read: write the value out")
		return none, false
	}
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		r.fail(node, path, "a single value is expected")
		return none, false
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(r.text(node, path)), true
	case protoreflect.EnumKind:
		if n, ok := labels.EnumNumber(fd.Enum(), node.Value); ok {
			return protoreflect.ValueOfEnum(n), true
		}
		r.fail(node, path, fmt.Sprintf("%s is none of %s", node.Value, strings.Join(enumNames(fd.Enum()), ", ")))
	case protoreflect.BoolKind:
		if node.Value == "true" || node.Value == "false" {
			return protoreflect.ValueOfBool(node.Value == "true"), true
		}
		r.fail(node, path, "true or false is expected")
	case protoreflect.Int32Kind:
		if n, err := strconv.ParseInt(node.Value, 10, 32); err == nil {
			return protoreflect.ValueOfInt32(int32(n)), true
		}
		r.fail(node, path, "a whole number is expected")
	case protoreflect.Int64Kind:
		if n, err := strconv.ParseInt(node.Value, 10, 64); err == nil {
			return protoreflect.ValueOfInt64(n), true
		}
		r.fail(node, path, "a whole number is expected")
	case protoreflect.DoubleKind:
		if f, err := strconv.ParseFloat(node.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return protoreflect.ValueOfFloat64(f), true
		}
		r.fail(node, path, "a number is expected")
	default:
		r.fail(node, path, "is set by the server: leave it out")
	}
	return none, false
}
