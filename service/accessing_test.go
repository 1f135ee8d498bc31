package service_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
)

func (m *member) access() tumenv1.AccessServiceClient { return tumenv1.NewAccessServiceClient(m.conn) }

func TestOneIsToldWhoOneIs(t *testing.T) {
	i := startIdentities(t)
	m := i.cleared("curious", 7, identity)
	_, err := m.persons.GetPerson(forPurpose(i.ctx), &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	self, err := m.access().GetSelf(i.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	if self.GetMember().GetName() != m.name || self.GetOrganisation().GetHandle() != "ngo" || !self.GetToken().GetCurrent() {
		t.Errorf("I am %v", self)
	}
	if self.GetIdentityBudget() != 7 || self.GetIdentitySpent() != 1 || !slices.Equal(self.GetMember().GetClearances(), []tumenv1.Protection{identity}) {
		t.Errorf("I may see %v", self)
	}
	if !slices.Contains(self.GetMethods(), "CaseService/CreateCase") || slices.Contains(self.GetMethods(), "VerificationService/ApproveFinding") || slices.Contains(self.GetMethods(), "AdminService/CreateMember") {
		t.Errorf("I may call %v", self.GetMethods())
	}
	if self.GetToken().GetLastUseTime() != nil {
		t.Errorf("used last %v", self.GetToken().GetLastUseTime())
	}
}

// TestWhenATokenWasUsedLastIsNoted, once a day: for its member to see a use that was
// not theirs.
func TestWhenATokenWasUsedLastIsNoted(t *testing.T) {
	var later atomic.Int64
	w := startAt(t, nil, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	made, err := w.admin.CreateMember(w.ctx, &tumenv1.CreateMemberRequest{Organisation: "ngo", Member: &tumenv1.Member{Handle: "m", Roles: []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}}})
	ok(t, err)
	token, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: made.GetMember().GetHandle(), Lifetime: durationpb.New(10 * 24 * time.Hour)})
	ok(t, err)
	m := w.connect(token.GetToken())
	for day := range int64(3) {
		later.Store(day * int64(24*time.Hour))
		for { // it is noted beside the call
			self, err := m.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
			ok(t, err)
			if day == 0 {
				break
			}
			want := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, int(day))
			if self.GetToken().GetLastUseTime().AsTime().Equal(want) {
				break
			}
		}
	}
}

// TestAColleagueIsSuspended at once, by anybody of the organisation and nobody else;
// an administrator takes it back.
func TestAColleagueIsSuspended(t *testing.T) {
	o := loadOctober(t)
	admin, reviewer := o.member("admin", tumenv1.Role_ROLE_ADMINISTRATOR), o.member("reviewer", tumenv1.Role_ROLE_REVIEWER)
	_, err := o.world.admin.CreateOrganisation(o.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "other", DisplayName: "Another"}})
	ok(t, err)
	stranger := o.memberOf("other", "stranger", tumenv1.Role_ROLE_ADMINISTRATOR)
	suspend := func(by, who *member) error {
		_, err := by.access().SuspendMember(o.ctx, &tumenv1.SuspendMemberRequest{Name: who.name, Reason: "lost a laptop"})
		return err
	}
	restore := func(by, who *member) error {
		_, err := by.access().RestoreMember(o.ctx, &tumenv1.RestoreMemberRequest{Name: who.name, Reason: "found it"})
		return err
	}
	refused(t, suspend(stranger, reviewer), codes.NotFound, "NOT_FOUND")
	refused(t, suspend(reviewer, admin), codes.FailedPrecondition, "LAST_ADMINISTRATOR")
	refused(t, restore(admin, reviewer), codes.FailedPrecondition, "NOT_SUSPENDED")
	refused(t, restore(reviewer, reviewer), codes.PermissionDenied, "ROLE_NOT_ALLOWED")

	// In the middle of a stream, too.
	stream, err := reviewer.exchange.ExportMatter(o.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(o)})
	ok(t, err)
	ok(t, suspend(o.worker, reviewer))
	_ = drained(stream.Recv) // what was on its way may still arrive
	_, err = reviewer.cases.ListCases(o.ctx, &tumenv1.ListCasesRequest{})
	refused(t, err, codes.Unauthenticated, "MEMBER_SUSPENDED")
	refused(t, suspend(o.worker, reviewer), codes.FailedPrecondition, "SUSPENDED")
	list, err := o.worker.access().ListColleagues(o.ctx, &tumenv1.ListColleaguesRequest{PageSize: 2})
	ok(t, err)
	rest, err := o.worker.access().ListColleagues(o.ctx, &tumenv1.ListColleaguesRequest{PageSize: 2, PageToken: list.GetNextPageToken()})
	ok(t, err)
	suspended := 0
	for _, m := range append(list.GetMembers(), rest.GetMembers()...) {
		if m.GetSuspendTime() != nil {
			suspended++
		}
		if m.GetOwner() != o.worker.name[:len(m.GetOwner())] {
			t.Errorf("a colleague: %v", m)
		}
	}
	if len(list.GetMembers())+len(rest.GetMembers()) != 3 || suspended != 1 {
		t.Errorf("colleagues: %v, %v", list, rest)
	}

	ok(t, restore(admin, reviewer))
	_, err = reviewer.cases.ListCases(o.ctx, &tumenv1.ListCasesRequest{})
	refused(t, err, codes.Unauthenticated, "CREDENTIALS_UNKNOWN") // the token may be what was lost
	fresh, err := o.world.admin.CreateToken(o.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: "reviewer", Lifetime: durationpb.New(time.Hour)})
	ok(t, err)
	_, err = o.connect(fresh.GetToken()).cases.ListCases(o.ctx, &tumenv1.ListCasesRequest{})
	ok(t, err)

	second := o.member("second", tumenv1.Role_ROLE_ADMINISTRATOR)
	ok(t, suspend(second, admin))
	refused(t, suspend(o.worker, second), codes.FailedPrecondition, "LAST_ADMINISTRATOR")
	o.sound()
}

