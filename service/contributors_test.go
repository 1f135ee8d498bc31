package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

func (r *review) examinedBy(uploader *member, examiner string) {
	r.t.Helper()
	capture, err := upload(r.october, uploader, r.names["S1"], &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, FileName: "f"}, []byte("x"), nil)
	ok(r.t, err)
	c, err := r.worker.claims.GetClaim(r.ctx, &tumenv1.GetClaimRequest{Name: r.names["C-S1-E1-"+occurrence.String()]})
	ok(r.t, err)
	c.GetClaim().Examination = &tumenv1.Examination{Capture: capture.GetName(), Examiner: examiner, Method: "looked"}
	_, err = r.worker.claims.UpdateClaim(r.ctx, &tumenv1.UpdateClaimRequest{Claim: c.GetClaim(), Reason: "examined", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"examination"}}})
	ok(r.t, err)
}

func TestWhoHadAPartDoesNotApprove(t *testing.T) {
	both := []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER, tumenv1.Role_ROLE_CASE_WORKER}
	for _, c := range []struct {
		name string
		part func(*review, *member)
	}{
		{"who deleted a tie", func(r *review, m *member) {
			tie, err := r.worker.sources.CreateTie(r.ctx, &tumenv1.CreateTieRequest{Tie: &tumenv1.Tie{A: r.names["S1"], B: r.names["S4"], Kind: tumenv1.TieKind_TIE_KIND_SAME_CONTACT}, Reason: "same"})
			ok(r.t, err)
			seen, err := m.sources.GetTie(r.ctx, &tumenv1.GetTieRequest{Name: tie.GetTie().GetName()})
			ok(r.t, err)
			_, err = m.sources.DeleteTie(r.ctx, &tumenv1.DeleteTieRequest{Name: seen.GetTie().GetName(), Etag: seen.GetTie().GetEtag(), Reason: "no"})
			ok(r.t, err)
		}},
		{"who retracted a claim", func(r *review, m *member) {
			r.apply(r.worker, false, claim("S10", "E1", occurrence, denies, nil))
			name := r.names["C-S10-E1-"+occurrence.String()]
			seen, err := m.claims.GetClaim(r.ctx, &tumenv1.GetClaimRequest{Name: name})
			ok(r.t, err)
			_, err = m.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: name, Etag: seen.GetClaim().GetEtag(), Reason: "mistaken"})
			ok(r.t, err)
		}},
		{"who uploaded what was examined", func(r *review, m *member) { r.examinedBy(m, "somebody else") }},
		{"who examined it, by name", func(r *review, m *member) { r.examinedBy(r.worker, m.name) }},
		{"who examined it, by handle", func(r *review, m *member) { r.examinedBy(r.worker, "Helping") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startReview(t)
			m := r.member("helping", both...)
			c.part(r, m)
			f, err := r.propose(r.open(r.finding(r.first, "E1", occurrence)), r.corroborated())
			ok(t, err)
			_, err = r.approve(m, f)
			refused(t, err, codes.FailedPrecondition, "APPROVER_CONTRIBUTED")
			_, err = r.approve(r.second, f)
			ok(t, err)
		})
	}
}
