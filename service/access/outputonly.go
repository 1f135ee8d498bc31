package access

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Names says what becomes of the names of records in a request.
type Names int

const (
	// DropNames is for what creates: names and etags are the server's to give.
	DropNames Names = iota
	// KeepNames is for updates, which name the record that they change and the
	// etag that they read.
	KeepNames
)

// ClearOutputOnly clears what only the server sets (OUTPUT_ONLY) from what a
// client sent: in the message, in messages inside it, in lists and maps. With
// KeepNames the IDENTIFIER and the etag of records stay.
func ClearOutputOnly(m proto.Message, names Names) {
	if m == nil || !m.ProtoReflect().IsValid() {
		return
	}
	r := m.ProtoReflect()
	clearOutputOnly(r, planOf(r.Descriptor()), names)
}

func clearOutputOnly(m protoreflect.Message, p *plan, names Names) {
	if !p.outputOnly {
		return
	}
	for i := range p.fields {
		f := &p.fields[i]
		switch named := f.identifier || f.etag; {
		case named && names == KeepNames:
		case named, f.outputOnly:
			m.Clear(f.desc)
		case f.inner == nil || !f.inner.outputOnly || !m.Has(f.desc):
		case f.desc.IsList():
			list := m.Get(f.desc).List()
			for j := range list.Len() {
				clearOutputOnly(list.Get(j).Message(), f.inner, names)
			}
		case f.desc.IsMap():
			m.Get(f.desc).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				clearOutputOnly(v.Message(), f.inner, names)
				return true
			})
		default:
			clearOutputOnly(m.Get(f.desc).Message(), f.inner, names)
		}
	}
}
