package service

import (
	"cmp"
	"iter"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// maxErased bounds what one erasure takes along.
const maxErased = 10_000

// whatGoes gives all that is erased with a record, itself first, the rest by name:
//   - with a person: the involvements; claims, findings and ties that are about the
//     person and these, and about nobody else;
//   - with a source: its captures and ties, and the claims that it made;
//   - with a claim: nothing.
//
// What is about others, too, stays, and is for people to look at.
func whatGoes(v *records.View, subject records.Record) ([]records.Record, error) {
	g := &going{view: v, seen: map[string]bool{}}
	g.take(subject)
	switch r := subject.(type) {
	case *tumenv1.Person:
		g.person(r)
	case *tumenv1.Source:
		collectInto(g, records.Children[*tumenv1.Capture](v, records.Capture, r.GetName()))
		collectInto(g, v.ClaimsOf(r.GetName()))
		collectInto(g, v.EveryTieOf(r.GetName()))
	}
	slices.SortFunc(g.all[1:], func(a, b records.Record) int { return cmp.Compare(a.GetName(), b.GetName()) })
	if g.err == nil && len(g.all) > maxErased {
		return nil, fault.New(fault.TooLarge, "ERASURE_TOO_LARGE", "more than %d records would go; erase claims by themselves first", maxErased)
	}
	return g.all, g.err
}

// going collects what goes.
type going struct {
	view *records.View
	all  []records.Record
	seen map[string]bool
	err  error
}

func (g *going) take(rec records.Record) {
	if !g.seen[rec.GetName()] {
		g.seen[rec.GetName()] = true
		g.all = append(g.all, rec)
	}
}

func collectInto[T records.Record](g *going, all iter.Seq2[T, error]) {
	for rec, err := range all {
		if err != nil {
			g.err = cmp.Or(g.err, err)
			return
		}
		g.take(rec)
	}
}

func (g *going) person(p *tumenv1.Person) {
	involved, _, err := g.view.Page(records.Involvement, records.List{Person: p.GetName()}, nil, maxErased+1, func(records.Record) (bool, error) { return true, nil })
	if err != nil {
		g.err = err
		return
	}
	subjects := []string{p.GetName()}
	for _, i := range involved {
		g.take(i)
		subjects = append(subjects, i.GetName())
	}
	for _, subject := range subjects {
		for claim, err := range g.view.ClaimsOn(subject, 0) {
			if err != nil {
				g.err = err
				return
			}
			if !slices.ContainsFunc(claim.GetSubjects(), func(s string) bool { return !slices.Contains(subjects, s) }) {
				g.take(claim)
			}
		}
		for aspect := range aspects {
			f, err := g.view.FindingOn(subject, aspect)
			if err != nil {
				g.err = err
				return
			}
			if f != nil {
				g.take(f)
			}
		}
		collectInto(g, g.view.EveryTieOf(subject))
	}
}

// restingOnAny gives the decided findings that rest on records which are about to
// go, without those that go themselves.
func restingOnAny(v *records.View, gone []records.Record) ([]*tumenv1.Finding, error) {
	seen := map[string]bool{}
	for _, rec := range gone {
		seen[rec.GetName()] = true
	}
	var all []*tumenv1.Finding
	take := func(f *tumenv1.Finding) {
		if records.Decided(f) && !seen[f.GetName()] {
			seen[f.GetName()] = true
			all = append(all, f)
		}
	}
	for _, rec := range gone {
		switch r := rec.(type) {
		case *tumenv1.Source:
			resting, err := restingOn(v, r.GetName())
			if err != nil {
				return nil, err
			}
			for _, f := range resting {
				take(f)
			}
		case *tumenv1.Claim:
			for _, subject := range r.GetSubjects() {
				f, err := v.FindingOn(subject, r.GetAspect())
				if err != nil {
					return nil, err
				}
				take(f)
			}
		}
	}
	return all, nil
}
