package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

const (
	worker        = tumenv1.Role_ROLE_CASE_WORKER
	reviewer      = tumenv1.Role_ROLE_REVIEWER
	administrator = tumenv1.Role_ROLE_ADMINISTRATOR
)

// bureau is a world with two administrators, Ada and Ben.
type bureau struct {
	*world
	ada, ben *member
	clock    *clock
	called   map[string]string // what members say that their tokens are called
}

func openBureau(t *testing.T) *bureau {
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	o := &bureau{world: startAt(t, nil, c.Now), clock: c, called: map[string]string{}}
	o.ada, o.ben = o.member("ada", administrator), o.member("ben", administrator)
	return o
}

// invite makes a member, and gives the code to enrol by.
func (o *bureau) invite(by *member, handle string, roles ...tumenv1.Role) (*tumenv1.Member, string) {
	o.t.Helper()
	out, err := by.access().InviteMember(o.ctx, &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: handle, Roles: roles}, Reason: "hired"})
	ok(o.t, err)
	return out.GetMember(), out.GetCode()
}

// enrolBy enrols as nobody in particular, and connects as who that makes.
func (o *bureau) enrolBy(code string) (*member, error) {
	out, err := o.connect("").access().Enrol(o.ctx, &tumenv1.EnrolRequest{Code: code, Label: "my laptop", Lifetime: durationpb.New(time.Hour)})
	if err != nil {
		return nil, err
	}
	m := o.connect(out.GetSecret())
	m.name = out.GetMember().GetName()
	o.called[m.name] = out.GetToken().GetName()
	return m, nil
}

// read reads a member as their colleagues see them.
func (o *bureau) read(name string) *tumenv1.Member {
	o.t.Helper()
	list, err := o.ada.access().ListColleagues(o.ctx, &tumenv1.ListColleaguesRequest{PageSize: 1000})
	if err != nil { // Ada may be gone
		list, err = o.ben.access().ListColleagues(o.ctx, &tumenv1.ListColleaguesRequest{PageSize: 1000})
	}
	ok(o.t, err)
	for _, m := range list.GetMembers() {
		if m.GetName() == name {
			return m
		}
	}
	o.t.Fatalf("%s is not among the colleagues", name)
	return nil
}

func (o *bureau) confirm(by *member, name string) error {
	_, err := by.access().ConfirmMemberChange(o.ctx, &tumenv1.ConfirmMemberChangeRequest{Name: name, Etag: o.read(name).GetEtag(), Token: o.called[name], Reason: "asked them"})
	return err
}

func (o *bureau) reject(by *member, name string) error {
	_, err := by.access().RejectMemberChange(o.ctx, &tumenv1.RejectMemberChangeRequest{Name: name, Etag: o.read(name).GetEtag(), Reason: "not so"})
	return err
}

// update changes fields of a member.
func (o *bureau) update(by *member, to *tumenv1.Member, name string, mask ...string) (*tumenv1.Member, error) {
	to = proto.Clone(to).(*tumenv1.Member)
	to.Name, to.Etag = name, o.read(name).GetEtag()
	out, err := by.access().UpdateMember(o.ctx, &tumenv1.UpdateMemberRequest{Member: to, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, Reason: "as agreed"})
	return out.GetMember(), err
}

func (o *bureau) replace(by *member, name string) (string, error) {
	out, err := by.access().ReplaceCredential(o.ctx, &tumenv1.ReplaceCredentialRequest{Name: name, Reason: "lost"})
	return out.GetCode(), err
}

