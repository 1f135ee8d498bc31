package service

import (
	"context"
	"fmt"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
	"tumen/service/tally"
)

// statistics is the StatisticsService.
type statistics struct {
	tumenv1.UnimplementedStatisticsServiceServer
	*Server
}

// CountPeople implements tumenv1.StatisticsServiceServer.
func (s statistics) CountPeople(ctx context.Context, req *tumenv1.CountPeopleRequest) (*tumenv1.CountPeopleResponse, error) {
	out := new(tumenv1.CountPeopleResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		q, err := countQuery(v, r, req)
		if err != nil {
			return err
		}
		c := &headcount{View: v, reader: r, seen: map[string]bool{}}
		if c.stale, err = staleFindings(v); err != nil {
			return err
		}
		if err := v.Events(q, nil, func(m records.EventMatch) (bool, error) { return true, c.asked(m) }); err != nil {
			return err
		}
		if err := c.besides(); err != nil {
			return err
		}
		out.Totals = tally.Totals(c.items, req.GetIncludeMayBe())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// countQuery turns the filters of a count into a search.
func countQuery(v *records.View, r access.Reader, req *tumenv1.CountPeopleRequest) (records.Query, error) {
	q := records.Query{Owner: r.Organisation, Act: req.GetAct(), Place: req.GetPlace()}
	if c := req.GetCase(); c != "" {
		if err := visibleReference(v, "case", c); err != nil {
			return q, err
		}
		q.Parent = c
	}
	if err := knownCode(v, "act", tumenv1.Vocabulary_VOCABULARY_ACTS, q.Act); err != nil {
		return q, err
	}
	if q.Place != "" {
		if err := visibleReference(v, "place", q.Place); err != nil {
			return q, err
		}
	}
	var err error
	if q.Within, err = period("within", req.GetWithin()); err != nil {
		return q, err
	}
	q.OngoingIn, err = period("ongoing_in", req.GetOngoingIn())
	return q, err
}

// headcount collects what is counted, as far as one reader may see it. Its view
// counts what is left out of the event that is being counted.
type headcount struct {
	*records.View
	reader access.Reader
	stale  map[string]*tumenv1.Finding
	items  []tally.Item
	seen   map[string]bool // events that are among the items
	linked []string        // events that items name: wholes, and what they may be
}

// asked adds an event that was asked for, with its figures.
func (c *headcount) asked(m records.EventMatch) error {
	c.View = c.Counting()
	it, err := c.hanging(m.Event)
	if err != nil {
		return err
	}
	it.Title, it.Act, it.Dating = m.Event.GetTitle(), m.Event.GetAct(), m.Dating
	if err := c.figures(m.Event, &it); err != nil {
		return err
	}
	f, err := c.finding(it.Event, tumenv1.Aspect_ASPECT_OCCURRENCE)
	if err != nil {
		return err
	}
	it.Outcome = f.GetState()
	if it.Persons, err = c.victims(m.Event); err != nil {
		return err
	}
	if it.Withheld = c.Withheld(); it.Withheld > 0 {
		it.Explanation += " " + withheldWords(it.Withheld)
	}
	c.items = append(c.items, it)
	return nil
}

// withheldWords says how many records were left out.
func withheldWords(n int) string {
	if n == 1 {
		return "1 record that bears on it is withheld from you."
	}
	return fmt.Sprintf("%d records that bear on it are withheld from you.", n)
}

// hanging is an event with what it is part of and what it may be, as it states
// itself, as others say that they may be it, and as ties state it.
func (c *headcount) hanging(e *tumenv1.Event) (tally.Item, error) {
	name := e.GetName()
	c.seen[name] = true
	it := tally.Item{Event: name, PartOf: e.GetPartOf(), PossiblySame: slices.Clone(e.GetPossiblySameAs())}
	for t, err := range c.TiesOf(name) {
		if err != nil {
			return it, err
		}
		other := t.GetA()
		if other == name {
			other = t.GetB()
		}
		switch t.GetKind() {
		case tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME:
			it.PossiblySame = append(it.PossiblySame, other)
		case tumenv1.TieKind_TIE_KIND_SEPARATED:
			it.Separated = append(it.Separated, other)
		}
	}
	for twin, err := range c.TwinsOf(name) {
		if err != nil {
			return it, err
		}
		it.PossiblySame = append(it.PossiblySame, twin.GetName())
	}
	if it.PartOf != "" {
		c.linked = append(c.linked, it.PartOf)
	}
	c.linked = append(c.linked, it.PossiblySame...)
	return it, nil
}

// besides adds the events that those asked for lead to, step by step: a part may
// be joined to its whole by one that was not asked for. Deleted ones lead on,
// for what they joined is no surer than before; unseen ones do not.
func (c *headcount) besides() error {
	for len(c.linked) > 0 {
		name := c.linked[len(c.linked)-1]
		c.linked = c.linked[:len(c.linked)-1]
		if c.seen[name] {
			continue
		}
		c.seen[name] = true
		e, err := records.Get[*tumenv1.Event](c.View, name)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		it, err := c.hanging(e)
		if err != nil {
			return err
		}
		it.Act, it.Title, it.Beside = e.GetAct(), e.GetTitle(), true
		c.items = append(c.items, it)
	}
	return nil
}

// finding returns the finding on an aspect of an event if the reader sees it,
// else nil.
func (c *headcount) finding(event string, aspect tumenv1.Aspect) (*tumenv1.Finding, error) {
	f, err := c.FindingOn(event, aspect)
	if err != nil || f == nil || f.GetDeleteTime() != nil {
		return nil, err
	}
	return f, nil
}

// victims lists the persons who are recorded by name as alleged victims.
func (c *headcount) victims(event *tumenv1.Event) ([]string, error) {
	var persons []string
	for i, err := range c.InvolvementsIn(event.GetName()) {
		if err != nil {
			return nil, err
		}
		if i.GetRole() != tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM || i.GetPerson() == "" {
			continue
		}
		if !c.SeesAllOf(event.GetOwner()) {
			if _, err := c.Read(i.GetPerson()); isMissing(err) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		persons = append(persons, i.GetPerson())
	}
	return persons, nil
}
