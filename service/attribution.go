package service

import "tumen/service/records"

// attribution is what a reader may have of when and by whom an entry of the ledger
// was made: its disclosures.
type attribution struct {
	time   []byte // of when
	day    []byte // of the day in UTC; neither where the whole revision is withheld
	member []byte // of who
}

// attribution says it of a revision of which that is told, by the same rules by which
// fields are shown.
func (t *told) attribution(c *records.Committed) (a attribution) {
	if t.shows("update_time") {
		a.time = c.Time
	}
	if t.seen {
		a.day = c.Day
	}
	if t.shows("updater") || t.seen && c.Record.GetUpdater() == "" {
		a.member = c.Member
	}
	return a
}

// attributed says it of a statement, to who may see that.
func attributed(st *records.Statement, exact bool) attribution {
	a := attribution{day: st.DayDisclosure, member: st.MemberDisclosure}
	if exact {
		a.time = st.TimeDisclosure
	}
	return a
}
