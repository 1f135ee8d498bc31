package gate

import (
	"slices"

	"tumen/service/fault"
)

// A Denial is that a member asked for what they may not have.
type Denial struct {
	Method string // "CaseService/GetCase"; "unknown" for what the contract doesn't have
	Reason string // UPPER_SNAKE
	Record string // which record it was about, as the caller named it; may be empty
}

// denied tells of a call that ended as a denial. A record that isn't there and one that
// the caller may not see are the same here, too: the entry about it tells no more than
// the answer did, and looks for nothing that would take time.
func (g *Gate) denied(p *passage, method string, o outcome, err error) {
	f := fault.Of(err)
	if g.door.Denied == nil || p.reader.Member == "" || f == nil || !denies(f) {
		return
	}
	g.door.Denied(p.reader, Denial{Method: method, Reason: o.reason, Record: f.Metadata["name"]})
}

// denies says whether a fault is that somebody may not have what they asked for, rather
// than that they asked wrongly.
func denies(f *fault.Error) bool {
	switch f.Reason {
	case "NOT_FOUND", "IDENTITY_BUDGET_SPENT", "PURPOSE_MISSING", "MEMBER_SUSPENDED":
		return true
	}
	return f.Kind == fault.Denied || slices.ContainsFunc(f.Violations, func(v fault.Violation) bool { return v.Reason == "REFERENCE_NOT_FOUND" })
}
