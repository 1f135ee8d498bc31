package encoding

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A plan is what is worked out once about a kind of message.
type plan struct {
	fields []field // in ascending field number
	form   form
	// Of a Timestamp or Duration.
	seconds, nanos protoreflect.FieldDescriptor
}

// A form is how a message is written.
type form int

const (
	object form = iota
	timestamp
	duration
)

type field struct {
	desc  protoreflect.FieldDescriptor
	name  string
	pair  string // `["name",`
	key   string // `"name":`
	kind  protoreflect.Kind
	tag   []byte // on the wire, of each element
	wire  protowire.Type
	bare  bool // zero means unset
	list  bool
	table bool       // a map
	oneof uint64     // the bit of its oneof; 0 for none, and for `optional`
	enum  *enumNames // of an enum
	plan  *plan      // of a message
	value *field     // of a map: its values
}

type enumNames struct {
	byNumber map[protoreflect.EnumNumber]string
	byName   map[string]protoreflect.EnumNumber
}

// wireTypes gives how each kind of value goes on the wire, one by one.
var wireTypes = map[protoreflect.Kind]protowire.Type{
	protoreflect.BoolKind: protowire.VarintType, protoreflect.EnumKind: protowire.VarintType,
	protoreflect.Int32Kind: protowire.VarintType, protoreflect.Sint32Kind: protowire.VarintType, protoreflect.Uint32Kind: protowire.VarintType,
	protoreflect.Int64Kind: protowire.VarintType, protoreflect.Sint64Kind: protowire.VarintType, protoreflect.Uint64Kind: protowire.VarintType,
	protoreflect.Fixed32Kind: protowire.Fixed32Type, protoreflect.Sfixed32Kind: protowire.Fixed32Type, protoreflect.FloatKind: protowire.Fixed32Type,
	protoreflect.Fixed64Kind: protowire.Fixed64Type, protoreflect.Sfixed64Kind: protowire.Fixed64Type, protoreflect.DoubleKind: protowire.Fixed64Type,
	protoreflect.StringKind: protowire.BytesType, protoreflect.BytesKind: protowire.BytesType, protoreflect.MessageKind: protowire.BytesType,
}

// plans holds a *plan for each protoreflect.MessageDescriptor met.
var plans sync.Map

func planOf(desc protoreflect.MessageDescriptor) (*plan, error) {
	if p, ok := plans.Load(desc); ok {
		return p.(*plan), nil
	}
	p, err := makePlan(desc, map[protoreflect.FullName]*plan{})
	if err != nil {
		return nil, err
	}
	kept, _ := plans.LoadOrStore(desc, p)
	return kept.(*plan), nil
}

// makePlan works a plan out; made holds those begun, for kinds that hold
// themselves.
func makePlan(desc protoreflect.MessageDescriptor, made map[protoreflect.FullName]*plan) (*plan, error) {
	if p := made[desc.FullName()]; p != nil {
		return p, nil
	}
	p := &plan{}
	made[desc.FullName()] = p
	switch desc.FullName() {
	case "google.protobuf.Timestamp":
		p.form = timestamp
	case "google.protobuf.Duration":
		p.form = duration
	}
	if p.form != object {
		p.seconds, p.nanos = desc.Fields().ByName("seconds"), desc.Fields().ByName("nanos")
		return p, nil
	}
	p.fields = make([]field, desc.Fields().Len())
	for i := range p.fields {
		f, err := makeField(desc.Fields().Get(i), made)
		if err != nil {
			return nil, err
		}
		p.fields[i] = f
	}
	slices.SortFunc(p.fields, func(a, b field) int { return cmp.Compare(a.desc.Number(), b.desc.Number()) })
	return p, nil
}

func makeField(desc protoreflect.FieldDescriptor, made map[protoreflect.FullName]*plan) (field, error) {
	name := string(desc.Name())
	f := field{
		desc: desc, name: name, pair: `["` + name + `",`, key: `"` + name + `":`,
		kind: desc.Kind(), list: desc.IsList(), table: desc.IsMap(),
	}
	var err error
	if o := desc.ContainingOneof(); o != nil && !o.IsSynthetic() {
		if f.oneof = 1 << uint(o.Index()); f.oneof == 0 {
			return f, fmt.Errorf("encoding: %s: more than 64 oneofs have no form", desc.FullName())
		}
	}
	f.bare = !desc.HasPresence() && !f.list && !f.table
	f.wire = wireTypes[f.kind]
	f.tag = protowire.AppendTag(nil, desc.Number(), f.wire)
	switch {
	case f.table:
		if desc.MapKey().Kind() != protoreflect.StringKind {
			return f, fmt.Errorf("encoding: %s: a map with other keys than strings has no form", desc.FullName())
		}
		value, verr := makeField(desc.MapValue(), made)
		value.bare = false // an entry is there, whatever it holds
		f.value, err = &value, verr
	case f.kind == protoreflect.GroupKind:
		err = fmt.Errorf("encoding: %s: a group has no form", desc.FullName())
	case f.kind == protoreflect.MessageKind:
		f.plan, err = makePlan(desc.Message(), made)
	case f.kind == protoreflect.EnumKind:
		f.enum = namesOf(desc.Enum())
	}
	return f, err
}

func namesOf(desc protoreflect.EnumDescriptor) *enumNames {
	values := desc.Values()
	n := &enumNames{
		byNumber: make(map[protoreflect.EnumNumber]string, values.Len()),
		byName:   make(map[string]protoreflect.EnumNumber, values.Len()),
	}
	for i := range values.Len() {
		v := values.Get(i)
		// Of several names for one number the first alone is used, both ways.
		if _, taken := n.byNumber[v.Number()]; !taken {
			n.byNumber[v.Number()] = string(v.Name())
			n.byName[string(v.Name())] = v.Number()
		}
	}
	return n
}
