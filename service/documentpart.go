package service

import (
	"slices"
	"strings"

	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// A document of which only part could be read is checked as far as it goes. It
// is never put: what it lacks would be held against it, and against others.

// gaps is what could not be read of a matter.
type gaps struct {
	some    bool // of any document
	unknown bool // of a document that is not known at all: any key may be its own
	codes   bool // of a document that may be a term
}

// byThemselves are the reasons that tell of one value, whatever else is missing.
var byThemselves = []string{"INVALID_DATE", "UNKNOWN_CODE", "REFERENCE_NOT_FOUND", "REFERENCE_DELETED", "REFERS_TO_ITSELF", "DUPLICATE"}

// amongOthers are the reasons that tell how one record fits others.
var amongOthers = []string{"NOT_RELAYED", "NOT_A_RELAY_OF_THE_SOURCE", "CLAIMS_RELAY", "OTHER_SOURCE", "WORKING_COPY", "CYCLE"}

// openPart takes in a document that could not be read whole. What nothing is
// known of has no fault of its own, and is skipped from here on.
func (a *application) openPart(d *document, rec records.Record) {
	d.incomplete = true
	a.gaps.some = true
	if !a.matter.header.GetValidateOnly() {
		a.fault(d, "", "DOCUMENT_INCOMPLETE", "only part of it could be read, so it can only be checked")
	}
	a.gaps.unknown = a.gaps.unknown || rec == nil
	a.gaps.codes = a.gaps.codes || rec == nil || records.KindOf(rec) == records.Term
	d.faulty = d.faulty || rec == nil
}

// holds says whether a violation is one in spite of what could not be read.
func (a *application) holds(d *document, v fault.Violation) bool {
	switch {
	case !a.gaps.some:
		return true
	case v.Reason == "UNKNOWN_CODE" && a.gaps.codes:
		return false
	case d.incomplete:
		return slices.Contains(byThemselves, v.Reason)
	}
	return !slices.Contains(amongOthers, v.Reason)
}

// valid checks a record by itself; of one that could not be read whole, only
// what there is.
func (a *application) valid(d *document, said records.Record) error {
	err := clearedOnes(gate.ValidateRecord(d.record, ""), d.clear)
	f := fault.Of(err)
	if f == nil || !d.incomplete {
		return a.take(d, "", err)
	}
	m := said.ProtoReflect()
	for _, v := range f.Violations {
		top, _, _ := strings.Cut(v.Field, ".")
		top, _, _ = strings.Cut(top, "[")
		field := m.Descriptor().Fields().ByName(protoName(top))
		if top == "clear" || field != nil && m.Has(field) {
			a.fault(d, v.Field, v.Reason, v.Description)
		}
	}
	return nil
}

// missing says that a reference leads nowhere, unless it may lead to what could
// not be read.
func (a *application) missing(d *document, field, reason, description string) {
	if a.gaps.unknown || d.incomplete && reason == "CASE_MISSING" {
		d.faulty = true
		return
	}
	a.fault(d, field, reason, description)
}
