package service

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// application applies a matter within one change: every document gets its name
// first, so that they may refer to each other in any order; then all are put;
// then the rules look at each with all the others in place; then what follows
// for the findings is worked out, once for each.
type application struct {
	*change
	ctx       context.Context
	matter    *matter
	issuer    string // handle of the caller's organisation: the issuer of keys
	documents []*document
	cases     []*document
	byKey     map[string]*document
	byName    map[string]*document // those about records that exist, and terms
	keys      map[string]string    // of the names that new records will have
	faulty    map[string]bool      // names of documents with a fault
	gaps      gaps
	bearing   []bearing
	lineages  map[string]*lineage
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
	clear  []string // fields to empty
	byName bool     // it is about a record that goes by its name
	faulty bool
	same   bool // nothing would change

	incomplete bool // only part of it could be read
}

// bearing is a claim of the matter that a finding has to be looked at for.
type bearing struct {
	document *document
	claim    *tumenv1.Claim
	finding  *tumenv1.Finding
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
	a.issuer = org.GetHandle()
	a.byKey, a.byName, a.faulty = map[string]*document{}, map[string]*document{}, map[string]bool{}
	a.keys = map[string]string{}
	a.open()
	order := slices.Clone(a.documents)
	slices.SortStableFunc(order, func(x, y *document) int {
		return cmp.Compare(slices.Index(applied, x.kind), slices.Index(applied, y.kind))
	})
	for _, phase := range []func(*document) error{a.identify, a.place_, a.resolve, a.put, a.check, a.carry} {
		for _, d := range order {
			if d.faulty || d.same {
				continue
			}
			if err := cmp.Or(a.ctx.Err(), phase(d)); err != nil {
				return err
			}
		}
	}
	if err := a.settle(); err != nil {
		return err
	}
	slices.SortStableFunc(a.faults, func(x, y *tumenv1.MatterFault) int { return cmp.Compare(x.GetDocument(), y.GetDocument()) })
	return nil
}

// open takes the records out of the documents.
func (a *application) open() {
	for i, m := range a.matter.documents {
		d := &document{index: i, key: m.GetKey(), clear: m.GetClear()}
		a.documents = append(a.documents, d)
		rec := unwrap(m.GetRecord())
		if m.GetIncomplete() {
			a.openPart(d, rec)
		}
		if rec == nil && d.incomplete {
			if a.byKey[d.key] == nil {
				a.byKey[d.key] = d
			}
			continue
		}
		if rec == nil {
			a.fault(d, "record", "RECORD_MISSING", "a document holds one record")
			continue
		}
		d.kind = records.KindOf(rec)
		if !slices.Contains(applied, d.kind) {
			a.fault(d, "record", "KIND_NOT_APPLIED", "a matter can't hold "+fault.A(d.kind.String()))
			continue
		}
		d.record = proto.Clone(rec).(records.Record)
		access.ClearOutputOnly(d.record, access.DropNames)
		if other := a.byKey[d.key]; other != nil {
			a.fault(d, "key", "KEY_REPEATED", "this key stands twice in the matter")
			continue
		}
		a.byKey[d.key] = d
		if d.kind == records.Case {
			a.cases = append(a.cases, d)
		}
	}
}

func (a *application) fault(d *document, field, reason, description string) {
	d.faulty, description = true, a.inKeys(description)
	if d.name != "" {
		a.faulty[d.name] = true
	}
	a.faults = append(a.faults, &tumenv1.MatterFault{Document: int32(d.index), Key: d.key, Field: field, Reason: reason, Description: description})
}

// someName finds what may be the name of a record in a sentence.
var someName = regexp.MustCompile(`[a-z]+(/[0-9a-z-]+)+`)

// inKeys calls new records by their keys: the names that they would have had
// exist nowhere after a fault.
func (a *application) inKeys(sentence string) string {
	return someName.ReplaceAllStringFunc(sentence, func(name string) string {
		if key, fresh := a.keys[name]; fresh {
			return shortened(key)
		}
		return name
	})
}

