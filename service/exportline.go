package service

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/service/access"
	"tumen/service/records"
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
//	withheld  what is withheld, by class and rule; absent where nothing is
type presentation struct {
	*delivery
	view   *records.View
	reader access.Reader
	line   []byte
}

// commonLine is what the line of a record of one revision takes, in bytes, if it is
// not unusually long.
const commonLine = 12 << 10

func (p *presentation) record(stated statedRecord) ([]byte, error) {
	p.line = make([]byte, 0, commonLine)
	if stated.Last == "" {
		return p.erased(stated.Record)
	}
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
	return p.line, nil
}

// revision appends a revision: what is disclosed of it, and the proof that it is
// what the ledger commits to.
func (p *presentation) revision(c *records.Committed) error {
	told, err := p.statement.tell(p.view, p.reader, c)
	if err != nil {
		return err
	}
	p.raw(`{"revision":` + strconv.FormatInt(c.Record.GetRevision(), 10) + `,"fields":{`)
	disclosures := make([][]byte, 0, len(told.disclosed))
	for i, d := range told.disclosed {
		if i > 0 {
			p.raw(",")
		}
		p.line = append(append(append(append(p.line, '"'), d.Field...), `":`...), d.Value...)
		disclosures = append(disclosures, d.Text)
	}
	proof, err := p.proof(p.view, c.Leaf)
	if err != nil {
		return err
	}
	p.raw(`},"sd_jwt":"`) // in which nothing is to be escaped
	p.line = p.view.SignerOver(p.size).AppendSDJWT(p.line, c.Payload, disclosures...)
	p.text(`","entry":`, string(c.Entry))
	p.text(`,"salt":`, digestText(c.Salt))
	p.text(`,"proof":`, string(proof))
	a := told.attribution(c)
	if a.time != nil {
		p.text(`,"time":`, string(a.time))
	}
	if a.day != nil {
		p.text(`,"day":`, string(a.day))
	}
	if a.member != nil {
		p.text(`,"member":`, string(a.member))
	}
	p.withheld(told.withheld)
	p.raw("}")
	return nil
}

// erased appends what is left of an erased record: that there was one, and that the
// ledger committed to its revisions.
//
//	{"record":"…","kind":"Claim","erased":true,"revisions":[{"revision":1,"proof":"…","commitment":"…"}]}
func (p *presentation) erased(name string) ([]byte, error) {
	k, err := p.view.Key(name, records.NoKind)
	if err != nil {
		return nil, err
	}
	stone, err := p.view.Erased(name)
	if err != nil {
		return nil, err
	}
	leaves, err := p.view.ErasedLeaves(stone)
	if err != nil {
		return nil, err
	}
	p.text(`{"record":`, name)
	p.text(`,"kind":`, string(k.Kind.New().ProtoReflect().Descriptor().Name()))
	p.raw(`,"erased":true,"revisions":[`)
	for i, l := range leaves {
		proof, err := p.proof(p.view, l.Leaf)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			p.raw(",")
		}
		p.raw(`{"revision":` + strconv.FormatInt(l.Revision, 10))
		p.text(`,"proof":`, string(proof))
		p.text(`,"commitment":`, digestText(l.Commitment))
		p.raw("}")
	}
	p.raw("]}")
	return p.line, nil
}

func (p *presentation) withheld(all []withheldFields) {
	if len(all) == 0 {
		return
	}
	encoded, _ := json.Marshal(all) // strings and numbers have an encoding
	p.raw(`,"withheld":` + string(encoded))
}

func (p *presentation) raw(s string) { p.line = append(p.line, s...) }

// text appends a member whose value is a string.
func (p *presentation) text(member, value string) {
	p.line = appendText(append(p.line, member...), value)
}

