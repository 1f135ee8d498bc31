package access

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// HasFreeText says whether records of this kind have texts that may name anybody.
func HasFreeText(record proto.Message) bool {
	return planOf(record.ProtoReflect().Descriptor()).free != nil
}

// MarkFree marks the texts of a record as read through: they name nobody who is to be
// protected.
func MarkFree(record proto.Message) {
	m := record.ProtoReflect()
	if p := planOf(m.Descriptor()); p.free != nil {
		m.Set(p.free, protoreflect.ValueOfBool(true))
	}
}

// MarkedFree says whether somebody has marked a record's texts so.
func MarkedFree(record proto.Message) bool {
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	return p.free != nil && m.Get(p.free).Bool()
}

// KeepMark takes that mark from a changed record if any of its texts differs from what
// it was before.
func KeepMark(before, after proto.Message) {
	b, a := before.ProtoReflect(), after.ProtoReflect()
	p := planOf(a.Descriptor())
	if !MarkedFree(after) || b.Descriptor() != a.Descriptor() {
		return
	}
	for i := range p.fields {
		if f := &p.fields[i]; f.freeText && (b.Has(f.desc) != a.Has(f.desc) || !b.Get(f.desc).Equal(a.Get(f.desc))) {
			a.Clear(p.free)
			return
		}
	}
}

// MayName says whether a top-level field of a record has texts that may name anybody, of
// a revision that nobody has marked free of identities.
func MayName(record proto.Message, field protoreflect.Name) bool {
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	f := m.Descriptor().Fields().ByName(field)
	return f != nil && (&showing{plan: p, record: m}).names(&p.fields[f.Index()])
}

// TextsShown says whether the reader is shown the texts of a record, and the bytes that
// belong to it: from outside, once they are marked free of identities.
func TextsShown(r Reader, record proto.Message) bool {
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	s := p.to(r, m)
	return !s.outside || s.free()
}
