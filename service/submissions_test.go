package service_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	tumenv1 "tumen/proto/tumen/v1"
)

func submissionsOf(m *member) tumenv1.SubmissionServiceClient {
	return tumenv1.NewSubmissionServiceClient(m.conn)
}

// offer is what a source says of the matter: that it happened.
func (x *sharing) offer(title string) *tumenv1.Submission {
	return &tumenv1.Submission{
		Case: caseOf(x.october), Note: "checked by us", SourceContact: secret,
		Source: &tumenv1.SubmittedSource{Kind: "ngo-statement", Title: title, Basis: own},
		Claims: []*tumenv1.SubmittedClaim{{Aspect: occurrence, Stance: asserts, Quote: &tumenv1.Quote{Text: "seen at night"}}},
	}
}

func (x *sharing) send(m *member, s *tumenv1.Submission) (*tumenv1.Submission, error) {
	out, err := submissionsOf(m).CreateSubmission(x.ctx, &tumenv1.CreateSubmissionRequest{Submission: s, Reason: "for the joint submission"})
	return out.GetSubmission(), err
}

// waiting is a submission as a worker reads it.
func (x *sharing) waiting(name string) *tumenv1.Submission {
	x.t.Helper()
	out, err := submissionsOf(x.worker).GetSubmission(x.ctx, &tumenv1.GetSubmissionRequest{Name: name})
	ok(x.t, err)
	return out.GetSubmission()
}

func (x *sharing) accept(name string, change func(*tumenv1.AcceptSubmissionRequest)) (*tumenv1.Submission, error) {
	req := &tumenv1.AcceptSubmissionRequest{Name: name, Etag: x.waiting(name).GetEtag(), Reason: "credible", Answer: "thank you"}
	if change != nil {
		change(req)
	}
	out, err := submissionsOf(x.worker).AcceptSubmission(x.ctx, req)
	return out.GetSubmission(), err
}

