package service_test

import (
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestAGradeOf1IsFlaggedOnceItsOriginsFallBelowTwo(t *testing.T) {
	r := startReview(t)
	c := claim("S1", "E1", occurrence, asserts, nil)
	c.GetRecord().GetClaim().Credibility, c.GetRecord().GetClaim().CredibilityReason = graded1, "the missionaries say so too"
	r.apply(r.worker, false, c)
	const kind = tumenv1.FlagKind_FLAG_KIND_NOT_CONFIRMED
	if f := r.finding(r.first, "E1", occurrence); hasFlag(f, kind) {
		t.Fatalf("flagged while two stand: %v", f.GetSupport().GetFlags())
	}
	for _, key := range []string{cS4, "C-S6-E1-ASPECT_OCCURRENCE"} {
		gone := r.claimed(key)
		_, err := r.worker.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: gone.GetName(), Etag: gone.GetEtag(), Reason: "withdrawn"})
		ok(t, err)
	}
	f := flagged(r.finding(r.first, "E1", occurrence), kind)
	if f.GetClaim() != r.names[cS1] || f.GetSource() != r.names["S1"] {
		t.Errorf("the flag %v is not that of the claim", f)
	}
	says(t, []string{f.GetText()}, "graded 1")
}
