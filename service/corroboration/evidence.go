package corroboration

import (
	tumenv1 "tumen/proto/tumen/v1"
)

// Evidence is all that is known, in one snapshot, about one aspect of one
// subject. Nothing in it is changed.
type Evidence struct {
	// Aspect is the aspect that all claims speak to.
	Aspect tumenv1.Aspect
	// Lasting says that the event's act lasts: an EDTF a/b is its duration.
	Lasting bool
	// Claims are the active claims on the subject and aspect, in any order.
	// Superseded, retracted and deleted ones, those of another aspect and
	// those without stance are passed over; each needs a name of its own.
	Claims []*tumenv1.Claim
	// Withheld names the claims whose value is not told to whom this is for: they
	// take their stance and fall to their origins like any other, and whatever is
	// compared by values is without them.
	Withheld map[string]bool
	// Sources holds, by name, the claims' sources and all that their relays
	// reach. A missing or deleted one counts as a source that does not state
	// its basis and relays nobody.
	Sources map[string]*tumenv1.Source
	// Ties are all ties between those sources and through thirds, statements
	// of separation included. Deleted ones are passed over.
	Ties []*tumenv1.Tie
	// Contains says whether place inner is the same as, or inside, outer.
	// Without it every place contains itself alone.
	Contains func(outer, inner string) bool
	// Value is the value determined in the finding, if any.
	Value *tumenv1.Value
	// Protected is the same for a person.
	Protected *tumenv1.ProtectedValue
}
