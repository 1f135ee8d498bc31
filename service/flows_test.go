package service_test

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	tumenv1 "tumen/proto/tumen/v1"
)

// current reads a finding as a member sees it now.
func (r *review) current(m *member, name string) *tumenv1.Finding {
	r.t.Helper()
	out, err := m.findings.GetFinding(r.ctx, &tumenv1.GetFindingRequest{Name: name})
	ok(r.t, err)
	return out.GetFinding()
}

// step takes a finding from where it is, with the etag that the member sees.
func (r *review) step(m *member, action, name string) error {
	etag := r.current(m, name).GetEtag()
	var err error
	switch action {
	case "open":
		_, err = m.findings.OpenFinding(r.ctx, &tumenv1.OpenFindingRequest{Name: name, Etag: etag, Reason: action})
	case "propose":
		_, err = m.findings.ProposeFinding(r.ctx, &tumenv1.ProposeFindingRequest{Name: name, Etag: etag, Reason: action, Conclusion: r.corroborated()})
	case "approve":
		_, err = m.findings.ApproveFinding(r.ctx, &tumenv1.ApproveFindingRequest{Name: name, Etag: etag, Reason: action})
	case "return":
		_, err = m.findings.ReturnFinding(r.ctx, &tumenv1.ReturnFindingRequest{Name: name, Etag: etag, Reason: action})
	case "reopen":
		_, err = m.findings.ReopenFinding(r.ctx, &tumenv1.ReopenFindingRequest{Name: name, Etag: etag, Reason: action})
	}
	return err
}

// decided approves E1's occurrence.
func (r *review) decided() *tumenv1.Finding {
	r.t.Helper()
	f, err := r.propose(r.open(r.finding(r.first, "E1", occurrence)), r.corroborated())
	ok(r.t, err)
	f, err = r.approve(r.second, f)
	ok(r.t, err)
	return f
}

func TestEveryStepFromEveryState(t *testing.T) {
	r := startReview(t)
	name := r.finding(r.first, "E1", occurrence).GetName()
	actions := []string{"open", "propose", "approve", "return", "reopen"}
	// The way through all states; at each, what else is asked is refused.
	for _, way := range []struct {
		state  tumenv1.FindingState
		action string
		by     *member
	}{
		{tumenv1.FindingState_FINDING_STATE_REPORTED, "open", r.worker},
		{tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW, "propose", r.first},
		{tumenv1.FindingState_FINDING_STATE_PROPOSED, "return", r.second},
		{tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW, "propose", r.first},
		{tumenv1.FindingState_FINDING_STATE_PROPOSED, "approve", r.second},
		{tumenv1.FindingState_FINDING_STATE_CORROBORATED, "reopen", r.first},
		{tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW, "propose", r.second},
		{tumenv1.FindingState_FINDING_STATE_PROPOSED, "approve", r.first},
		{tumenv1.FindingState_FINDING_STATE_CORROBORATED, "", nil},
	} {
		f := r.current(r.first, name)
		if f.GetState() != way.state {
			t.Fatalf("it is %s, want %s", f.GetState(), way.state)
		}
		allowed := map[tumenv1.FindingState][]string{
			tumenv1.FindingState_FINDING_STATE_REPORTED: {"open"}, tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW: {"propose"},
			tumenv1.FindingState_FINDING_STATE_PROPOSED: {"approve", "return"}, tumenv1.FindingState_FINDING_STATE_CORROBORATED: {"reopen"},
		}[way.state]
		for _, a := range actions {
			if !slices.Contains(allowed, a) {
				refused(t, r.step(r.second, a, name), codes.FailedPrecondition, "STATE_FORBIDS_ACTION", a)
			}
		}
		if way.action != "" {
			ok(t, r.step(way.by, way.action, name))
		}
	}
	if got := r.current(r.first, name).GetRevision(); got != 9 {
		t.Errorf("revision %d: a refused step left one", got)
	}
}

