package service

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/edtf"
	"tumen/service/records"
	"tumen/service/verification"
)

// sight works out what follows for a record from others, as one reader sees
// them: what a reader can't see must not show through.
type sight struct {
	view     *records.View
	reader   access.Reader
	withheld int // records that were left out
}

// sees says whether the reader sees a record, and counts it if not.
func (l *sight) sees(rec records.Record) bool {
	if access.Visible(l.reader, rec) {
		return true
	}
	l.withheld++
	return false
}

// headline is what has been concluded about a case's principal event, the first
// one recorded if none is set. Without an event, or one that the reader sees,
// there is none.
func (l *sight) headline(c *tumenv1.Case) (*tumenv1.Headline, error) {
	event, err := l.principal(c)
	if err != nil || event == nil || !l.sees(event) {
		return nil, err
	}
	f, err := l.view.FindingOn(event.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE)
	if err != nil || f != nil && !l.sees(f) {
		return nil, err
	}
	if f == nil {
		return &tumenv1.Headline{Text: "occurrence: nobody has spoken to it", Event: event.GetName()}, nil
	}
	return &tumenv1.Headline{
		Text:    verification.Headline(tumenv1.Aspect_ASPECT_OCCURRENCE, f.GetState()),
		State:   f.GetState(),
		Event:   event.GetName(),
		Finding: f.GetName(),
	}, nil
}

func (l *sight) principal(c *tumenv1.Case) (*tumenv1.Event, error) {
	if c.GetPrincipalEvent() != "" {
		return records.Get[*tumenv1.Event](l.view, c.GetPrincipalEvent())
	}
	for e, err := range standing(records.Children[*tumenv1.Event](l.view, records.Event, c.GetName())) {
		return e, err
	}
	return nil, nil
}

// usedTime is the time that counts for an event; the recorded one where the
// reader may not see the finding that decided another.
func (l *sight) usedTime(e *tumenv1.Event) (*tumenv1.UsedTime, error) {
	used, err := l.view.UsedTime(e)
	if err != nil || used.GetFinding() == "" {
		return used, err
	}
	f, err := records.Get[*tumenv1.Finding](l.view, used.GetFinding())
	if err != nil || l.sees(f) {
		return used, err
	}
	if e.GetTime().GetEdtf() == "" {
		return nil, nil
	}
	return &tumenv1.UsedTime{Time: e.GetTime(), Basis: tumenv1.TimeBasis_TIME_BASIS_RECORDED}, nil
}

// uncovered lists the active claims whose time the recorded time of an event
// does not cover.
func (l *sight) uncovered(e *tumenv1.Event) ([]string, error) {
	recorded, ok := records.TimeOf(e.GetTime())
	if !ok {
		return nil, nil
	}
	lasting, err := l.view.Lasting(e.GetAct())
	if err != nil {
		return nil, err
	}
	covers := edtf.Entails
	if lasting {
		covers = edtf.EntailsLasting
	}
	var out []string
	for c, err := range l.view.ClaimsOn(e.GetName(), tumenv1.Aspect_ASPECT_TIME) {
		if err != nil {
			return nil, err
		}
		claimed, ok := records.TimeOf(c.GetValue().GetTime())
		if ok && active(c) && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS && !covers(claimed, recorded) && l.sees(c) {
			out = append(out, c.GetName())
		}
	}
	return out, nil
}

// activeClaims lists the claims in force on an aspect of a subject.
func (l *sight) activeClaims(subject string, aspect tumenv1.Aspect) ([]string, error) {
	var out []string
	for c, err := range l.view.ClaimsOn(subject, aspect) {
		if err != nil {
			return nil, err
		}
		if active(c) && l.sees(c) {
			out = append(out, c.GetName())
		}
	}
	return out, nil
}

func (l *sight) ties(s *tumenv1.Source) ([]string, error) {
	var out []string
	for t, err := range l.view.TiesOf(s.GetName()) {
		if err != nil {
			return nil, err
		}
		if l.sees(t) {
			out = append(out, t.GetName())
		}
	}
	return out, nil
}

// weigh sets the current support of a finding: shown over what the reader may
// see, while whether it is stale follows from everything.
func (l *sight) weigh(f *tumenv1.Finding) error {
	all, err := gather(l.view, f.GetSubject(), f.GetAspect())
	if err != nil {
		return err
	}
	full := all.support(f)
	f.Support = full
	if f.StaleReasons, err = all.staleReasons(l.view, f, full); err != nil {
		return err
	}
	f.Stale = len(f.StaleReasons) > 0
	if err := l.approved(f); err != nil {
		return err
	}
	if seen, hidden := all.seenBy(l.reader); hidden > 0 {
		l.withheld += hidden
		f.Support = seen.support(f)
		if f.Stale {
			f.StaleReasons = []string{"what it rests on has changed; part of that is withheld from you"}
		}
	}
	if err := l.flagUncovered(f); err != nil {
		return err
	}
	return all.failed
}

// flagUncovered flags, in the support of a time, the claims that the event's
// recorded time does not cover.
func (l *sight) flagUncovered(f *tumenv1.Finding) error {
	if f.GetAspect() != tumenv1.Aspect_ASPECT_TIME {
		return nil
	}
	event, err := records.Get[*tumenv1.Event](l.view, f.GetSubject())
	if err != nil {
		return err
	}
	claims, err := l.uncovered(event)
	for _, name := range claims {
		c, err := records.Get[*tumenv1.Claim](l.view, name)
		if err != nil {
			return err
		}
		f.Support.Flags = append(f.Support.Flags, &tumenv1.Flag{
			Kind: tumenv1.FlagKind_FLAG_KIND_OUTSIDE_RECORDED_TIME, Claim: name, Source: c.GetSource(), Text: "the recorded time of the event does not cover what the claim says",
		})
	}
	return err
}

// approved takes the stored support out of a finding where part of what it was
// made of is withheld from the reader.
func (l *sight) approved(f *tumenv1.Finding) error {
	before := l.withheld
	for _, e := range f.GetApprovedEvidence() {
		rec, err := l.view.Read(e.GetName())
		if err != nil {
			return err
		}
		l.sees(rec)
	}
	if l.withheld > before {
		f.ApprovedSupport, f.ApprovedEvidence = nil, nil
	}
	return nil
}
