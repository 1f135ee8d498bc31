package records

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// Sight is what one reader sees. The zero Sight is that of the server itself,
// which sees everything.
type Sight struct {
	Shows func(Record) bool // nil: everything
	// Whole names an organisation of whose records Shows leaves nothing out that all of
	// its workers may read. Empty for none.
	Whole string
	// Home is the organisation whose records the reader sees as one of its own; empty
	// for none. Of others they see what is shared with Grantees: themselves, and the
	// organisation that they belong to.
	Home     string
	Grantees []string
}

// As returns a View of the same snapshot through which only what a reader sees is
// there: a record that the reader doesn't see is not found by its name, stands in
// no list, decides nothing about others and makes nothing match.
func (v *View) As(s Sight) *View {
	if v.cache == nil {
		v.cache = make(map[Key]Record, 8) // which both share
	}
	c := *v
	c.sight, c.withheld = s, nil
	return &c
}

// Entire returns a View of the same snapshot through which everything is there:
// for guards and staleness, which are the same whoever asks.
func (v *View) Entire() *View { return v.As(Sight{}) }

// Counting returns a View of the same sight that counts what it leaves out, from
// nought.
func (v *View) Counting() *View {
	c := v.As(v.sight)
	c.withheld = map[string]struct{}{}
	return c
}

// Withheld is how many records a View from Counting has left out so far, each
// once.
func (v *View) Withheld() int { return len(v.withheld) }

// Sees says whether a record is there for the reader whose View it is. One that
// isn't counts as withheld, unless it would not be told of either: what is
// deleted, and claims that are no longer in force.
func (v *View) Sees(rec Record) bool {
	if v.shows(rec) {
		return true
	}
	if c, ok := rec.(*tumenv1.Claim); rec.GetDeleteTime() == nil && (!ok || c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE) {
		v.Withhold(rec)
	}
	return false
}

func (v *View) shows(rec Record) bool { return v.sight.Shows == nil || v.sight.Shows(rec) }

// Withhold counts a record as left out that is not there for other reasons than
// its own.
func (v *View) Withhold(rec Record) {
	if v.withheld != nil {
		v.withheld[rec.GetName()] = struct{}{}
	}
}

// SeesAllOf says whether nothing of an organisation's records is left out: what an
// index says of these needs no second look.
func (v *View) SeesAllOf(owner string) bool {
	return v.sight.Shows == nil || owner != "" && v.sight.Whole == owner && !v.restricts(owner)
}

// restricts says whether an organisation has records that not all of its workers may
// read.
func (v *View) restricts(owner string) bool {
	for _, err := range v.scan(storage.Prefix(indexKey(byRestricted, v.idOf(owner)))) {
		if err != nil {
			v.Fail(err)
		}
		return true
	}
	return false
}
