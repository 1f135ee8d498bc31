package web

import (
	"cmp"
	"net/http"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// submissionsPage is a page of what partners sent, or what was sent to others.
type submissionsPage struct {
	Sent        bool
	State       string
	Submissions []*tumenv1.Submission
	Next        string
}

// submissionStates are those that can be asked for.
var submissionStates = map[string]tumenv1.SubmissionState{
	"waiting": tumenv1.SubmissionState_SUBMISSION_STATE_WAITING, "accepted": tumenv1.SubmissionState_SUBMISSION_STATE_ACCEPTED, "returned": tumenv1.SubmissionState_SUBMISSION_STATE_RETURNED,
}

func (s *Site) submissions(v *visit) error {
	p := &submissionsPage{Sent: v.got("sent") != "", State: v.got("state")}
	reply, err := s.conn.Submissions.ListSubmissions(v.context(), &tumenv1.ListSubmissionsRequest{
		PageSize: perPage, PageToken: v.got("page"), Sent: p.Sent, State: submissionStates[p.State],
	})
	if err != nil {
		return err
	}
	p.Submissions, p.Next = reply.GetSubmissions(), v.next("page", reply.GetNextPageToken())
	return v.render(http.StatusOK, "submissions", v.say().Say("submission.title"), p)
}

// submissionPage is one of them, with what it would become.
type submissionPage struct {
	Shelf      *shelf
	Submission *tumenv1.Submission
	Claims     []submitted
}

// submitted is a claim that is offered.
type submitted struct {
	*tumenv1.SubmittedClaim
	Text string
	Own  said
}

func (s *Site) submissionPage(v *visit) error {
	p := &submissionPage{Shelf: v.shelf()}
	reply, err := s.conn.Submissions.GetSubmission(v.context(), &tumenv1.GetSubmissionRequest{Name: "submissions/" + v.r.PathValue("submission")})
	if err != nil {
		return err
	}
	p.Submission = reply.GetSubmission()
	if err := v.refer(v.context(), p.Shelf, proto.Message(p.Submission)); err != nil {
		return err
	}
	if name := p.Submission.GetCase(); name != "" {
		around, err := v.caseAround(v.context(), name)
		if err != nil {
			return err
		}
		if around != nil {
			put(p.Shelf, around)
		}
	}
	if err := v.members(v.context(), p.Shelf); err != nil {
		return err
	}
	for _, c := range p.Submission.GetClaims() {
		one := submitted{SubmittedClaim: c}
		one.Text, one.Own = p.Shelf.Value(c.GetValue())
		p.Claims = append(p.Claims, one)
	}
	title := cmp.Or(p.Submission.GetSource().GetTitle(), p.Submission.GetProposedCase().GetTitle(), v.say().Say("submission.title"))
	return v.render(http.StatusOK, "submission", title, p)
}
