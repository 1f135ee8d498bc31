package service

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// maxWaiting is how many submissions of one organisation may wait at a time.
const maxWaiting = 500

// submissions is the SubmissionService.
type submissions struct {
	tumenv1.UnimplementedSubmissionServiceServer
	*Server
}

// CreateSubmission implements tumenv1.SubmissionServiceServer.
func (s submissions) CreateSubmission(ctx context.Context, req *tumenv1.CreateSubmissionRequest) (*tumenv1.CreateSubmissionResponse, error) {
	x, err := written[*tumenv1.Submission](ctx, s.Server, req, func(c *change) (records.Record, error) {
		x := proto.Clone(req.GetSubmission()).(*tumenv1.Submission)
		if err := c.addressee(x, req.GetOrganisation()); err != nil {
			return nil, err
		}
		waiting, err := c.WaitingFrom(c.reader.Organisation, maxWaiting)
		if err != nil {
			return nil, err
		}
		if waiting == maxWaiting {
			return nil, fault.New(fault.Refused, "TOO_MANY_WAITING", "%d submissions of your organisation wait to be decided; send more when some are", maxWaiting)
		}
		x.Submitter, x.State = c.reader.Organisation, tumenv1.SubmissionState_SUBMISSION_STATE_WAITING
		return x, c.add("submission", x, "")
	})
	return &tumenv1.CreateSubmissionResponse{Submission: x}, err
}

// addressee sets for whom a submission is: who shares the case that it is on; or of a new
// case an organisation that shares some case with the author, as nobody else is to be
// reached, nor told to be here.
func (c *change) addressee(x *tumenv1.Submission, organisation string) error {
	if (x.GetCase() == "") == (x.GetProposedCase() == nil) || (x.GetCase() == "") == (organisation == "") {
		return fault.Field("submission.case", "CASE_OR_PROPOSAL", "name the case that it is on; or propose one (proposed_case), and say to which organisation")
	}
	if x.GetCase() != "" {
		of, err := c.seen(x.GetCase())
		if err != nil {
			return err
		}
		if !access.Outside(c.reader, of) {
			return fault.New(fault.Refused, "OWN_CASE", "%s is your own organisation's: record it there", x.GetCase())
		}
		if x.Owner = of.GetOwner(); x.GetMarking() == tumenv1.Marking_MARKING_UNSPECIFIED {
			x.Marking = of.GetMarking()
		}
		return nil
	}
	if organisation != c.reader.Organisation || access.ReadsRecords(c.reader) {
		shares := false
		for _, err := range records.Owned[*tumenv1.Case](c.View.As(sightOf(c.reader)), records.Case, organisation) {
			if err != nil {
				return err
			}
			shares = true
			break
		}
		if !shares || organisation == c.reader.Organisation {
			return fault.Missing(organisation)
		}
	}
	if x.Owner = organisation; x.GetMarking() == tumenv1.Marking_MARKING_UNSPECIFIED {
		x.Marking = tumenv1.Marking_MARKING_AMBER_STRICT
	}
	return nil
}

// submission checks what a partner offers: that it can be taken as it is.
func (c *check) submission(x *tumenv1.Submission) {
	if c.before != nil {
		return // what was offered stays as it was
	}
	if x.GetMarking() == tumenv1.Marking_MARKING_RED {
		c.bad("marking", "RED", "what is RED stays with who recorded it, and nobody could accept it; mark it AMBER+STRICT at the most")
	}
	if len(x.GetExternalIds()) > 0 || len(x.GetLabels()) > 0 {
		c.bad("external_ids", "NOT_YOURS_TO_GIVE", "external ids and labels are given by the organisation that it is for")
	}
	c.code("source.kind", tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS, x.GetSource().GetKind(), "")
	c.date("source.published", x.GetSource().GetPublished())
	if p := x.GetProposedCase(); p != nil {
		c.code("proposed_case.act", tumenv1.Vocabulary_VOCABULARY_ACTS, p.GetAct(), "")
		c.time("proposed_case.time", p.GetTime())
	}
	for i, claim := range x.GetClaims() {
		c.offeredClaim(fmt.Sprintf("claims[%d]", i), x, claim)
	}
}

