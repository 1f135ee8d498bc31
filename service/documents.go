package service

import (
	"fmt"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// identify finds the record that a document is about, if it is there.
func (a *application) identify(d *document) error {
	err := a.find(d)
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

// find reads the record that a document is about: the one of the name that the
// document gives, where the caller sees it; else the one that its key is an
// external id of, or the name. A term goes by its code.
func (a *application) find(d *document) error {
	var err error
	name := a.matter.documents[d.index].GetName()
	if d.kind == records.Term {
		t := d.record.(*tumenv1.Term)
		d.name = records.TermName(t.GetVocabulary(), t.GetCode())
		d.before, err = a.existing(d.name)
		return err
	}
	if name != "" && !isName(&a.View, name) {
		a.fault(d, "name", "NAME_INVALID", shortened(name)+" is not the name of a record; leave it out for a new one")
		return nil
	}
	if name != "" {
		if d.before, err = a.existing(name); d.before != nil || err != nil {
			d.byName = true
			return err
		}
	}
	if isName(&a.View, d.key) {
		if d.before, err = a.existing(d.key); d.before == nil && err == nil {
			a.fault(d, "key", "NOT_FOUND", "it does not exist, or is not visible to you")
		}
		return err
	}
	d.before, err = a.ByExternalID(a.reader.Organisation, a.issuer, d.key)
	return err
}

// existing reads a record that the caller may see; any other is none.
func (a *application) existing(name string) (records.Record, error) {
	rec, err := a.Read(name)
	if isMissing(err) {
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
			a.missing(d, "case", "CASE_MISSING", "say in which case this lies")
			return "", nil
		case 1:
			ref = a.cases[0].key
		default:
			a.missing(d, "case", "CASE_MISSING", "the matter has several cases: say in which one this lies")
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
	a.missing(d, "case", "REFERENCE_NOT_FOUND", shortened(ref)+" is no case of this matter, and none that you can add to")
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
			a.missing(d, path, "REFERENCE_NOT_FOUND", shortened(ref)+" is no key of this matter, and nothing that is visible to you is called so")
		} else if k, err := a.Key(name, records.NoKind); err == nil && name != ref {
			a.wanted(d, path, ref, k.Kind, kinds)
		}
		return name
	})
	if failed != nil || d.faulty {
		return failed
	}
	return a.become(d)
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
