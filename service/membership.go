package service

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// How administrators make and change members. None of them alone gives anybody more
// than they have: a second one confirms, or, where there is none, whoever runs the
// server (breakglass.go).

// InviteMember implements tumenv1.AccessServiceServer.
func (s accessing) InviteMember(ctx context.Context, req *tumenv1.InviteMemberRequest) (*tumenv1.InviteMemberResponse, error) {
	out := new(tumenv1.InviteMemberResponse)
	result, err := s.change(ctx, req, func(c *change) error {
		if len(req.GetMember().GetRoles()) == 0 {
			return fault.Field("member.roles", "ROLE_MISSING", "give the member a role: case-worker, reviewer, partner, auditor or administrator")
		}
		if err := onlyManaged(req.GetMember()); err != nil {
			return err
		}
		m := proto.Clone(req.GetMember()).(*tumenv1.Member)
		more := divide(&tumenv1.Member{HighestMarking: tumenv1.Marking_MARKING_CLEAR}, m) // they begin with nothing
		m.Pending = &tumenv1.PendingChange{Enrolment: true, Enroller: c.reader.Member}
		if err := propose(m, more, c.reader.Member, c.Now()); err != nil {
			return err
		}
		if err := c.Create(m, c.reader.Organisation); err != nil {
			return err
		}
		c.Names(m.GetName())
		var err error
		out.Code, out.CodeExpireTime, err = newCode(c.Tx, m.GetName(), req.GetCodeLifetime())
		return err
	})
	if err != nil {
		return nil, err
	}
	if result.Repeated { // the code was shown; of an attempt that came to nothing there is none
		out = new(tumenv1.InviteMemberResponse)
	}
	m, err := made[*tumenv1.Member](ctx, admin{Server: s.Server}, result)
	if err != nil {
		return nil, err
	}
	out.Member = managed(s.Server, m)
	return out, nil
}

// whatAdministratorsChange are the fields of a member that UpdateMember takes.
var whatAdministratorsChange = []string{"display_name", "roles", "clearances", "highest_marking", "identity_budget"}

// onlyManaged refuses a new member of whom more is said than administrators say.
func onlyManaged(m *tumenv1.Member) (err error) {
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if name := string(f.Name()); name != "handle" && !slices.Contains(whatAdministratorsChange, name) {
			err = fault.Field("member."+name, "NOT_MANAGED", "a new member has a handle and, where you give them: %s", strings.Join(whatAdministratorsChange, ", "))
		}
		return err == nil
	})
	return err
}

// UpdateMember implements tumenv1.AccessServiceServer.
func (s accessing) UpdateMember(ctx context.Context, req *tumenv1.UpdateMemberRequest) (*tumenv1.UpdateMemberResponse, error) {
	m, err := s.changeColleague(ctx, req, req.GetMember().GetName(), func(c *change, m *tumenv1.Member) error {
		if err := s.asLastRead(m, req.GetMember().GetEtag()); err != nil {
			return err
		}
		before := proto.Clone(m).(*tumenv1.Member)
		if err := updated(m, req.GetMember(), req.GetUpdateMask(), whatAdministratorsChange, "member"); err != nil {
			return err
		}
		more := divide(before, m)
		if !slices.Contains(m.GetRoles(), tumenv1.Role_ROLE_ADMINISTRATOR) {
			if err := anotherAdministers(&c.View, before); err != nil {
				return err
			}
		}
		if more == nil {
			return nil
		}
		return propose(m, more, c.reader.Member, c.Now())
	})
	return &tumenv1.UpdateMemberResponse{Member: m}, err
}

// updated puts what a mask names of a change into rec, if it is among the fields that
// may be changed so, and checks the outcome; field is the record's name in the request.
func updated(rec, by proto.Message, mask *fieldmaskpb.FieldMask, may []string, field string) error {
	if err := access.ApplyMask(rec, by, mask); err != nil {
		return err
	}
	for _, path := range mask.GetPaths() {
		if !slices.Contains(may, path) {
			return fault.Field("update_mask", "MASK_NOT_MANAGED", "this is not changed here; what is: %s", strings.Join(may, ", "))
		}
	}
	return gate.ValidateRecord(rec, field)
}

// ConfirmMemberChange implements tumenv1.AccessServiceServer.
func (s accessing) ConfirmMemberChange(ctx context.Context, req *tumenv1.ConfirmMemberChangeRequest) (*tumenv1.ConfirmMemberChangeResponse, error) {
	m, err := s.decide(ctx, req, func(c *change, m *tumenv1.Member) error {
		if err := second(c, m); err != nil {
			return err
		}
		if err := enrolledAs(c.Tx, m, req.GetToken()); err != nil {
			return err
		}
		confirm(m)
		return nil
	})
	return &tumenv1.ConfirmMemberChangeResponse{Member: m}, err
}

