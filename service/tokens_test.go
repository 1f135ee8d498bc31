package service_test

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

func listCases(w *world, m *member) error {
	_, err := m.cases.ListCases(w.ctx, &tumenv1.ListCasesRequest{})
	return err
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
}

func TestATokenEndsWhenItsTimeIsUp(t *testing.T) {
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w := startAt(t, nil, c.Now)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	c.forward(time.Hour - time.Second)
	ok(t, listCases(w, m))
	c.forward(time.Second)
	refused(t, listCases(w, m), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
}

func TestARevokedTokenIsRefusedAtOnce(t *testing.T) {
	w := start(t, nil)
	m, other := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), w.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	ok(t, listCases(w, m))
	out, err := w.admin.RevokeTokens(w.ctx, &tumenv1.RevokeTokensRequest{Organisation: "ngo", Member: "worker"})
	ok(t, err)
	if out.GetRevoked() != 1 {
		t.Errorf("%d revoked", out.GetRevoked())
	}
	refused(t, listCases(w, m), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	ok(t, listCases(w, other))
	fresh, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: "worker", Lifetime: durationpb.New(time.Hour)})
	ok(t, err)
	ok(t, listCases(w, w.connect(fresh.GetToken())))
}

// dismiss deletes a member, as an administrator will be able to.
func (w *world) dismiss(m *member) {
	w.t.Helper()
	_, err := w.records.Change(w.ctx, records.Author{Method: "test", Reason: "left"}, func(tx *records.Tx) error {
		rec, err := tx.Read(m.name)
		if err != nil {
			return err
		}
		return tx.Delete(rec)
	})
	ok(w.t, err)
}

func TestADeletedMembersTokenIsRefused(t *testing.T) {
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	ok(t, listCases(w, m))
	w.dismiss(m)
	refused(t, listCases(w, m), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	_, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: "worker", Lifetime: durationpb.New(time.Hour)})
	refused(t, err, codes.NotFound, "NO_SUCH_MEMBER")
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	o := loadOctober(t)
	revoke := func(handle string) {
		t.Helper()
		_, err := o.admin.RevokeTokens(o.ctx, &tumenv1.RevokeTokensRequest{Organisation: "ngo", Member: handle})
		ok(t, err)
	}
	t.Run("an upload", func(t *testing.T) {
		m := o.member("uploader", tumenv1.Role_ROLE_CASE_WORKER)
		stream, err := m.sources.UploadCapture(o.ctx)
		ok(t, err)
		ok(t, stream.Send(&tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Header{Header: &tumenv1.CaptureHeader{
			Parent: o.names["S1"], Reason: "preserved", Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}}}}))
		revoke("uploader")
		_ = stream.Send(&tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Chunk{Chunk: []byte("late")}})
		_, err = stream.CloseAndRecv()
		refused(t, err, codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	})
	t.Run("a matter", func(t *testing.T) {
		m := o.member("applier", tumenv1.Role_ROLE_CASE_WORKER)
		stream, err := m.exchange.ApplyMatter(o.ctx)
		ok(t, err)
		ok(t, stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "late"}}}))
		revoke("applier")
		_ = stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: source("S99", "news", "late", unstated)}})
		_, err = stream.CloseAndRecv()
		refused(t, err, codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	})
	t.Run("a download", func(t *testing.T) {
		m := o.member("downloader", tumenv1.Role_ROLE_CASE_WORKER)
		capture, err := uploadPieces(o, o.worker, &tumenv1.CaptureHeader{Parent: o.names["S1"], Reason: "preserved", Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}}, make([]byte, 8<<20), 1<<20)
		ok(t, err)
		stream, err := m.sources.DownloadCapture(o.ctx, &tumenv1.DownloadCaptureRequest{Name: capture.GetName()})
		ok(t, err)
		_, err = stream.Recv() // the rest waits behind the window of the stream
		ok(t, err)
		revoke("downloader")
		for err == nil {
			_, err = stream.Recv()
		}
		if errors.Is(err, io.EOF) {
			t.Fatal("it came to its end")
		}
		refused(t, err, codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	})
}

func TestAdministrationIsPagedAndRepeatable(t *testing.T) {
	w := start(t, nil)
	for _, handle := range []string{"one", "two", "three"} {
		w.member(handle, tumenv1.Role_ROLE_CASE_WORKER)
	}
	seen := map[string]bool{}
	req := &tumenv1.ListMembersRequest{PageSize: 2}
	for {
		out, err := w.admin.ListMembers(w.ctx, req)
		ok(t, err)
		for _, m := range out.GetMembers() {
			seen[m.GetHandle()] = true
		}
		if req.PageToken = out.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if len(seen) != 3 {
		t.Errorf("members: %v", seen)
	}
	_, err := w.admin.ListMembers(w.ctx, &tumenv1.ListMembersRequest{PageToken: "organisations/x"})
	refused(t, err, codes.InvalidArgument, "PAGE_TOKEN_INVALID")

	req2 := &tumenv1.CreateMemberRequest{Organisation: "ngo", RequestId: "6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a13", Member: &tumenv1.Member{Handle: "four", Roles: []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}}}
	first, err := w.admin.CreateMember(w.ctx, req2)
	ok(t, err)
	again, err := w.admin.CreateMember(w.ctx, req2)
	ok(t, err)
	if first.GetMember().GetName() != again.GetMember().GetName() {
		t.Error("the same call made two members")
	}
	req2.Member.Handle = "five"
	_, err = w.admin.CreateMember(w.ctx, req2)
	refused(t, err, codes.InvalidArgument, "REQUEST_ID_REUSED")
	_, err = w.admin.CreateMember(w.ctx, &tumenv1.CreateMemberRequest{Organisation: "ngo", Member: &tumenv1.Member{Handle: "four", Roles: []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}}})
	refused(t, err, codes.AlreadyExists, "HANDLE_TAKEN")
}
