package service

import (
	"context"
	"fmt"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// AcceptSubmission implements tumenv1.SubmissionServiceServer.
func (s submissions) AcceptSubmission(ctx context.Context, req *tumenv1.AcceptSubmissionRequest) (*tumenv1.AcceptSubmissionResponse, error) {
	x, err := written[*tumenv1.Submission](ctx, s.Server, req, func(c *change) (records.Record, error) {
		x, err := c.waiting(req)
		if err != nil {
			return nil, err
		}
		a := &acceptance{change: c, req: req, offered: x}
		for _, step := range []func() error{a.matter, a.origin, a.claims} {
			if err := step(); err != nil {
				return nil, err
			}
		}
		return c.decided(x, tumenv1.SubmissionState_SUBMISSION_STATE_ACCEPTED, req.GetAnswer(), a.results...)
	})
	return &tumenv1.AcceptSubmissionResponse{Submission: x}, err
}

// acceptance takes a submission into records.
type acceptance struct {
	*change
	req     *tumenv1.AcceptSubmissionRequest
	offered *tumenv1.Submission
	in      string // the case
	event   string // that claims without a subject are about
	source  string
	results []string
}

// made puts a new record into the change.
func (a *acceptance) made(rec records.Record, parent string) error {
	err := a.add("submission", rec, parent)
	a.results = append(a.results, rec.GetName())
	return err
}

// matter finds or makes the case and the event.
func (a *acceptance) matter() error {
	a.in, a.event = a.offered.GetCase(), a.req.GetIntoEvent()
	proposed := a.offered.GetProposedCase()
	switch {
	case a.in != "" && a.req.GetIntoCase() != "" && a.req.GetIntoCase() != a.in:
		return fault.Field("into_case", "OTHER_CASE", "it was offered on %s", a.in)
	case a.in == "":
		a.in = a.req.GetIntoCase()
	}
	if a.in == "" {
		if a.event != "" {
			return fault.Field("into_event", "OTHER_CASE", "a new case has no event yet; say with into_case which one it is in")
		}
		c := &tumenv1.Case{Title: proposed.GetTitle(), Summary: proposed.GetSummary(), Marking: a.offered.GetMarking(), Submission: a.offered.GetName()}
		if err := a.made(c, ""); err != nil {
			return err
		}
		a.in = c.GetName()
	}
	of, err := a.present("into_case", a.in)
	if err != nil {
		return err
	}
	switch {
	case a.event != "" && records.ParentOf(a.event) != a.in:
		return fault.Field("into_event", "OTHER_CASE", "%s lies in another case", a.event)
	case a.event != "":
		return nil
	case proposed == nil:
		a.event = of.(*tumenv1.Case).GetPrincipalEvent()
		return nil
	}
	e := &tumenv1.Event{
		Act: proposed.GetAct(), Title: proposed.GetTitle(), Time: proposed.GetTime(), Places: proposed.GetPlaces(), People: proposed.GetPeople(),
		Marking: a.offered.GetMarking(), Submission: a.offered.GetName(),
	}
	err = a.made(e, a.in)
	a.event = e.GetName()
	return err
}

// origin finds or makes the source, and ties it to whatever else the partner has sent.
func (a *acceptance) origin() error {
	a.source = a.req.GetIntoSource()
	if a.source == "" {
		from := a.offered.GetSource()
		s := &tumenv1.Source{
			Kind: from.GetKind(), Title: from.GetTitle(), Publisher: from.GetPublisher(), Author: from.GetAuthor(), Address: from.GetAddress(),
			Language: from.GetLanguage(), Published: from.GetPublished(), Basis: from.GetBasis(), ContactNote: from.GetContactNote(),
			ProtectedContact: a.offered.GetSourceContact(), Marking: a.offered.GetMarking(), Submission: a.offered.GetName(),
		}
		if err := a.made(s, ""); err != nil {
			return err
		}
		a.source = s.GetName()
	} else if _, err := a.present("into_source", a.source); err != nil {
		return err
	}
	return a.tieToPartner()
}

// intakeIssuer is who calls the source that stands for a partner so.
const intakeIssuer = "tumen-intake"

// tieToPartner ties the source to a source that stands for the partner, and so to all
// that they have sent: these are possibly the same contact, until a reviewer separates
// one of them from it. That is a statement of its own, which an export shows.
func (a *acceptance) tieToPartner() error {
	partner, err := a.standsFor(a.offered.GetSubmitter())
	if err != nil {
		return err
	}
	for t, err := range a.Entire().TiesOf(a.source) {
		if err != nil {
			return err
		}
		lasts := t.GetSubmission() != "" || t.GetKind() == tumenv1.TieKind_TIE_KIND_SEPARATED
		if lasts && slices.Contains([]string{t.GetA(), t.GetB()}, partner) {
			return nil // another one, whoever stated it takes back
		}
	}
	return a.made(&tumenv1.Tie{
		Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: a.source, B: partner, Submission: a.offered.GetName(),
		Grounds: "sent by one partner, so possibly from one contact", Marking: tumenv1.Marking_MARKING_CLEAR,
	}, "")
}

// standsFor names the source that stands for a partner, making it with the first
// submission that is accepted.
func (a *acceptance) standsFor(partner string) (string, error) {
	id := a.server.records.IntakeID(a.reader.Organisation, partner)
	rec, err := a.Entire().ByExternalID(a.reader.Organisation, intakeIssuer, id)
	if rec != nil || err != nil {
		return nameOf(rec), err
	}
	s := &tumenv1.Source{
		Kind: "other", Title: "Whatever a partner has sent", Marking: tumenv1.Marking_MARKING_CLEAR, Submission: a.offered.GetName(),
		ExternalIds: []*tumenv1.ExternalId{{Issuer: intakeIssuer, Id: id}},
	}
	err = a.made(s, "")
	return s.GetName(), err
}

// intake refuses what would make or unmake a source that stands for a partner: without
// it, what this one sends next would corroborate what it has sent before.
func (c *check) intake() {
	if c.before == nil && submissionOf(c.record) != "" {
		return // an acceptance makes it
	}
	if intakeID(c.record) != intakeID(c.before) {
		c.bad("external_ids", "RESERVED", "%s calls the source that stands for a partner so, and nothing else; leave it as it is", intakeIssuer)
	}
}

// intakeID is what the source that stands for a partner is called; empty for all else.
func intakeID(rec records.Record) string {
	if rec == nil {
		return ""
	}
	for _, x := range rec.GetExternalIds() {
		if x.GetIssuer() == intakeIssuer {
			return x.GetId()
		}
	}
	return ""
}

// submissionOf names the submission that a record was taken from; empty for none.
func submissionOf(rec records.Record) string {
	if from, is := rec.(interface{ GetSubmission() string }); is {
		return from.GetSubmission()
	}
	return ""
}

// remains refuses to do away with a source that stands for a partner.
func remains(rec records.Record) error {
	if intakeID(rec) == "" {
		return nil
	}
	return fault.New(fault.Refused, "STANDS_FOR_PARTNER", "%s stands for a partner, and tells nobody's name: it stays, lest what they send corroborate itself", rec.GetName())
}

func nameOf(rec records.Record) string {
	if rec == nil {
		return ""
	}
	return rec.GetName()
}

// claims records what the source says.
func (a *acceptance) claims() error {
	for i, from := range a.offered.GetClaims() {
		subject := from.GetSubject()
		if subject == "" {
			subject = a.event
		}
		if subject == "" {
			return fault.Field("into_event", "EVENT_MISSING", "claims[%d] is about no event, and the case has no principal one; say which", i)
		}
		err := a.made(&tumenv1.Claim{
			Source: a.source, Subjects: []string{subject}, Aspect: from.GetAspect(), Stance: from.GetStance(), Value: from.GetValue(),
			Basis: from.GetBasis(), SaidOn: from.GetSaidOn(), Speaker: from.GetSpeaker(), Quote: from.GetQuote(), Notes: from.GetNotes(),
			Marking: a.offered.GetMarking(), Submission: a.offered.GetName(),
		}, a.in)
		if err != nil {
			return fmt.Errorf("claims[%d]: %w", i, err)
		}
	}
	return nil
}

// separating refuses to who is no reviewer what separates sources that one partner has
// sent: to state it, and to change or delete the statement that they are possibly the
// same.
func separating(v *records.View, r access.Reader, tie, before *tumenv1.Tie) error {
	if slices.Contains(r.Roles, tumenv1.Role_ROLE_REVIEWER) {
		return nil
	}
	separates := before.GetSubmission() != ""
	for _, name := range []string{tie.GetA(), tie.GetB()} {
		s, err := v.Entire().Read(name)
		if err != nil && !isMissing(err) {
			return err
		}
		if from, is := s.(*tumenv1.Source); is && from.GetSubmission() != "" && tie.GetKind() == tumenv1.TieKind_TIE_KIND_SEPARATED {
			separates = true
		}
	}
	if separates {
		return fault.New(fault.Denied, "REVIEWER_SEPARATES", "what one partner has sent is separated by a reviewer alone")
	}
	return nil
}
