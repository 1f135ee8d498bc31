package service

import (
	"iter"
	"slices"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// evidential tells, on one snapshot, which records are decided findings or what these are
// about and rest on: what those who audit read.
type evidential struct {
	view  *records.View
	known map[string]bool
}

func (e *evidential) of(record proto.Message) bool {
	rec, ok := record.(records.Record)
	if !ok {
		return false
	}
	if is, ok := e.known[rec.GetName()]; ok {
		return is
	}
	if e.known == nil {
		e.known = map[string]bool{}
	}
	e.known[rec.GetName()] = false // while it is worked out
	is := e.bears(rec)
	e.known[rec.GetName()] = is
	return is
}

// bears says whether a decided finding is about a record, or rests on it.
func (e *evidential) bears(rec records.Record) bool {
	switch rec := rec.(type) {
	case *tumenv1.Finding:
		return e.stands(rec)
	case *tumenv1.Case:
		return oneOf(e.view, records.Children[*tumenv1.Finding](e.view, records.Finding, rec.GetName()), records.Decided)
	case *tumenv1.Event:
		return e.decided(rec.GetName(), records.Event) || oneOf(e.view, e.view.InvolvementsIn(rec.GetName()), func(i *tumenv1.Involvement) bool { return e.of(i) })
	case *tumenv1.Involvement:
		return e.decided(rec.GetName(), records.Involvement)
	case *tumenv1.Person:
		return e.decided(rec.GetName(), records.Person) || e.involved(rec)
	case *tumenv1.Claim:
		return e.onDecided(rec)
	case *tumenv1.Source:
		return e.speaks(rec) || oneOf(e.view, e.view.TiesOf(rec.GetName()), func(t *tumenv1.Tie) bool { return e.speaksBeside(t, rec.GetName()) })
	case *tumenv1.Capture:
		return e.named(records.ParentOf(rec.GetName()))
	case *tumenv1.Tie:
		return e.named(rec.GetA()) && e.named(rec.GetB())
	}
	return false
}

// stands says whether a finding is decided today, whatever revision of it this is.
func (e *evidential) stands(f *tumenv1.Finding) bool {
	now, err := e.view.Read(f.GetName())
	if failed(e.view, err) {
		return false
	}
	today, ok := now.(*tumenv1.Finding)
	return ok && records.Decided(today)
}

// decided says whether any aspect of a subject has been decided.
func (e *evidential) decided(subject string, kind records.Kind) bool {
	for aspect, rule := range aspects {
		if rule.subject == kind && e.decidedOf(subject, aspect) {
			return true
		}
	}
	return false
}

// decidedOf says whether an aspect of a subject has been decided.
func (e *evidential) decidedOf(subject string, aspect tumenv1.Aspect) bool {
	f, err := e.view.FindingOn(subject, aspect)
	return !failed(e.view, err) && records.Decided(f)
}

// involved says whether something has been decided of the part that a person had.
func (e *evidential) involved(p *tumenv1.Person) bool {
	parts, _, err := e.view.Page(records.Involvement, records.List{Person: p.GetName()}, nil, maxErased, func(rec records.Record) (bool, error) { return e.of(rec), nil })
	return !failed(e.view, err) && len(parts) > 0
}

// onDecided says whether a claim speaks to what has been decided.
func (e *evidential) onDecided(c *tumenv1.Claim) bool {
	return slices.ContainsFunc(c.GetSubjects(), func(subject string) bool { return e.decidedOf(subject, c.GetAspect()) })
}

// speaks says whether a source, or one that relays it, has said something to what has been
// decided.
func (e *evidential) speaks(s *tumenv1.Source) bool {
	return oneOf(e.view, e.view.ClaimsOf(s.GetName()), func(c *tumenv1.Claim) bool { return e.of(c) }) ||
		oneOf(e.view, e.view.RelayersOf(s.GetName()), func(by *tumenv1.Source) bool { return e.of(by) })
}

// speaksBeside says whether the other one of a tie speaks: through thirds, ties count.
func (e *evidential) speaksBeside(t *tumenv1.Tie, name string) bool {
	other := t.GetA()
	if other == name {
		other = t.GetB()
	}
	rec, err := e.view.Read(other)
	if failed(e.view, err) {
		return false
	}
	s, ok := rec.(*tumenv1.Source)
	return ok && e.speaks(s)
}

// named is of for what is known by its name.
func (e *evidential) named(name string) bool {
	rec, err := e.view.Read(name)
	if failed(e.view, err) {
		return false
	}
	return e.of(rec)
}

// oneOf says whether any of some records is such as is looked for.
func oneOf[T records.Record](v *records.View, all iter.Seq2[T, error], such func(T) bool) bool {
	for rec, err := range all {
		if failed(v, err) {
			return false
		}
		if such(rec) {
			return true
		}
	}
	return false
}