// appendText appends a string as json.Marshal writes it. The long ones, entries and
// proofs, have nothing to escape but quotation marks and ends of lines.
func appendText(dst []byte, value string) []byte {
	at, from := len(dst), 0
	dst = append(dst, '"')
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"':
			dst = append(append(dst, value[from:i]...), `\"`...)
			from = i + 1
		case c == '\n':
			dst = append(append(dst, value[from:i]...), `\n`...)
			from = i + 1
		case c < ' ' || c == '\\' || c == '<' || c == '>' || c == '&':
			return appendMarshaled(dst[:at], value)
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(value[i:])
			if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
				return appendMarshaled(dst[:at], value)
			}
			i += size - 1
		}
	}
	return append(append(dst, value[from:]...), '"')
}

func appendMarshaled(dst []byte, value string) []byte {
	encoded, _ := json.Marshal(value) // a string has an encoding
	return append(dst, encoded...)
}

// told is what the reader of an export is told of one revision.
type told struct {
	seen      bool // no: the revision is not for this reader
	disclosed []records.Disclosure
	withheld  []withheldFields
}

// withheldFields says that so many fields of one class are withheld by one rule.
type withheldFields struct {
	Class  string `json:"class"` // such as "CONTENT"
	Rule   string `json:"rule"`
	Fields int    `json:"fields"`
}

func (t *told) shows(field string) bool {
	return slices.ContainsFunc(t.disclosed, func(d records.Disclosure) bool { return d.Field == field })
}

// tell works out what a reader is told of a revision.
func (s *exportStatement) tell(v *records.View, r access.Reader, c *records.Committed) (*told, error) {
	var seen records.Record // nil: the revision is not for this reader
	if v.Sees(c.Record) {
		var err error
		if seen, err = asItWas(v, r, c.Record); err != nil {
			return nil, err
		}
	}
	t := &told{seen: seen != nil, disclosed: make([]records.Disclosure, 0, len(c.Fields))}
	for _, d := range c.Fields {
		if rule := s.rule(r, c.Record, seen, d.Field); rule != "" {
			t.withhold(className(access.ClassOf(c.Record, protoName(d.Field))), rule)
			continue
		}
		t.disclosed = append(t.disclosed, d)
	}
	return t, nil
}

func (t *told) withhold(class, rule string) {
	for i := range t.withheld {
		if w := &t.withheld[i]; w.Class == class && w.Rule == rule {
			w.Fields++
			return
		}
	}
	t.withheld = append(t.withheld, withheldFields{class, rule, 1})
}

// The rules by which fields are withheld from an export.
const (
	byClearance = "clearance" // the reader is not shown the class
	notAsked    = "not asked" // the class was not asked for
	byMarking   = "marking"   // the revision bore a marking above the reader's
	byEvidence  = "evidence"  // it would tell of records that are withheld
	byTexts     = "texts"     // it may name anybody, and was not marked free of that
	toTheDay    = "day"       // times are told to the day
)

// rule says by which rule a field is withheld; "" for none. Which record and which
// revision it is, the entry tells anyway.
func (s *exportStatement) rule(r access.Reader, rec, seen records.Record, name string) string {
	if name == "name" || name == "revision" {
		return ""
	}
	if seen == nil {
		return byMarking
	}
	field := rec.ProtoReflect().Descriptor().Fields().ByName(protoName(name))
	switch {
	case !seen.ProtoReflect().Has(field) && r.Leaving && r.Purpose && access.MayName(rec, field.Name()):
		return byTexts
	case !seen.ProtoReflect().Has(field) && !access.Shows(r, rec, field.Name()):
		return byClearance
	case !seen.ProtoReflect().Has(field):
		return byEvidence
	case !s.asked(access.ClassOf(rec, field.Name())):
		return notAsked
	case isMoment(field) && !s.exact() && name != "delete_time":
		return toTheDay
	}
	return ""
}

// isMoment says whether a field tells a time to the microsecond. That a record was
// deleted must show, and it shows by the time alone.
func isMoment(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && field.Message().FullName() == "google.protobuf.Timestamp"
}
