package access

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// A Disclosure is what an answer shows of one record that tells who a person or a
// source is.
type Disclosure struct {
	Record   string // its name; empty where the answer does not tell it
	Revision int64
	Classes  []tumenv1.Protection // IDENTITY, SOURCE_IDENTITY or both
}

// Identifies says whether a class is one of protected identity.
func Identifies(class tumenv1.Protection) bool {
	return class == tumenv1.Protection_PROTECTION_IDENTITY || class == tumenv1.Protection_PROTECTION_SOURCE_IDENTITY
}

// MayDisclose says whether messages of a kind can show protected identity at all.
func MayDisclose(kind protoreflect.MessageDescriptor) bool { return planOf(kind).protects }

// Disclosures lists what an answer shows of protected identity, record by record in
// the order of the answer. What the caller sent in the same call, in the same field
// and with the same value, is no news to them and not listed. Where an answer can't
// show any, this costs next to nothing.
func Disclosures(answer proto.Message, sent ...proto.Message) []Disclosure {
	if answer == nil {
		return nil
	}
	d := &disclosing{sent: sent}
	d.message(answer.ProtoReflect(), protoreflect.Message(nil))
	return d.found
}

// disclosing goes through an answer.
type disclosing struct {
	sent  []proto.Message
	known map[protoreflect.FullName][]protoreflect.Value // what was sent, by field; made when first needed
	found []Disclosure
}

// message looks into a message that lies in a record; record is nil for none.
func (d *disclosing) message(m, record protoreflect.Message) {
	p := planOf(m.Descriptor())
	if !p.protects || !m.IsValid() {
		return
	}
	if p.resource {
		record = m
	}
	each(p, m, func(f *field, v protoreflect.Value) {
		if !d.wasSent(f.desc, v) {
			d.add(record, f.class)
		}
	}, func(inner protoreflect.Message) { d.message(inner, record) })
}

// each gives the fields of a message that are set and of protected identity, and the
// messages inside that may have such.
func each(p *plan, m protoreflect.Message, found func(*field, protoreflect.Value), inside func(protoreflect.Message)) {
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case Identifies(f.class):
			if m.Has(f.desc) {
				found(f, m.Get(f.desc))
			}
		case f.inner == nil || !f.inner.protects || !m.Has(f.desc):
		case f.desc.IsList():
			list := m.Get(f.desc).List()
			for i := range list.Len() {
				inside(list.Get(i).Message())
			}
		case f.desc.IsMap():
			m.Get(f.desc).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				inside(v.Message())
				return true
			})
		default:
			inside(m.Get(f.desc).Message())
		}
	}
}

func (d *disclosing) wasSent(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	if len(d.sent) == 0 {
		return false
	}
	if d.known == nil {
		d.known = map[protoreflect.FullName][]protoreflect.Value{}
		for _, m := range d.sent {
			d.learn(m.ProtoReflect())
		}
	}
	return slices.ContainsFunc(d.known[f.FullName()], v.Equal)
}

func (d *disclosing) learn(m protoreflect.Message) {
	if p := planOf(m.Descriptor()); p.protects && m.IsValid() {
		each(p, m, func(f *field, v protoreflect.Value) {
			d.known[f.desc.FullName()] = append(d.known[f.desc.FullName()], v)
		}, d.learn)
	}
}

// add notes a class of a record; the last one listed is the one being gone through.
func (d *disclosing) add(record protoreflect.Message, class tumenv1.Protection) {
	var name string
	var revision int64
	if record != nil {
		fields := record.Descriptor().Fields()
		if f := fields.ByName("name"); f != nil && f.Kind() == protoreflect.StringKind {
			name = record.Get(f).String()
		}
		if f := fields.ByName("revision"); f != nil && f.Kind() == protoreflect.Int64Kind {
			revision = record.Get(f).Int()
		}
	}
	if n := len(d.found); n > 0 && d.found[n-1].Record == name && d.found[n-1].Revision == revision {
		if last := &d.found[n-1]; !slices.Contains(last.Classes, class) {
			last.Classes = append(last.Classes, class)
		}
		return
	}
	d.found = append(d.found, Disclosure{name, revision, []tumenv1.Protection{class}})
}