// take turns an error into faults of a document where it is the document's own;
// any other error stays.
func (a *application) take(d *document, field string, err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	switch f.Kind {
	case fault.Invalid, fault.NotFound, fault.Exists, fault.Refused, fault.Denied:
	default:
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

// put writes a document into the change, unchecked.
func (a *application) put(d *document) error {
	if d.incomplete {
		a.faulty[d.name] = true // to others it is as if it were
		return nil
	}
	field := "external_ids"
	if d.kind == records.Term {
		field = "code"
	}
	var err error
	if d.before != nil {
		err = a.Put(d.record)
	} else if err = a.found(d.record); err == nil {
		err = a.Create(d.record, d.parent)
	}
	if err == nil {
		err, field = a.withinSight("", d.record), "marking"
	}
	return a.take(d, field, err)
}

// check applies the rules of the kind, with all documents in place. What refers
// to a faulty document is not blamed for it.
func (a *application) check(d *document) error {
	if claim, ok := d.before.(*tumenv1.Claim); ok && !active(claim) {
		a.fault(d, "key", "CLAIM_NOT_ACTIVE", "the claim of this key was superseded or retracted; give what is said now a key of its own")
		return nil
	}
	c := &check{view: &a.View, reader: a.reader, record: d.record, before: d.before, lineages: a.lineages}
	violations, err := c.run("")
	for _, v := range violations {
		named, _, _ := strings.Cut(v.Description, " ")
		if v.Reason == "REFERENCE_NOT_FOUND" && a.faulty[named] {
			continue
		}
		if a.holds(d, v) {
			a.fault(d, v.Field, v.Reason, v.Description)
		}
	}
	return err
}

// carry takes the document's effects on; those of claims on findings wait until
// all are known.
func (a *application) carry(d *document) error {
	if d.incomplete {
		return nil
	}
	claim, ok := d.record.(*tumenv1.Claim)
	if !ok {
		return a.take(d, "", a.effects("", d.record, d.before))
	}
	for _, subject := range claim.GetSubjects() {
		f, err := a.findingFor(claim, subject)
		if err != nil {
			return err
		}
		if bears(claim, f) {
			a.bearing = append(a.bearing, bearing{d, claim, f})
		}
	}
	return nil
}

// settle looks at the findings that claims of the matter bear on. The evidence
// on each is gathered once, however many claims there are.
func (a *application) settle() error {
	gathered := map[string]*evidence{}
	for _, b := range a.bearing {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		name := b.finding.GetName()
		e := gathered[name]
		if e == nil {
			var err error
			if e, err = gather(&a.View, b.finding.GetSubject(), b.finding.GetAspect()); err != nil {
				return err
			}
			gathered[name] = e
			if err := a.restale(b.finding, e); err != nil {
				return err
			}
		}
		if a.gaps.some {
			continue // what confirms it may be what could not be read
		}
		before, _ := b.document.before.(*tumenv1.Claim)
		if err := a.take(b.document, "", a.checkConfirmed("", e, b.claim, before)); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) response() *tumenv1.ApplyMatterResponse {
	out := &tumenv1.ApplyMatterResponse{Faults: a.faults}
	for _, d := range a.documents {
		applied := &tumenv1.AppliedDocument{Key: d.key, Name: d.name}
		out.Documents = append(out.Documents, applied)
		if a.matter.header.GetValidateOnly() && d.before == nil {
			applied.Name = ""
		}
		if d.faulty || d.incomplete {
			continue // nothing would become of it
		}
		applied.Created, applied.Updated = d.before == nil, d.before != nil && !d.same
		if applied.Updated {
			applied.ChangedFields = records.ChangedFields(d.before, d.record)
		}
		tallyDocument(out, applied)
	}
	return out
}
