package service_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestARepeatedStepOfAReviewGivesTheFindingAsItWas(t *testing.T) {
	r := startReview(t)
	f := r.finding(r.first, "E1", occurrence)
	req := &tumenv1.OpenFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "to be weighed", RequestId: uuid.NewString()}
	opened, err := r.first.findings.OpenFinding(r.ctx, req)
	ok(t, err)
	_, err = r.propose(opened.GetFinding(), r.corroborated())
	ok(t, err)
	again, err := r.first.findings.OpenFinding(r.ctx, req)
	ok(t, err)
	got := again.GetFinding()
	if got.GetState() != tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW || got.GetRevision() != 2 || got.GetEtag() != opened.GetFinding().GetEtag() || got.GetConclusion() != nil {
		t.Errorf("again: %v", got)
	}
	if got.GetSupport() != nil {
		t.Error("an earlier revision comes with what is computed today")
	}
}

func TestARepeatedCallTellsTodaysReaderOnly(t *testing.T) {
	o := loadOctober(t)
	low := o.limited("low")
	req := &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Once", Assignees: []string{o.worker.name}}, Reason: "recorded", RequestId: uuid.NewString()}
	made, err := low.cases.CreateCase(o.ctx, req)
	ok(t, err)
	o.hide(made.GetCase().GetName())
	_, err = low.cases.CreateCase(o.ctx, req)
	refused(t, err, codes.NotFound, "NOT_FOUND")

	// What bore a stricter marking then is not told either.
	seen, err := o.worker.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: made.GetCase().GetName()})
	ok(t, err)
	seen.GetCase().Marking = tumenv1.Marking_MARKING_AMBER_STRICT
	_, err = o.worker.cases.UpdateCase(o.ctx, &tumenv1.UpdateCaseRequest{Case: seen.GetCase(), Reason: "lowered", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"marking"}}})
	ok(t, err)
	again, err := low.cases.CreateCase(o.ctx, req)
	ok(t, err)
	if again.GetCase().GetRevision() != 1 {
		t.Errorf("again: %v", again)
	}
}
