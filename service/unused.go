package service

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// unused refuses to delete what other records stand on: a deleted source or
// event would change what is supported without anybody having said so, and what
// lies in a deleted case would be left without one. What keeps sources of a partner's
// together stays, too.
func (c *change) unused(rec records.Record) error {
	var by records.Record
	var err error
	switch r := rec.(type) {
	case *tumenv1.Case:
		by, err = c.content(r)
	case *tumenv1.Source:
		if err := remains(r); err != nil {
			return err
		}
		if by, err = c.firstActive(c.ClaimsOf(r.GetName())); by == nil && err == nil {
			by, err = first(c.RelayersOf(r.GetName()))
		}
		if by == nil && err == nil {
			by, err = first(standing(records.Children[*tumenv1.Capture](&c.View, records.Capture, r.GetName())))
		}
	case *tumenv1.Event:
		if by, err = c.firstActive(c.ClaimsOn(r.GetName(), 0)); by == nil && err == nil {
			by, err = first(c.InvolvementsIn(r.GetName()))
		}
		if by == nil && err == nil {
			by, err = c.principalOf(r)
		}
		if by == nil && err == nil {
			by, err = first(c.PartsOf(r.GetName()))
		}
	case *tumenv1.Involvement:
		by, err = c.firstActive(c.ClaimsOn(r.GetName(), 0))
	case *tumenv1.Person:
		if by, err = c.firstActive(c.ClaimsOn(r.GetName(), 0)); by == nil && err == nil {
			by, err = c.involved(r)
		}
	case *tumenv1.Capture:
		by, err = c.examinedIn(r)
	case *tumenv1.Place:
		if by, err = first(c.PlacedAt(r.GetOwner(), r.GetName())); by == nil && err == nil {
			by, err = first(c.PlacesIn(r.GetName()))
		}
	case *tumenv1.Term:
		by, err = first(c.BearersOf(r))
	case *tumenv1.Tie:
		return separating(&c.View, c.reader, r, r)
	}
	if err != nil || by == nil {
		return err
	}
	return c.inUse(rec, by)
}

// inUse names what rests on a record only to who may see it.
func (c *change) inUse(rec, by records.Record) error {
	if !access.Visible(c.reader, by) {
		return fault.New(fault.Refused, "IN_USE", "this %s can't be deleted while something that is withheld from you rests on it", records.KindOf(rec))
	}
	return fault.New(fault.Refused, "IN_USE", "this %s can't be deleted while %s rests on it; retract or change that first", records.KindOf(rec), by.GetName()).With("by", by.GetName())
}

// content is something that a case still holds; nil for an empty one.
func (c *change) content(r *tumenv1.Case) (records.Record, error) {
	for _, kind := range []records.Kind{records.Event, records.Involvement, records.Intervention} {
		if by, err := first(standing(records.Children[records.Record](&c.View, kind, r.GetName()))); by != nil || err != nil {
			return by, err
		}
	}
	return c.firstActive(records.Children[*tumenv1.Claim](&c.View, records.Claim, r.GetName()))
}

// principalOf is the case whose principal event this is.
func (c *change) principalOf(r *tumenv1.Event) (records.Record, error) {
	parent, err := records.Get[*tumenv1.Case](&c.View, records.ParentOf(r.GetName()))
	if err != nil || parent.GetPrincipalEvent() != r.GetName() {
		return nil, err
	}
	return parent, nil
}

// involved is an involvement of a person.
func (c *change) involved(r *tumenv1.Person) (records.Record, error) {
	found, _, err := c.Page(records.Involvement, records.List{Person: r.GetName()}, nil, 1, func(rec records.Record) (bool, error) {
		return rec.GetDeleteTime() == nil, nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// examinedIn is a claim that cites the capture as examined, or a working copy of
// it.
func (c *change) examinedIn(r *tumenv1.Capture) (records.Record, error) {
	source := records.ParentOf(r.GetName())
	for claim, err := range c.ClaimsOf(source) {
		if err != nil {
			return nil, err
		}
		if active(claim) && claim.GetExamination().GetCapture() == r.GetName() {
			return claim, nil
		}
	}
	for copied, err := range standing(records.Children[*tumenv1.Capture](&c.View, records.Capture, source)) {
		if err != nil {
			return nil, err
		}
		if copied.GetOriginal() == r.GetName() {
			return copied, nil
		}
	}
	return nil, nil
}

// foundations refuses to take back the deletion of a record while what it cannot
// be without is deleted; and that of a tie that separates again, to who may not separate.
func (c *change) foundations(rec records.Record) error {
	needed := []string{records.ParentOf(rec.GetName())}
	switch r := rec.(type) {
	case *tumenv1.Event:
		needed = append(needed, r.GetPartOf())
	case *tumenv1.Place:
		needed = append(needed, r.GetContainedIn())
	case *tumenv1.Tie:
		if err := separating(&c.View, c.reader, r, r); err != nil {
			return err
		}
		needed = append(needed, r.GetA(), r.GetB())
	case *tumenv1.Involvement:
		needed = append(needed, r.GetEvent(), r.GetPerson())
	case *tumenv1.Source:
		for _, relay := range r.GetRelays() {
			needed = append(needed, relay.GetSource())
		}
	case *tumenv1.Capture:
		needed = append(needed, r.GetOriginal())
	}
	for _, name := range needed {
		if name == "" {
			continue
		}
		on, err := c.Read(name)
		if err != nil {
			return err
		}
		if on.GetDeleteTime() != nil && !access.Visible(c.reader, on) {
			return fault.New(fault.Refused, "FOUNDATION_DELETED", "something that is withheld from you and that this %s can't be without is deleted", records.KindOf(rec))
		}
		if on.GetDeleteTime() != nil {
			return fault.New(fault.Refused, "FOUNDATION_DELETED", "%s is deleted; undelete that first", name).With("name", name)
		}
	}
	return nil
}
