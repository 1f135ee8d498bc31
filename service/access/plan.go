package access

import (
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
)

// A plan is what the contract's options say about a kind of message, worked out
// once.
type plan struct {
	fields []field
	// The fields that every record has; nil where the message has none.
	owner, marking, withheld protoreflect.FieldDescriptor
	// author names who wrote what is protected in it: who recorded it; of a finding,
	// which the first claim makes, who proposed its value.
	author       protoreflect.FieldDescriptor
	creator      protoreflect.FieldDescriptor // who recorded it
	taken        protoreflect.FieldDescriptor // the submission that it was taken from
	deleted      protoreflect.FieldDescriptor // when it was deleted
	free         protoreflect.FieldDescriptor // whether its texts are marked free of identities
	headlined    bool                         // a grant at HEADLINE shows it
	submitter    protoreflect.FieldDescriptor // the organisation that offered it to its owner; nil of all but submissions
	resource     bool                         // it is a record by itself
	builtIn      bool                         // one without an owner comes with the program
	administered bool                         // the owner's administrators see it, too
	people       bool                         // it is of those who work here, and no grant is of it
	outputOnly   bool                         // something in it is set by the server alone
	protects     bool                         // something in it tells who a person or a source is
}

type field struct {
	desc       protoreflect.FieldDescriptor
	class      tumenv1.Protection // as strict as anything inside it; UNSPECIFIED is withheld
	outputOnly bool
	identifier bool
	immutable  bool
	etag       bool  // of a record
	terms      bool  // on which the identity that the record tells was released
	freeText   bool  // it may name anybody
	own        bool  // it is the organisation's own business: who works on it and why, and what it is called there
	time       bool  // it is a moment at which somebody worked
	inner      *plan // of a message, or of a map's values
}

// plans holds a *plan for each protoreflect.MessageDescriptor met.
var plans sync.Map

func planOf(desc protoreflect.MessageDescriptor) *plan {
	if p, ok := plans.Load(desc); ok {
		return p.(*plan)
	}
	p := makePlan(desc, map[protoreflect.FullName]*plan{})
	for p.spread(map[*plan]bool{}) { // what follows from what is inside
		// Kinds that hold themselves need another round.
	}
	kept, _ := plans.LoadOrStore(desc, p)
	return kept.(*plan)
}

func makePlan(desc protoreflect.MessageDescriptor, made map[protoreflect.FullName]*plan) *plan {
	if p := made[desc.FullName()]; p != nil {
		return p
	}
	p := &plan{
		owner:     commonField(desc, "owner", protoreflect.StringKind),
		marking:   commonField(desc, "marking", protoreflect.EnumKind),
		author:    commonField(desc, "creator", protoreflect.StringKind),
		creator:   commonField(desc, "creator", protoreflect.StringKind),
		taken:     commonField(desc, "submission", protoreflect.StringKind),
		withheld:  withheldField(desc),
		free:      commonField(desc, "free_of_identities", protoreflect.BoolKind),
		deleted:   commonField(desc, "delete_time", protoreflect.MessageKind),
		submitter: commonField(desc, "submitter", protoreflect.StringKind),
		resource:  option(desc, "google.api.resource").IsValid(),
	}
	if proposer := commonField(desc, "proposer", protoreflect.StringKind); proposer != nil {
		p.author = proposer
	}
	made[desc.FullName()] = p
	p.builtIn = desc.FullName() == "tumen.v1.Place" || desc.FullName() == "tumen.v1.Term"
	p.people = desc.FullName() == "tumen.v1.Member" || desc.FullName() == "tumen.v1.Organisation"
	p.administered = p.people || desc.FullName() == "tumen.v1.Erasure"
	p.headlined = desc.FullName() == "tumen.v1.Case" || desc.FullName() == "tumen.v1.Grant"
	p.fields = make([]field, desc.Fields().Len())
	for i := range p.fields {
		f := &p.fields[i]
		f.desc = desc.Fields().Get(i)
		f.class = classOf(f.desc)
		for _, behavior := range behaviors(f.desc) {
			switch behavior {
			case "OUTPUT_ONLY":
				f.outputOnly = true
			case "IDENTIFIER":
				f.identifier = true
			case "IMMUTABLE":
				f.immutable = true
			}
		}
		f.etag = p.resource && f.desc.Name() == "etag"
		f.freeText = proto.GetExtension(f.desc.Options(), tumenv1.E_FreeText).(bool)
		f.own = ownBusiness(f.desc)
		inner := f.desc.Message()
		if f.desc.IsMap() {
			inner = f.desc.MapValue().Message()
		}
		f.terms = inner != nil && inner.FullName() == "tumen.v1.Release"
		f.time = inner != nil && inner.FullName() == "google.protobuf.Timestamp" && f.outputOnly
		if inner != nil {
			f.inner = makePlan(inner, made)
			f.class = strictest(f.class, statedInside(inner, map[protoreflect.FullName]bool{}))
		}
	}
	return p
}

