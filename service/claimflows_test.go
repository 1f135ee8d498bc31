package service_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestASupersededClaimPointsToItsSuccessor(t *testing.T) {
	r := startReview(t)
	c := r.claimed(cS1)
	supersede := func(change func(*tumenv1.SupersedeClaimRequest)) (*tumenv1.SupersedeClaimResponse, error) {
		req := &tumenv1.SupersedeClaimRequest{Name: c.GetName(), Etag: c.GetEtag(), Reason: "corrected",
			Replacement: &tumenv1.Claim{Source: c.GetSource(), Subjects: c.GetSubjects(), Aspect: occurrence, Stance: denies}}
		change(req)
		return r.worker.claims.SupersedeClaim(r.ctx, req)
	}
	_, err := supersede(func(req *tumenv1.SupersedeClaimRequest) { req.Replacement.Source = r.names["S2"] })
	refused(t, err, codes.InvalidArgument, "OTHER_SOURCE", "replacement.source")
	_, err = supersede(func(req *tumenv1.SupersedeClaimRequest) { req.Replacement.Subjects = []string{r.names["S2"]} })
	refused(t, err, codes.InvalidArgument, "STRING_PATTERN", "replacement.subjects")
	_, err = supersede(func(req *tumenv1.SupersedeClaimRequest) { req.Etag = "stale" })
	refused(t, err, codes.Aborted, "ETAG_STALE")
	id := uuid.NewString()
	out, err := supersede(func(req *tumenv1.SupersedeClaimRequest) { req.RequestId = id })
	ok(t, err)
	old, next := out.GetClaim(), out.GetReplacement()
	if old.GetState() != tumenv1.ClaimState_CLAIM_STATE_SUPERSEDED || old.GetSupersededBy() != next.GetName() || next.GetSupersedes() != old.GetName() || next.GetState() != tumenv1.ClaimState_CLAIM_STATE_ACTIVE {
		t.Errorf("%v\n%v", old, next)
	}
	again, err := supersede(func(req *tumenv1.SupersedeClaimRequest) { req.RequestId = id })
	ok(t, err)
	if !proto.Equal(out, again) {
		t.Errorf("again: %v", again)
	}
	c = old
	_, err = supersede(func(*tumenv1.SupersedeClaimRequest) {})
	refused(t, err, codes.FailedPrecondition, "CLAIM_NOT_ACTIVE")
	_, err = r.worker.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: old.GetName(), Etag: old.GetEtag(), Reason: "again"})
	refused(t, err, codes.FailedPrecondition, "CLAIM_NOT_ACTIVE")
	f := r.finding(r.first, "E1", occurrence)
	if span(f.GetSupport().GetSupporting()) != "1-3" || span(f.GetSupport().GetDenying()) != "1-2" {
		t.Errorf("then: %s for, %s against", span(f.GetSupport().GetSupporting()), span(f.GetSupport().GetDenying()))
	}
}

func TestWhatAClaimIsAboutStaysAsItIs(t *testing.T) {
	r := startReview(t)
	for path, change := range map[string]func(*tumenv1.Claim){
		"source":   func(c *tumenv1.Claim) { c.Source = r.names["S2"] },
		"subjects": func(c *tumenv1.Claim) { c.Subjects = []string{r.names["E5"]} },
		"aspect":   func(c *tumenv1.Claim) { c.Aspect, c.Stance = onPlace, unsure },
		"stance":   func(c *tumenv1.Claim) { c.Stance = denies },
	} {
		c := r.claimed(cS1)
		change(c)
		_, err := r.worker.claims.UpdateClaim(r.ctx, &tumenv1.UpdateClaimRequest{Claim: c, Reason: "changed", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}})
		refused(t, err, codes.InvalidArgument, "IMMUTABLE", "claim."+path)
	}
}

func TestACaseClosesAndOpensAgain(t *testing.T) {
	o := loadOctober(t)
	c, err := o.worker.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	ok(t, err)
	_, err = o.worker.cases.ReopenCase(o.ctx, &tumenv1.ReopenCaseRequest{Name: caseOf(o), Etag: c.GetCase().GetEtag(), Reason: "open"})
	refused(t, err, codes.FailedPrecondition, "STATE_FORBIDS_ACTION")
	closed, err := o.worker.cases.CloseCase(o.ctx, &tumenv1.CloseCaseRequest{Name: caseOf(o), Etag: c.GetCase().GetEtag(), Reason: "done"})
	ok(t, err)
	_, err = o.worker.cases.CloseCase(o.ctx, &tumenv1.CloseCaseRequest{Name: caseOf(o), Etag: closed.GetCase().GetEtag(), Reason: "done"})
	refused(t, err, codes.FailedPrecondition, "STATE_FORBIDS_ACTION")
	back, err := o.worker.cases.ReopenCase(o.ctx, &tumenv1.ReopenCaseRequest{Name: caseOf(o), Etag: closed.GetCase().GetEtag(), Reason: "news"})
	ok(t, err)
	if back.GetCase().GetState() != tumenv1.CaseState_CASE_STATE_OPEN {
		t.Errorf("it is %s", back.GetCase().GetState())
	}
}

func TestPagesGoThroughEverythingOnce(t *testing.T) {
	o := loadOctober(t)
	for _, k := range kinds() {
		want := len(k.list(t, o, o.worker, false))
		seen := map[string]bool{}
		in := fields{"page_size": int32(3)}
		if p := k.parent(o); p != "" {
			in["parent"] = p
		}
		pages := 0
		for {
			out, err := o.worker.rpc(t, o.ctx, k.service+"/List"+k.plural, in)
			ok(t, err)
			for _, n := range listed(out, k.word) {
				if seen[n] {
					t.Errorf("%s: %s twice", k.word, n)
				}
				seen[n] = true
			}
			token := out.Get(out.Descriptor().Fields().ByName("next_page_token")).String()
			if pages++; token == "" || pages > 100 {
				break
			}
			in["page_token"] = token
		}
		if len(seen) != want {
			t.Errorf("%s: %d in pages of 3, %d at once", k.word, len(seen), want)
		}
	}
}
