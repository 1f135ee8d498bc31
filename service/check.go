package service

import (
	"fmt"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/edtf"
	"tumen/service/fault"
	"tumen/service/records"
)

// check goes through the rules for one record that is about to be written. The
// same rules serve the calls that write one record and the application of a
// whole matter. It collects every violation, with the path inside the record.
type check struct {
	view       *records.View
	reader     access.Reader
	record     records.Record
	before     records.Record      // nil for a new one
	lineages   map[string]*lineage // shared by the checks of one matter
	violations []fault.Violation
	err        error // of the store: the check could not be made
}

// checkRecord returns what is wrong with a record, with paths behind prefix.
func checkRecord(v *records.View, r access.Reader, prefix string, record, before records.Record) ([]fault.Violation, error) {
	c := &check{view: v, reader: r, record: record, before: before}
	return c.run(prefix)
}

// run goes through the rules for the record's kind.
func (c *check) run(prefix string) ([]fault.Violation, error) {
	c.references()
	switch rec := c.record.(type) {
	case *tumenv1.Case:
		c.case_(rec)
	case *tumenv1.Event:
		c.event(rec)
	case *tumenv1.Person:
		c.person(rec)
	case *tumenv1.Involvement:
		c.involvement(rec)
	case *tumenv1.Intervention:
		c.intervention(rec)
	case *tumenv1.Source:
		c.source(rec)
	case *tumenv1.Capture:
		c.capture(rec)
	case *tumenv1.Tie:
		c.tie(rec)
	case *tumenv1.Claim:
		c.claim(rec)
	case *tumenv1.Place:
		c.place(rec)
	case *tumenv1.Term:
		c.term(rec)
	case *tumenv1.Grant:
		c.grant(rec)
	case *tumenv1.Submission:
		c.submission(rec)
	case *tumenv1.Finding: // what reviews do to it has guards of its own
	case *tumenv1.Erasure: // the server alone fills it
	default:
		return nil, fmt.Errorf("no rules for %T", c.record)
	}
	for i := range c.violations {
		c.violations[i].Field = join(prefix, c.violations[i].Field)
	}
	return c.violations, c.err
}

func (c *check) bad(path, reason, format string, args ...any) {
	c.violations = append(c.violations, fault.Violation{Field: path, Reason: reason, Description: fmt.Sprintf(format, args...)})
}

func (c *check) visible(rec records.Record) bool { return access.Visible(c.reader, rec) }

// wasThere says whether the record, as it was, named the same record anywhere:
// what has been deleted since may stay named.
func (c *check) wasThere(_, name string) bool {
	if c.before == nil {
		return false
	}
	found := false
	visitReferences(c.before.ProtoReflect(), "", func(_ string, _ []records.Kind, n string) string {
		found = found || n == name
		return n
	})
	return found
}

// date checks an EDTF expression; an empty one is none.
func (c *check) date(path, s string) {
	if s == "" {
		return
	}
	if _, err := edtf.Parse(s); err != nil {
		c.bad(path, "INVALID_DATE", "not a date in EDTF: %v", err)
	}
}

// day checks a calendar day, YYYY-MM-DD.
func (c *check) day(path, s string) {
	if s == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		c.bad(path, "INVALID_DATE", "not a day of the calendar")
	}
}

func (c *check) time(path string, t *tumenv1.Time) {
	c.date(join(path, "edtf"), t.GetEdtf())
	if t.GetEdtf() == "" && (t.GetNight() || t.GetTimeOfDay() != "") {
		c.bad(join(path, "edtf"), "DATE_MISSING", "a night or a time of day needs the day it belongs to")
	}
}

// code checks a code against its list. Codes that the record bore before stay
// valid, whatever became of the term.
func (c *check) code(path string, vocabulary tumenv1.Vocabulary, code, before string) {
	if code == "" || code == before || c.err != nil {
		return
	}
	term, err := c.view.Term(vocabulary, code)
	if err != nil {
		c.err = err
	} else if term == nil || !c.visible(term) {
		c.bad(path, "UNKNOWN_CODE", "no such code in %s; `tumen term list` shows them, and an organisation can add its own", records.TermName(vocabulary, code)[:len(records.TermName(vocabulary, code))-len(code)])
	}
}

// inCase checks that a record lies in the same case as the one checked.
func (c *check) inCase(path, name string) {
	if name != "" && records.ParentOf(name) != records.ParentOf(c.record.GetName()) {
		c.bad(path, "OTHER_CASE", "%s lies in another case", name)
	}
}

// notItself refuses a reference of a record to itself.
func (c *check) notItself(path, name string) bool {
	if name == "" || name != c.record.GetName() {
		return true
	}
	c.bad(path, "REFERS_TO_ITSELF", "%s can't refer to itself here", fault.A(records.KindOf(c.record).String()))
	return false
}
