package records

import (
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// Match is a case or claim that a query found, through which events, and how
// surely.
type Match[T Record] struct {
	Record T
	Dating tumenv1.Dating
	Events []string
}

// found collects records through the events that lead to them.
type found map[ID]*related

type related struct {
	dating tumenv1.Dating
	events []string
}

// add notes that an event leads to a record. The surest dating wins: DATED_SO
// comes before MAY_BE.
func (f found) add(id ID, m EventMatch) {
	r := f[id]
	if r == nil {
		r = &related{dating: m.Dating}
		f[id] = r
	}
	if m.Dating < r.dating {
		r.dating = m.Dating
	}
	if !slices.Contains(r.events, m.Event.GetName()) {
		r.events = append(r.events, m.Event.GetName())
	}
}

func (f found) ids() map[ID]struct{} {
	set := make(map[ID]struct{}, len(f))
	for id := range f {
		set[id] = struct{}{}
	}
	return set
}

// CaseQuery asks for cases.
type CaseQuery struct {
	Query    // of its events, except Owner, Marking and ExternalID, which are the case's own
	Assignee string
	State    tumenv1.CaseState
}

// eventQuery is the part of a query that speaks of the events of what is asked
// for; what is the record's own is left out.
func (q Query) eventQuery() Query {
	q.Marking, q.ExternalID, q.ShowDeleted = 0, nil, false
	return q
}

// Cases returns a page of cases, in the order in which they were recorded.
func (v *View) Cases(q CaseQuery, cursor []byte, limit int) ([]Match[*tumenv1.Case], []byte, error) {
	after, err := cursorID(cursor)
	if err != nil {
		return nil, nil, err
	}
	var through found
	if q.aboutEvents() {
		through = found{}
		if err := v.Events(q.eventQuery(), nil, func(m EventMatch) (bool, error) {
			through.add(ID(v.idOf(ParentOf(m.Event.GetName()))), m)
			return true, nil
		}); err != nil {
			return nil, nil, err
		}
	}
	ids := v.owned(Case, q.Owner, q.Marking, after)
	switch {
	case q.ExternalID != nil:
		set, err := v.called(Case, &q.Query)
		if err != nil {
			return nil, nil, err
		}
		ids = sortedAfter(set, after)
	case through != nil:
		ids = sortedAfter(through.ids(), after)
	case q.Assignee != "":
		ids = v.idsAfter(after, byAssignee, v.idOf(q.Assignee))
	}
	return matches(v, Case, ids, through, limit, func(c *tumenv1.Case) bool {
		return q.own(c) && (q.Assignee == "" || slices.Contains(c.GetAssignees(), q.Assignee)) && (q.State == 0 || c.GetState() == q.State)
	})
}

// ClaimQuery asks for claims.
type ClaimQuery struct {
	Query   // of their events, except Parent, Source, Owner, Marking and ExternalID
	Subject string
	Aspect  tumenv1.Aspect
	Stance  tumenv1.Stance
	State   tumenv1.ClaimState
}

// Claims returns a page of claims, in the order in which they were recorded.
func (v *View) Claims(q ClaimQuery, cursor []byte, limit int) ([]Match[*tumenv1.Claim], []byte, error) {
	after, err := cursorID(cursor)
	if err != nil {
		return nil, nil, err
	}
	about := q.Query.eventQuery()
	about.Source = ""
	var through found
	if about.aboutEvents() {
		if through, err = v.claimsThrough(about, q.Aspect); err != nil {
			return nil, nil, err
		}
	}
	ids := v.owned(Claim, q.Owner, q.Marking, after)
	switch {
	case q.ExternalID != nil:
		set, err := v.called(Claim, &q.Query)
		if err != nil {
			return nil, nil, err
		}
		ids = sortedAfter(set, after)
	case through != nil:
		ids = sortedAfter(through.ids(), after)
	case q.Subject != "":
		set, err := collect(v.claimIDs(q.Subject, q.Aspect))
		if err != nil {
			return nil, nil, err
		}
		ids = sortedAfter(set, after)
	case q.Source != "":
		ids = v.idsAfter(after, bySource, v.idOf(q.Source))
	case q.Parent != "":
		ids = v.under(Claim, q.Parent, after)
	}
	return matches(v, Claim, ids, through, limit, func(c *tumenv1.Claim) bool {
		return q.own(c) && (q.Parent == "" || ParentOf(c.GetName()) == q.Parent) && (q.Source == "" || c.GetSource() == q.Source) &&
			(q.Subject == "" || slices.Contains(c.GetSubjects(), q.Subject)) && (q.Aspect == 0 || c.GetAspect() == q.Aspect) &&
			(q.Stance == 0 || c.GetStance() == q.Stance) && (q.State == 0 || c.GetState() == q.State)
	})
}

// claimsThrough collects the claims on the events that a query finds and on the
// involvements in them that the reader sees.
func (v *View) claimsThrough(q Query, aspect tumenv1.Aspect) (found, error) {
	through := found{}
	err := v.Events(q, nil, func(m EventMatch) (bool, error) {
		matter, event := v.idOf(ParentOf(m.Event.GetName())), v.idOf(m.Event.GetName())
		subjects := [][]byte{event}
		for id, err := range v.ids(byEvent, event) {
			if err == nil && !v.SeesAllOf(q.Owner) {
				var rec Record
				if rec, err = v.read(Key{Involvement, id}); err == nil && !v.Sees(rec) {
					continue
				}
			}
			if err != nil {
				return false, err
			}
			subjects = append(subjects, id[:])
		}
		for _, s := range subjects {
			terms := [][]byte{matter, s}
			if aspect != 0 {
				terms = append(terms, v.store.blind.aspect(s, aspect))
			}
			for id, err := range v.ids(bySubject, terms...) {
				if err != nil {
					return false, err
				}
				through.add(id, m)
			}
		}
		return true, nil
	})
	return through, err
}

// matches reads a page of records and says through which events each was found.
func matches[T Record](v *View, kind Kind, ids func(func(ID, error) bool), through found, limit int, keep func(T) bool) ([]Match[T], []byte, error) {
	var page []Match[T]
	var last ID
	for id, err := range ids {
		if err != nil {
			return nil, nil, err
		}
		r := through[id]
		if through != nil && r == nil {
			continue
		}
		rec, err := v.read(Key{kind, id})
		if err != nil {
			return nil, nil, err
		}
		typed, ok := rec.(T)
		if !ok {
			return nil, nil, errRow // an index row of nothing
		}
		if !v.Sees(rec) || !keep(typed) {
			continue
		}
		if len(page) == limit {
			return page, last[:], nil
		}
		m := Match[T]{Record: typed}
		if r != nil {
			m.Dating, m.Events = r.dating, r.events
		}
		page = append(page, m)
		last = id
	}
	return page, nil, nil
}