// spread works out from the inside which messages hold fields that the server
// alone sets, and which hold fields of protected identity, and says whether it
// learned anything.
func (p *plan) spread(seen map[*plan]bool) bool {
	if seen[p] {
		return false
	}
	seen[p] = true
	learned := false
	for i := range p.fields {
		f := &p.fields[i]
		if f.inner != nil && f.inner.spread(seen) {
			learned = true
		}
		if !p.outputOnly && (f.outputOnly || f.identifier || f.etag || f.inner != nil && f.inner.outputOnly) {
			p.outputOnly, learned = true, true
		}
		if !p.protects && (Identifies(f.class) || f.inner != nil && f.inner.protects) {
			p.protects, learned = true, true
		}
	}
	return learned
}

// ownBusiness says whether a field is for nobody outside the organisation, whatever is
// shared with them: the names of its members, its reasons, and what it calls things.
func ownBusiness(f protoreflect.FieldDescriptor) bool {
	switch f.Name() {
	case "change_reason", "labels", "external_ids", "submission", "results":
		return true
	}
	kind := option(f, "google.api.resource_reference")
	if !kind.IsValid() {
		return false
	}
	reference := kind.Message()
	return reference.Get(reference.Descriptor().Fields().ByName("type")).String() == "tumen/Member"
}

// isRecord says whether the message is a record whose owner can be told.
func (p *plan) isRecord() bool { return p.resource && p.owner != nil && p.marking != nil }

// wrote says whether the reader is the record's author. What was taken from a submission,
// who took it has not written.
func (p *plan) wrote(r Reader, m protoreflect.Message) bool {
	if p.taken != nil && m.Has(p.taken) {
		return false
	}
	return r.Member != "" && p.author != nil && m.Get(p.author).String() == r.Member
}

func commonField(desc protoreflect.MessageDescriptor, name protoreflect.Name, kind protoreflect.Kind) protoreflect.FieldDescriptor {
	f := desc.Fields().ByName(name)
	if f == nil || f.Kind() != kind || f.IsList() {
		return nil
	}
	return f
}

func withheldField(desc protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	f := desc.Fields().ByName("withheld")
	if f == nil || !f.IsList() || f.Message() == nil || f.Message().FullName() != "tumen.v1.Withheld" {
		return nil
	}
	return f
}

// classOf gives the class that a field states; UNSPECIFIED for none and for one
// that this release doesn't know.
func classOf(f protoreflect.FieldDescriptor) tumenv1.Protection {
	class, ok := proto.GetExtension(f.Options(), tumenv1.E_Protection).(tumenv1.Protection)
	if !ok || rank(class) == 0 {
		return tumenv1.Protection_PROTECTION_UNSPECIFIED
	}
	return class
}

// rank orders the classes by strictness; 0 is none of them.
func rank(class tumenv1.Protection) int {
	switch class {
	case tumenv1.Protection_PROTECTION_OPEN:
		return 1
	case tumenv1.Protection_PROTECTION_CONTENT:
		return 2
	case tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY:
		return 3
	case tumenv1.Protection_PROTECTION_INTERNAL:
		return 4
	}
	return 0
}

// statedInside gives the classes that fields inside a message state for
// themselves. The tests refuse a stricter one than the field that holds it has;
// if there ever were one, all that holds it would be withheld like it.
func statedInside(desc protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) []tumenv1.Protection {
	if seen[desc.FullName()] {
		return nil
	}
	seen[desc.FullName()] = true
	var stated []tumenv1.Protection
	for i := range desc.Fields().Len() {
		f := desc.Fields().Get(i)
		if proto.HasExtension(f.Options(), tumenv1.E_Protection) {
			stated = append(stated, classOf(f))
		}
		if f.Message() != nil {
			stated = append(stated, statedInside(f.Message(), seen)...)
		}
	}
	return stated
}

// strictest gives the class that covers all; none does for an unknown one, nor
// for the identities of two kinds of people together.
func strictest(class tumenv1.Protection, inside []tumenv1.Protection) tumenv1.Protection {
	for _, other := range inside {
		switch {
		case rank(class) == 0 || rank(other) == 0 || rank(other) == rank(class) && other != class:
			return tumenv1.Protection_PROTECTION_UNSPECIFIED
		case rank(other) > rank(class):
			class = other
		}
	}
	return class
}

// behaviors gives the names of a field's google.api.field_behavior values.
func behaviors(f protoreflect.FieldDescriptor) []protoreflect.Name {
	v := option(f, "google.api.field_behavior")
	if !v.IsValid() {
		return nil
	}
	kind, err := protoregistry.GlobalTypes.FindExtensionByName("google.api.field_behavior")
	if err != nil {
		return nil
	}
	values := kind.TypeDescriptor().Enum().Values()
	var names []protoreflect.Name
	for i := range v.List().Len() {
		if value := values.ByNumber(v.List().Get(i).Enum()); value != nil {
			names = append(names, value.Name())
		}
	}
	return names
}

// option gives the value of an option that another module declares; invalid
// where it is not set. The contract imports those declarations, so they are
// registered wherever the contract is linked.
func option(desc protoreflect.Descriptor, name protoreflect.FullName) protoreflect.Value {
	kind, err := protoregistry.GlobalTypes.FindExtensionByName(name)
	if err != nil {
		return protoreflect.Value{}
	}
	options := desc.Options().ProtoReflect()
	if !options.IsValid() || !options.Has(kind.TypeDescriptor()) {
		return protoreflect.Value{}
	}
	return options.Get(kind.TypeDescriptor())
}
