package verify

import (
	"fmt"
	"strings"
)

// The checks, in the order in which they are made.
const (
	CheckManifest    = "manifest"
	CheckCheckpoint  = "checkpoint"
	CheckExport      = "export entry"
	CheckRecords     = "records"
	CheckSignatures  = "signatures"
	CheckDisclosures = "disclosures"
	CheckProofs      = "inclusion proofs"
	CheckChains      = "chains"
	CheckFindings    = "findings"
	CheckSupport     = "support"
	CheckViews       = "views"
	CheckCaptures    = "captures"
)

// maxFailures is where a report ends: who sees so many needs no more.
const maxFailures = 100

// Report is what a verification found.
type Report struct {
	// Origin is the log, Size its number of leaves under the bag's checkpoint, and
	// Cosigned how many witnesses of the policy signed that.
	Origin   string `json:"origin"`
	Size     uint64 `json:"size"`
	Cosigned int    `json:"cosigned"`
	// Made is the day of the export, as the export itself says.
	Made string `json:"made"`
	// Checks are those that were made, in order. A check that is not among them was
	// not reached.
	Checks []Check `json:"checks"`
	// Failures are why the bag is refused, at most 100; none if it is not.
	Failures []Failure `json:"failures"`
	// More says that there are further failures.
	More bool `json:"more"`
	// Unproven is what the bag says and nothing in it proves, a sentence each.
	Unproven []string `json:"unproven"`
}

// Check is one check and how much it looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Count  int64  `json:"count"`
	Detail string `json:"detail"` // the count in words
}

// Failure is one reason to refuse a bag. What does not apply is empty.
type Failure struct {
	Check    string `json:"check"`
	File     string `json:"file"`
	Record   string `json:"record"`
	Revision int64  `json:"revision"`
	Field    string `json:"field"`
	Reason   string `json:"reason"`
}

// String is the failure as a sentence.
func (f Failure) String() string {
	var at []string
	switch {
	case f.Record != "":
		at = append(at, f.Record)
	case f.File != "":
		at = append(at, f.File)
	}
	if f.Revision > 0 {
		at = append(at, fmt.Sprintf("revision %d", f.Revision))
	}
	if f.Field != "" {
		at = append(at, "field "+f.Field)
	}
	where := strings.Join(at, ", ")
	if where == "" {
		where = f.Check
	}
	return where + ": " + f.Reason
}

// Refused says whether anything failed.
func (r *Report) Refused() bool { return len(r.Failures) > 0 }

// fail adds a failure; it says whether there is room for more.
func (r *Report) fail(f Failure) {
	if len(r.Failures) >= maxFailures {
		r.More = true
		return
	}
	r.Failures = append(r.Failures, f)
}

// full says that more failures would not be listed.
func (r *Report) full() bool { return r.More }

// done adds a check that was made; it is fine if nothing failed in it.
func (r *Report) done(name string, count int64, format string, args ...any) {
	ok := true
	for _, f := range r.Failures {
		ok = ok && f.Check != name
	}
	r.Checks = append(r.Checks, Check{name, ok, count, fmt.Sprintf(format, args...)})
}

// many is a number with its noun.
func many[N ~int | ~int64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
