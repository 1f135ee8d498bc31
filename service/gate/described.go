package gate

import (
	"strings"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"tumen/service/fault"
)

// notBlank is the pattern that texts have to match which somebody must have
// written something in.
const notBlank = `^$|[^\s\p{Z}\p{C}]`

// described says in words what is wrong, where the validator's own would show a
// regular expression: which kind of record is named, and which is wanted. What
// was sent is not repeated.
func described(m proto.Message, v *protovalidate.Violation) string {
	if v.Proto.GetRuleId() != "string.pattern" {
		return v.Proto.GetMessage()
	}
	if v.RuleValue.IsValid() && v.RuleValue.String() == notBlank {
		return "it is blank; say something"
	}
	field := fieldAt(m.ProtoReflect().Descriptor(), v)
	if field == nil || !v.FieldValue.IsValid() {
		return v.Proto.GetMessage()
	}
	reference, _ := proto.GetExtension(field.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference)
	if reference.GetType() == "" && reference.GetChildType() == "" {
		return v.Proto.GetMessage()
	}
	sent, ok := v.FieldValue.Interface().(string)
	if !ok {
		return v.Proto.GetMessage()
	}
	all := resources()
	got, wanted := all.named(sent), all.ofType[reference.GetType()]
	if child := all.ofType[reference.GetChildType()]; child != nil {
		wanted = all.ofPattern[parentPattern(child.pattern)]
	}
	switch {
	case got != nil && wanted != nil && got != wanted:
		return "this is the name of " + fault.A(got.singular) + "; that of " + fault.A(wanted.singular) + " is wanted"
	case wanted != nil:
		return "this is no name of " + fault.A(wanted.singular) + ": " + wanted.pattern
	case got != nil:
		return "this is the name of " + fault.A(got.singular) + ", which can't stand here"
	}
	return "this is no name of a record that can stand here"
}

// fieldAt follows the path of a violation: of the elements of a list the validator
// gives no descriptor. Nil where it leads elsewhere.
func fieldAt(desc protoreflect.MessageDescriptor, v *protovalidate.Violation) protoreflect.FieldDescriptor {
	var field protoreflect.FieldDescriptor
	for _, e := range v.Proto.GetField().GetElements() {
		if field != nil {
			desc = field.Message()
		}
		if desc == nil {
			return nil
		}
		if field = desc.Fields().ByNumber(protoreflect.FieldNumber(e.GetFieldNumber())); field == nil || field.IsMap() {
			return nil
		}
	}
	return field
}

// resource is a kind of record, in the contract's words.
type resource struct{ singular, pattern string }

// catalogue finds kinds of record by their type ("tumen/Event") and by the
// pattern of their names ("cases/{case}/events/{event}").
type catalogue struct {
	ofType, ofPattern map[string]*resource
}

// resources are the kinds that the contract has.
var resources = sync.OnceValue(func() catalogue {
	c := catalogue{map[string]*resource{}, map[string]*resource{}}
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			stated, _ := proto.GetExtension(file.Messages().Get(i).Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
			if len(stated.GetPattern()) == 0 {
				continue
			}
			r := &resource{stated.GetSingular(), stated.GetPattern()[0]}
			c.ofType[stated.GetType()], c.ofPattern[r.pattern] = r, r
		}
		return true
	})
	return c
})

// named is the kind of record that a name is shaped like; nil for none.
func (c catalogue) named(name string) *resource {
	segments := strings.Split(name, "/")
	for pattern, r := range c.ofPattern {
		if shapedLike(segments, strings.Split(pattern, "/")) {
			return r
		}
	}
	return nil
}

func shapedLike(segments, pattern []string) bool {
	if len(segments) != len(pattern) {
		return false
	}
	for i, p := range pattern {
		if variable := strings.HasPrefix(p, "{"); segments[i] == "" || !variable && segments[i] != p {
			return false
		}
	}
	return true
}

// parentPattern is the pattern of what a record lies under.
func parentPattern(pattern string) string {
	segments := strings.Split(pattern, "/")
	return strings.Join(segments[:max(0, len(segments)-2)], "/")
}