// RejectMemberChange implements tumenv1.AccessServiceServer.
func (s accessing) RejectMemberChange(ctx context.Context, req *tumenv1.RejectMemberChangeRequest) (*tumenv1.RejectMemberChangeResponse, error) {
	m, err := s.decide(ctx, req, func(c *change, m *tumenv1.Member) error {
		enrolled := m.GetPending().GetEnrolment()
		m.Pending = nil
		if !enrolled {
			return nil
		}
		_, err := revokeTokens(c.Tx, m.GetName())
		return err
	})
	return &tumenv1.RejectMemberChangeResponse{Member: m}, err
}

// decide changes a member for whom something waits, as the caller has read it.
func (s accessing) decide(ctx context.Context, req targetRequest, do func(*change, *tumenv1.Member) error) (*tumenv1.Member, error) {
	return s.changeColleague(ctx, req, req.GetName(), func(c *change, m *tumenv1.Member) error {
		if err := s.asLastRead(m, req.GetEtag()); err != nil {
			return err
		}
		if m.GetPending() == nil {
			return errNothingPending(m)
		}
		return do(c, m)
	})
}

// second refuses who confirms if they are not a second person: who proposed it, who had
// the code to enrol by in their hands, and whom it is about. And what somebody proposed
// who is no administrator any more is nobody's proposal: it may be why.
func second(c *change, m *tumenv1.Member) error {
	p := m.GetPending()
	for _, by := range []string{p.GetProposer(), p.GetEnroller()} {
		if by == "" {
			continue
		}
		if by == c.reader.Member {
			return fault.New(fault.Denied, "SAME_MEMBER", "another administrator confirms than who proposed it or made the code to enrol by; where there is none, whoever runs the server does (tumend member confirm)")
		}
		proposer, err := records.Get[*tumenv1.Member](&c.View, by)
		if err != nil && !isMissing(err) {
			return err
		}
		if err != nil || !administers(proposer) {
			return fault.New(fault.Refused, "PROPOSER_GONE", "who proposed it, or made the code to enrol by, is no administrator any more: reject it, and propose it yourself")
		}
	}
	if m.GetName() == c.reader.Member {
		return fault.New(fault.Denied, "OWN_CHANGE", "nobody confirms what concerns themselves")
	}
	return nil
}

// ReplaceCredential implements tumenv1.AccessServiceServer. Who has the code could act
// as the member: so it opens nothing until somebody else has confirmed who used it.
func (s accessing) ReplaceCredential(ctx context.Context, req *tumenv1.ReplaceCredentialRequest) (*tumenv1.ReplaceCredentialResponse, error) {
	out := new(tumenv1.ReplaceCredentialResponse)
	m, repeated, err := s.colleagueChanged(ctx, req, req.GetName(), func(c *change, m *tumenv1.Member) error {
		if m.GetSuspendTime() != nil {
			return fault.New(fault.Refused, "SUSPENDED", "%s is suspended; restore them first", m.GetHandle())
		}
		if err := anotherAdministers(&c.View, m); err != nil {
			return err
		}
		if _, err := revokeTokens(c.Tx, m.GetName()); err != nil {
			return err
		}
		if m.Pending == nil {
			m.Pending = new(tumenv1.PendingChange)
		}
		m.Pending.Enrolment, m.Pending.Enroller, m.Pending.EnrolTime = true, c.reader.Member, nil
		var err error
		out.Code, out.CodeExpireTime, err = newCode(c.Tx, m.GetName(), req.GetCodeLifetime())
		return err
	})
	if err != nil {
		return nil, err
	}
	if repeated {
		out = new(tumenv1.ReplaceCredentialResponse)
	}
	out.Member = m
	return out, nil
}

// ReleaseBudget implements tumenv1.AccessServiceServer.
func (s accessing) ReleaseBudget(ctx context.Context, req *tumenv1.ReleaseBudgetRequest) (*tumenv1.ReleaseBudgetResponse, error) {
	m, err := s.changeColleague(ctx, req, req.GetName(), func(c *change, m *tumenv1.Member) error {
		if m.GetName() == c.reader.Member {
			return fault.New(fault.Denied, "OWN_BUDGET", "nobody releases more to themselves: another reviewer or administrator does")
		}
		return release(m, c.reader.Member, req.GetRecords(), c.Now())
	})
	return &tumenv1.ReleaseBudgetResponse{Member: m}, err
}
