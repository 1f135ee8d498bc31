package service_test

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// aCaseIsShared: with the partner organisation for its content, and with one member of
// the other office for its headline. Each sees that, and a text once it is marked free
// of identities.
func (s *story) aCaseIsShared() {
	_, err := s.share(organisationOf(s.pak), content, 2*time.Hour)
	ok(s.t, err)
	_, err = s.share(s.yuna.name, headline, 20*time.Minute)
	ok(s.t, err)
	s.seen(map[*member]tumenv1.GrantLevel{s.pak: content, s.yuna: headline})
	s.findsNothing(s.memberOf("second", "jin", worker), s.ours) // it was one member's
	s.findsNothing(s.kim, s.hers)                               // and nothing is shared back

	name := s.names["C-S4-E1-"+occurrence.String()]
	c, err := s.kim.claims.GetClaim(s.ctx, &tumenv1.GetClaimRequest{Name: name})
	ok(s.t, err)
	c.Claim.Quote = &tumenv1.Quote{Text: "they came at night"}
	c2, err := s.kim.claims.UpdateClaim(s.ctx, &tumenv1.UpdateClaimRequest{Claim: c.GetClaim(), Reason: "heard the recording", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"quote"}}})
	ok(s.t, err)
	if s.partnerReads(name, "at night") {
		s.t.Error("a partner reads a text that nobody has read through")
	}
	_, err = s.kim.records.MarkFreeOfIdentities(s.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: name, Etag: c2.GetClaim().GetEtag(), Reason: "read through"})
	ok(s.t, err)
	if !s.partnerReads(name, "at night") {
		s.t.Error("a partner doesn't read a text that names nobody")
	}
}

// seen checks what Pak and Yuna are shown of the matter of October.
func (s *story) seen(levels map[*member]tumenv1.GrantLevel) {
	s.t.Helper()
	for _, m := range []*member{s.pak, s.yuna} {
		if got := s.sees(m); got != levels[m] {
			s.t.Errorf("%s is shown %v, want %v", m.name, got, levels[m])
		}
		if levels[m] == 0 {
			s.findsNothing(m, s.ours)
			continue
		}
		list, err := s.grants(m).ListGrants(s.ctx, &tumenv1.ListGrantsRequest{Parent: caseOf(s.sharing.october)})
		ok(s.t, err)
		for _, g := range list.GetGrants() { // who else reads it is not theirs to know
			if g.GetGrantee() != m.name && g.GetGrantee() != organisationOf(m) {
				s.t.Errorf("%s is told of a grant to %s", m.name, g.GetGrantee())
			}
		}
	}
}

// partnerReads says whether the partner is shown words in a claim.
func (s *story) partnerReads(claim, words string) bool {
	s.t.Helper()
	c, err := s.pak.claims.GetClaim(s.ctx, &tumenv1.GetClaimRequest{Name: claim})
	ok(s.t, err)
	return strings.Contains(protojson.Format(c), words)
}

// theCaseGoesRed: nobody outside, and no worker who isn't assigned, finds anything from
// then on, nor gets the rest of what they are just downloading. Once it is AMBER again,
// the grants hold again.
func (s *story) theCaseGoesRed() {
	recording := s.recorded(s.kim, tumenv1.Marking_MARKING_AMBER)
	refused(s.t, drained(s.downloads(s.pak, recording).Recv), codes.PermissionDenied, "NOT_MARKED_FREE")
	_, err := s.kim.records.MarkFreeOfIdentities(s.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: recording.GetName(), Etag: recording.GetEtag(), Reason: "heard through"})
	ok(s.t, err)
	ok(s.t, drained(s.downloads(s.pak, recording).Recv))

	half := s.downloads(s.pak, recording)
	_, err = half.Recv() // the rest waits until the partner takes it
	ok(s.t, err)
	s.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, red)
	refused(s.t, drained(half.Recv), codes.NotFound, "NOT_FOUND")
	s.seen(nil)
	for _, m := range []*member{s.lee, s.hana} { // the office's sources are all its workers', unless they are RED themselves
		if found := s.finds(m, s.ours); !slices.Equal(found, []string{`RecordService/GetRecord {"name":"$source"}`, `SourceService/ListSources {"owner":"$owner"}`}) {
			s.t.Errorf("%s, who isn't assigned, finds %s", m.name, strings.Join(found, ", "))
		}
	}
	s.findsItInEveryWay(s.kim, s.ours) // who recorded it

	s.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, tumenv1.Marking_MARKING_AMBER)
	s.seen(map[*member]tumenv1.GrantLevel{s.pak: content, s.yuna: headline})
	s.findsItInEveryWay(s.lee, s.ours)
	ok(s.t, drained(s.downloads(s.pak, recording).Recv))
}

// recorded is a long recording that a member keeps with a source of the matter.
func (s *story) recorded(m *member, marking tumenv1.Marking) *tumenv1.Capture {
	s.t.Helper()
	out, err := uploadPieces(s.sharing.october, m, capturing(s.sharing.october, &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, Marking: marking}), make([]byte, 8<<20), 1<<20)
	ok(s.t, err)
	return out
}

func (s *story) downloads(m *member, capture *tumenv1.Capture) grpc.ServerStreamingClient[tumenv1.DownloadCaptureResponse] {
	s.t.Helper()
	stream, err := m.sources.DownloadCapture(s.ctx, &tumenv1.DownloadCaptureRequest{Name: capture.GetName()})
	ok(s.t, err)
	return stream
}

// aGrantExpiresAndAnotherIsRevoked: whoever it was for finds nothing.
func (s *story) aGrantExpiresAndAnotherIsRevoked() {
	s.later(20 * time.Minute)
	s.seen(map[*member]tumenv1.GrantLevel{s.pak: content})

	list, err := s.grants(s.kim).ListGrants(s.ctx, &tumenv1.ListGrantsRequest{Parent: caseOf(s.sharing.october)})
	ok(s.t, err)
	for _, g := range list.GetGrants() {
		if g.GetGrantee() == organisationOf(s.pak) {
			_, err = s.grants(s.kim).RevokeGrant(s.ctx, &tumenv1.RevokeGrantRequest{Name: g.GetName(), Etag: g.GetEtag(), Reason: "the joint submission is done"})
			ok(s.t, err)
		} else if g.GetState() != tumenv1.GrantState_GRANT_STATE_EXPIRED {
			s.t.Errorf("a grant that is over is %v", g)
		}
	}
	s.seen(nil)
}
