package gate

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// A constraint is one rule of the contract, with messages of which at least one
// breaks it.
type constraint struct {
	where  string // message.field: rule
	rule   string // what the rule's id begins with, or holds
	broken []proto.Message
}

// messagesOf lists every message of the contract, with those inside others.
func messagesOf() []protoreflect.MessageDescriptor {
	var all []protoreflect.MessageDescriptor
	var walk func(protoreflect.MessageDescriptors)
	walk = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			if m := messages.Get(i); !m.IsMapEntry() {
				all = append(all, m)
				walk(m.Messages())
			}
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(f protoreflect.FileDescriptor) bool {
		walk(f.Messages())
		return true
	})
	return all
}

func made(t *testing.T, m protoreflect.MessageDescriptor) protoreflect.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(m.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return kind.New()
}

// constraints goes over all rules of the contract.
func constraints(t *testing.T) []constraint {
	t.Helper()
	var all []constraint
	for _, m := range messagesOf() {
		for i := range m.Fields().Len() {
			all = append(all, fieldConstraints(t, m, m.Fields().Get(i))...)
		}
		for i := range m.Oneofs().Len() {
			if rules, _ := proto.GetExtension(m.Oneofs().Get(i).Options(), validate.E_Oneof).(*validate.OneofRules); rules.GetRequired() {
				all = append(all, constraint{string(m.Oneofs().Get(i).FullName()) + ": required", "required", []proto.Message{made(t, m).Interface()}})
			}
		}
		rules, _ := proto.GetExtension(m.Options(), validate.E_Message).(*validate.MessageRules)
		for _, own := range rules.GetCel() {
			all = append(all, constraint{string(m.FullName()) + ": " + own.GetId(), own.GetId(), ownBroken[own.GetId()]})
		}
		if len(rules.GetOneof()) > 0 || len(rules.GetCelExpression()) > 0 {
			t.Errorf("%s has rules of a kind that this test does not know", m.FullName())
		}
	}
	return all
}

// ownBroken breaks the contract's own rules, by their ids.
var ownBroken = map[string][]proto.Message{
	"count.order":       {&tumenv1.Count{Low: proto.Int64(2), High: proto.Int64(1)}},
	"composition.order": {&tumenv1.Composition{Group: "women", LowPercent: proto.Float64(2), HighPercent: proto.Float64(1)}},
}

// fieldConstraints are the rules of one field, and of what it holds.
func fieldConstraints(t *testing.T, m protoreflect.MessageDescriptor, fd protoreflect.FieldDescriptor) []constraint {
	t.Helper()
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	if rules == nil || rules.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		return nil
	}
	if len(rules.GetCel()) > 0 || len(rules.GetCelExpression()) > 0 {
		t.Errorf("%s has rules of a kind that this test does not know", fd.FullName())
	}
	var all []constraint
	add := func(rule string, broken ...proto.Message) {
		all = append(all, constraint{string(fd.FullName()) + ": " + rule, rule, broken})
	}
	// each adds the rules about one value, with messages that hold it.
	each := func(of protoreflect.FieldDescriptor, rules *validate.FieldRules, holding func(protoreflect.Value) proto.Message) {
		for rule, values := range badValues(of, rules) {
			var broken []proto.Message
			for _, v := range values {
				broken = append(broken, holding(v))
			}
			add(rule, broken...)
		}
	}
	if rules.GetRequired() {
		add("required", made(t, m).Interface())
	}
	switch {
	case fd.IsList():
		for rule, n := range countsThatBreak(rules.GetRepeated().ProtoReflect()) {
			add("repeated."+rule, withList(made(t, m), fd, n, protoreflect.Value{}))
		}
		each(fd, rules.GetRepeated().GetItems(), func(v protoreflect.Value) proto.Message { return withList(made(t, m), fd, 1, v) })
	case fd.IsMap():
		text := protoreflect.ValueOfString("v")
		for rule, n := range countsThatBreak(rules.GetMap().ProtoReflect()) {
			add("map."+rule, withMap(made(t, m), fd, n, "k", text))
		}
		each(fd.MapKey(), rules.GetMap().GetKeys(), func(v protoreflect.Value) proto.Message { return withMap(made(t, m), fd, 1, v.String(), text) })
		each(fd.MapValue(), rules.GetMap().GetValues(), func(v protoreflect.Value) proto.Message { return withMap(made(t, m), fd, 1, "k", v) })
	default:
		each(fd, rules, func(v protoreflect.Value) proto.Message {
			message := made(t, m)
			message.Set(fd, v)
			return message.Interface()
		})
	}
	return all
}