// TestAMemberEnrols with a code that only they use, is let in once another administrator
// has confirmed, and nobody but them has ever had their token.
func TestAMemberEnrols(t *testing.T) {
	o := openBureau(t)
	invited, code := o.invite(o.ada, "kim", worker, reviewer)
	if p := invited.GetPending(); len(invited.GetRoles()) != 0 || invited.GetHighestMarking() != tumenv1.Marking_MARKING_CLEAR ||
		!slices.Equal(p.GetRoles(), []tumenv1.Role{worker, reviewer}) || p.GetHighestMarking() != tumenv1.Marking_MARKING_RED || p.GetProposer() != o.ada.name || !p.GetEnrolment() {
		t.Errorf("invited: %v", invited)
	}
	refused(t, o.confirm(o.ben, invited.GetName()), codes.FailedPrecondition, "NOT_ENROLLED")
	refused(t, listCases(o.world, o.connect(code)), codes.Unauthenticated, "CREDENTIALS_UNKNOWN") // it is no token

	kim, err := o.enrolBy(code)
	ok(t, err)
	token := o.called[kim.name]
	refused(t, listCases(o.world, kim), codes.PermissionDenied, "NOT_CONFIRMED", token)
	_, err = kim.access().IssueToken(o.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Minute), Reason: "more"})
	refused(t, err, codes.PermissionDenied, "NOT_CONFIRMED")

	// Ben asks Kim what it is called; nobody else could tell him.
	for _, said := range []struct{ token, reason string }{{"", "TOKEN_MISSING"}, {"tokens/00000000", "TOKEN_DIFFERS"}, {token[:14], "STRING_PATTERN"}} {
		o.called[kim.name] = said.token
		if err := o.confirm(o.ben, kim.name); said.reason == "TOKEN_DIFFERS" {
			refused(t, err, codes.FailedPrecondition, said.reason)
		} else {
			refused(t, err, codes.InvalidArgument, said.reason, "token")
		}
	}
	list, err := o.ben.access().ListColleagues(o.ctx, &tumenv1.ListColleaguesRequest{})
	ok(t, err)
	if strings.Contains(list.String(), token) || o.read(kim.name).GetPending().GetEnrolTime() == nil {
		t.Errorf("colleagues see %v", list)
	}
	o.called[kim.name] = strings.TrimPrefix(token, "tokens/")[:8]
	ok(t, o.confirm(o.ben, kim.name))
	ok(t, listCases(o.world, kim))
	if m := o.read(kim.name); !slices.Equal(m.GetRoles(), []tumenv1.Role{worker, reviewer}) || m.GetPending() != nil || m.GetBreakGlass() || m.GetHighestMarking() != tumenv1.Marking_MARKING_RED {
		t.Errorf("confirmed: %v", m)
	}
	mine, err := kim.access().ListTokens(o.ctx, &tumenv1.ListTokensRequest{})
	ok(t, err)
	if len(mine.GetTokens()) != 1 || mine.GetTokens()[0].GetName() != token || mine.GetTokens()[0].GetBreakGlass() {
		t.Errorf("tokens: %v", mine)
	}
	o.called[kim.name] = ""
	refused(t, o.confirm(o.ben, kim.name), codes.FailedPrecondition, "NOTHING_PENDING")
	refused(t, o.reject(o.ben, kim.name), codes.FailedPrecondition, "NOTHING_PENDING")
	o.sound()
}

// TestCodesThatDoNotOpen are answered alike, whatever is wrong with them.
func TestCodesThatDoNotOpen(t *testing.T) {
	o := openBureau(t)
	_, used := o.invite(o.ada, "used", worker)
	_, err := o.enrolBy(used)
	ok(t, err)
	replaced, old := o.invite(o.ada, "replaced", worker)
	_, err = o.replace(o.ada, replaced.GetName())
	ok(t, err)
	suspended, barred := o.invite(o.ada, "suspended", worker)
	_, err = o.ben.access().SuspendMember(o.ctx, &tumenv1.SuspendMemberRequest{Name: suspended.GetName(), Reason: "not hired"})
	ok(t, err)
	rejected, dropped := o.invite(o.ada, "rejected", worker)
	ok(t, o.reject(o.ben, rejected.GetName()))
	short, err := o.ada.access().InviteMember(o.ctx, &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: "late", Roles: []tumenv1.Role{worker}}, CodeLifetime: durationpb.New(time.Minute), Reason: "hired"})
	ok(t, err)
	_, late := o.invite(o.ada, "later", worker)
	var first string
	for name, code := range map[string]string{
		"made up": "enrol_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "anything": "x", "a token": o.ada.token,
		"used": used, "replaced": old, "of who is suspended": barred, "rejected": dropped, "expired": short.GetCode(), "expired by itself": late,
	} {
		switch name {
		case "expired":
			o.clock.forward(time.Minute)
		case "expired by itself":
			o.clock.forward(7 * 24 * time.Hour)
		}
		_, err := o.enrolBy(code)
		refused(t, err, codes.Unauthenticated, "CODE_UNKNOWN")
		if first == "" {
			first = err.Error()
		} else if err.Error() != first {
			t.Errorf("%s is answered %v, another %s", name, err, first)
		}
	}
	_, err = o.ada.access().InviteMember(o.ctx, &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: "x", Roles: []tumenv1.Role{worker}}, CodeLifetime: durationpb.New(8 * 24 * time.Hour), Reason: "hired"})
	if err == nil {
		t.Error("a code works for eight days")
	}
}

