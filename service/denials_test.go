package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestOnlyWhoDeniesIsAddressedAsADenial(t *testing.T) {
	r := startReview(t)
	f := r.open(r.finding(r.first, "E1", occurrence))
	for key, why := range map[string]string{"S12": "only does not confirm", "S13": "speaks to another aspect", "S1": "asserts it", "S10": "speaks of another event"} {
		c := r.corroborated()
		c.AddressedDenials = append(c.AddressedDenials, &tumenv1.AddressedDenial{Origin: r.names[key], Rationale: why})
		_, err := r.propose(f, c)
		refused(t, err, codes.FailedPrecondition, "DENIAL_NOT_STANDING", r.names[key])
	}
	f, err := r.propose(f, r.corroborated())
	ok(t, err)
	// A denial that was taken back is none any more when it comes to approval.
	denial := r.claimed("C-S7-E1-ASPECT_OCCURRENCE")
	_, err = r.worker.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: denial.GetName(), Etag: denial.GetEtag(), Reason: "taken back"})
	ok(t, err)
	_, err = r.approve(r.second, f)
	refused(t, err, codes.FailedPrecondition, "DENIAL_NOT_STANDING", r.names["S7"])
}
