package records

import (
	"iter"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
	"tumen/service/gazetteer"
	"tumen/storage"
)

// Query asks for events, or through their events for cases and claims. All that
// is set must hold. Owner is always set.
type Query struct {
	Owner       string
	Parent      string // a case
	Within      *edtf.Interval
	OngoingIn   *edtf.Interval
	Place       string // or anything inside it
	Act         string
	Outcome     tumenv1.FindingState // of the occurrence finding
	Source      string               // of an active claim
	Stale       map[string]bool      // subjects with a stale finding; nil: not asked for
	Marking     tumenv1.Marking
	ExternalID  *tumenv1.ExternalId
	ShowDeleted bool
	Visible     func(Record) bool
}

// aboutEvents says whether the query asks anything of events, beside who owns
// them.
func (q *Query) aboutEvents() bool {
	return q.Within != nil || q.OngoingIn != nil || q.Place != "" || q.Act != "" || q.Outcome != 0 || q.Source != "" || q.Stale != nil
}

// EventMatch is an event that a query found.
type EventMatch struct {
	Event  *tumenv1.Event
	Dating tumenv1.Dating
	Used   *tumenv1.UsedTime
	cursor []byte
}

// Events gives the events that a query asks for, from behind a cursor on: by
// time where a period is the narrowest that is asked for, else in the order in
// which they were recorded.
func (v *View) Events(q Query, cursor []byte, yield func(EventMatch) (bool, error)) error {
	e := &eventSearch{View: v, q: q}
	one := func(id ID, cursor []byte) (bool, error) {
		m, err := e.match(id)
		if m == nil || err != nil {
			return true, err
		}
		m.cursor = cursor
		return yield(*m)
	}
	if period, ongoing := q.period(); period != nil && e.narrower() == nil {
		var after *timeCursor
		if len(cursor) == 20 {
			after = &timeCursor{edtf.Day(dayFrom(cursor)), ID(cursor[4:])}
		} else if len(cursor) != 0 {
			return errRow
		}
		return v.eventsByTime(timeQuery{*period, ongoing}, after, func(at timeCursor) (bool, error) {
			return one(at.event, append(dayBytes(int32(at.day)), at.event[:]...))
		})
	}
	after, err := cursorID(cursor)
	if err != nil {
		return err
	}
	ids, err := e.candidates(after)
	if err != nil {
		return err
	}
	for id, err := range ids {
		if err != nil {
			return err
		}
		if more, err := one(id, id[:]); err != nil || !more {
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

func (q *Query) period() (*edtf.Interval, bool) {
	if q.Within != nil {
		return q.Within, false
	}
	return q.OngoingIn, true
}

// eventSearch goes through one query's events.
type eventSearch struct {
	*View
	q      Query
	atOnce map[ID]struct{} // events at the place, once collected
}

// narrower returns the way to candidates that is narrower than a period, or nil.
func (e *eventSearch) narrower() func() (map[ID]struct{}, error) {
	q := e.q
	switch {
	case q.ExternalID != nil:
		return e.byExternalID
	case q.Parent != "":
		return func() (map[ID]struct{}, error) {
			return collect(e.ids(byParent, e.idOf(q.Parent), []byte{byte(Event)}))
		}
	case q.Source != "":
		return e.bySource
	case q.Stale != nil:
		return e.byStale
	case q.Place != "":
		return e.atPlace
	}
	return nil
}

// candidates gives ids in ascending order.
func (e *eventSearch) candidates(after ID) (iter.Seq2[ID, error], error) {
	if find := e.narrower(); find != nil {
		set, err := find()
		return sortedAfter(set, after), err
	}
	switch {
	case e.q.Outcome != 0:
		set, err := e.byOutcome()
		return sortedAfter(set, after), err
	case e.q.Act != "":
		return e.idsAfter(after, false, byAct, e.store.blind.term("act", e.q.Act)), nil
	}
	return e.idsAfter(after, false, byOwner, e.idOf(e.q.Owner), []byte{byte(Event)}), nil
}

func collect(ids iter.Seq2[ID, error]) (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	for id, err := range ids {
		if err != nil {
			return nil, err
		}
		set[id] = struct{}{}
	}
	return set, nil
}

func (e *eventSearch) byExternalID() (map[ID]struct{}, error) {
	rec, err := e.ByExternalID(e.q.Owner, e.q.ExternalID.GetIssuer(), e.q.ExternalID.GetId())
	if err != nil || KindOf(rec) != Event {
		return nil, err
	}
	return map[ID]struct{}{ID(e.idOf(rec.GetName())): {}}, nil
}

// subjectEvents adds the events that a subject is or lies in.
func (e *eventSearch) subjectEvents(set map[ID]struct{}, subject string) error {
	k, err := e.store.names.Parse(subject)
	if err != nil {
		return err
	}
	switch k.Kind {
	case Event:
		set[k.ID] = struct{}{}
	case Involvement:
		rec, err := e.read(k)
		if err != nil {
			return err
		}
		if i, ok := rec.(*tumenv1.Involvement); ok {
			set[ID(e.idOf(i.GetEvent()))] = struct{}{}
		}
	}
	return nil
}

func (e *eventSearch) bySource() (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	for c, err := range e.ClaimsOf(e.q.Source) {
		if err != nil {
			return nil, err
		}
		if c.GetState() != tumenv1.ClaimState_CLAIM_STATE_ACTIVE {
			continue
		}
		for _, s := range c.GetSubjects() {
			if err := e.subjectEvents(set, s); err != nil {
				return nil, err
			}
		}
	}
	return set, nil
}

func (e *eventSearch) byStale() (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	for s := range e.q.Stale {
		if err := e.subjectEvents(set, s); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (e *eventSearch) byOutcome() (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	prefix := indexKey(byState, []byte{byte(e.q.Outcome), byte(tumenv1.Aspect_ASPECT_OCCURRENCE)})
	for row, err := range e.scan(storage.Prefix(prefix)) {
		if err != nil {
			return nil, err
		}
		if k, err := keyOf(row.Value); err != nil {
			return nil, err
		} else if k.Kind == Event {
			set[k.ID] = struct{}{}
		}
	}
	return set, nil
}

// atPlace collects the events at a place or anything inside it.
func (e *eventSearch) atPlace() (map[ID]struct{}, error) {
	if e.atOnce != nil {
		return e.atOnce, nil
	}
	set := map[ID]struct{}{}
	places, err := e.Inside(e.q.Place)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		for row, err := range e.scan(storage.Prefix(indexKey(byPlace, e.idOf(p)))) {
			if err != nil {
				return nil, err
			}
			if len(row.Key) != 2+16+16+16 {
				return nil, storage.ErrCorrupt
			}
			set[ID(row.Key[18:34])] = struct{}{}
		}
	}
	e.atOnce = set
	return set, nil
}

// match reads a candidate and says whether, and how surely, it is asked for.
func (e *eventSearch) match(id ID) (*EventMatch, error) {
	rec, err := e.read(Key{Event, id})
	if err != nil {
		return nil, err
	}
	event, ok := rec.(*tumenv1.Event)
	if !ok || !e.admits(event) {
		return nil, nil
	}
	used, err := e.UsedTime(event)
	if err != nil {
		return nil, err
	}
	m := &EventMatch{Event: event, Used: used}
	if m.Dating, ok, err = e.dating(event, used); !ok || err != nil {
		return nil, err
	}
	ok, err = e.linked(event, id)
	if !ok || err != nil {
		return nil, err
	}
	return m, nil
}

// admits checks what stands in the event itself.
func (e *eventSearch) admits(event *tumenv1.Event) bool {
	q := e.q
	switch {
	case event.GetDeleteTime() != nil && !q.ShowDeleted,
		q.Visible != nil && !q.Visible(event),
		event.GetOwner() != q.Owner,
		q.Parent != "" && ParentOf(event.GetName()) != q.Parent,
		q.Act != "" && event.GetAct() != q.Act,
		q.Marking != 0 && event.GetMarking() != q.Marking,
		q.Stale != nil && !q.Stale[event.GetName()]:
		return false
	}
	return q.ExternalID == nil || slices.ContainsFunc(event.GetExternalIds(), func(x *tumenv1.ExternalId) bool {
		return x.GetIssuer() == q.ExternalID.GetIssuer() && x.GetId() == q.ExternalID.GetId()
	})
}

// dating says how surely the event lies in the periods asked for.
func (e *eventSearch) dating(event *tumenv1.Event, used *tumenv1.UsedTime) (tumenv1.Dating, bool, error) {
	if e.q.Within == nil && e.q.OngoingIn == nil {
		return 0, true, nil
	}
	d, ok := TimeOf(used.GetTime())
	if !ok {
		return 0, false, nil
	}
	lasting, err := e.Lasting(event.GetAct())
	if err != nil {
		return 0, false, err
	}
	sure := edtf.DatedSo
	if e.q.Within != nil {
		sure = min(sure, edtf.Within(d, lasting, *e.q.Within))
	}
	if e.q.OngoingIn != nil {
		if !lasting {
			return 0, false, nil
		}
		sure = min(sure, edtf.OngoingIn(d, *e.q.OngoingIn))
	}
	switch sure {
	case edtf.DatedSo:
		return tumenv1.Dating_DATING_DATED_SO, true, nil
	case edtf.Maybe:
		return tumenv1.Dating_DATING_MAY_BE, true, nil
	}
	return 0, false, nil
}

// linked checks what stands in other records: place, outcome and source.
func (e *eventSearch) linked(event *tumenv1.Event, id ID) (bool, error) {
	if e.q.Place != "" {
		at, err := e.atPlace()
		if _, ok := at[id]; err != nil || !ok {
			return false, err
		}
	}
	if e.q.Outcome != 0 {
		f, err := e.FindingOn(event.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE)
		if err != nil || f.GetState() != e.q.Outcome {
			return false, err
		}
	}
	if e.q.Source == "" {
		return true, nil
	}
	for c, err := range e.ClaimsOn(event.GetName(), 0) {
		if err != nil {
			return false, err
		}
		if c.GetSource() == e.q.Source && c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE {
			return true, nil
		}
	}
	return false, nil
}

// Inside lists a place and everything inside it, deleted places too: events
// still name them.
func (v *View) Inside(place string) ([]string, error) {
	out := []string{place}
	seen := map[string]bool{place: true}
	for i := 0; i < len(out); i++ {
		var inner []string
		for _, p := range gazetteer.Places() {
			if p.GetContainedIn() == out[i] {
				inner = append(inner, p.GetName())
			}
		}
		for p, err := range each[*tumenv1.Place](v, Place, v.ids(byContainer, v.idOf(out[i]))) {
			if err != nil {
				return nil, err
			}
			inner = append(inner, p.GetName())
		}
		for _, n := range inner {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// Contains says whether a place is another or lies inside it.
func (v *View) Contains(outer, inner string) (bool, error) {
	for range 64 {
		if inner == outer || inner == "" {
			return inner == outer, nil
		}
		k, err := v.store.names.Parse(inner)
		if err != nil {
			return false, nil
		}
		rec, err := v.read(k)
		p, ok := rec.(*tumenv1.Place)
		if !ok || err != nil {
			return false, err
		}
		inner = p.GetContainedIn()
	}
	return false, nil
}