// TestABribedAdministrator gets nowhere alone.
func TestABribedAdministrator(t *testing.T) {
	o := openBureau(t)
	victim := o.member("victim", worker)

	// Whom she makes is nobody before Ben says so; and she doesn't say it herself.
	puppet, code := o.invite(o.ada, "puppet", administrator, worker)
	hers, err := o.enrolBy(code)
	ok(t, err)
	refused(t, listCases(o.world, hers), codes.PermissionDenied, "NOT_CONFIRMED")
	refused(t, o.confirm(o.ada, puppet.GetName()), codes.PermissionDenied, "SAME_MEMBER")
	refused(t, o.confirm(hers, puppet.GetName()), codes.PermissionDenied, "NOT_CONFIRMED")
	again, err := o.replace(o.ada, puppet.GetName())
	ok(t, err)
	hers, err = o.enrolBy(again)
	ok(t, err)
	refused(t, listCases(o.world, hers), codes.PermissionDenied, "NOT_CONFIRMED")

	// She gives herself no role, and no member a clearance, a higher limit or a bigger budget.
	_, err = o.update(o.ada, &tumenv1.Member{Roles: []tumenv1.Role{administrator, worker}}, o.ada.name, "roles")
	ok(t, err)
	refused(t, listCases(o.world, o.ada), codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	refused(t, o.confirm(o.ada, o.ada.name), codes.PermissionDenied, "SAME_MEMBER")

	// What Ben proposes for her, she doesn't confirm either.
	ok(t, o.reject(o.ben, o.ada.name))
	_, err = o.update(o.ben, &tumenv1.Member{Roles: []tumenv1.Role{administrator, worker}}, o.ada.name, "roles")
	ok(t, err)
	refused(t, o.confirm(o.ada, o.ada.name), codes.PermissionDenied, "OWN_CHANGE")
	ok(t, o.reject(o.ben, o.ada.name))

	// Acting as a colleague who reads cases, or as the other administrator, opens nothing.
	for _, as := range []*member{victim, o.ben} {
		code, err := o.replace(o.ada, as.name)
		ok(t, err)
		her, err := o.enrolBy(code)
		ok(t, err)
		refused(t, listCases(o.world, her), codes.PermissionDenied, "NOT_CONFIRMED")
		refused(t, o.confirm(her, puppet.GetName()), codes.PermissionDenied, "NOT_CONFIRMED")
		refused(t, o.confirm(o.ada, as.name), codes.PermissionDenied, "SAME_MEMBER")
	}
	// That everybody sees; and alone as she is now, she is not rid of, and rids of nobody else.
	refused(t, listCases(o.world, victim), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	_, err = o.replace(o.ada, o.ada.name)
	refused(t, err, codes.FailedPrecondition, "LAST_ADMINISTRATOR")
	o.sound()
}

// TestWhoHadTheCodeDoesNotConfirm, even what somebody else had proposed.
func TestWhoHadTheCodeDoesNotConfirm(t *testing.T) {
	o := openBureau(t)
	kim, _ := o.invite(o.ada, "kim", worker)
	code, err := o.replace(o.ben, kim.GetName())
	ok(t, err)
	_, err = o.enrolBy(code)
	ok(t, err)
	refused(t, o.confirm(o.ben, kim.GetName()), codes.PermissionDenied, "SAME_MEMBER")
	refused(t, o.confirm(o.ada, kim.GetName()), codes.PermissionDenied, "SAME_MEMBER")
	third := o.member("third", administrator)
	ok(t, o.confirm(third, kim.GetName()))
}

// TestWhatIsConfirmedIsWhatWasRead: what was changed since has to be read again.
func TestWhatIsConfirmedIsWhatWasRead(t *testing.T) {
	o := openBureau(t)
	kim := o.member("kim", worker)
	_, err := o.update(o.ada, &tumenv1.Member{Roles: []tumenv1.Role{worker, reviewer}}, kim.name, "roles")
	ok(t, err)
	read := o.read(kim.name).GetEtag()
	ok(t, o.reject(o.ada, kim.name)) // who proposed it takes it back
	_, err = o.update(o.ada, &tumenv1.Member{Roles: []tumenv1.Role{worker, administrator}}, kim.name, "roles")
	ok(t, err)
	_, err = o.ben.access().ConfirmMemberChange(o.ctx, &tumenv1.ConfirmMemberChangeRequest{Name: kim.name, Etag: read, Reason: "fine"})
	refused(t, err, codes.Aborted, "ETAG_STALE")
	_, err = o.ben.access().RejectMemberChange(o.ctx, &tumenv1.RejectMemberChangeRequest{Name: kim.name, Etag: read, Reason: "not so"})
	refused(t, err, codes.Aborted, "ETAG_STALE")
	if m := o.read(kim.name); !slices.Equal(m.GetRoles(), []tumenv1.Role{worker}) {
		t.Errorf("kim is %v", m)
	}

	// Nor does the proposal of who has been found out stand.
	_, err = o.ben.access().SuspendMember(o.ctx, &tumenv1.SuspendMemberRequest{Name: o.ada.name, Reason: "took money"})
	ok(t, err)
	refused(t, o.confirm(o.ben, kim.name), codes.FailedPrecondition, "PROPOSER_GONE")
	ok(t, o.reject(o.ben, kim.name))
}

// TestOneTakesAndTwoGive: what narrows holds at once, what widens waits.
func TestOneTakesAndTwoGive(t *testing.T) {
	o := openBureau(t)
	before := &tumenv1.Member{
		Handle: "kim", Roles: []tumenv1.Role{worker, reviewer}, Clearances: []tumenv1.Protection{identity},
		HighestMarking: tumenv1.Marking_MARKING_AMBER, IdentityBudget: 10,
	}
	for name, tc := range map[string]struct {
		field     string
		to, holds *tumenv1.Member
		waits     *tumenv1.PendingChange
	}{
		"a name":                {"display_name", &tumenv1.Member{DisplayName: "Kim"}, &tumenv1.Member{DisplayName: "Kim"}, nil},
		"a role less":           {"roles", &tumenv1.Member{Roles: []tumenv1.Role{worker}}, &tumenv1.Member{Roles: []tumenv1.Role{worker}}, nil},
		"no role":               {"roles", &tumenv1.Member{}, &tumenv1.Member{}, nil},
		"another role":          {"roles", &tumenv1.Member{Roles: []tumenv1.Role{worker, administrator}}, &tumenv1.Member{Roles: []tumenv1.Role{worker}}, &tumenv1.PendingChange{Roles: []tumenv1.Role{administrator}}},
		"no clearance":          {"clearances", &tumenv1.Member{}, &tumenv1.Member{}, nil},
		"another clearance":     {"clearances", &tumenv1.Member{Clearances: []tumenv1.Protection{4}}, &tumenv1.Member{}, &tumenv1.PendingChange{Clearances: []tumenv1.Protection{4}}},
		"a lower limit":         {"highest_marking", &tumenv1.Member{HighestMarking: tumenv1.Marking_MARKING_GREEN}, &tumenv1.Member{HighestMarking: tumenv1.Marking_MARKING_GREEN}, nil},
		"a higher limit":        {"highest_marking", &tumenv1.Member{HighestMarking: tumenv1.Marking_MARKING_AMBER_STRICT}, &tumenv1.Member{HighestMarking: tumenv1.Marking_MARKING_AMBER}, &tumenv1.PendingChange{HighestMarking: tumenv1.Marking_MARKING_AMBER_STRICT}},
		"no limit":              {"highest_marking", &tumenv1.Member{}, &tumenv1.Member{HighestMarking: tumenv1.Marking_MARKING_AMBER}, &tumenv1.PendingChange{HighestMarking: tumenv1.Marking_MARKING_RED}},
		"a smaller budget":      {"identity_budget", &tumenv1.Member{IdentityBudget: 5}, &tumenv1.Member{IdentityBudget: 5}, nil},
		"a bigger budget":       {"identity_budget", &tumenv1.Member{IdentityBudget: 11}, &tumenv1.Member{IdentityBudget: 10}, &tumenv1.PendingChange{IdentityBudget: 11}},
		"the budget of anybody": {"identity_budget", &tumenv1.Member{}, &tumenv1.Member{IdentityBudget: 10}, &tumenv1.PendingChange{IdentityBudget: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			kim := proto.Clone(before).(*tumenv1.Member)
			kim.Handle = "kim-" + strings.ReplaceAll(name, " ", "-")
			who := o.enrol("ngo", kim)
			got, err := o.update(o.ada, tc.to, who.name, tc.field)
			ok(t, err)
			field := got.ProtoReflect().Descriptor().Fields().ByName(protoName(tc.field))
			if now, want := got.ProtoReflect().Get(field), tc.holds.ProtoReflect().Get(field); !now.Equal(want) {
				t.Errorf("%s is %v, want %v", tc.field, now, want)
			}
			waits := proto.Clone(got.GetPending()).(*tumenv1.PendingChange)
			if waits.GetProposer() != "" {
				waits.Proposer, waits.ProposeTime = "", nil
			}
			if tc.waits == nil && got.GetPending() != nil || tc.waits != nil && !proto.Equal(waits, tc.waits) {
				t.Fatalf("waits: %v, want %v", got.GetPending(), tc.waits)
			}
			if tc.waits == nil {
				return
			}
			_, err = o.update(o.ben, &tumenv1.Member{Roles: []tumenv1.Role{worker, reviewer, 4}, Clearances: before.GetClearances()}, who.name, "roles", "clearances")
			refused(t, err, codes.FailedPrecondition, "CHANGE_PENDING")
			ok(t, o.confirm(o.ben, who.name))
			// A name apart, the member is now what was asked for.
			if _, err := o.update(o.ada, tc.to, who.name, tc.field); err != nil || o.read(who.name).GetPending() != nil {
				t.Errorf("after it was confirmed something waits for it: %v, %v", o.read(who.name), err)
			}
		})
	}
	kim := o.enrol("ngo", before)
	_, err := o.update(o.ada, &tumenv1.Member{Marking: 1}, kim.name, "marking")
	refused(t, err, codes.InvalidArgument, "MASK_NOT_MANAGED", "display_name")
	_, err = o.update(o.ada, &tumenv1.Member{}, kim.name, "suspend_time")
	refused(t, err, codes.InvalidArgument, "MASK_OUTPUT_ONLY")
	_, err = o.ada.access().UpdateMember(o.ctx, &tumenv1.UpdateMemberRequest{Member: &tumenv1.Member{Name: kim.name}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"roles"}}, Reason: "x"})
	refused(t, err, codes.InvalidArgument, "ETAG_MISSING")
	_, err = o.ada.access().UpdateMember(o.ctx, &tumenv1.UpdateMemberRequest{Member: &tumenv1.Member{Etag: "x"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"roles"}}, Reason: "x"})
	refused(t, err, codes.InvalidArgument, "NAME_MISSING", "member.name")
	_, err = o.update(o.ada, &tumenv1.Member{Clearances: []tumenv1.Protection{2}}, kim.name, "clearances")
	refused(t, err, codes.InvalidArgument, "ENUM_IN", "member.clearances")
	o.sound()
}