func TestACaseWorkerOpensButDoesNotDecide(t *testing.T) {
	r := startReview(t)
	name := r.finding(r.worker, "E1", occurrence).GetName()
	ok(t, r.step(r.worker, "open", name))
	for _, a := range []string{"propose", "approve", "return", "reopen"} {
		refused(t, r.step(r.worker, a, name), codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	}
}

func TestReturningAndReopeningSayWhy(t *testing.T) {
	r := startReview(t)
	f := r.decided()
	seen := r.current(r.first, f.GetName())
	_, err := r.first.findings.ReopenFinding(r.ctx, &tumenv1.ReopenFindingRequest{Name: f.GetName(), Etag: seen.GetEtag(), Reason: " "})
	refused(t, err, codes.InvalidArgument, "STRING_PATTERN", "reason: is blank")
}

func TestReopeningClearsTheApprovalAndHistoryKeepsIt(t *testing.T) {
	r := startReview(t)
	f := r.decided()
	approved := f.GetRevision()
	r.apply(r.worker, false, claim("S10", "E1", occurrence, denies, nil))
	ok(t, r.step(r.first, "reopen", f.GetName()))
	f = r.current(r.first, f.GetName())
	if f.GetApprover() != "" || f.GetApproveTime() != nil || f.GetApprovedSupport() != nil || len(f.GetApprovedEvidence()) > 0 || f.GetStale() || f.GetProposer() != "" {
		t.Errorf("reopened: %v", f)
	}
	if q := r.queue(r.first, 50); !slices.Equal(q, []string{f.GetName()}) {
		t.Errorf("queue: %v", q)
	}
	was, err := r.first.records.GetRevision(r.ctx, &tumenv1.GetRevisionRequest{Name: f.GetName(), Revision: approved})
	ok(t, err)
	old := was.GetRecord().GetFinding()
	if old.GetApprover() != r.second.name || old.GetApprovedSupport() == nil || old.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED {
		t.Errorf("as it was: %v", old)
	}
	shown, err := r.worker.cases.GetCase(r.ctx, &tumenv1.GetCaseRequest{Name: caseOf(r.october)})
	ok(t, err)
	if got := shown.GetCase().GetHeadline().GetText(); got != "occurrence: under review" {
		t.Errorf("headline %q", got)
	}
}

func TestApprovingAnewClearsStaleness(t *testing.T) {
	r := startReview(t)
	f := r.decided()
	r.apply(r.worker, false, claim("S10", "E1", occurrence, unsure, nil))
	ok(t, r.step(r.first, "reopen", f.GetName()))
	ok(t, r.step(r.first, "propose", f.GetName()))
	ok(t, r.step(r.second, "approve", f.GetName()))
	if f = r.current(r.first, f.GetName()); f.GetStale() {
		t.Errorf("still stale: %v", f.GetStaleReasons())
	}
	if q := r.queue(r.first, 50); len(q) != 0 {
		t.Errorf("queue: %v", q)
	}
}

// queue reads the whole review queue in pages.
func (r *review) queue(m *member, size int32) []string {
	r.t.Helper()
	var names []string
	req := &tumenv1.ListReviewQueueRequest{PageSize: size}
	for {
		out, err := m.findings.ListReviewQueue(r.ctx, req)
		ok(r.t, err)
		for _, f := range out.GetFindings() {
			names = append(names, f.GetName())
		}
		if req.PageToken = out.GetNextPageToken(); req.PageToken == "" {
			return names
		}
	}
}

func TestTheQueueIsStaleThenProposedThenUnderReview(t *testing.T) {
	r := startReview(t)
	var want []string
	stale := r.decided()
	r.apply(r.worker, false, claim("S10", "E1", occurrence, denies, nil))
	review1 := r.open(r.finding(r.first, "E1", onTime))
	review2 := r.open(r.finding(r.first, "E1", onPlace))
	proposed := r.open(r.finding(r.first, "E1", count))
	c := r.corroborated()
	c.Outcome, c.Tried, c.Independence, c.AddressedDenials = tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, "calls", nil, nil
	_, err := r.propose(proposed, c)
	ok(t, err)
	want = append(want, stale.GetName(), proposed.GetName(), review1.GetName(), review2.GetName())
	for _, size := range []int32{1, 2, 3, 50} {
		if got := r.queue(r.second, size); !slices.Equal(got, want) {
			t.Errorf("by %d: %v\nwant %v", size, got, want)
		}
	}
	// What leaves the queue between two pages makes nobody be passed over.
	out, err := r.second.findings.ListReviewQueue(r.ctx, &tumenv1.ListReviewQueueRequest{PageSize: 2})
	ok(t, err)
	ok(t, r.step(r.second, "reopen", stale.GetName()))
	ok(t, r.step(r.second, "approve", proposed.GetName()))
	rest, err := r.second.findings.ListReviewQueue(r.ctx, &tumenv1.ListReviewQueueRequest{PageSize: 2, PageToken: out.GetNextPageToken()})
	ok(t, err)
	if len(rest.GetFindings()) != 2 || rest.GetFindings()[0].GetName() != review1.GetName() {
		t.Errorf("second page: %v", rest.GetFindings())
	}
}

func TestFindingsAreListedByWhatTheyAre(t *testing.T) {
	r := startReview(t)
	decided := r.decided()
	list := func(req *tumenv1.ListFindingsRequest) []string {
		t.Helper()
		out, err := r.first.findings.ListFindings(r.ctx, req)
		ok(t, err)
		var got []string
		for _, f := range out.GetFindings() {
			got = append(got, f.GetName())
		}
		return got
	}
	for _, parent := range []string{"cases/-", caseOf(r.october)} {
		if got := list(&tumenv1.ListFindingsRequest{Parent: parent, State: tumenv1.FindingState_FINDING_STATE_CORROBORATED}); !slices.Equal(got, []string{decided.GetName()}) {
			t.Errorf("%s: corroborated %v", parent, got)
		}
		if got := list(&tumenv1.ListFindingsRequest{Parent: parent, Subject: r.names["E1"], Aspect: occurrence}); !slices.Equal(got, []string{decided.GetName()}) {
			t.Errorf("%s: on E1 %v", parent, got)
		}
		if got := list(&tumenv1.ListFindingsRequest{Parent: parent, Aspect: count, PageSize: 100}); len(got) != 4 {
			t.Errorf("%s: %d on count, want 4 (E1 to E4)", parent, len(got))
		}
		if got := list(&tumenv1.ListFindingsRequest{Parent: parent, Stale: true}); len(got) != 0 {
			t.Errorf("%s: stale %v", parent, got)
		}
	}
}

func TestADecidedTimeIsTheTimeThatCounts(t *testing.T) {
	r := startReview(t)
	within := func(period, want string) {
		t.Helper()
		out, err := r.worker.cases.ListEvents(r.ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Within: period})
		ok(t, err)
		got := ""
		for _, m := range out.GetMatches() {
			got += fmt.Sprintf("%s %s %s;", r.keys[m.GetEvent().GetName()], m.GetDating(), m.GetUsedTime().GetBasis())
		}
		if got != want {
			t.Errorf("within %s: %q, want %q", period, got, want)
		}
	}
	within("2023-10", "E1 DATING_DATED_SO TIME_BASIS_RECORDED;")
	// The event was recorded for a day that nobody claims.
	e, err := r.worker.cases.GetEvent(r.ctx, &tumenv1.GetEventRequest{Name: r.names["E1"]})
	ok(t, err)
	e.GetEvent().Time = &tumenv1.Time{Edtf: "2022-05-01"}
	moved, err := r.worker.cases.UpdateEvent(r.ctx, &tumenv1.UpdateEventRequest{Event: e.GetEvent(), Reason: "wrong", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time"}}})
	ok(t, err)
	if len(moved.GetEvent().GetUncoveredClaims()) != 2 {
		t.Errorf("uncovered claims: %v", moved.GetEvent().GetUncoveredClaims())
	}
	within("2023-10", "")
	f := r.open(r.finding(r.first, "E1", onTime))
	c := r.corroborated()
	c.AddressedDenials, c.Value = nil, when("2023-10-09")
	f, err = r.propose(f, c)
	ok(t, err)
	within("2023-10", "") // a proposal decides nothing
	_, err = r.approve(r.second, f)
	ok(t, err)
	within("2023-10", "E1 DATING_DATED_SO TIME_BASIS_FINDING;")
	within("2022-05", "")
	got, err := r.worker.cases.GetEvent(r.ctx, &tumenv1.GetEventRequest{Name: r.names["E1"]})
	ok(t, err)
	if u := got.GetEvent().GetUsedTime(); u.GetFinding() != f.GetName() || u.GetTime().GetEdtf() != "2023-10-09" {
		t.Errorf("used: %v", u)
	}
	ok(t, r.step(r.first, "reopen", f.GetName()))
	within("2023-10", "")
	within("2022-05", "E1 DATING_DATED_SO TIME_BASIS_RECORDED;")
}
