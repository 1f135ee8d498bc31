package records

import (
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// Reach is how far a case may be read, with all that lies in it.
type Reach struct {
	Marking tumenv1.Marking
	Opened  bool // to all workers of its owner
	// Who recorded it, and who is assigned to it; listed only where that matters: it is
	// not opened, or it or the record is RED.
	Assigned []string
}

// ReachOf is the reach of the case that a record is or lies in; ok is false of what
// lies in none, and of a case that isn't there.
func (v *View) ReachOf(rec Record) (r Reach, ok bool, err error) {
	if c, is := rec.(*tumenv1.Case); is {
		return reachOf(c), true, nil
	}
	k, err := v.store.names.Parse(ParentOf(rec.GetName()))
	if err != nil || k.Kind != Case {
		return r, false, nil
	}
	// The row says enough of most cases, and is read faster than they are.
	enough := rec.GetMarking() != tumenv1.Marking_MARKING_RED
	row, err := v.get(indexKey(byOwner, v.idOf(rec.GetOwner()), []byte{byte(Case)}, k.ID[:]))
	if err != nil {
		return r, false, err
	}
	if enough && len(row) == 2 && tumenv1.Marking(row[0]) != tumenv1.Marking_MARKING_RED && tumenv1.CaseAudience(row[1]) == tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS {
		return Reach{Marking: tumenv1.Marking(row[0]), Opened: true}, true, nil
	}
	above, err := v.read(k)
	c, is := above.(*tumenv1.Case)
	if err != nil || !is {
		return r, false, err
	}
	return reachOf(c), true, nil
}

func reachOf(c *tumenv1.Case) Reach {
	return Reach{
		Marking: c.GetMarking(), Opened: c.GetAudience() == tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS,
		Assigned: append(slices.Clone(c.GetAssignees()), c.GetCreator()),
	}
}

// LiesInCase says whether a record is a case or lies in one.
func LiesInCase(rec Record) bool {
	return KindOf(rec) == Case || strings.HasPrefix(ParentOf(rec.GetName()), "cases/")
}