// TestOneAlwaysAdministers: the last who is let in is neither suspended nor narrowed,
// nor shut out by a replacement.
func TestOneAlwaysAdministers(t *testing.T) {
	o := openBureau(t)
	_, err := o.update(o.ben, &tumenv1.Member{}, o.ada.name, "roles")
	ok(t, err)
	refused(t, listCases(o.world, o.ada), codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	invited, _ := o.invite(o.ben, "carol", administrator) // no administrator yet
	for what, err := range map[string]error{
		"narrowed": func() error { _, err := o.update(o.ben, &tumenv1.Member{}, o.ben.name, "roles"); return err }(),
		"replaced": func() error { _, err := o.replace(o.ben, o.ben.name); return err }(),
		"suspended": func() error {
			_, err := o.ben.access().SuspendMember(o.ctx, &tumenv1.SuspendMemberRequest{Name: o.ben.name, Reason: "x"})
			return err
		}(),
	} {
		t.Run(what, func(t *testing.T) { refused(t, err, codes.FailedPrecondition, "LAST_ADMINISTRATOR") })
	}

	// Nobody but whoever runs the server gives the organisation a second one now.
	refused(t, o.confirm(o.ben, invited.GetName()), codes.PermissionDenied, "SAME_MEMBER", "tumend member confirm")
	_, err = o.admin.ConfirmMember(o.ctx, &tumenv1.ConfirmMemberRequest{Organisation: "ngo", Member: "carol"})
	refused(t, err, codes.FailedPrecondition, "NOT_ENROLLED")
	_, err = o.admin.CreateToken(o.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: "carol", Lifetime: durationpb.New(time.Hour)})
	ok(t, err)
	_, err = o.admin.ConfirmMember(o.ctx, &tumenv1.ConfirmMemberRequest{Organisation: "ngo", Member: "carol"})
	refused(t, err, codes.FailedPrecondition, "NOT_ENROLLED") // a token made locally is no enrolment
	code, err := o.replace(o.ben, invited.GetName())
	ok(t, err)
	carol, err := o.enrolBy(code)
	ok(t, err)
	out, err := o.admin.ConfirmMember(o.ctx, &tumenv1.ConfirmMemberRequest{Organisation: "ngo", Member: "carol", Token: o.called[carol.name]})
	ok(t, err)
	if !out.GetMember().GetBreakGlass() || !slices.Equal(out.GetMember().GetRoles(), []tumenv1.Role{administrator}) {
		t.Errorf("confirmed locally: %v", out)
	}
	_, err = o.admin.ConfirmMember(o.ctx, &tumenv1.ConfirmMemberRequest{Organisation: "ngo", Member: "carol"})
	refused(t, err, codes.FailedPrecondition, "NOTHING_PENDING")
	ok(t, func() error { _, err := o.update(carol, &tumenv1.Member{}, o.ben.name, "roles"); return err }())
}

