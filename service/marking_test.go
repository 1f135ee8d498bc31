package service_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// limited makes a member, a reviewer unless told otherwise, who sees nothing above
// AMBER+STRICT.
func (w *world) limited(handle string, roles ...tumenv1.Role) *member {
	w.t.Helper()
	if roles == nil {
		roles = []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}
	}
	made, err := w.admin.CreateMember(w.ctx, &tumenv1.CreateMemberRequest{Organisation: "ngo", Member: &tumenv1.Member{
		Handle: handle, DisplayName: handle, Roles: roles, HighestMarking: tumenv1.Marking_MARKING_AMBER_STRICT}})
	ok(w.t, err)
	token, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: handle, Lifetime: durationpb.New(time.Hour)})
	ok(w.t, err)
	m := w.connect(token.GetToken())
	m.name = made.GetMember().GetName()
	return m
}

// mark gives a claim of the matter another marking.
func (o *october) mark(key string, marking tumenv1.Marking) {
	o.t.Helper()
	c, err := o.worker.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: o.names[key]})
	ok(o.t, err)
	c.GetClaim().Marking = marking
	_, err = o.worker.claims.UpdateClaim(o.ctx, &tumenv1.UpdateClaimRequest{Claim: c.GetClaim(), Reason: "closer", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"marking"}}})
	ok(o.t, err)
}

// assign has members work on the matter: what is RED in it, others don't read.
func (o *october) assign(members ...*member) {
	o.t.Helper()
	c, err := o.worker.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	ok(o.t, err)
	for _, m := range members {
		c.Case.Assignees = append(c.Case.Assignees, m.name)
	}
	_, err = o.worker.cases.UpdateCase(o.ctx, &tumenv1.UpdateCaseRequest{Case: c.GetCase(), Reason: "they work on it", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"assignees"}}})
	ok(o.t, err)
}

const red = tumenv1.Marking_MARKING_RED

func TestSupportIsShownOverWhatOneMaySee(t *testing.T) {
	r := startReview(t)
	low := r.limited("low")
	key := "C-S1-E1-" + occurrence.String()
	r.assign(r.first, r.second)
	r.mark(key, red)
	if f := r.finding(r.first, "E1", occurrence); span(f.GetSupport().GetSupporting()) != "2-4" || len(f.GetWithheld()) != 0 {
		t.Errorf("who sees everything: %s, withheld %v", span(f.GetSupport().GetSupporting()), f.GetWithheld())
	}
	f := r.finding(low, "E1", occurrence)
	if span(f.GetSupport().GetSupporting()) != "1-3" || len(f.GetWithheld()) != 1 || f.GetWithheld()[0].GetFields() != 1 {
		t.Errorf("who does not: %s, withheld %v", span(f.GetSupport().GetSupporting()), f.GetWithheld())
	}
	nothingNamed(t, r, f, r.names[key])

	_, err := low.claims.GetClaim(r.ctx, &tumenv1.GetClaimRequest{Name: r.names[key]})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	f = r.open(r.finding(r.first, "E1", occurrence))
	seen, err := low.findings.GetFinding(r.ctx, &tumenv1.GetFindingRequest{Name: f.GetName()})
	ok(t, err)
	_, err = low.findings.ProposeFinding(r.ctx, &tumenv1.ProposeFindingRequest{Name: f.GetName(), Etag: seen.GetFinding().GetEtag(), Reason: "weighed", Conclusion: r.corroborated()})
	refused(t, err, codes.PermissionDenied, "EVIDENCE_WITHHELD")
	f, err = r.propose(f, r.corroborated())
	ok(t, err)
	_, err = r.approve(low, f)
	refused(t, err, codes.PermissionDenied, "EVIDENCE_WITHHELD")
	f, err = r.approve(r.second, f)
	ok(t, err)
	if f.GetApprovedSupport() == nil {
		t.Error("the approver is not shown what was approved")
	}
	f = r.finding(low, "E1", occurrence)
	if f.GetApprovedSupport() != nil || len(f.GetApprovedEvidence()) != 0 {
		t.Error("what was approved shows what is withheld")
	}
	old, err := low.records.GetRevision(r.ctx, &tumenv1.GetRevisionRequest{Name: f.GetName(), Revision: f.GetRevision()})
	ok(t, err)
	if was := old.GetRecord().GetFinding(); was.GetApprovedSupport() != nil || len(was.GetApprovedEvidence()) != 0 {
		t.Error("the history of what was approved shows what is withheld")
	}
	history, err := low.records.ListRevisions(r.ctx, &tumenv1.ListRevisionsRequest{Name: f.GetName()})
	ok(t, err)
	if changed := history.GetRevisions()[0].GetChangedFields(); slices.Contains(changed, "approved_support") || slices.Contains(changed, "approved_evidence") {
		t.Errorf("the history tells that %v changed", changed)
	}
	r.apply(r.worker, false, claim("S10", "E1", occurrence, denies, nil))
	f = r.finding(low, "E1", occurrence)
	if !f.GetStale() {
		t.Error("staleness does not use everything")
	}
	nothingNamed(t, r, f, r.names[key])
}

