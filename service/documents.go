package service

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// identify finds the record that a document is about: by its key, which is an
// external id of the caller's organisation, or the record's own name; a term by
// its code.
func (a *application) identify(d *document) error {
	var err error
	switch {
	case d.kind == records.Term:
		t := d.record.(*tumenv1.Term)
		d.name = records.TermName(t.GetVocabulary(), t.GetCode())
		d.before, err = a.existing(d.name)
	case isName(&a.View, d.key):
		if d.before, err = a.existing(d.key); d.before == nil && err == nil {
			a.fault(d, "key", "NOT_FOUND", "it does not exist, or is not visible to you")
		}
	default:
		d.before, err = a.ByExternalID(a.reader.Organisation, a.issuer, d.key)
	}
	if err != nil || d.faulty {
		return err
	}
	if d.before != nil {
		if a.acceptable(d); d.faulty {
			d.name = "" // nothing in the matter can refer to it
			return nil
		}
		d.name, d.parent = d.before.GetName(), records.ParentOf(d.before.GetName())
	}
	if d.name == "" {
		return nil
	}
	if other := a.byName[d.name]; other != nil {
		a.fault(d, "key", "KEY_REPEATED", fmt.Sprintf("document %d is about the same record", other.index))
		return nil
	}
	a.byName[d.name] = d
	return nil
}

// existing reads a record that the caller may see; any other is none.
func (a *application) existing(name string) (records.Record, error) {
	rec, err := a.Read(name)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil, nil
	}
	if err != nil || !access.Visible(a.reader, rec) {
		return nil, err
	}
	return rec, nil
}

// acceptable checks that the record of a document may be changed by it.
func (a *application) acceptable(d *document) {
	switch {
	case !access.Visible(a.reader, d.before):
		a.fault(d, "key", "NOT_FOUND", "it does not exist, or is not visible to you")
	case records.KindOf(d.before) != d.kind:
		a.fault(d, "key", "WRONG_KIND", "this key is that of "+fault.A(records.KindOf(d.before).String()))
	case !access.Editable(a.reader, d.before):
		a.fault(d, "key", "NOT_THE_OWNER", "only the organisation that owns it changes it")
	case d.before.GetDeleteTime() != nil:
		a.fault(d, "key", "DELETED", "it is deleted; undelete it first")
	}
}

// place_ gives a new document its name, under its case where it lies in one. A
// record that there is stays where it lies.
func (a *application) place_(d *document) error {
	if d.kind.Parent() != records.Case {
		if d.name == "" {
			d.name = a.NewName(d.kind, "")
			a.keys[d.name] = d.key
		}
		return nil
	}
	if d.before != nil && a.matter.documents[d.index].GetCase() == "" {
		return nil
	}
	parent, err := a.caseOf(d)
	if err != nil || d.faulty {
		return err
	}
	if d.before != nil {
		if parent != d.parent {
			a.fault(d, "case", "OTHER_CASE", "the record of this key lies in another case, and records don't move")
		}
		return nil
	}
	d.parent, d.name = parent, a.NewName(d.kind, parent)
	a.keys[d.name] = d.key
	return nil
}

// caseOf says in which case a document lies: the one it names, else the only
// one of the matter. Where it finds none the document is faulty.
func (a *application) caseOf(d *document) (string, error) {
	ref := a.matter.documents[d.index].GetCase()
	if ref == "" {
		switch len(a.cases) {
		case 0:
			a.fault(d, "case", "CASE_MISSING", "say in which case this lies")
			return "", nil
		case 1:
			ref = a.cases[0].key
		default:
			a.fault(d, "case", "CASE_MISSING", "the matter has several cases: say in which one this lies")
			return "", nil
		}
	}
	if other := a.byKey[ref]; other != nil && other.kind == records.Case {
		d.faulty = other.name == "" // the case's own document says what is wrong
		return other.name, nil
	}
	name, err := a.lookUp(ref)
	if err != nil {
		return "", err
	}
	if _, err := a.Key(name, records.Case); err == nil {
		_, err = a.present("case", name)
		if err == nil {
			return name, nil
		}
		if f := fault.Of(err); f == nil || f.Kind != fault.NotFound && f.Kind != fault.Refused && f.Kind != fault.Denied {
			return "", err
		}
	}
	a.fault(d, "case", "REFERENCE_NOT_FOUND", shortened(ref)+" is no case of this matter, and none that you can add to")
	return "", nil
}

// lookUp finds a record outside the matter: by name, by "issuer:id", or by a key
// that was applied before.
func (a *application) lookUp(ref string) (string, error) {
	if isName(&a.View, ref) {
		return ref, nil
	}
	issuer, id, ok := strings.Cut(ref, ":")
	if !ok {
		issuer, id = a.issuer, ref
	}
	rec, err := a.ByExternalID(a.reader.Organisation, issuer, id)
	if rec == nil && err == nil && ok { // a key may hold a colon
		rec, err = a.ByExternalID(a.reader.Organisation, a.issuer, ref)
	}
	if rec == nil || err != nil {
		return "", err
	}
	return rec.GetName(), nil
}