// offeredClaim checks one claim of a submission as it would be checked once recorded.
// What says who somebody is, is not offered so.
func (c *check) offeredClaim(path string, x *tumenv1.Submission, claim *tumenv1.SubmittedClaim) {
	rule, ok := aspects[claim.GetAspect()]
	switch {
	case !ok || rule.protected != "":
		c.bad(path+".aspect", "NOT_OFFERED", "what says who a person is can't be submitted; tell it to whoever shares the case")
		return
	case claim.GetSubject() == "" && rule.subject != records.Event:
		c.bad(path+".subject", "SUBJECT_MISSING", "say which involvement it is about")
	case claim.GetSubject() != "" && (x.GetCase() == "" || records.ParentOf(claim.GetSubject()) != x.GetCase()):
		c.bad(path+".subject", "OTHER_CASE", "it lies in another case than the submission; leave it out where a case is proposed")
	case claim.GetSubject() != "" && c.kindNamed(claim.GetSubject()) != rule.subject:
		c.bad(path+".subject", "ASPECT_MISMATCH", "%s is an aspect of %s", aspectWord(claim.GetAspect()), fault.A(rule.subject.String()))
	}
	in := &check{view: c.view, reader: c.reader}
	in.claimValue(&tumenv1.Claim{Aspect: claim.GetAspect(), Stance: claim.GetStance(), Value: claim.GetValue()}, rule)
	in.date("said_on", claim.GetSaidOn())
	for _, v := range in.violations {
		v.Field = join(path, v.Field)
		c.violations = append(c.violations, v)
	}
	if c.err == nil {
		c.err = in.err
	}
}

// GetSubmission implements tumenv1.SubmissionServiceServer.
func (s submissions) GetSubmission(ctx context.Context, req *tumenv1.GetSubmissionRequest) (*tumenv1.GetSubmissionResponse, error) {
	x, err := get[*tumenv1.Submission](ctx, s.Server, req.GetName())
	return &tumenv1.GetSubmissionResponse{Submission: x}, err
}

// ListSubmissions implements tumenv1.SubmissionServiceServer.
func (s submissions) ListSubmissions(ctx context.Context, req *tumenv1.ListSubmissionsRequest) (*tumenv1.ListSubmissionsResponse, error) {
	l := records.List{Owner: ownOrganisation(ctx)}
	if req.GetSent() {
		l = records.List{Sender: ownOrganisation(ctx)}
	}
	page, next, err := list(ctx, s.Server, req, records.Submission, l, func(_ *records.View, x *tumenv1.Submission) (bool, error) {
		return req.GetState() == 0 || x.GetState() == req.GetState(), nil
	})
	return &tumenv1.ListSubmissionsResponse{Submissions: page, NextPageToken: next}, err
}

// ReturnSubmission implements tumenv1.SubmissionServiceServer.
func (s submissions) ReturnSubmission(ctx context.Context, req *tumenv1.ReturnSubmissionRequest) (*tumenv1.ReturnSubmissionResponse, error) {
	x, err := written[*tumenv1.Submission](ctx, s.Server, req, func(c *change) (records.Record, error) {
		x, err := c.waiting(req)
		if err != nil {
			return nil, err
		}
		return c.decided(x, tumenv1.SubmissionState_SUBMISSION_STATE_RETURNED, req.GetAnswer())
	})
	return &tumenv1.ReturnSubmissionResponse{Submission: x}, err
}

// waiting reads the submission that a call decides.
func (c *change) waiting(req targetRequest) (*tumenv1.Submission, error) {
	rec, err := c.target(records.Submission, req.GetName(), req.GetEtag())
	if err != nil {
		return nil, err
	}
	x := proto.Clone(rec).(*tumenv1.Submission)
	if x.GetState() != tumenv1.SubmissionState_SUBMISSION_STATE_WAITING {
		return nil, fault.New(fault.Refused, "ALREADY_DECIDED", "%s has been decided already", req.GetName())
	}
	if x.GetCreator() == c.reader.Member {
		return nil, fault.New(fault.Denied, "OWN_SUBMISSION", "somebody decides who has not sent it")
	}
	return x, nil
}

// decided puts what has become of a submission into the change.
func (c *change) decided(x *tumenv1.Submission, state tumenv1.SubmissionState, answer string, results ...string) (records.Record, error) {
	before, err := c.Entire().Read(x.GetName())
	if err != nil {
		return nil, err
	}
	x.State, x.Answer, x.Decider, x.DecideTime, x.Results = state, answer, c.reader.Member, timestamppb.New(c.Now()), results
	return x, c.replace("", x, before)
}

// sides says of a submission who the two sides are.
func (l *sight) sides(x *tumenv1.Submission) (err error) {
	whole := l.view.Entire()
	if x.OwnerHandle, err = handleOf(whole, x.GetOwner()); err == nil {
		x.SubmitterHandle, err = handleOf(whole, x.GetSubmitter())
	}
	return err
}