// TestStrangersAreNotThere: an administrator manages their own organisation alone.
func TestStrangersAreNotThere(t *testing.T) {
	o := openBureau(t)
	_, err := o.admin.CreateOrganisation(o.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "other", DisplayName: "Another"}})
	ok(t, err)
	other := o.memberOf("other", "eve", administrator)
	kim, _ := o.invite(o.ada, "kim", worker)
	name := kim.GetName()
	for what, err := range map[string]error{
		"update":  func() error { _, err := o.update(other, &tumenv1.Member{}, name, "roles"); return err }(),
		"confirm": o.confirm(other, name),
		"reject":  o.reject(other, name),
		"replace": func() error { _, err := o.replace(other, name); return err }(),
		"release": func() error {
			_, err := other.access().ReleaseBudget(o.ctx, &tumenv1.ReleaseBudgetRequest{Name: name, Records: 1, Reason: "x"})
			return err
		}(),
		"organisation": func() error {
			_, err := other.access().GetOrganisation(o.ctx, &tumenv1.GetOrganisationRequest{Name: kim.GetOwner()})
			return err
		}(),
	} {
		t.Run(what, func(t *testing.T) { refused(t, err, codes.NotFound, "NOT_FOUND") })
	}
	list, err := other.access().ListBreakGlassTokens(o.ctx, &tumenv1.ListBreakGlassTokensRequest{})
	ok(t, err)
	if len(list.GetTokens()) != 1 || list.GetTokens()[0].GetMember() != other.name {
		t.Errorf("eve sees %v", list)
	}
}

