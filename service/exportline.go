package service

import (
	"encoding/json"
	"slices"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// The rules by which fields are withheld from an export.
const (
	byClearance = "clearance" // the reader is not shown the class
	notAsked    = "not asked" // the class was not asked for
	byMarking   = "marking"   // the revision bore a marking above the reader's
	byEvidence  = "evidence"  // it would tell of records that are withheld
	toTheDay    = "day"       // times are told to the day
)

// presentation writes one record of an export, each revision with what its reader
// may have of it, as a line of JSON without white space:
//
//	{"record":"cases/…","kind":"Claim","revisions":[…]}
//
// A revision has, in this order:
//
//	revision  its number; they are 1 to n
//	fields    what is disclosed, by field; each value is that of its disclosure, byte for byte
//	sd_jwt    the payload, signed, with these disclosures and no others
//	entry     the ledger's, exactly as written
//	salt      32 bytes, base64url: SHA-256(salt ‖ entry) is the leaf
//	proof     that the leaf stands under the export's checkpoint (C2SP tlog-proof)
//	time      the disclosure of when it was made, where that is shown
//	day       the disclosure of the day in UTC; absent where the whole revision is withheld
//	member    the disclosure of who made it, where the updater is shown
type presentation struct {
	*delivery
	view     *records.View
	reader   access.Reader
	line     []byte
	withheld []*tumenv1.Redaction
}

func (p *presentation) record(stated statedRecord) (*tumenv1.ExportedRecord, error) {
	for n := int64(1); n <= stated.Revisions; n++ {
		c, err := p.view.Committed(stated.Record, n)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			p.text(`{"record":`, stated.Record)
			p.text(`,"kind":`, string(c.Record.ProtoReflect().Descriptor().Name()))
			p.raw(`,"revisions":[`)
		} else {
			p.raw(",")
		}
		if err := p.revision(c); err != nil {
			return nil, err
		}
	}
	p.raw("]}")
	return &tumenv1.ExportedRecord{Name: stated.Record, Line: p.line, Redactions: p.withheld}, nil
}

// revision appends a revision: what is disclosed of it, and the proof that it is
// what the ledger commits to.
func (p *presentation) revision(c *records.Committed) error {
	var seen records.Record // nil: the revision is not for this reader
	if p.view.Sees(c.Record) {
		var err error
		if seen, err = asItWas(p.view, p.reader, c.Record); err != nil {
			return err
		}
	}
	p.raw(`{"revision":` + strconv.FormatInt(c.Record.GetRevision(), 10) + `,"fields":{`)
	var disclosures [][]byte
	for _, d := range c.Fields {
		if rule := p.rule(c.Record, seen, d.Field); rule != "" {
			p.redacted(c.Record, d.Field, rule)
			continue
		}
		if len(disclosures) > 0 {
			p.raw(",")
		}
		p.raw(`"` + d.Field + `":` + string(d.Value))
		disclosures = append(disclosures, d.Text)
	}
	proof, err := p.proof(p.view, c.Leaf)
	if err != nil {
		return err
	}
	p.text(`},"sd_jwt":`, string(p.view.SignerOver(p.size).AppendSDJWT(nil, c.Payload, disclosures...)))
	p.text(`,"entry":`, string(c.Entry))
	p.text(`,"salt":`, digestText(c.Salt))
	p.text(`,"proof":`, string(proof))
	a := p.attribution(c, seen)
	if a.time != nil {
		p.text(`,"time":`, string(a.time))
	}
	if a.day != nil {
		p.text(`,"day":`, string(a.day))
	}
	if a.member != nil {
		p.text(`,"member":`, string(a.member))
	}
	p.raw("}")
	return nil
}

// rule says by which rule a field is withheld; "" for none. Which record and which
// revision it is, the entry tells anyway.
func (p *presentation) rule(rec, seen records.Record, name string) string {
	if name == "name" || name == "revision" {
		return ""
	}
	if seen == nil {
		return byMarking
	}
	field := rec.ProtoReflect().Descriptor().Fields().ByName(protoName(name))
	switch {
	case !seen.ProtoReflect().Has(field) && !access.Shows(p.reader, rec, field.Name()):
		return byClearance
	case !seen.ProtoReflect().Has(field):
		return byEvidence
	case !p.statement.asked(access.ClassOf(rec, field.Name())):
		return notAsked
	case isMoment(field) && !p.exact && name != "delete_time":
		return toTheDay
	}
	return ""
}

// isMoment says whether a field tells a time to the microsecond. That a record was
// deleted must show, and it shows by the time alone.
func isMoment(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && field.Message().FullName() == "google.protobuf.Timestamp"
}

func (p *presentation) redacted(rec records.Record, field, rule string) {
	revision, class := rec.GetRevision(), access.ClassOf(rec, protoName(field))
	i := slices.IndexFunc(p.withheld, func(r *tumenv1.Redaction) bool {
		return r.GetRevision() == revision && r.GetProtection() == class && r.GetRule() == rule
	})
	if i < 0 {
		i = len(p.withheld)
		p.withheld = append(p.withheld, &tumenv1.Redaction{Revision: revision, Protection: class, Rule: rule})
	}
	p.withheld[i].Fields++
}

func (p *presentation) raw(s string) { p.line = append(p.line, s...) }

// text appends a member whose value is a string.
func (p *presentation) text(member, value string) {
	encoded, _ := json.Marshal(value) // a string has an encoding
	p.line = append(append(p.line, member...), encoded...)
}