// TestAPartnerSubmitsAndAWorkerDecides: what was sent waits, and is the partner's to see;
// of what became of it they learn that it was accepted or returned, and the answer.
func TestAPartnerSubmitsAndAWorkerDecides(t *testing.T) {
	x := startSharing(t)
	_, err := x.send(x.partner, x.offer("a witness"))
	refused(t, err, codes.NotFound, "NOT_FOUND") // nothing is shared yet
	_, err = x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	auditor, uncleared := x.member("auditor", tumenv1.Role_ROLE_AUDITOR), x.memberOf("partners", "other", partnerRole)
	sent, err := x.send(x.partner, x.offer("a witness"))
	ok(t, err)
	if sent.GetState() != tumenv1.SubmissionState_SUBMISSION_STATE_WAITING || sent.GetSubmitterHandle() != "partners" || sent.GetOwnerHandle() != "ngo" || sent.GetSourceContact() != secret {
		t.Errorf("sent: %v", sent)
	}
	seenBy := func(m *member) string {
		t.Helper()
		got, err := submissionsOf(m).GetSubmission(x.ctx, &tumenv1.GetSubmissionRequest{Name: sent.GetName()})
		if err != nil {
			return ""
		}
		list, err := submissionsOf(m).ListSubmissions(x.ctx, &tumenv1.ListSubmissionsRequest{Sent: m != x.worker})
		ok(t, err)
		if len(list.GetSubmissions()) != 1 {
			t.Errorf("%s lists %v", m.name, list)
		}
		return protojson.Format(got)
	}
	for m, want := range map[*member][2]bool{x.partner: {true, true}, uncleared: {true, false}, x.worker: {true, false}, auditor: {false, false}, x.memberOf("ngo", "external", partnerRole): {false, false}} {
		got := seenBy(m)
		if shown := strings.Contains(got, "seen at night"); shown != want[0] {
			t.Errorf("%s sees it: %v", m.name, shown)
		}
		if told := strings.Contains(got, secret); told != want[1] {
			t.Errorf("%s is told who the source is: %v", m.name, told)
		}
	}
	_, err = submissionsOf(x.partner).AcceptSubmission(x.ctx, &tumenv1.AcceptSubmissionRequest{Name: sent.GetName(), Etag: "e", Reason: "r"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	before := len(x.claimsOf())
	taken, err := x.accept(sent.GetName(), nil)
	ok(t, err)
	if taken.GetState() != tumenv1.SubmissionState_SUBMISSION_STATE_ACCEPTED || len(taken.GetResults()) != 4 || taken.GetDecider() != x.worker.name { // source, what stands for the partner, tie, claim
		t.Errorf("accepted: %v", taken)
	}
	if got := len(x.claimsOf()); got != before+1 {
		t.Errorf("there are %d claims, were %d", got, before)
	}
	told := seenBy(x.partner)
	for _, word := range []string{"results", x.worker.name, "change", "credible", "sources/", "decider"} {
		if strings.Contains(told, word) {
			t.Errorf("the partner is told %s: %s", word, told)
		}
	}
	if !strings.Contains(told, "thank you") || !strings.Contains(told, "ACCEPTED") {
		t.Errorf("the partner is told %s", told)
	}
	_, err = x.accept(sent.GetName(), nil)
	refused(t, err, codes.FailedPrecondition, "ALREADY_DECIDED")

	back, err := x.send(x.partner, x.offer("a rumour"))
	ok(t, err)
	_, err = submissionsOf(x.worker).ReturnSubmission(x.ctx, &tumenv1.ReturnSubmissionRequest{Name: back.GetName(), Etag: x.waiting(back.GetName()).GetEtag(), Reason: "known to be false", Answer: "we need a date"})
	ok(t, err)
	got, err := submissionsOf(x.partner).GetSubmission(x.ctx, &tumenv1.GetSubmissionRequest{Name: back.GetName()})
	ok(t, err)
	if s := got.GetSubmission(); s.GetState() != tumenv1.SubmissionState_SUBMISSION_STATE_RETURNED || s.GetAnswer() != "we need a date" || strings.Contains(protojson.Format(s), "known to be false") {
		t.Errorf("returned: %v", s)
	}
	x.sound()
}

func (x *sharing) claimsOf() []*tumenv1.ClaimMatch {
	x.t.Helper()
	out, err := x.worker.claims.ListClaims(x.ctx, &tumenv1.ListClaimsRequest{Parent: caseOf(x.october), PageSize: 500})
	ok(x.t, err)
	return out.GetMatches()
}

// TestWhatOnePartnerSendsDoesNotCorroborateItself, whatever they call their sources, until
// a reviewer separates them.
func TestWhatOnePartnerSendsDoesNotCorroborateItself(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	e, err := x.worker.cases.CreateEvent(x.ctx, &tumenv1.CreateEventRequest{Parent: caseOf(x.october), Reason: "r", Event: &tumenv1.Event{Act: "detention", Marking: tumenv1.Marking_MARKING_AMBER}})
	ok(t, err)
	event := e.GetEvent().GetName()
	var sources, ties []string
	for _, title := range []string{"NGO one", "NGO two", "NGO three"} {
		s := x.offer(title)
		s.Claims[0].Subject = event
		sent, err := x.send(x.partner, s)
		ok(t, err)
		taken, err := x.accept(sent.GetName(), nil)
		ok(t, err)
		for _, name := range taken.GetResults() {
			if strings.HasPrefix(name, "ties/") {
				ties = append(ties, name)
			}
		}
		sources = append(sources, taken.GetResults()[0])
	}
	support := func() (low, high int32) {
		t.Helper()
		out, err := x.worker.findings.ListFindings(x.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(x.october), Subject: event, Aspect: occurrence})
		ok(t, err)
		s := out.GetFindings()[0].GetSupport().GetSupporting()
		return s.GetAtLeast(), s.GetAtMost()
	}
	if low, high := support(); low != 1 || high != 3 {
		t.Errorf("three of one partner are supported by %d to %d", low, high)
	}
	tie, err := x.worker.sources.GetTie(x.ctx, &tumenv1.GetTieRequest{Name: ties[0]})
	ok(t, err)
	partner := tie.GetTie().GetB()
	separate := func(m *member) error {
		_, err := m.sources.CreateTie(x.ctx, &tumenv1.CreateTieRequest{Reason: "r", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SEPARATED, A: sources[0], B: partner, Grounds: "met both"}})
		return err
	}
	refused(t, separate(x.worker), codes.PermissionDenied, "REVIEWER_SEPARATES")
	_, err = x.worker.sources.DeleteTie(x.ctx, &tumenv1.DeleteTieRequest{Name: ties[0], Etag: tie.GetTie().GetEtag(), Reason: "r"})
	refused(t, err, codes.PermissionDenied, "REVIEWER_SEPARATES")
	ok(t, separate(x.member("reviewer", tumenv1.Role_ROLE_REVIEWER)))
	x.caughtUp()
	if low, high := support(); low != 2 || high != 3 {
		t.Errorf("once one is separated, they are supported by %d to %d", low, high)
	}
	x.sound()
}

