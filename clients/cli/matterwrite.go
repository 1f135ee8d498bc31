package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// writeMatter writes documents as a matter file, always in the same order: by
// kind, then by key, numbers in keys by their size.
func writeMatter(w io.Writer, documents []*tumenv1.MatterDocument) error {
	type entry struct {
		rank int
		node *yaml.Node
		key  string
	}
	var entries []entry
	for _, d := range documents {
		record := labels.Unwrap(d.GetRecord())
		if record == nil {
			return fmt.Errorf("the server sent a document without a record: %s", visible(d.GetKey()))
		}
		m := record.ProtoReflect()
		kind := string(m.Descriptor().Name())
		root := mapping()
		add(root, "kind", text(kind))
		add(root, "key", text(d.GetKey()))
		if d.GetCase() != "" {
			add(root, "case", text(d.GetCase()))
		}
		if d.GetName() != "" {
			add(root, "name", text(d.GetName()))
		}
		add(root, "record", messageNode(m))
		entries = append(entries, entry{slices.Index(matterKinds, kind), root, d.GetKey()})
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), labels.Compare(a.key, b.key))
	})
	for _, e := range entries {
		if _, err := io.WriteString(w, "---\n"); err != nil {
			return err
		}
		encoder := yaml.NewEncoder(w)
		encoder.SetIndent(2)
		if err := encoder.Encode(e.node); err != nil {
			return err
		}
		if err := encoder.Close(); err != nil {
			return err
		}
	}
	return nil
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

func add(to *yaml.Node, name string, value *yaml.Node) {
	to.Content = append(to.Content, text(name), value)
}

// text is a node of text; the encoder quotes what would read as something else.
func text(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	switch {
	case !strings.Contains(value, "\n"):
	case strings.Contains(value, "\t"): // where a line begins with one, a block is misread
		n.Style = yaml.DoubleQuotedStyle
	case plainLines(value):
		n.Style = yaml.LiteralStyle
	}
	return n
}

// plainLines says whether text reads the same as a block as it does quoted:
// blocks keep neither spaces at the start nor characters that are not printed.
func plainLines(value string) bool {
	return value[0] != ' ' && value[0] != '\n' && !strings.Contains(value, " \n") &&
		visibleLines(value) == value && !strings.HasSuffix(value, " ")
}

func plain(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// messageNode writes what clients set of a message, in the contract's order.
func messageNode(m protoreflect.Message) *yaml.Node {
	node := mapping()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.Has(fd) || labels.SetByServer(fd) || fd.Name() == "etag" {
			continue
		}
		add(node, fd.JSONName(), fieldNode(fd, m.Get(fd)))
	}
	return node
}

func fieldNode(fd protoreflect.FieldDescriptor, v protoreflect.Value) *yaml.Node {
	switch {
	case fd.IsMap():
		node := mapping()
		var names []string
		v.Map().Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
			names = append(names, k.String())
			return true
		})
		slices.Sort(names)
		for _, name := range names {
			add(node, name, text(v.Map().Get(protoreflect.ValueOfString(name).MapKey()).String()))
		}
		return node
	case fd.IsList():
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if fd.Message() == nil {
			node.Style = yaml.FlowStyle
		}
		for i := range v.List().Len() {
			node.Content = append(node.Content, valueNode(fd, v.List().Get(i)))
		}
		return node
	}
	return valueNode(fd, v)
}

func valueNode(fd protoreflect.FieldDescriptor, v protoreflect.Value) *yaml.Node {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return messageNode(v.Message())
	case protoreflect.EnumKind:
		return plain("!!str", enumName(fd.Enum(), v.Enum()))
	case protoreflect.BoolKind:
		return plain("!!bool", strconv.FormatBool(v.Bool()))
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return plain("!!int", strconv.FormatInt(v.Int(), 10))
	case protoreflect.DoubleKind:
		return plain("!!float", number(v.Float()))
	}
	return text(v.String())
}
