package records

import (
	"iter"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
	"tumen/storage"
)

// collectFew collects the events that the query itself names few of: by external
// id, source or staleness. It returns the smallest set, nil where none is asked
// for; an event has to be in all.
func (e *eventSearch) collectFew() (map[ID]struct{}, error) {
	for _, f := range []struct {
		asked   bool
		collect func() (map[ID]struct{}, error)
	}{
		{e.q.ExternalID != nil, func() (map[ID]struct{}, error) { return e.called(Event, &e.q) }},
		{e.q.Source != "", e.bySource},
		{e.q.Stale != nil, e.byStale},
	} {
		if !f.asked {
			continue
		}
		set, err := f.collect()
		if err != nil {
			return nil, err
		}
		e.among = append(e.among, set)
	}
	var few map[ID]struct{}
	for i, set := range e.among {
		if i == 0 || len(set) < len(few) {
			few = set
		}
	}
	return few, nil
}

// collectPlace collects the events at the place, if one is asked for.
func (e *eventSearch) collectPlace() error {
	if e.q.Place == "" {
		return nil
	}
	ids, err := e.atPlace(ID{})
	if err != nil {
		return err
	}
	set, err := collect(ids)
	e.among = append(e.among, set)
	return err
}

func (e *eventSearch) isAmong(id ID) bool {
	for _, set := range e.among {
		if _, ok := set[id]; !ok {
			return false
		}
	}
	return true
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

// called is the record of a kind that the owner calls by the external id that a
// query asks for: one or none.
func (v *View) called(kind Kind, q *Query) (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	rec, err := v.Entire().ByExternalID(q.Owner, q.ExternalID.GetIssuer(), q.ExternalID.GetId())
	if rec == nil || err != nil {
		return set, err
	}
	if k, err := v.store.names.Parse(rec.GetName()); err == nil && k.Kind == kind {
		set[k.ID] = struct{}{}
	}
	return set, nil
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
		if i, ok := rec.(*tumenv1.Involvement); ok && e.Sees(i) {
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
		if c.GetState() != tumenv1.ClaimState_CLAIM_STATE_ACTIVE || c.GetDeleteTime() != nil {
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
	for s, stale := range e.q.Stale {
		if !stale {
			continue
		}
		if err := e.subjectEvents(set, s); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (e *eventSearch) byOutcome() (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	state := e.store.blind.state(e.q.Outcome)
	prefix := indexKey(byState, state, e.store.blind.aspect(state, tumenv1.Aspect_ASPECT_OCCURRENCE))
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

// atPlace gives the events at the place or anything inside it, each once, in
// ascending order from behind an id on.
func (e *eventSearch) atPlace(after ID) (iter.Seq2[ID, error], error) {
	places, err := e.Inside(e.q.Place)
	if err != nil {
		return nil, err
	}
	if !e.all {
		e.inside = make(map[string]bool, len(places))
		for _, p := range places {
			e.inside[p] = true
		}
	}
	owner := e.idOf(e.q.Owner)
	each := make([]iter.Seq2[ID, error], len(places))
	for i, p := range places {
		r := storage.Prefix(indexKey(byPlace, e.store.blind.place(owner, e.idOf(p))))
		if after != (ID{}) {
			r.Start = storage.Prefix(append(r.Start, after[:]...)).End
		}
		each[i] = e.eventsIn(r)
	}
	return func(yield func(ID, error) bool) {
		last := after
		for id, err := range merge(each, ID.compare) {
			if err == nil && id == last {
				continue
			}
			if !yield(id, err) || err != nil {
				return
			}
			last = id
		}
	}, nil
}

// eventsIn gives the events of a range of the index by place.
func (e *eventSearch) eventsIn(r storage.Range) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		for row, err := range e.scan(r) {
			var id ID
			if err == nil && len(row.Key) == 2+16+16+16 {
				id = ID(row.Key[18:])
			} else if err == nil {
				err = errRow
			}
			if !yield(id, err) || err != nil {
				return
			}
		}
	}
}

// match reads a candidate and says whether, and how surely, it is asked for.
func (e *eventSearch) match(c candidate) (*EventMatch, error) {
	if !e.isAmong(c.event) {
		return nil, nil
	}
	rec, err := e.read(Key{Event, c.event})
	if err != nil {
		return nil, err
	}
	event, ok := rec.(*tumenv1.Event)
	if !ok {
		return nil, errRow // an index row of nothing
	}
	if !e.Sees(event) || !e.q.own(event) || e.q.Parent != "" && ParentOf(event.GetName()) != e.q.Parent || e.q.Act != "" && event.GetAct() != e.q.Act {
		return nil, nil
	}
	if e.outcome {
		f, err := e.FindingOn(event.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE)
		if err != nil || f.GetState() != e.q.Outcome {
			return nil, err
		}
	}
	if ok, err := e.seenThere(event); !ok || err != nil {
		return nil, err
	}
	m := &EventMatch{Event: event, cursor: c.cursor}
	if m.Used, err = e.usedTime(c, event); err != nil {
		return nil, err
	}
	if m.Dating, ok, err = e.dating(event, m.Used); !ok || err != nil {
		return nil, err
	}
	return m, nil
}

// seenThere checks, where the index may have found an event at the place asked
// for through what the reader doesn't see, that something puts it there that the
// reader does: the event itself, the finding on its place, or a claim.
func (e *eventSearch) seenThere(event *tumenv1.Event) (bool, error) {
	if e.inside == nil {
		return true, nil
	}
	there := func(p *tumenv1.PlaceValue) bool { return e.inside[p.GetPlace()] }
	places, err := e.usedPlaces(event)
	if err != nil || slices.ContainsFunc(places, there) {
		return err == nil, err
	}
	for c, err := range e.ClaimsOn(event.GetName(), tumenv1.Aspect_ASPECT_PLACE) {
		if err != nil {
			return false, err
		}
		if c.GetOwner() == e.q.Owner && puts(c) && slices.ContainsFunc(c.GetValue().GetPlaces().GetPlaces(), there) {
			return true, nil
		}
	}
	return false, nil
}

// usedTime is UsedTime, with what the index knows of it. It is nil where the
// index found the event by a time that is not the one that counts for the reader.
func (e *eventSearch) usedTime(c candidate, event *tumenv1.Event) (*tumenv1.UsedTime, error) {
	switch {
	case c.hit == nil:
		return e.UsedTime(event)
	case c.hit.span.finding == (ID{}):
		return recordedTime(event), nil
	}
	rec, err := e.read(Key{Finding, c.hit.span.finding})
	if err != nil {
		return nil, err
	}
	f, ok := rec.(*tumenv1.Finding)
	if !ok {
		return nil, errRow
	}
	switch seen := e.Sees(f); {
	case seen == c.hit.overruled:
		return nil, nil
	case c.hit.overruled:
		return recordedTime(event), nil
	}
	return foundTime(f), nil
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
