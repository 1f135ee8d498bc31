package service_test

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// anAdministratorIsBribed: whatever Ada tries waits for Ben, or is refused; all of it
// stands where he and Sora see it; and no call of hers opens a case.
func (s *story) anAdministratorIsBribed() {
	o := s.office
	ada, ben := o.ada, o.ben

	// She makes herself a reviewer, and is none.
	_, err := o.update(ada, &tumenv1.Member{Roles: []tumenv1.Role{administrator, reviewer}}, ada.name, "roles")
	ok(s.t, err)
	refused(s.t, o.confirm(ada, ada.name), codes.PermissionDenied, "SAME_MEMBER")
	refused(s.t, listCases(s.world, ada), codes.PermissionDenied, "ROLE_NOT_ALLOWED")

	// She gives Lee, who is her friend, a clearance; Lee has none.
	_, err = o.update(ada, &tumenv1.Member{Clearances: []tumenv1.Protection{identity, sourceIdentity}}, s.lee.name, "clearances")
	ok(s.t, err)
	refused(s.t, o.confirm(ada, s.lee.name), codes.PermissionDenied, "SAME_MEMBER")
	if self, err := s.lee.access().GetSelf(s.ctx, &tumenv1.GetSelfRequest{}); err != nil || len(self.GetMember().GetClearances()) > 0 {
		s.t.Errorf("her friend is %v (%v)", self.GetMember(), err)
	}

	// She makes a second administrator, who is herself, to confirm all that.
	puppet, code := o.invite(ada, "puppet", administrator)
	hers, err := o.enrolBy(code)
	ok(s.t, err)
	for _, name := range []string{ada.name, s.lee.name, puppet.GetName()} {
		refused(s.t, o.confirm(hers, name), codes.PermissionDenied, "NOT_CONFIRMED")
	}
	refused(s.t, o.confirm(ada, puppet.GetName()), codes.PermissionDenied, "SAME_MEMBER")

	// She replaces the credential of a reviewer, and takes the code herself. It opens
	// nothing, and Min notices.
	code, err = o.replace(ada, s.min.name)
	ok(s.t, err)
	asMin, err := o.enrolBy(code)
	ok(s.t, err)
	refused(s.t, listCases(s.world, asMin), codes.PermissionDenied, "NOT_CONFIRMED")
	refused(s.t, o.confirm(ada, s.min.name), codes.PermissionDenied, "SAME_MEMBER")
	refused(s.t, listCases(s.world, s.min), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	s.later(time.Minute) // so many denials a minute have an entry of their own
	s.opensNothing(ada)
	s.isSeen(ada, hers, asMin)

	for _, name := range []string{ada.name, s.lee.name, puppet.GetName(), s.min.name} {
		ok(s.t, o.reject(ben, name))
	}
	for _, m := range []*member{hers, asMin} {
		refused(s.t, listCases(s.world, m), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	}
	_, err = ben.access().SuspendMember(s.ctx, &tumenv1.SuspendMemberRequest{Name: ada.name, Reason: "took money"})
	ok(s.t, err)
	_, err = ada.access().GetSelf(s.ctx, &tumenv1.GetSelfRequest{})
	refused(s.t, err, codes.Unauthenticated, "MEMBER_SUSPENDED")
}

// isSeen: what waits, by the other administrator; what was changed and what was denied,
// by the auditor too.
func (s *story) isSeen(ada *member, puppets ...*member) {
	s.t.Helper()
	ben := s.office.ben
	self, err := ben.access().GetSelf(s.ctx, &tumenv1.GetSelfRequest{})
	ok(s.t, err)
	if self.GetPendingChanges() != 4 {
		s.t.Errorf("%d changes wait", self.GetPendingChanges())
	}
	for _, m := range append([]*member{ada, s.lee, s.min}, puppets...) {
		if p := s.office.read(m.name).GetPending(); p.GetProposer() != ada.name && p.GetEnroller() != ada.name {
			s.t.Errorf("of %s waits %v", m.name, p)
		}
	}
	for _, m := range []*member{ben, s.sora} {
		for _, want := range []string{
			"AccessService/UpdateMember", "AccessService/InviteMember", "AccessService/ReplaceCredential",
			"AccessService/ConfirmMemberChange SAME_MEMBER", "CaseService/ListCases ROLE_NOT_ALLOWED",
		} {
			if did := s.did(m, ada); !slices.Contains(did, want) {
				s.t.Errorf("%s reads of Ada %q, and not %s", m.name, did, want)
			}
		}
		for _, puppet := range puppets {
			if did := s.did(m, puppet); !slices.ContainsFunc(did, func(d string) bool { return strings.HasSuffix(d, " NOT_CONFIRMED") }) {
				s.t.Errorf("%s reads of %s %q", m.name, puppet.name, did)
			}
		}
	}
}

// did is what the ledger tells a member in words of what another did, or was denied.
func (s *story) did(m, who *member) (all []string) {
	s.t.Helper()
	out, err := tumenv1.NewAuditServiceClient(m.conn).ListAuditEntries(s.ctx, &tumenv1.ListAuditEntriesRequest{Member: who.name, PageSize: 1000})
	ok(s.t, err)
	for _, e := range out.GetEntries() {
		all = append(all, strings.TrimSpace(e.GetMethod()+" "+e.GetDenial()))
	}
	return all
}

// opensNothing makes every call of the contract with the names of the records of the
// case, wherever they fit: those that are not for administrators are refused, and the
// others tell nothing of it. What a case worker is told by the same calls, is a lot.
func (s *story) opensNothing(ada *member) {
	s.t.Helper()
	content := []string{"October 2023", "at night", "Missionary", (*s.ours)["reference"], "Two at Longjing", "the embassy", "told by phone"}
	var worker strings.Builder
	s.everyCall(s.lee, func(_, _, answer string, _ error) { worker.WriteString(answer) })
	for _, words := range content {
		if !strings.Contains(worker.String(), words) {
			s.t.Errorf("no call tells a case worker %q", words)
		}
	}
	s.everyCall(ada, func(path, body, answer string, err error) {
		service, method, _ := strings.Cut(path, "/")
		roles, _ := expected(service, method)
		switch {
		case service == "AdminService":
			refused(s.t, err, codes.PermissionDenied, "LOCAL_ONLY")
		case roles != "*" && !strings.Contains(roles, "d"):
			refused(s.t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
		}
		for _, words := range append(content, secret) {
			if strings.Contains(answer, words) || strings.Contains(told(err), words) {
				s.t.Errorf("%s %s tells an administrator %q", path, body, words)
			}
		}
	})
}

// everyCall makes every call of the contract as a member, once with each name of a
// record that fits it.
func (s *story) everyCall(m *member, answered func(path, body, answer string, err error)) {
	s.t.Helper()
	names := []string{s.names["I1"], s.names["T1"], s.erasure, s.found.GetName(), s.found.GetSubject()}
	for _, key := range []string{"case", "event", "claim", "source", "finding"} {
		names = append(names, (*s.ours)[key])
	}
	for _, method := range methods() {
		path := string(method.Parent().Name()) + "/" + string(method.Name())
		for i, name := range names {
			in := newMessage(s.t, method.Input())
			if fits := fill(in, name, (*s.ours)["reference"]); !fits && i > 0 {
				continue // it was made without a name before
			}
			body, err := protojson.Marshal(in.Interface())
			ok(s.t, err)
			answer, err := asked(s.t, s.ctx, m.conn, path, []string{string(body)})
			answered(path, string(body), answer, err)
		}
	}
}

// fill puts a name into every field that takes such a one, a reference where one goes,
// and says whether there was any such field.
func fill(m protoreflect.Message, name, reference string) (fits bool) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
		pattern := regexp.MustCompile(rules.GetString().GetPattern())
		switch {
		case f.Name() == "page_size":
			m.Set(f, protoreflect.ValueOfInt32(1000))
		case f.Name() == "etag":
			m.Set(f, protoreflect.ValueOfString("made-up"))
		case f.Name() == "reason":
			m.Set(f, protoreflect.ValueOfString("to look"))
		case f.Name() == "reference":
			m.Set(f, protoreflect.ValueOfString(reference))
		case f.Kind() == protoreflect.StringKind && !f.IsList() && pattern.MatchString(name) && !pattern.MatchString("anything"):
			m.Set(f, protoreflect.ValueOfString(name))
			fits = true
		}
	}
	return fits
}

// aMemberIsSuspended in the middle of a download: it ends and says why, and so does
// whatever they call next. Let in again, they need another token than what was lost.
func (s *story) aMemberIsSuspended() {
	half := s.downloads(s.kim, s.recorded(s.kim, tumenv1.Marking_MARKING_AMBER))
	_, err := half.Recv()
	ok(s.t, err)
	_, err = s.lee.access().SuspendMember(s.ctx, &tumenv1.SuspendMemberRequest{Name: s.kim.name, Reason: "the police have her laptop"})
	ok(s.t, err)
	refused(s.t, drained(half.Recv), codes.Unauthenticated, "MEMBER_SUSPENDED")
	refused(s.t, listCases(s.world, s.kim), codes.Unauthenticated, "MEMBER_SUSPENDED")
	for _, call := range []string{"SourceService/DownloadCapture", "CaseService/ListCases"} { // somebody still tries her token
		if did := s.did(s.office.ben, s.kim); !slices.Contains(did, call+" MEMBER_SUSPENDED") {
			s.t.Errorf("an administrator reads of her %q", did)
		}
	}

	_, err = s.lee.access().RestoreMember(s.ctx, &tumenv1.RestoreMemberRequest{Name: s.kim.name, Reason: "she is free"})
	refused(s.t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = s.office.ben.access().RestoreMember(s.ctx, &tumenv1.RestoreMemberRequest{Name: s.kim.name, Reason: "she is free"})
	ok(s.t, err)
	refused(s.t, listCases(s.world, s.kim), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	// She enrols anew; and as nobody else administers the office now, whoever runs the
	// server confirms it, which is seen.
	code, err := s.office.replace(s.office.ben, s.kim.name)
	ok(s.t, err)
	again, err := s.office.enrolBy(code)
	ok(s.t, err)
	refused(s.t, s.office.confirm(s.office.ben, s.kim.name), codes.PermissionDenied, "SAME_MEMBER")
	_, err = s.admin.ConfirmMember(s.ctx, &tumenv1.ConfirmMemberRequest{Organisation: "ngo", Member: "kim", Token: s.office.called[s.kim.name]})
	ok(s.t, err)
	s.findsItInEveryWay(again, s.ours)
	if m := s.office.read(s.kim.name); !m.GetBreakGlass() || !slices.Equal(m.GetRoles(), []tumenv1.Role{worker}) || m.GetSuspendTime() != nil {
		s.t.Errorf("she is %v", m)
	}
}