// TestALostCredentialIsReplaced: what there was stops working at once, and the new one
// works once somebody else has confirmed who has it.
func TestALostCredentialIsReplaced(t *testing.T) {
	o := openBureau(t)
	kim := o.enrol("ngo", &tumenv1.Member{Handle: "kim", Roles: []tumenv1.Role{worker}, Clearances: []tumenv1.Protection{identity}})
	code, err := o.replace(o.ada, kim.name)
	ok(t, err)
	refused(t, listCases(o.world, kim), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	fresh, err := o.enrolBy(code)
	ok(t, err)
	refused(t, listCases(o.world, fresh), codes.PermissionDenied, "NOT_CONFIRMED")
	// A local command gets around that no more than anybody.
	local, err := o.admin.CreateToken(o.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: "kim", Lifetime: durationpb.New(time.Hour)})
	ok(t, err)
	refused(t, listCases(o.world, o.connect(local.GetToken())), codes.PermissionDenied, "NOT_CONFIRMED")
	ok(t, o.confirm(o.ben, kim.name))
	ok(t, listCases(o.world, fresh))
	if m := o.read(kim.name); !slices.Equal(m.GetClearances(), []tumenv1.Protection{identity}) || m.GetPending() != nil {
		t.Errorf("kim is %v", m)
	}

	// Rejected, it works no more, and the member is what they were.
	code, err = o.replace(o.ben, kim.name)
	ok(t, err)
	stolen, err := o.enrolBy(code)
	ok(t, err)
	ok(t, o.reject(o.ada, kim.name))
	refused(t, listCases(o.world, stolen), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	if m := o.read(kim.name); !slices.Equal(m.GetRoles(), []tumenv1.Role{worker}) || m.GetPending() != nil {
		t.Errorf("kim is %v", m)
	}
	_, err = o.ada.access().SuspendMember(o.ctx, &tumenv1.SuspendMemberRequest{Name: kim.name, Reason: "lost"})
	ok(t, err)
	_, err = o.replace(o.ada, kim.name)
	refused(t, err, codes.FailedPrecondition, "SUSPENDED")
	o.sound()
}

// TestACodeIsShownOnce: the call repeated under its id makes no second member, and shows
// no code.
func TestACodeIsShownOnce(t *testing.T) {
	o := openBureau(t)
	invite := &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: "kim", Roles: []tumenv1.Role{worker}}, Reason: "hired", RequestId: "7a0c5a0e-5b0c-4a39-9d4b-0e8a3a0f6f10"}
	first, err := o.ada.access().InviteMember(o.ctx, invite)
	ok(t, err)
	second, err := o.ada.access().InviteMember(o.ctx, invite)
	ok(t, err)
	if !proto.Equal(first.GetMember(), second.GetMember()) || first.GetCode() == "" || second.GetCode() != "" || second.GetCodeExpireTime() != nil {
		t.Errorf("first %v, then %v", first, second)
	}
	_, err = o.enrolBy(first.GetCode())
	ok(t, err)
	_, err = o.ada.access().InviteMember(o.ctx, &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: "kim", Roles: []tumenv1.Role{worker}}, Reason: "hired"})
	refused(t, err, codes.AlreadyExists, "HANDLE_TAKEN")
	_, err = o.ada.access().InviteMember(o.ctx, &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: "lee", Roles: []tumenv1.Role{worker}, Marking: 1}, Reason: "hired"})
	refused(t, err, codes.InvalidArgument, "NOT_MANAGED", "member.marking")
	_, err = o.ada.access().InviteMember(o.ctx, &tumenv1.InviteMemberRequest{Member: &tumenv1.Member{Handle: "lee"}, Reason: "hired"})
	refused(t, err, codes.InvalidArgument, "ROLE_MISSING", "member.roles")
}

