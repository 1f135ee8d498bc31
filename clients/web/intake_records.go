package web

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// intakeRecord is a record that an intake makes.
type intakeRecord struct {
	part     intakePart
	texts    entry.Texts
	document *tumenv1.MatterDocument
}

// intakeFault is what is wrong with a field of a part.
type intakeFault struct {
	part intakePart
	entry.Fault
}

// existingPath and onPath are fields of a part that are no fields of a record.
const (
	existingPath = "existing" // the record that is there already
	onPath       = "on"       // the source speaks to the aspect
)

// gathering is an intake on its way to documents.
type gathering struct {
	v         *visit
	i         *intake
	choices   *choices
	records   []*intakeRecord
	faults    []intakeFault
	source    string // name or key
	caseNamed string // likewise
}

// intakeRecords are the records that an intake makes, as documents of one matter, and what
// is wrong with what was typed. Those that are there already are named in the others.
func (v *visit) intakeRecords(ctx context.Context, i *intake) ([]*intakeRecord, []intakeFault) {
	g := &gathering{v: v, i: i, choices: v.choices(ctx, "")}
	g.source = g.thereOrNew(stepSource)
	g.caseNamed = g.thereOrNew(stepCase)
	g.add(i.parts(stepEvent)[0])
	g.people()
	for _, p := range i.parts(stepClaims) {
		if i.has(stepClaims) && i.chosen(p) {
			g.add(p)
		}
	}
	return g.records, g.faults
}

func (g *gathering) fail(p intakePart, path string, problem entry.Problem) {
	g.faults = append(g.faults, intakeFault{p, entry.Fault{Path: path, Problem: problem}})
}

func (g *gathering) key(p intakePart) string { return g.i.get(referenceValue) + "/" + p.Key }

// thereOrNew is the name of the record that a step chose, or the key of the one that it
// makes.
func (g *gathering) thereOrNew(step string) string {
	p := g.i.parts(step)[0]
	text := g.i.get(p.Prefix + existingPath)
	if text == "" {
		g.add(p)
		return g.key(p)
	}
	if len(g.i.texts(p).Trimmed()) > 0 {
		g.fail(p, existingPath, entry.Either)
	}
	name, problem := g.choices.named(p.Kind.Title(), text)
	if problem != "" {
		g.fail(p, existingPath, problem)
	}
	return name
}

// people adds who was involved, and the persons whose names were typed.
func (g *gathering) people() {
	all := g.i.parts(stepPeople)
	for n := 0; n < len(all); n += 2 {
		involved, name := all[n], all[n+1]
		if g.i.chosen(name) {
			g.add(name)
			if g.i.texts(involved)["person"] != "" {
				g.fail(involved, "person", entry.Either)
			}
		}
		if g.i.chosen(involved) || g.i.chosen(name) {
			g.add(involved)
		}
	}
}

// add makes the record of a part.
func (g *gathering) add(p intakePart) {
	r := &intakeRecord{part: p, texts: g.i.texts(p)}
	record := p.Kind.New()
	faults := append(p.Kind.Missing(r.texts), entry.Fill(record, r.texts, g.choices.resolve(p.Kind))...)
	for _, f := range faults {
		g.faults = append(g.faults, intakeFault{p, f})
	}
	g.refer(record, p)
	r.document = &tumenv1.MatterDocument{Key: g.key(p), Record: wrapped(p.Kind, record), Incomplete: len(faults) > 0}
	if p.Kind.InCase {
		r.document.Case = g.caseNamed
	}
	g.records = append(g.records, r)
}

// refer names the records of the intake in one another.
func (g *gathering) refer(record proto.Message, p intakePart) {
	event := g.key(g.i.parts(stepEvent)[0])
	switch r := record.(type) {
	case *tumenv1.Case:
		r.PrincipalEvent = event
	case *tumenv1.Claim:
		r.Source, r.Subjects, r.Aspect = g.source, []string{event}, p.Aspect
	case *tumenv1.Involvement:
		r.Event = event
		if last := len(g.records) - 1; g.records[last].part.Prefix == p.Prefix+"name/" {
			r.Who = &tumenv1.Involvement_Person{Person: g.records[last].document.GetKey()}
		}
	}
}

// wrapped is a record in a message that holds one of any kind.
func wrapped(k *entry.Kind, record proto.Message) *tumenv1.Record {
	out := &tumenv1.Record{}
	set(out.ProtoReflect(), k.Name, protoreflect.ValueOfMessage(record.ProtoReflect()))
	return out
}

// checkIntake has the server check all that would be recorded, beside what is wrong with
// what was typed. Nothing is written. What would change a record that is there already is
// a fault: an intake makes new ones alone.
func (v *visit) checkIntake(ctx context.Context, i *intake) ([]*intakeRecord, []intakeFault, error) {
	records, faults := v.intakeRecords(ctx, i)
	reply, err := v.site.conn.ApplyMatter(ctx, i.header(true), slices.Values(documentsOf(records)), nil)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range reply.GetFaults() {
		if n := int(f.GetDocument()); n >= 0 && n < len(records) {
			fault := intakeFault{records[n].part, v.refusedFault(records[n].part.Kind, pathInRecord(records[n].part.Kind, f.GetField()), f.GetReason(), f.GetDescription(), "")}
			if !slices.ContainsFunc(faults, func(known intakeFault) bool {
				return known.part.Prefix == fault.part.Prefix && known.Path == fault.Path
			}) {
				faults = append(faults, fault)
			}
		}
	}
	if slices.ContainsFunc(reply.GetDocuments(), func(d *tumenv1.AppliedDocument) bool { return !d.GetCreated() && d.GetName() != "" }) {
		faults = append(faults, intakeFault{intakePart{Step: stepReview, Prefix: "review/"}, entry.Fault{Path: "reference", Problem: takenReference}})
	}
	return records, faults, nil
}

// takenReference: something is called so already.
const takenReference entry.Problem = "taken"

func documentsOf(records []*intakeRecord) []*tumenv1.MatterDocument {
	var all []*tumenv1.MatterDocument
	for _, r := range records {
		all = append(all, r.document)
	}
	return all
}

// pathInRecord is the path of a field of a matter's document in its record.
func pathInRecord(k *entry.Kind, field string) string {
	field = strings.TrimPrefix(field, "document.")
	return strings.TrimPrefix(strings.TrimPrefix(field, "record."), k.Name+".")
}