// TestAPartnerProposesACase to who shares some case with them, and to nobody else; it is
// taken as a new case, or into one that there is.
func TestAPartnerProposesACase(t *testing.T) {
	x := startSharing(t)
	owner := organisationOf(x.worker)
	propose := func() (*tumenv1.Submission, error) {
		out, err := submissionsOf(x.partner).CreateSubmission(x.ctx, &tumenv1.CreateSubmissionRequest{Organisation: owner, Reason: "r", Submission: &tumenv1.Submission{
			ProposedCase: &tumenv1.ProposedCase{Title: "Two at Longjing", Act: "detention", Time: &tumenv1.Time{Edtf: "2024-01"}},
			Source:       &tumenv1.SubmittedSource{Kind: "witness", Title: "a neighbour", Basis: tumenv1.Basis_BASIS_FIRST_HAND},
			Claims:       []*tumenv1.SubmittedClaim{{Aspect: occurrence, Stance: asserts}, {Aspect: count, Stance: asserts, Value: exactly(2)}},
		}})
		return out.GetSubmission(), err
	}
	_, err := propose()
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = x.share(organisationOf(x.partner), headline, time.Hour)
	ok(t, err)
	first, err := propose()
	ok(t, err)
	taken, err := x.accept(first.GetName(), nil)
	ok(t, err)
	made := taken.GetResults()[0]
	c, err := x.worker.cases.GetCase(x.ctx, &tumenv1.GetCaseRequest{Name: made})
	ok(t, err)
	if c.GetCase().GetTitle() != "Two at Longjing" || c.GetCase().GetSubmission() != first.GetName() || c.GetCase().GetMarking() != tumenv1.Marking_MARKING_AMBER_STRICT {
		t.Errorf("made: %v", c)
	}
	_, err = x.partner.cases.GetCase(x.ctx, &tumenv1.GetCaseRequest{Name: made})
	refused(t, err, codes.NotFound, "NOT_FOUND") // nothing else is told, nor shared
	second, err := propose()
	ok(t, err)
	into, err := x.accept(second.GetName(), func(req *tumenv1.AcceptSubmissionRequest) {
		req.IntoCase, req.IntoEvent, req.IntoSource = made, taken.GetResults()[1], taken.GetResults()[2]
	})
	ok(t, err)
	for _, name := range into.GetResults() {
		if !strings.HasPrefix(name, made+"/claims/") {
			t.Errorf("taken into existing records, and made %s", name)
		}
	}
	x.sound()
}

// TestWhatASubmissionIsRefusedFor.
func TestWhatASubmissionIsRefusedFor(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	for name, tc := range map[string]struct {
		change func(*tumenv1.Submission)
		reason string
	}{
		"a case and a proposal":   {func(s *tumenv1.Submission) { s.ProposedCase = &tumenv1.ProposedCase{Title: "t", Act: "detention"} }, "CASE_OR_PROPOSAL"},
		"neither":                 {func(s *tumenv1.Submission) { s.Case = "" }, "CASE_OR_PROPOSAL"},
		"RED":                     {func(s *tumenv1.Submission) { s.Marking = red }, "RED"},
		"an external id":          {func(s *tumenv1.Submission) { s.ExternalIds = []*tumenv1.ExternalId{{Issuer: "ngo", Id: "S1"}} }, "NOT_YOURS_TO_GIVE"},
		"a kind that there isn't": {func(s *tumenv1.Submission) { s.Source.Kind = "nonsense" }, "UNKNOWN_CODE"},
		"a day that there isn't":  {func(s *tumenv1.Submission) { s.Claims[0].SaidOn = "2023-02-30" }, "INVALID_DATE"},
		"who somebody is":         {func(s *tumenv1.Submission) { s.Claims[0].Aspect = tumenv1.Aspect_ASPECT_NAME }, "NOT_OFFERED"},
		"no value":                {func(s *tumenv1.Submission) { s.Claims[0].Aspect = count }, "VALUE_MISSING"},
		"an event that isn't here": {func(s *tumenv1.Submission) {
			s.Claims[0].Subject = caseOf(x.october) + "/events/zzzzzzzzzzzzzzzzzzzzzzzzzz"
		}, "REFERENCE_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			s := x.offer("a witness")
			tc.change(s)
			_, err := x.send(x.partner, s)
			refused(t, err, codes.InvalidArgument, tc.reason)
		})
	}
	_, err = x.send(x.worker, x.offer("own"))
	refused(t, err, codes.FailedPrecondition, "OWN_CASE")
}

// TestAPartnerOfOnesOwnOrganisationSubmits: who reads nothing there but by a grant is
// decided upon like any other.
func TestAPartnerOfOnesOwnOrganisationSubmits(t *testing.T) {
	x := startSharing(t)
	external := x.memberOf("ngo", "external", partnerRole)
	_, err := x.share(external.name, content, time.Hour)
	ok(t, err)
	sent, err := x.send(external, x.offer("a witness"))
	ok(t, err)
	taken, err := x.accept(sent.GetName(), nil)
	ok(t, err)
	if taken.GetState() != tumenv1.SubmissionState_SUBMISSION_STATE_ACCEPTED {
		t.Errorf("taken: %v", taken)
	}
	x.sound()
}