// TestLocalTokensAreSeen by every administrator: all but the first, and what they beget.
func TestLocalTokensAreSeen(t *testing.T) {
	o := openBureau(t) // Ada's token is the first of the store, Ben's is not
	self := func(m *member) *tumenv1.GetSelfResponse {
		self, err := m.access().GetSelf(o.ctx, &tumenv1.GetSelfRequest{})
		ok(t, err)
		return self
	}
	if self(o.ada).GetToken().GetBreakGlass() || !self(o.ben).GetToken().GetBreakGlass() || self(o.ada).GetBreakGlassTokens() != 1 {
		t.Errorf("ada: %v, ben: %v", self(o.ada), self(o.ben))
	}
	o.clock.forward(time.Second)
	heir, err := o.ben.access().IssueToken(o.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Minute), Reason: "to hide it"})
	ok(t, err)
	if !heir.GetToken().GetBreakGlass() {
		t.Errorf("what a break-glass token begets: %v", heir)
	}
	o.clock.forward(time.Second)
	kim := o.member("kim", worker)
	o.invite(o.ada, "lee", worker)
	if s := self(o.ada); s.GetBreakGlassTokens() != 3 || s.GetPendingChanges() != 1 {
		t.Errorf("ada sees %v", s)
	}
	if s := self(kim); s.GetBreakGlassTokens() != 0 || s.GetPendingChanges() != 0 || !s.GetToken().GetBreakGlass() {
		t.Errorf("kim sees %v", s)
	}
	list, err := o.ada.access().ListBreakGlassTokens(o.ctx, &tumenv1.ListBreakGlassTokensRequest{})
	ok(t, err)
	var whose []string
	for _, token := range list.GetTokens() {
		whose = append(whose, token.GetMember())
	}
	if !slices.Equal(whose, []string{o.ben.name, o.ben.name, kim.name}) {
		t.Errorf("tokens: %v", list)
	}
	o.clock.forward(time.Minute)
	if s := self(o.ada); s.GetBreakGlassTokens() != 2 {
		t.Errorf("one has ended, and ada sees %v", s)
	}
}