func nothingNamed(t *testing.T, r *review, f *tumenv1.Finding, name string) {
	t.Helper()
	for _, s := range []*tumenv1.StanceSupport{f.GetSupport().GetSupporting(), f.GetSupport().GetDenying(), f.GetApprovedSupport().GetSupporting()} {
		if slices.Contains(s.GetClaims(), name) {
			t.Errorf("%s shows through", name)
		}
	}
	for _, reason := range f.GetStaleReasons() {
		if reason != "what it rests on has changed; part of that is withheld from you" {
			t.Errorf("stale: %s", reason)
		}
	}
}

func TestWhatFollowsFromHiddenRecordsIsHidden(t *testing.T) {
	o := loadOctober(t)
	low := o.limited("low")
	e, err := o.worker.cases.GetEvent(o.ctx, &tumenv1.GetEventRequest{Name: o.names["E1"]})
	ok(t, err)
	e.GetEvent().Marking = red
	_, err = o.worker.cases.UpdateEvent(o.ctx, &tumenv1.UpdateEventRequest{Event: e.GetEvent(), Reason: "closer", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"marking"}}})
	ok(t, err)
	c, err := low.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	ok(t, err)
	if c.GetCase().GetHeadline() != nil || len(c.GetCase().GetWithheld()) == 0 {
		t.Errorf("headline %v, withheld %v", c.GetCase().GetHeadline(), c.GetCase().GetWithheld())
	}
	// A reference that one can't see stays where it is while one changes something else.
	own, err := low.cases.UpdateCase(o.ctx, &tumenv1.UpdateCaseRequest{Case: &tumenv1.Case{Name: caseOf(o), Etag: c.GetCase().GetEtag(), Title: "Changed"}, Reason: "clearer", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}})
	ok(t, err)
	if own.GetCase().GetPrincipalEvent() != o.names["E1"] {
		t.Errorf("now %v", own)
	}
	// Its history up to now was AMBER+STRICT; the last revision is not.
	_, err = low.records.GetRecord(o.ctx, &tumenv1.GetRecordRequest{Name: o.names["E1"]})
	refused(t, err, codes.NotFound, "NOT_FOUND")
}

func TestNobodyMarksARecordOutOfTheirOwnSight(t *testing.T) {
	o := loadOctober(t)
	low := o.limited("low")
	_, err := low.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x", Marking: red}, Reason: "recorded"})
	refused(t, err, codes.InvalidArgument, "MARKING_ABOVE_YOURS", "case.marking")
	c, err := low.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	ok(t, err)
	c.GetCase().Marking = red
	_, err = low.cases.UpdateCase(o.ctx, &tumenv1.UpdateCaseRequest{Case: c.GetCase(), Reason: "closer", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"marking"}}})
	refused(t, err, codes.InvalidArgument, "MARKING_ABOVE_YOURS", "case.marking")
}

func TestOldRevisionsKeepTheirMarking(t *testing.T) {
	o := loadOctober(t)
	low := o.limited("low")
	key := "C-S1-E1-" + occurrence.String()
	o.mark(key, red)
	o.mark(key, tumenv1.Marking_MARKING_AMBER)
	out, err := low.records.ListRevisions(o.ctx, &tumenv1.ListRevisionsRequest{Name: o.names[key]})
	ok(t, err)
	hidden := out.GetRevisions()[1]
	if hidden.GetRevision() != 2 || hidden.GetReason() != "" || hidden.GetMember() != "" || len(out.GetRevisions()[0].GetChangedFields()) != 0 {
		t.Errorf("history: %v", out.GetRevisions())
	}
	_, err = low.records.GetRevision(o.ctx, &tumenv1.GetRevisionRequest{Name: o.names[key], Revision: 2})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	builtIn, err := low.records.ListRevisions(o.ctx, &tumenv1.ListRevisionsRequest{Name: "places/hunchun"})
	ok(t, err)
	if len(builtIn.GetRevisions()) != 0 {
		t.Errorf("a built-in place has %v", builtIn.GetRevisions())
	}
}

// TestAFindingTellsNothingOfWhyItsFirstClaimWasRecorded: that claim may be marked above
// who reads the finding.
func TestAFindingTellsNothingOfWhyItsFirstClaimWasRecorded(t *testing.T) {
	r := startReview(t)
	low := r.limited("low")
	c, err := r.worker.claims.CreateClaim(r.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(r.october), Reason: "told by her brother", Claim: &tumenv1.Claim{
		Source: r.names["S1"], Subjects: []string{r.names["E1"]}, Aspect: tumenv1.Aspect_ASPECT_COMPOSITION, Stance: denies, Marking: tumenv1.Marking_MARKING_AMBER_STRICT,
	}})
	ok(t, err)
	r.names["hidden"] = c.GetClaim().GetName()
	r.mark("hidden", red)
	f := r.finding(low, "E1", tumenv1.Aspect_ASPECT_COMPOSITION)
	history, err := low.records.ListRevisions(r.ctx, &tumenv1.ListRevisionsRequest{Name: f.GetName()})
	ok(t, err)
	for _, reason := range []string{f.GetChangeReason(), history.GetRevisions()[0].GetReason()} {
		if reason != "the first claim on it" {
			t.Errorf("the finding tells %q", reason)
		}
	}
	r.sound()
}
