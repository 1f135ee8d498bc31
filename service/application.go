package service

import (
	"cmp"
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

// application applies a matter within one change: every document gets its name
// first, so that they may refer to each other in any order; then all are put;
// then the rules look at each with all the others in place.
type application struct {
	*change
	matter    *matter
	issuer    string // handle of the caller's organisation: the issuer of keys
	documents []*document
	byKey     map[string]*document
	faults    []*tumenv1.MatterFault
}

// document is one document on its way.
type document struct {
	index  int
	key    string
	kind   records.Kind
	record records.Record // as it will be
	before records.Record // as it is; nil for a new one
	parent string
	name   string
	faulty bool
	same   bool // nothing would change
}

// applied lists the kinds that a matter may hold, in the order in which they are
// put: what others are indexed by comes first.
var applied = []records.Kind{
	records.Term, records.Place, records.Case, records.Person, records.Source, records.Event,
	records.Involvement, records.Tie, records.Claim, records.Intervention,
}

func (a *application) run() error {
	org, err := records.Get[*tumenv1.Organisation](&a.View, a.reader.Organisation)
	if err != nil {
		return err
	}
	a.issuer, a.byKey = org.GetHandle(), map[string]*document{}
	for _, phase := range []func(*document) error{a.identify, a.place_, a.resolve} {
		if a.documents == nil {
			if err := a.open(); err != nil {
				return err
			}
		}
		for _, d := range a.documents {
			if d.faulty {
				continue
			}
			if err := phase(d); err != nil {
				return err
			}
		}
	}
	order := slices.Clone(a.documents)
	slices.SortStableFunc(order, func(x, y *document) int {
		return cmp.Compare(slices.Index(applied, x.kind), slices.Index(applied, y.kind))
	})
	for _, phase := range []func(*document) error{a.put, a.check, a.carry} {
		for _, d := range order {
			if d.faulty || d.same {
				continue
			}
			if err := phase(d); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(a.faults, func(x, y *tumenv1.MatterFault) int { return cmp.Compare(x.GetDocument(), y.GetDocument()) })
	return nil
}

// open takes the records out of the documents.
func (a *application) open() error {
	a.documents = make([]*document, 0, len(a.matter.documents))
	for i, m := range a.matter.documents {
		d := &document{index: i, key: m.GetKey()}
		a.documents = append(a.documents, d)
		rec := unwrap(m.GetRecord())
		if rec == nil {
			a.fault(d, "record", "RECORD_MISSING", "a document holds one record")
			continue
		}
		d.kind = records.KindOf(rec)
		if !slices.Contains(applied, d.kind) {
			a.fault(d, "record", "KIND_NOT_APPLIED", "a matter can't hold a "+d.kind.String())
			continue
		}
		d.record = proto.Clone(rec).(records.Record)
		access.ClearOutputOnly(d.record, access.DropNames)
		if other := a.byKey[d.key]; other != nil {
			a.fault(d, "key", "KEY_REPEATED", "this key stands twice in the matter")
			continue
		}
		a.byKey[d.key] = d
	}
	return nil
}

func (a *application) fault(d *document, field, reason, description string) {
	d.faulty = true
	a.faults = append(a.faults, &tumenv1.MatterFault{Document: int32(d.index), Key: d.key, Field: field, Reason: reason, Description: description})
}

// take turns an error into faults of a document where it is the document's own;
// any other error stays.
func (a *application) take(d *document, field string, err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal {
		return err
	}
	if len(f.Violations) == 0 {
		a.fault(d, field, f.Reason, f.Message)
	}
	for _, v := range f.Violations {
		a.fault(d, v.Field, v.Reason, v.Description)
	}
	return nil
}

// identify finds the record that a document is about: by its key, which is an
// external id of the caller's organisation, or the record's own name; a term by
// its code.
func (a *application) identify(d *document) error {
	var err error
	switch {
	case d.kind == records.Term:
		t := d.record.(*tumenv1.Term)
		d.name = records.TermName(t.GetVocabulary(), t.GetCode())
		if d.before, err = a.Read(d.name); fault.Of(err) != nil {
			d.before, err = nil, nil
		}
	case isName(&a.View, d.key):
		d.before, err = a.Read(d.key)
	default:
		d.before, err = a.ByExternalID(a.reader.Organisation, a.issuer, d.key)
	}
	if err != nil {
		return a.take(d, "key", err)
	}
	if d.before == nil {
		return nil
	}
	d.name, d.parent = d.before.GetName(), records.ParentOf(d.before.GetName())
	switch {
	case !access.Visible(a.reader, d.before):
		a.fault(d, "key", "NOT_FOUND", "it does not exist, or is not visible to you")
	case records.KindOf(d.before) != d.kind:
		a.fault(d, "key", "WRONG_KIND", "this key is that of a "+records.KindOf(d.before).String())
	case !access.Editable(a.reader, d.before):
		a.fault(d, "key", "NOT_THE_OWNER", "only the organisation that owns it changes it")
	case d.before.GetDeleteTime() != nil:
		a.fault(d, "key", "DELETED", "it is deleted; undelete it first")
	}
	return nil
}

// place_ gives a new document its name, under its case where it lies in one.
func (a *application) place_(d *document) error {
	if d.before != nil || d.name != "" {
		return nil
	}
	if d.kind.Parent() == records.Case {
		parent, ok := a.caseOf(d)
		if !ok {
			return nil
		}
		d.parent = parent
	}
	d.name = a.NewName(d.kind, d.parent)
	return nil
}

// caseOf says in which case a new document lies: the one it names, else the only
// one of the matter.
func (a *application) caseOf(d *document) (string, bool) {
	ref := a.matter.documents[d.index].GetCase()
	if ref == "" {
		var only *document
		for _, other := range a.documents {
			if other.kind != records.Case {
				continue
			}
			if only != nil {
				a.fault(d, "case", "CASE_MISSING", "the matter has several cases: say in which one this lies")
				return "", false
			}
			only = other
		}
		if only == nil {
			a.fault(d, "case", "CASE_MISSING", "say in which case this lies")
			return "", false
		}
		ref = only.key
	}
	if other := a.byKey[ref]; other != nil && other.kind == records.Case {
		if other.name == "" && !other.faulty {
			other.name = a.NewName(records.Case, "")
		}
		return other.name, other.name != ""
	}
	name, err := a.lookUp(ref)
	if err != nil || name == "" {
		a.fault(d, "case", "REFERENCE_NOT_FOUND", ref+" is no case of this matter, and none that is visible to you")
		return "", false
	}
	if _, err := a.present("case", name); err != nil {
		a.fault(d, "case", "REFERENCE_NOT_FOUND", name+" is no case that you can add to")
		return "", false
	}
	return name, true
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
	if rec == nil || err != nil {
		return "", err
	}
	return rec.GetName(), nil
}

// resolve puts names in the place of keys, and makes of the document the record
// as it will be.
func (a *application) resolve(d *document) error {
	var failed error
	visitReferences(d.record.ProtoReflect(), "", func(path string, _ []records.Kind, ref string) string {
		if ref == "" || failed != nil {
			return ref
		}
		if other := a.byKey[ref]; other != nil {
			if other.name == "" {
				d.faulty = true // the other document says what is wrong
			}
			return other.name
		}
		name, err := a.lookUp(ref)
		if err != nil {
			failed = err
		} else if name == "" {
			a.fault(d, path, "REFERENCE_NOT_FOUND", ref+" is no key of this matter, and nothing that is visible to you is called so")
		}
		return name
	})
	if failed != nil || d.faulty {
		return failed
	}
	if err := gate.ValidateRecord(d.record, ""); err != nil {
		return a.take(d, "", err)
	}
	if d.kind != records.Term && !isName(&a.View, d.key) && !isCalled(d.record, &tumenv1.ExternalId{Issuer: a.issuer, Id: d.key}) {
		addExternalID(d.record, a.issuer, d.key)
	}
	if d.before != nil {
		d.record = a.merge(d)
		d.same = proto.Equal(d.record, d.before)
		return nil
	}
	setName(d.record, d.name)
	return nil
}

func addExternalID(rec records.Record, issuer, id string) {
	m := rec.ProtoReflect()
	list := m.Mutable(m.Descriptor().Fields().ByName("external_ids")).List()
	list.Append(protoreflect.ValueOfMessage((&tumenv1.ExternalId{Issuer: issuer, Id: id}).ProtoReflect()))
}

// merge lays a document over the record that it is about. The document says what
// the record is: what it leaves out is cleared, except a marking, which stays,
// and what the caller can't see.
func (a *application) merge(d *document) records.Record {
	out := proto.Clone(d.before).(records.Record)
	from, to := d.record.ProtoReflect(), out.ProtoReflect()
	fields := to.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if outputOnly(f) || f.Name() == "etag" || !access.Shows(a.reader, d.before, f.Name()) {
			continue
		}
		switch {
		case from.Has(f):
			to.Set(f, from.Get(f))
		case f.Name() == "marking", f.ContainingOneof() != nil && !f.ContainingOneof().IsSynthetic() && from.WhichOneof(f.ContainingOneof()) != nil:
		default:
			to.Clear(f)
		}
	}
	return out
}

// put writes a document into the change, unchecked.
func (a *application) put(d *document) error {
	if d.before != nil {
		return a.take(d, "external_ids", a.Put(d.record))
	}
	if err := a.found(d.record); err != nil {
		return err
	}
	return a.take(d, "external_ids", a.Create(d.record, d.parent))
}

// check applies the rules of the kind, with all documents in place. What refers
// to a faulty document is not blamed for it.
func (a *application) check(d *document) error {
	violations, err := checkRecord(&a.View, a.reader, "", d.record, d.before)
	for _, v := range violations {
		if v.Reason == "REFERENCE_NOT_FOUND" && a.faultyNamed(v.Description) {
			continue
		}
		a.fault(d, v.Field, v.Reason, v.Description)
	}
	return err
}

func (a *application) faultyNamed(description string) bool {
	return slices.ContainsFunc(a.documents, func(d *document) bool {
		return d.faulty && d.name != "" && strings.HasPrefix(description, d.name+" ")
	})
}

// carry takes the document's effects on.
func (a *application) carry(d *document) error {
	return a.take(d, "", a.effects("", d.record, d.before))
}

func (a *application) response() *tumenv1.ApplyMatterResponse {
	out := &tumenv1.ApplyMatterResponse{Faults: a.faults}
	for _, d := range a.documents {
		applied := &tumenv1.AppliedDocument{Key: d.key, Name: d.name, Created: d.before == nil, Updated: d.before != nil && !d.same}
		if a.matter.header.GetValidateOnly() && applied.Created {
			applied.Name = ""
		}
		out.Documents = append(out.Documents, applied)
		tallyDocument(out, applied)
	}
	return out
}
