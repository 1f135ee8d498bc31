package service

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// become makes of a document the record as it will be, and checks what can be
// said of that by itself.
func (a *application) become(d *document) error {
	a.checkCleared(d)
	a.call(d)
	said := d.record
	if d.before == nil {
		setName(d.record, d.name)
	} else {
		d.record = a.merge(d)
	}
	if d.faulty {
		return nil
	}
	if d.same = d.before != nil && proto.Equal(d.record, d.before); d.same {
		return nil
	}
	return a.valid(d, said)
}

// setByServer says whether a document has no say in a field of a record.
func setByServer(f protoreflect.FieldDescriptor) bool {
	return outputOnly(f) || f.Name() == "etag" || f.Name() == "name"
}

// checkCleared finds fault with the fields that a document wants emptied.
func (a *application) checkCleared(d *document) {
	m := d.record.ProtoReflect()
	for i, name := range d.clear {
		path := fmt.Sprintf("clear[%d]", i)
		f := m.Descriptor().Fields().ByName(protoName(name))
		switch {
		case f == nil:
			a.fault(d, path, "FIELD_UNKNOWN", shortened(name)+" is no field of a "+d.kind.String()+"; only whole fields are emptied")
		case setByServer(f):
			a.fault(d, path, "FIELD_OUTPUT_ONLY", name+" is set by the server and can't be emptied")
		case m.Has(f):
			a.fault(d, path, "FIELD_TWICE", name+" stands in the record, too: either it has a value, or it is empty")
		}
	}
}

// clearedOnes says of fields that can't be without a value, and were emptied,
// that this is the fault.
func clearedOnes(err error, clear []string) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	for i, v := range f.Violations {
		if at := slices.Index(clear, v.Field); at >= 0 {
			f.Violations[i] = fault.Violation{Field: fmt.Sprintf("clear[%d]", at), Reason: "FIELD_REQUIRED", Description: v.Field + " is required and can't be emptied"}
		}
	}
	return f
}

// call adds the external id that a document's key is. A record that goes by its
// name gets none; one that is there has it, unless the document says anew what
// it is called.
func (a *application) call(d *document) {
	if d.kind == records.Term || d.byName || isName(&a.View, d.key) {
		return
	}
	said := len(d.record.GetExternalIds()) > 0 || slices.Contains(d.clear, "external_ids")
	if id := (&tumenv1.ExternalId{Issuer: a.issuer, Id: d.key}); (d.before == nil || said) && !isCalled(d.record, id) {
		addExternalID(d.record, a.issuer, d.key)
	}
}

func addExternalID(rec records.Record, issuer, id string) {
	m := rec.ProtoReflect()
	list := m.Mutable(m.Descriptor().Fields().ByName("external_ids")).List()
	list.Append(valueOfMessage(&tumenv1.ExternalId{Issuer: issuer, Id: id}))
}

// merge lays a document over the record that it is about: what stands in it
// replaces the field, what it says to empty is emptied, and the rest stays as it
// is, be it that the author could not see it or that somebody has recorded it
// since. To say something about what the caller can't see is a fault: it would
// overwrite what nobody has looked at.
func (a *application) merge(d *document) records.Record {
	out := proto.Clone(d.before).(records.Record)
	from, to := d.record.ProtoReflect(), out.ProtoReflect()
	fields := to.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		cleared := slices.Index(d.clear, string(f.Name()))
		switch {
		case setByServer(f) || !from.Has(f) && cleared < 0:
		case !access.Shows(a.reader, d.before, f.Name()):
			path := string(f.Name())
			if !from.Has(f) {
				path = fmt.Sprintf("clear[%d]", cleared)
			}
			a.fault(d, path, "FIELD_WITHHELD", "it is withheld from you, so you can't change it; leave it out, and it stays as it is")
		case f.Name() == "external_ids" && sameIDs(d.record, d.before):
		case from.Has(f):
			to.Set(f, from.Get(f))
		default:
			to.Clear(f)
		}
	}
	return out
}

// sameIDs says whether two records are called the same, in whatever order.
func sameIDs(a, b records.Record) bool {
	x, y := a.GetExternalIds(), b.GetExternalIds()
	return len(x) == len(y) &&
		!slices.ContainsFunc(x, func(e *tumenv1.ExternalId) bool { return !isCalled(b, e) }) &&
		!slices.ContainsFunc(y, func(e *tumenv1.ExternalId) bool { return !isCalled(a, e) })
}
