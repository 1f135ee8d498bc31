package service

import (
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// contributors says who had a part in what a finding rests on, by member, and in
// which records: the author of any revision of its claims, their sources, the
// captures that they cite as examined and the ties of these sources, deleted ones
// included; who took a claim on it out of force; and the caller, where a claim
// names them as the examiner.
func (c *change) contributors(f *tumenv1.Finding, e *evidence) (map[string][]string, error) {
	parts := parts{view: &c.View, by: map[string][]string{}, seen: map[[2]string]bool{}}
	anyRevision := func(records.Record) bool { return true }
	for _, ev := range e.revisions() {
		if err := parts.authors(ev.GetName(), anyRevision); err != nil {
			return nil, err
		}
	}
	ties, err := allTies(&c.View, e.Sources)
	if err != nil {
		return nil, err
	}
	for _, tie := range ties {
		if err := parts.authors(tie, anyRevision); err != nil {
			return nil, err
		}
	}
	for claim, err := range c.ClaimsOn(f.GetSubject(), f.GetAspect()) {
		if err != nil {
			return nil, err
		}
		if e.claims[claim.GetName()] == nil {
			if err := parts.authors(claim.GetName(), outOfForce); err != nil {
				return nil, err
			}
		}
	}
	for name, claim := range e.claims {
		x := claim.GetExamination()
		if x == nil {
			continue
		}
		if err := parts.authors(x.GetCapture(), anyRevision); err != nil {
			return nil, err
		}
		if mine, err := c.isCaller(x.GetExaminer()); err != nil {
			return nil, err
		} else if mine {
			parts.add(c.reader.Member, name)
		}
	}
	return parts.by, nil
}

// outOfForce says whether a revision of a claim no longer counts.
func outOfForce(rec records.Record) bool {
	claim, ok := rec.(*tumenv1.Claim)
	return ok && (!active(claim) || claim.GetDeleteTime() != nil)
}

// parts collects who had a part in which records.
type parts struct {
	view *records.View
	by   map[string][]string
	seen map[[2]string]bool
}

func (p *parts) add(member, record string) {
	if k := [2]string{member, record}; !p.seen[k] {
		p.seen[k] = true
		p.by[member] = append(p.by[member], record)
	}
}

// authors adds the authors of those revisions of a record that count.
func (p *parts) authors(name string, counts func(records.Record) bool) error {
	all, err := p.view.Revisions(name, 0, 1<<20)
	if err != nil {
		if isMissing(err) {
			return nil
		}
		return err
	}
	for _, r := range all {
		if counts(r.Record) {
			p.add(r.Record.GetUpdater(), name)
		}
	}
	return nil
}

// allTies names the ties of sources, and of those that these lead to, deleted
// ones too: who takes a tie back makes two origins of one.
func allTies(v *records.View, sources map[string]*tumenv1.Source) ([]string, error) {
	var ties, todo []string
	seen, known := map[string]bool{}, map[string]bool{}
	for name := range sources {
		todo = append(todo, name)
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		page, _, err := v.Page(records.Tie, records.List{Record: name}, nil, 1<<20, func(records.Record) (bool, error) { return true, nil })
		if err != nil {
			return nil, err
		}
		for _, rec := range page {
			tie, ok := rec.(*tumenv1.Tie)
			if !ok || known[tie.GetName()] {
				continue
			}
			known[tie.GetName()] = true
			ties = append(ties, tie.GetName())
			todo = append(todo, tie.GetA(), tie.GetB())
		}
	}
	return ties, nil
}

// isCaller says whether an examiner, which is free text, is the caller: by name,
// handle or display name.
func (c *change) isCaller(examiner string) (bool, error) {
	m, err := records.Get[*tumenv1.Member](&c.View, c.reader.Member)
	if err != nil {
		return false, err
	}
	examiner = strings.TrimSpace(examiner)
	for _, called := range []string{m.GetName(), m.GetHandle(), m.GetDisplayName()} {
		if called != "" && strings.EqualFold(examiner, strings.TrimSpace(called)) {
			return true, nil
		}
	}
	return false, nil
}