// TestAnOrganisationIsChangedByItsAdministrators.
func TestAnOrganisationIsChangedByItsAdministrators(t *testing.T) {
	o := openBureau(t)
	self, err := o.ada.access().GetSelf(o.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	got, err := o.ada.access().GetOrganisation(o.ctx, &tumenv1.GetOrganisationRequest{Name: self.GetOrganisation().GetName()})
	ok(t, err)
	if !proto.Equal(got.GetOrganisation(), self.GetOrganisation()) || got.GetOrganisation().GetEtag() == "" {
		t.Errorf("organisation: %v, %v", got, self.GetOrganisation())
	}
	update := func(to *tumenv1.Organisation, mask ...string) (*tumenv1.Organisation, error) {
		out, err := o.ada.access().UpdateOrganisation(o.ctx, &tumenv1.UpdateOrganisationRequest{Organisation: to, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, Reason: "as agreed"})
		return out.GetOrganisation(), err
	}
	to := got.GetOrganisation()
	to.DisplayName, to.DefaultMarking, to.DefaultAudience = "Renamed", tumenv1.Marking_MARKING_GREEN, tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED
	changed, err := update(to, "display_name", "default_marking", "default_audience")
	ok(t, err)
	if changed.GetDisplayName() != "Renamed" || changed.GetRevision() != 2 || changed.GetUpdater() != o.ada.name {
		t.Errorf("changed: %v", changed)
	}
	_, err = update(to, "display_name")
	refused(t, err, codes.Aborted, "ETAG_STALE")
	_, err = update(changed, "handle")
	refused(t, err, codes.InvalidArgument, "MASK_IMMUTABLE")
	_, err = update(changed, "labels")
	refused(t, err, codes.InvalidArgument, "MASK_NOT_MANAGED")
	changed.DisplayName = ""
	_, err = update(changed, "display_name")
	if err == nil {
		t.Error("an organisation has no name")
	}
	made, err := o.member("kim", worker).cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	ok(t, err)
	if made.GetCase().GetMarking() != tumenv1.Marking_MARKING_GREEN || made.GetCase().GetAudience() != tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED {
		t.Errorf("a new case is %v", made)
	}
	o.sound()
}

// TestMoreIsReleasedByASecondPerson: above a member's budget, for the day.
func TestMoreIsReleasedByASecondPerson(t *testing.T) {
	i := startIdentities(t)
	m := i.enrol("ngo", &tumenv1.Member{Handle: "curious", Roles: []tumenv1.Role{reviewer}, Clearances: []tumenv1.Protection{identity}, IdentityBudget: 1})
	second := i.member("second", reviewer)
	look := func() error {
		_, err := m.persons.GetPerson(forPurpose(i.ctx), &tumenv1.GetPersonRequest{Name: i.person})
		return err
	}
	releases := func(by *member, records int32) (*tumenv1.Member, error) {
		out, err := by.access().ReleaseBudget(i.ctx, &tumenv1.ReleaseBudgetRequest{Name: m.name, Records: records, Reason: "a list of families"})
		return out.GetMember(), err
	}
	ok(t, look())
	refused(t, look(), codes.ResourceExhausted, "IDENTITY_BUDGET_SPENT", "release-budget")
	_, err := releases(m, 1)
	refused(t, err, codes.PermissionDenied, "OWN_BUDGET")
	_, err = releases(i.worker, 1)
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	got, err := releases(second, 2)
	ok(t, err)
	if r := got.GetBudgetRelease(); r.GetRecords() != 2 || r.GetReleaser() != second.name || got.GetIdentityBudget() != 1 {
		t.Errorf("released: %v", got)
	}
	ok(t, look())
	ok(t, look())
	refused(t, look(), codes.ResourceExhausted, "IDENTITY_BUDGET_SPENT", "your budget is 3")
	self, err := m.access().GetSelf(i.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	if self.GetIdentityBudget() != 3 || self.GetIdentitySpent() != 3 {
		t.Errorf("I have %d of %d", self.GetIdentitySpent(), self.GetIdentityBudget())
	}
	_, err = releases(second, 998)
	ok(t, err)
	_, err = releases(second, 1)
	refused(t, err, codes.InvalidArgument, "RELEASED_TOO_MUCH", "records")
	i.sound()
}

// TestAnAdministratorSeesWhatAnotherDid with members: each revision has an entry in the
// ledger that tells them who made it.
func TestAnAdministratorSeesWhatAnotherDid(t *testing.T) {
	o := openBureau(t)
	kim := o.member("kim", worker, reviewer)
	_, err := o.update(o.ada, &tumenv1.Member{Roles: []tumenv1.Role{worker}}, kim.name, "roles")
	ok(t, err)
	seen := entries(t, o.ben, &tumenv1.ListLedgerEntriesRequest{Record: kim.name})
	if len(seen) != 2 || !strings.Contains(seen[1].GetEntry(), "AccessService/UpdateMember") || entryTells(t, seen[1], "member") != o.ada.name {
		t.Errorf("ben sees %v", seen)
	}
}

// TestWhatALocalTokenBegetsIsSeen, whatever it is: a certificate, a passphrase and who
// signs in with it, too; and a replacement takes all of that.
func TestWhatALocalTokenBegetsIsSeen(t *testing.T) {
	w, first, herDevice := signingIn(t, administrator)
	local := w.member("local", administrator, worker)
	w.certified(local)
	d := w.withPassphrase(local, herDevice.clock, "local")
	_, err := w.signIn("local", herons, d.code())
	ok(t, err)
	list, err := first.access().ListBreakGlassTokens(w.ctx, &tumenv1.ListBreakGlassTokensRequest{})
	ok(t, err)
	var kinds []string
	for _, token := range list.GetTokens() {
		kind, _, _ := strings.Cut(token.GetName(), "/")
		kinds = append(kinds, kind)
		if token.GetMember() != local.name {
			t.Errorf("it is not hers: %v", token)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"certificates", "passphrases", "sessions", "tokens"}) {
		t.Errorf("seen: %v", list)
	}

	_, err = first.access().ReplaceCredential(w.ctx, &tumenv1.ReplaceCredentialRequest{Name: local.name, Reason: "lost"})
	ok(t, err)
	refused(t, listCases(w, local), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	_, err = w.signIn("local", herons, d.code())
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
}
