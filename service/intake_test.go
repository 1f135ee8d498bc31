package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestWhatStandsForAPartnerStays: no case worker takes apart what one partner has sent, by
// way of the source that stands for the partner, or of a statement of their own.
func TestWhatStandsForAPartnerStays(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	taken := func(into string) []string {
		t.Helper()
		sent, err := x.send(x.partner, x.offer("a witness"))
		ok(t, err)
		out, err := x.accept(sent.GetName(), func(req *tumenv1.AcceptSubmissionRequest) { req.IntoSource = into })
		ok(t, err)
		return out.GetResults()
	}
	first := taken("")
	at := slices.IndexFunc(first, func(name string) bool { return strings.HasPrefix(name, "ties/") })
	tie, err := x.worker.sources.GetTie(x.ctx, &tumenv1.GetTieRequest{Name: first[at]})
	ok(t, err)
	partner := tie.GetTie().GetB()
	read := func() *tumenv1.Source {
		t.Helper()
		got, err := x.worker.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: partner})
		ok(t, err)
		return got.GetSource()
	}
	reserved := read().GetExternalIds()
	if said := protojson.Format(read()); strings.Contains(said, "partners") || strings.Contains(said, organisationOf(x.partner)) {
		t.Errorf("who the partner is, stands in what exports have: %s", said)
	}

	s := read()
	s.ExternalIds = nil
	_, err = x.worker.sources.UpdateSource(x.ctx, &tumenv1.UpdateSourceRequest{Source: s, Reason: "r", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"external_ids"}}})
	refused(t, err, codes.InvalidArgument, "RESERVED")
	_, err = x.worker.sources.DeleteSource(x.ctx, &tumenv1.DeleteSourceRequest{Name: partner, Etag: read().GetEtag(), Reason: "r"})
	refused(t, err, codes.FailedPrecondition, "STANDS_FOR_PARTNER")
	_, err = x.worker.erasures.EraseSource(x.ctx, &tumenv1.EraseSourceRequest{Name: partner, Etag: read().GetEtag(), Reason: "r"})
	refused(t, err, codes.FailedPrecondition, "STANDS_FOR_PARTNER")
	withdrawn, err := tumenv1.NewReleaseServiceClient(x.worker.conn).WithdrawSourceRelease(x.ctx, &tumenv1.WithdrawSourceReleaseRequest{Name: partner, Etag: read().GetEtag(), Reason: "r", Withdrawal: &tumenv1.Withdrawal{GivenBy: "g"}})
	ok(t, err)
	if reach := withdrawn.GetReach(); reach.GetErasure() != nil || reach.GetErasureMissing() != "STANDS_FOR_PARTNER" {
		t.Errorf("withdrawn: %v", reach)
	}
	reserved[0].Id = "another-partner"
	_, err = x.worker.cases.CreateCase(x.ctx, &tumenv1.CreateCaseRequest{Reason: "r", Case: &tumenv1.Case{Title: "c", ExternalIds: reserved}})
	refused(t, err, codes.InvalidArgument, "RESERVED")

	// One who states themselves that they may be the same, takes that back, too; what the
	// acceptance says of it stays.
	made, err := x.worker.sources.CreateSource(x.ctx, &tumenv1.CreateSourceRequest{Reason: "r", Source: &tumenv1.Source{Kind: "ngo-statement", Title: "t", Basis: own}})
	ok(t, err)
	mine := made.GetSource().GetName()
	stated, err := x.worker.sources.CreateTie(x.ctx, &tumenv1.CreateTieRequest{Reason: "r", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: mine, B: partner, Grounds: "g"}})
	ok(t, err)
	taken(mine)
	_, err = x.worker.sources.DeleteTie(x.ctx, &tumenv1.DeleteTieRequest{Name: stated.GetTie().GetName(), Etag: stated.GetTie().GetEtag(), Reason: "r"})
	ok(t, err)
	left, err := x.worker.sources.ListTies(x.ctx, &tumenv1.ListTiesRequest{Record: mine})
	ok(t, err)
	if len(left.GetTies()) != 1 || left.GetTies()[0].GetSubmission() == "" {
		t.Errorf("left of what ties them: %v", left)
	}
	x.sound()
}
