package access

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// Redact gives the record as the reader may see it. OPEN and CONTENT are kept,
// IDENTITY and SOURCE_IDENTITY for the member who recorded it (of a finding: who
// proposed it) and for who is cleared for it, on the terms of Reader; INTERNAL, and
// a field whose class is missing or unknown, for nobody. `withheld` lists
// the classes of which something was withheld, with the number of fields for
// members of the owner organisation. Whether the record is visible at all is
// for Visible: of one that isn't, Redact must not be asked.
//
// Where nothing is withheld, the record itself comes back; else a new message,
// and the record stays as it was. Both ways what lies inside (messages, lists,
// maps, bytes) is shared with the record and must not be changed; setting a
// top-level field of the result changes the record only in the first case, so
// do it only to records that nobody else holds.
func Redact[M proto.Message](r Reader, record M) M {
	if any(record) == nil || !record.ProtoReflect().IsValid() {
		return record
	}
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	shown := p.to(r, m)
	var counts [6]int32      // by class; what has no known one counts as 0
	hidden, bare := 0, false // bare: what is shown is not all that is stored
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case !m.Has(f.desc):
		case !shown.shows(f):
			counts[shown.withheldAs(f)]++
			hidden++
		case shown.bare(f), shown.outside && f.time:
			bare = true
		}
	}
	stale := p.withheld != nil && m.Has(p.withheld)
	if hidden == 0 && !bare && !stale && len(m.GetUnknown()) == 0 {
		return record
	}
	out := m.New()
	for i := range p.fields {
		if f := &p.fields[i]; f.desc != p.withheld && m.Has(f.desc) && shown.shows(f) {
			out.Set(f.desc, shown.value(f))
		}
	}
	if hidden > 0 && p.withheld != nil {
		told := !shown.outside && p.owner != nil && r.Organisation != "" && m.Get(p.owner).String() == r.Organisation
		list := out.Mutable(p.withheld).List()
		for class, n := range counts {
			if n == 0 {
				continue
			}
			w := &tumenv1.Withheld{Protection: tumenv1.Protection(class)}
			if told {
				w.Fields = n
			}
			appendWithheld(list, w)
		}
	}
	return out.Interface().(M)
}

// appendWithheld fills an element by reflection, so that messages without
// generated code are told as much.
func appendWithheld(list protoreflect.List, w *tumenv1.Withheld) {
	e := list.AppendMutable().Message()
	fields := e.Descriptor().Fields()
	e.Set(fields.ByName("protection"), protoreflect.ValueOfEnum(w.Protection.Number()))
	if w.Fields != 0 {
		e.Set(fields.ByName("fields"), protoreflect.ValueOfInt32(w.Fields))
	}
}
