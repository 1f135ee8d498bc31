package records

import (
	"iter"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// Query asks for events, or through their events for cases and claims. All that
// is set must hold, by what the reader sees: what a finding, claim, involvement or
// place says that is not shown to the reader makes no record match, and hides
// none. Owner is always set.
type Query struct {
	Owner       string
	Parent      string // a case
	Within      *edtf.Interval
	OngoingIn   *edtf.Interval
	Place       string // or anything inside it
	Act         string
	Outcome     tumenv1.FindingState // of the occurrence finding
	Source      string               // of an active claim on the event or an involvement in it
	Stale       map[string]bool      // subjects with a stale finding: the event or an involvement in it; nil: not asked for
	Marking     tumenv1.Marking
	ExternalID  *tumenv1.ExternalId
	ShowDeleted bool
}

// aboutEvents says whether the query asks anything of events, beside who owns
// them.
func (q *Query) aboutEvents() bool {
	return q.Within != nil || q.OngoingIn != nil || q.Place != "" || q.Act != "" || q.Outcome != 0 || q.Source != "" || q.Stale != nil
}

// period is what is asked of the time index.
func (q *Query) period() (period *edtf.Interval, ongoing bool) {
	if q.Within != nil {
		return q.Within, false
	}
	return q.OngoingIn, q.OngoingIn != nil
}

// own checks what a query asks of the record itself.
func (q *Query) own(rec Record) bool {
	return (rec.GetDeleteTime() == nil || q.ShowDeleted) && rec.GetOwner() == q.Owner &&
		(q.Marking == 0 || rec.GetMarking() == q.Marking) && (q.ExternalID == nil || isCalled(rec, q.ExternalID))
}

func isCalled(rec Record, x *tumenv1.ExternalId) bool {
	return slices.ContainsFunc(rec.GetExternalIds(), func(y *tumenv1.ExternalId) bool {
		return y.GetIssuer() == x.GetIssuer() && y.GetId() == x.GetId()
	})
}

// EventMatch is an event that a query found.
type EventMatch struct {
	Event  *tumenv1.Event
	Dating tumenv1.Dating
	Used   *tumenv1.UsedTime
	cursor []byte
}

// Cursor is where the page begins that follows the event.
func (m EventMatch) Cursor() []byte { return m.cursor }

// Events gives the events that a query asks for, from behind a cursor on: by
// time where a period is the narrowest that is asked for, else in the order in
// which they were recorded.
func (v *View) Events(q Query, cursor []byte, yield func(EventMatch) (bool, error)) error {
	e := &eventSearch{View: v, q: q, all: v.SeesAllOf(q.Owner)}
	candidates, err := e.plan(cursor)
	if err != nil {
		return err
	}
	for c, err := range candidates {
		if err != nil {
			return err
		}
		m, err := e.match(c)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		if more, err := yield(*m); err != nil || !more {
			return err
		}
	}
	return nil
}

// EventPage is Events, a page at a time.
func (v *View) EventPage(q Query, cursor []byte, limit int) ([]EventMatch, []byte, error) {
	var page []EventMatch
	var next []byte
	err := v.Events(q, cursor, func(m EventMatch) (bool, error) {
		if len(page) == limit {
			next = page[limit-1].cursor
			return false, nil
		}
		page = append(page, m)
		return true, nil
	})
	return page, next, err
}

// eventSearch goes through one query's events: candidates come from one index,
// in order; what other indexes say is collected into sets; the rest stands in
// the event. Indexes know nothing of readers: what they say through records that
// the reader may not see is looked at again, event by event.
type eventSearch struct {
	*View
	q       Query
	all     bool              // the reader sees everything that the indexes speak of
	among   []map[ID]struct{} // an event has to be in each
	outcome bool              // the outcome is still to be checked
	inside  map[string]bool   // the places asked for, where the place is still to be checked
}

// candidate is an event that may be asked for.
type candidate struct {
	event  ID
	hit    *timeHit // where it was found by time
	cursor []byte
}

// plan chooses the index that narrows most, by rule, so that a cursor finds the
// same order again: what names few events, a case, a period, a place, an
// outcome, an act, and at last all that the owner has.
func (e *eventSearch) plan(cursor []byte) (iter.Seq2[candidate, error], error) {
	few, err := e.collectFew()
	if err != nil {
		return nil, err
	}
	period, ongoing := e.q.period()
	if few == nil && e.q.Parent == "" && period != nil && !e.foreign(e.q.Owner) {
		return e.byTime(timeQuery{e.idOf(e.q.Owner), *period, ongoing}, cursor)
	}
	after, err := cursorID(cursor)
	if err != nil {
		return nil, err
	}
	var ids iter.Seq2[ID, error]
	e.outcome = e.q.Outcome != 0
	owner := e.idOf(e.q.Owner)
	switch {
	case few != nil:
		ids, err = sortedAfter(few, after), e.collectPlace()
	case e.q.Parent != "":
		ids, err = e.under(Event, e.q.Parent, after), e.collectPlace()
	case e.foreign(e.q.Owner): // no other index is of what is shared alone
		ids, err = e.owned(Event, e.q.Owner, e.q.Marking, after), e.collectPlace()
	case e.q.Place != "":
		ids, err = e.atPlace(after)
	case e.q.Outcome != 0:
		var set map[ID]struct{}
		set, err = e.byOutcome()
		ids, e.outcome = sortedAfter(set, after), !e.all
	case e.q.Act != "":
		ids = e.idsAfter(after, byAct, e.store.blind.act(e.q.Act), owner)
	default:
		ids = e.owned(Event, e.q.Owner, e.q.Marking, after)
	}
	return func(yield func(candidate, error) bool) {
		for id, err := range ids {
			if !yield(candidate{event: id, cursor: id[:]}, err) {
				return
			}
		}
	}, err
}

// byTime gives the candidates of a period. What the index itself tells is
// checked before an event is read.
func (e *eventSearch) byTime(q timeQuery, cursor []byte) (iter.Seq2[candidate, error], error) {
	var after *moment
	if len(cursor) != 0 {
		m, ok := parseMoment(cursor)
		if !ok {
			return nil, errCursor
		}
		after = &m
	}
	if err := e.collectPlace(); err != nil {
		return nil, err
	}
	e.outcome = e.q.Outcome != 0
	act := [4]byte(e.store.blind.act(e.q.Act))
	return func(yield func(candidate, error) bool) {
		for hit, err := range e.eventsByTime(q, after, !e.all) {
			if err == nil && (e.q.Act != "" && hit.span.act != act || !e.isAmong(hit.at.event)) {
				continue
			}
			h := hit
			if !yield(candidate{event: h.at.event, hit: &h, cursor: h.at.bytes()}, err) {
				return
			}
		}
	}, nil
}
