package service_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/issuer"
	"tumen/service/issuer/issuertest"
)

// set has the server use an issuer, as its operator does.
func (w *world) set(from *issuertest.Issuer, audiences ...string) {
	w.t.Helper()
	made, err := issuer.New(issuer.Settings{URL: from.URL, Audiences: audiences, SubjectClaim: "sub", FactorClaim: "amr", FactorValues: []string{"mfa", "hwk"}}, w.records.Now, nil)
	ok(w.t, err)
	ok(w.t, w.server.UseIssuer(w.ctx, made))
}

// confirm confirms what is set.
func (w *world) confirm(administrator *member) {
	w.t.Helper()
	set, err := administrator.creds.GetIssuer(w.ctx, &tumenv1.GetIssuerRequest{})
	ok(w.t, err)
	_, err = administrator.creds.ConfirmIssuer(w.ctx, &tumenv1.ConfirmIssuerRequest{Fingerprint: set.GetFingerprint(), Reason: "it is ours"})
	ok(w.t, err)
}

// link links a member with who a token speaks of, once the issuer has answered the server.
func (w *world) link(m *member, token string) error {
	w.t.Helper()
	for {
		ok(w.t, w.ctx.Err())
		_, err := m.creds.LinkIdentity(w.ctx, &tumenv1.LinkIdentityRequest{IdToken: token, Label: "at the office", Reason: "one sign-in for all"})
		if status.Code(err) != codes.Unavailable {
			return err
		}
	}
}

// withIssuer is a server with a confirmed issuer.
func withIssuer(t *testing.T) (*world, *issuertest.Issuer, *clock, *member) {
	t.Helper()
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	from := issuertest.Start(t)
	administrator := w.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR)
	w.set(from, "tumen")
	w.confirm(administrator)
	return w, from, c, administrator
}

func TestAnIDTokenSpeaksForWhoLinkedIt(t *testing.T) {
	w, from, c, _ := withIssuer(t)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	token := from.Token(from.Claims("kim@office", "tumen", c.Now()))
	with := w.connect(token)
	ok(t, w.link(m, token))
	ok(t, listCases(w, with))
	_, err := with.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	ok(t, err)
	self, err := with.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	link := self.GetCredentials()[0]
	if self.GetMember().GetName() != m.name || link.GetKind() != tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY || !strings.HasPrefix(link.GetName(), "identities/") {
		t.Errorf("to the server it is %v", self)
	}
	// Nothing that outlives the issuer's word is had for it.
	_, err = with.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Hour), Reason: "to stay"})
	refused(t, err, codes.PermissionDenied, "IDENTITY_LASTS_NO_LONGER")
	// One identity is one member's.
	other := w.member("lee", tumenv1.Role_ROLE_CASE_WORKER)
	refused(t, w.link(other, token), codes.AlreadyExists, "IDENTITY_LINKED")
	refused(t, w.link(other, "eyJhbGciOiJub25lIn0.e30."), codes.InvalidArgument, "ID_TOKEN_REFUSED")

	for name, token := range map[string]string{
		"somebody who is linked with nobody": from.Token(from.Claims("lee@office", "tumen", c.Now())),
		"another audience":                   from.Token(from.Claims("kim@office", "other", c.Now())),
		"nobody's signature":                 token[:strings.LastIndexByte(token, '.')+1],
	} {
		_, err := w.connect(token).cases.ListCases(w.ctx, &tumenv1.ListCasesRequest{})
		if refused(t, err, codes.Unauthenticated, "IDENTITY_UNKNOWN"); t.Failed() {
			t.Errorf("%s", name)
		}
	}
	// With a certificate of another member it is nobody's.
	certified, _ := w.certified(other)
	refused(t, listCases(w, w.connectWith(token, certified.certificate)), codes.Unauthenticated, "CREDENTIALS_DIFFER")

	from.Stop() // while it is away, what it has said goes on counting
	ok(t, listCases(w, with))
	ok(t, listCases(w, m))
	c.forward(time.Hour + time.Second)
	refused(t, listCases(w, with), codes.Unauthenticated, "IDENTITY_UNKNOWN")
}

func TestReviewersAndAdministratorsNeedTwoFactors(t *testing.T) {
	w, from, c, administrator := withIssuer(t)
	reviewer := w.member("reviewer", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER)
	for subject, m := range map[string]*member{"reviewer@office": reviewer, "administrator@office": administrator} {
		once := from.Claims(subject, "tumen", c.Now())
		ok(t, w.link(m, from.Token(once)))
		_, err := w.connect(from.Token(once)).access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
		refused(t, err, codes.Unauthenticated, "SECOND_FACTOR_MISSING", "in two ways")
		once["amr"] = []string{"pwd", "hwk"}
		_, err = w.connect(from.Token(once)).access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
		ok(t, err)
	}
	// Who linked for less needs less.
	reading, err := reviewer.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Hour), Scope: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}, Reason: "to record"})
	ok(t, err)
	token := from.Token(from.Claims("recording@office", "tumen", c.Now()))
	ok(t, w.link(w.connect(reading.GetSecret()), token))
	ok(t, listCases(w, w.connect(token)))
}

func TestALinkEndsOnTheNextCall(t *testing.T) {
	w, from, c, administrator := withIssuer(t)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	token := from.Token(from.Claims("kim@office", "tumen", c.Now()))
	ok(t, w.link(m, token))
	with := w.connect(token)
	self, err := with.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	_, err = m.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: self.GetCredentials()[0].GetName(), Reason: "left the office"})
	ok(t, err)
	refused(t, listCases(w, with), codes.Unauthenticated, "IDENTITY_UNKNOWN")
	ok(t, w.link(m, token))
	ok(t, listCases(w, with))
	_, err = administrator.access().SuspendMember(w.ctx, &tumenv1.SuspendMemberRequest{Name: m.name, Reason: "lost a laptop"})
	ok(t, err)
	refused(t, listCases(w, with), codes.Unauthenticated, "MEMBER_SUSPENDED")
	_, err = administrator.access().RestoreMember(w.ctx, &tumenv1.RestoreMemberRequest{Name: m.name, Reason: "found it"})
	ok(t, err)
	refused(t, listCases(w, with), codes.Unauthenticated, "IDENTITY_UNKNOWN")
}

