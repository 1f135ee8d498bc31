package service

import (
	"cmp"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/edtf"
	"tumen/service/records"
	"tumen/service/verification"
)

// sight works out what follows for a record from others, as one reader sees
// them: what a reader can't see must not show through. Its view counts what it
// leaves out.
type sight struct {
	view   *records.View
	reader access.Reader
	untold int // values of claims that are withheld from the reader
}

// headline is what has been concluded about a case's principal event, the first
// one that the reader sees if none is set. Without an event that the reader sees,
// or where what was concluded is withheld, there is none.
func (l *sight) headline(c *tumenv1.Case) (*tumenv1.Headline, error) {
	if access.Outside(l.reader, c) {
		return l.sharedHeadline(c)
	}
	return l.concluded(c)
}

// concluded is the headline over what the reader sees.
func (l *sight) concluded(c *tumenv1.Case) (*tumenv1.Headline, error) {
	event, err := l.principal(c)
	if err != nil || event == nil {
		return nil, err
	}
	before := l.view.Withheld()
	f, err := l.view.FindingOn(event.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE)
	if err != nil || l.view.Withheld() > before {
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

// sharedHeadline is the headline for who sees the case by a grant: it is what a grant
// shows at least, also where it shows nothing that lies in the case.
func (l *sight) sharedHeadline(c *tumenv1.Case) (*tumenv1.Headline, error) {
	wider := asOfContent(l.reader)
	h, err := (&sight{view: l.view.As(sightOf(wider)).Counting(), reader: wider}).concluded(c)
	if err != nil || h == nil {
		return nil, err
	}
	if _, err := l.view.Read(h.GetEvent()); isMissing(err) {
		h.Event, h.Finding = "", ""
	} else if err != nil {
		return nil, err
	}
	return h, nil
}

func (l *sight) principal(c *tumenv1.Case) (*tumenv1.Event, error) {
	if c.GetPrincipalEvent() != "" {
		e, err := records.Get[*tumenv1.Event](l.view, c.GetPrincipalEvent())
		if isMissing(err) {
			return nil, nil
		}
		return e, err
	}
	for e, err := range standing(records.Children[*tumenv1.Event](l.view, records.Event, c.GetName())) {
		return e, err
	}
	return nil, nil
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
		if ok && active(c) && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS && !covers(claimed, recorded) {
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
		if active(c) {
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
		out = append(out, t.GetName())
	}
	return out, nil
}

// weigh sets the current support of a finding: shown over what the reader may
// see, while whether it is stale follows from everything.
func (l *sight) weigh(f *tumenv1.Finding) error {
	all, err := gather(l.view.Entire(), f.GetSubject(), f.GetAspect())
	if err != nil {
		return err
	}
	seen, hidden := all.seenBy(l.view)
	seen, l.untold = seen.toldTo(l.reader)
	stored := f.GetProtectedValue()
	if valueWithheld(l.reader, f) {
		f.ProtectedValue = nil // which claims say it would tell what it is
	}
	f.Support = seen.support(f)
	f.ProtectedValue = stored
	if hidden > 0 {
		sayAsShown(f.Support)
	}
	if records.Decided(f) {
		full := f.Support
		if seen != all || valueWithheld(l.reader, f) {
			full = all.support(f)
		}
		if f.StaleReasons, err = all.staleReasons(l.view.Entire(), f, full); err != nil {
			return err
		}
	}
	f.Stale = len(f.StaleReasons) > 0
	if _, err := l.approved(f); err != nil {
		return err
	}
	if f.Stale && (l.view.Withheld() > 0 || l.untold > 0 || valueWithheld(l.reader, f)) {
		f.StaleReasons = []string{"what it rests on has changed; part of that is withheld from you"}
	}
	return cmp.Or(l.flagUncovered(f), all.failed, seen.failed)
}

// sayAsShown says of flags on what is missing that it may be among what is
// withheld.
func sayAsShown(s *tumenv1.Support) {
	for _, f := range s.GetFlags() {
		if f.GetKind() == tumenv1.FlagKind_FLAG_KIND_NOT_CONFIRMED {
			f.Text += ", as far as it is shown to you"
		}
	}
}

// flagUncovered flags, in the support of a time, the claims that the event's
// recorded time does not cover.
func (l *sight) flagUncovered(f *tumenv1.Finding) error {
	if f.GetAspect() != tumenv1.Aspect_ASPECT_TIME {
		return nil
	}
	event, err := records.Get[*tumenv1.Event](l.view, f.GetSubject())
	if isMissing(err) {
		return nil // nor is its recorded time the reader's to know
	}
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
// made of is withheld from the reader, be it what a claim says, and says whether
// it has.
func (l *sight) approved(f *tumenv1.Finding) (withheld bool, err error) {
	withheld = valueWithheld(l.reader, f)
	for _, e := range f.GetApprovedEvidence() {
		rec, err := l.view.Read(e.GetName())
		if c, ok := rec.(*tumenv1.Claim); ok && err == nil && valueWithheld(l.reader, c) {
			withheld = true
		}
		if isMissing(err) {
			withheld, err = true, nil
		}
		if err != nil {
			return false, err
		}
	}
	if withheld {
		f.ApprovedSupport, f.ApprovedEvidence = nil, nil
	}
	return withheld, nil
}