// TestATokenOfOnesOwn does no more than the one by which it was asked for, is listed
// without itself, and stops working when it is revoked.
func TestATokenOfOnesOwn(t *testing.T) {
	w := start(t, nil)
	m := w.member("both", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_ADMINISTRATOR)
	issue := func(by *member, scope ...tumenv1.Role) (*tumenv1.IssueTokenResponse, error) {
		return by.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Label: "the office's laptop", Lifetime: durationpb.New(time.Hour), Scope: scope, Reason: "for work"})
	}
	_, err := issue(m, tumenv1.Role_ROLE_AUDITOR)
	refused(t, err, codes.InvalidArgument, "SCOPE_TOO_WIDE", "scope")
	narrow, err := issue(m, tumenv1.Role_ROLE_CASE_WORKER)
	ok(t, err)
	worker := w.connect(narrow.GetSecret())
	_, err = worker.cases.ListCases(w.ctx, &tumenv1.ListCasesRequest{})
	ok(t, err)
	_, err = worker.access().RestoreMember(w.ctx, &tumenv1.RestoreMemberRequest{Name: m.name, Reason: "again"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = issue(worker, tumenv1.Role_ROLE_ADMINISTRATOR)
	refused(t, err, codes.InvalidArgument, "SCOPE_TOO_WIDE")
	heir, err := issue(worker) // as wide as what asks for it
	ok(t, err)

	list, err := m.access().ListTokens(w.ctx, &tumenv1.ListTokensRequest{})
	ok(t, err)
	if len(list.GetTokens()) != 3 || !list.GetTokens()[0].GetCurrent() || list.GetTokens()[1].GetLabel() != "the office's laptop" || !slices.Equal(list.GetTokens()[2].GetScope(), []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}) {
		t.Errorf("tokens: %v", list)
	}
	other := w.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	_, err = other.access().RevokeToken(w.ctx, &tumenv1.RevokeTokenRequest{Name: narrow.GetToken().GetName(), Reason: "not mine"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	out, err := m.access().RevokeToken(w.ctx, &tumenv1.RevokeTokenRequest{Name: narrow.GetToken().GetName(), Reason: "done"})
	ok(t, err)
	if out.GetToken().GetRevokeTime() == nil || out.GetWentAlong() != 1 {
		t.Errorf("revoked: %v", out)
	}
	w.gone(worker, w.connect(heir.GetSecret()))
}