func TestAStreamEndsWithItsIDToken(t *testing.T) {
	w, from, c, _ := withIssuer(t)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	token := from.Token(from.Claims("kim@office", "tumen", c.Now()))
	ok(t, w.link(m, token))
	stream, err := w.connect(token).exchange.ApplyMatter(w.ctx)
	ok(t, err)
	ok(t, stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "late"}}}))
	ok(t, listCases(w, w.connect(token))) // by now the stream is under way: a connection is had in turn
	c.forward(time.Hour + time.Second)
	_ = stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: source("S99", "news", "late", unstated)}})
	_, err = stream.CloseAndRecv()
	if errors.Is(err, io.EOF) || status.Code(err) != codes.Unauthenticated {
		t.Errorf("after its token it goes on: %v", err)
	}
}

// The operator of the server and an administrator are two: neither lets an issuer in
// alone, and what either did stands in the ledger.
func TestAnIssuerIsSetAndConfirmedByTwo(t *testing.T) {
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	administrator, m := w.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR), w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := administrator.creds.GetIssuer(w.ctx, &tumenv1.GetIssuerRequest{})
	refused(t, err, codes.FailedPrecondition, "NO_ISSUER")
	from := issuertest.Start(t)
	token := from.Token(from.Claims("kim@office", "tumen", c.Now()))
	refused(t, w.link(m, token), codes.FailedPrecondition, "NO_ISSUER")
	refused(t, listCases(w, w.connect(token)), codes.Unauthenticated, "IDENTITY_UNKNOWN")

	w.set(from, "tumen")
	refused(t, w.link(m, token), codes.Unauthenticated, "ISSUER_NOT_CONFIRMED")
	c.forward(time.Second)
	set, err := administrator.creds.GetIssuer(w.ctx, &tumenv1.GetIssuerRequest{})
	ok(t, err)
	if set.GetUrl() != from.URL || set.GetConfirmed() {
		t.Errorf("shown: %v", set)
	}
	_, err = administrator.creds.ConfirmIssuer(w.ctx, &tumenv1.ConfirmIssuerRequest{Fingerprint: strings.Repeat("0", 64), Reason: "unseen"})
	refused(t, err, codes.InvalidArgument, "ISSUER_CHANGED")
	w.confirm(administrator)
	ok(t, w.link(m, token))
	ok(t, listCases(w, w.connect(token)))

	// The same once more is no change; another audience is.
	w.set(from, "tumen")
	w.answered(from, c)
	ok(t, listCases(w, w.connect(token)))
	c.forward(time.Second)
	w.set(from, "tumen", "other")
	w.answered(from, c)
	refused(t, listCases(w, w.connect(token)), codes.Unauthenticated, "ISSUER_NOT_CONFIRMED")
	c.forward(time.Second)
	w.set(from, "tumen") // nor is it confirmed still, as it was once
	w.answered(from, c)
	refused(t, listCases(w, w.connect(token)), codes.Unauthenticated, "ISSUER_NOT_CONFIRMED")

	// Another organisation's administrator lets nobody in here.
	_, err = w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "partner", DisplayName: "A partner"}})
	ok(t, err)
	w.confirm(w.memberOf("partner", "administrator", tumenv1.Role_ROLE_ADMINISTRATOR))
	refused(t, listCases(w, w.connect(token)), codes.Unauthenticated, "ISSUER_NOT_CONFIRMED")
	w.confirm(administrator)
	ok(t, listCases(w, w.connect(token)))
	ok(t, w.server.UseIssuer(w.ctx, nil))
	refused(t, listCases(w, w.connect(token)), codes.Unauthenticated, "IDENTITY_UNKNOWN")

	acts := map[string]int{}
	entries, err := tumenv1.NewLedgerServiceClient(administrator.conn).ListLedgerEntries(w.ctx, &tumenv1.ListLedgerEntriesRequest{Kind: "issuer", PageSize: 100})
	ok(t, err)
	for _, e := range entries.GetEntries() {
		for _, act := range []string{"stated", "confirmed", "removed"} {
			if strings.Contains(string(e.GetStatement()), `"act":"`+act+`"`) {
				acts[act]++
			}
		}
	}
	if acts["stated"] != 3 || acts["confirmed"] != 2 || acts["removed"] != 1 { // that of the partner's is theirs
		t.Errorf("the ledger tells an administrator %v", acts)
	}
}

// answered waits until the issuer has answered the server.
func (w *world) answered(from *issuertest.Issuer, c *clock) {
	w.t.Helper()
	for {
		ok(w.t, w.ctx.Err())
		err := listCases(w, w.connect(from.Token(from.Claims("nobody@office", "tumen", c.Now()))))
		if status.Code(err) != codes.Unavailable {
			return
		}
	}
}

// An issuer that never answered holds nobody up.
func TestAnIssuerThatIsAwayHoldsNobodyUp(t *testing.T) {
	w := start(t, nil)
	from := issuertest.Start(t)
	token := from.Token(from.Claims("kim@office", "tumen", time.Now()))
	from.Stop()
	w.set(from, "tumen")
	w.confirm(w.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR))
	refused(t, listCases(w, w.connect(token)), codes.Unavailable, "ISSUER_UNREACHED")
	ok(t, listCases(w, w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)))
}