// withList puts an item into a list, n times; without one, empty ones.
func withList(m protoreflect.Message, fd protoreflect.FieldDescriptor, n int, item protoreflect.Value) proto.Message {
	list := m.Mutable(fd).List()
	for range n {
		if v := item; v.IsValid() {
			list.Append(v)
		} else {
			list.Append(list.NewElement())
		}
	}
	return m.Interface()
}

// withMap puts a value into a map, under n keys that begin with key.
func withMap(m protoreflect.Message, fd protoreflect.FieldDescriptor, n int, key string, v protoreflect.Value) proto.Message {
	for i := range n {
		m.Mutable(fd).Map().Set(protoreflect.ValueOfString(key+strings.Repeat("i", i)).MapKey(), v)
	}
	return m.Interface()
}

// countsThatBreak gives, for each rule about how many entries there are, a number that
// breaks it.
func countsThatBreak(rules protoreflect.Message) map[string]int {
	broken := map[string]int{}
	if !rules.IsValid() {
		return broken
	}
	rules.Range(func(rule protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch name := string(rule.Name()); name {
		case "max_items", "max_pairs":
			broken[name] = int(v.Uint()) + 1
		case "min_items", "min_pairs":
			broken[name] = int(v.Uint()) - 1
		case "unique":
			broken[name] = 2
		case "items", "keys", "values":
		default:
			broken[name] = 0 // shows as a rule that is never broken
		}
		return true
	})
	return broken
}

// badValues gives, for each rule about one value, values that break it.
func badValues(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) map[string][]protoreflect.Value {
	broken := map[string][]protoreflect.Value{}
	if rules == nil {
		return broken
	}
	which := rules.ProtoReflect().WhichOneof(rules.ProtoReflect().Descriptor().Oneofs().ByName("type"))
	if which == nil {
		return broken
	}
	rules.ProtoReflect().Get(which).Message().Range(func(rule protoreflect.FieldDescriptor, stated protoreflect.Value) bool {
		id := string(which.Name()) + "." + string(rule.Name())
		broken[id] = badValue(fd, string(rule.Name()), stated)
		if rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE && id == "string.min_len" && stated.Uint() <= 1 {
			delete(broken, id) // nothing breaks it
		}
		return true
	})
	return broken
}

func badValue(fd protoreflect.FieldDescriptor, rule string, stated protoreflect.Value) []protoreflect.Value {
	number := func(of float64) []protoreflect.Value {
		switch fd.Kind() {
		case protoreflect.Int32Kind:
			return []protoreflect.Value{protoreflect.ValueOfInt32(int32(of))}
		case protoreflect.Int64Kind:
			return []protoreflect.Value{protoreflect.ValueOfInt64(int64(of))}
		case protoreflect.DoubleKind:
			return []protoreflect.Value{protoreflect.ValueOfFloat64(of)}
		case protoreflect.MessageKind:
			return []protoreflect.Value{protoreflect.ValueOfMessage((&durationpb.Duration{Seconds: int64(of)}).ProtoReflect())}
		}
		return nil
	}
	bound := func(by float64) []protoreflect.Value {
		switch n := stated.Interface().(type) {
		case int32:
			return number(float64(n) + by)
		case int64:
			return number(float64(n) + by)
		case float64:
			return number(n + by)
		case protoreflect.Message:
			return number(float64(n.Interface().(*durationpb.Duration).GetSeconds()) + by)
		}
		return nil
	}
	text := func(n uint64) protoreflect.Value {
		if fd.Kind() == protoreflect.BytesKind {
			return protoreflect.ValueOfBytes(make([]byte, n))
		}
		return protoreflect.ValueOfString(strings.Repeat("a", int(n)))
	}
	enum := func(n protoreflect.EnumNumber) protoreflect.Value { return protoreflect.ValueOfEnum(n) }
	switch rule {
	case "pattern", "uuid":
		return []protoreflect.Value{protoreflect.ValueOfString("secret \x01"), protoreflect.ValueOfString(" ")}
	case "min_len":
		return []protoreflect.Value{text(stated.Uint() - 1)}
	case "max_len":
		return []protoreflect.Value{text(stated.Uint() + 1)}
	case "defined_only":
		return []protoreflect.Value{enum(9999)}
	case "in", "not_in":
		return []protoreflect.Value{enum(0), enum(1)}
	case "gt", "lt":
		return bound(0)
	case "gte":
		return bound(-1)
	case "lte":
		return bound(1)
	}
	return nil
}