// resolve puts names in the place of keys, and makes of the document the record
// as it will be.
func (a *application) resolve(d *document) error {
	var failed error
	visitReferences(d.record.ProtoReflect(), "", func(path string, kinds []records.Kind, ref string) string {
		if ref == "" || failed != nil {
			return ref
		}
		if other := a.byKey[ref]; other != nil {
			if other.name == "" {
				d.faulty = true // the other document says what is wrong
			} else {
				a.wanted(d, path, ref, other.kind, kinds)
			}
			return other.name
		}
		name, err := a.lookUp(ref)
		if err == nil && name != ref {
			name, err = a.nameable(d, name)
		}
		if err != nil {
			failed = err
		} else if name == "" {
			a.fault(d, path, "REFERENCE_NOT_FOUND", shortened(ref)+" is no key of this matter, and nothing that is visible to you is called so")
		} else if k, err := a.Key(name, records.NoKind); err == nil && name != ref {
			a.wanted(d, path, ref, k.Kind, kinds)
		}
		return name
	})
	if failed != nil || d.faulty {
		return failed
	}
	if d.kind != records.Term && !isName(&a.View, d.key) && !isCalled(d.record, &tumenv1.ExternalId{Issuer: a.issuer, Id: d.key}) {
		addExternalID(d.record, a.issuer, d.key)
	}
	if err := gate.ValidateRecord(d.record, ""); err != nil {
		return a.take(d, "", err)
	}
	if d.before == nil {
		setName(d.record, d.name)
		return nil
	}
	d.record = a.merge(d)
	d.same = proto.Equal(d.record, d.before)
	return nil
}

// wanted checks that what a key stands for is of the kind that its place wants.
func (a *application) wanted(d *document, path, key string, kind records.Kind, kinds []records.Kind) {
	if len(kinds) > 0 && !slices.Contains(kinds, kind) {
		a.fault(d, path, "WRONG_KIND", fmt.Sprintf("%s is %s; %s is wanted", shortened(key), fault.A(kind.String()), fault.A(kinds[0].String())))
	}
}

// nameable gives the name that a key stands for, if the caller may see its record
// or the document's own has named it before; any other key stands for nothing.
func (a *application) nameable(d *document, name string) (string, error) {
	if name == "" || d.before != nil && (&check{before: d.before}).wasThere("", name) {
		return name, nil
	}
	rec, err := a.existing(name)
	if rec == nil {
		return "", err
	}
	return name, nil
}

func addExternalID(rec records.Record, issuer, id string) {
	m := rec.ProtoReflect()
	list := m.Mutable(m.Descriptor().Fields().ByName("external_ids")).List()
	list.Append(valueOfMessage(&tumenv1.ExternalId{Issuer: issuer, Id: id}))
}

// merge lays a document over the record that it is about. The document says what
// the record is: what it leaves out is cleared, except a marking, which stays,
// and what the caller can't see. To say something about that is a fault: it
// would be dropped silently, or overwrite what nobody has looked at.
func (a *application) merge(d *document) records.Record {
	out := proto.Clone(d.before).(records.Record)
	from, to := d.record.ProtoReflect(), out.ProtoReflect()
	fields := to.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if outputOnly(f) || f.Name() == "etag" {
			continue
		}
		if !access.Shows(a.reader, d.before, f.Name()) {
			if from.Has(f) {
				a.fault(d, string(f.Name()), "FIELD_WITHHELD", "it is withheld from you, so you can't change it; leave it out, and it stays as it is")
			}
			continue
		}
		switch {
		case f.Name() == "external_ids" && sameIDs(d.record, d.before):
		case from.Has(f):
			to.Set(f, from.Get(f))
		case f.Name() == "marking", inOneof(f, from):
		default:
			to.Clear(f)
		}
	}
	return out
}

// inOneof says whether a field shares a oneof with one that is set: setting that
// has cleared it.
func inOneof(f protoreflect.FieldDescriptor, m protoreflect.Message) bool {
	o := f.ContainingOneof()
	return o != nil && !o.IsSynthetic() && m.WhichOneof(o) != nil
}

// sameIDs says whether two records are called the same, in whatever order.
func sameIDs(a, b records.Record) bool {
	x, y := a.GetExternalIds(), b.GetExternalIds()
	return len(x) == len(y) &&
		!slices.ContainsFunc(x, func(e *tumenv1.ExternalId) bool { return !isCalled(b, e) }) &&
		!slices.ContainsFunc(y, func(e *tumenv1.ExternalId) bool { return !isCalled(a, e) })
}
