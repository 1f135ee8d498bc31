package service

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// admin is the AdminService: local administration, over the admin socket only.
type admin struct {
	tumenv1.UnimplementedAdminServiceServer
	*Server
}

// local runs a change of the server's own administration.
func (s admin) local(ctx context.Context, fn func(*records.Tx) error) (records.Result, error) {
	method, _ := grpc.Method(ctx)
	return s.records.Change(ctx, records.Author{
		Method: strings.TrimPrefix(method, "/tumen.v1."), Reason: "local administration",
	}, fn)
}

// CreateOrganisation implements tumenv1.AdminServiceServer.
func (s admin) CreateOrganisation(ctx context.Context, req *tumenv1.CreateOrganisationRequest) (*tumenv1.CreateOrganisationResponse, error) {
	org := req.GetOrganisation()
	out := new(tumenv1.CreateOrganisationResponse)
	_, err := s.local(ctx, func(tx *records.Tx) error {
		out.Organisation = proto.Clone(org).(*tumenv1.Organisation)
		return tx.Create(out.Organisation, "")
	})
	return out, err
}

// CreateMember implements tumenv1.AdminServiceServer.
func (s admin) CreateMember(ctx context.Context, req *tumenv1.CreateMemberRequest) (*tumenv1.CreateMemberResponse, error) {
	member := req.GetMember()
	out := new(tumenv1.CreateMemberResponse)
	_, err := s.local(ctx, func(tx *records.Tx) error {
		org, err := organisation(&tx.View, req.GetOrganisation())
		if err != nil {
			return err
		}
		if len(member.GetRoles()) == 0 {
			return fault.Field("member.roles", "ROLE_MISSING", "give the member a role: case-worker, reviewer, partner, auditor or administrator")
		}
		out.Member = proto.Clone(member).(*tumenv1.Member)
		out.Member.BreakGlass, err = hasAdministrator(&tx.View, org.GetName())
		if err != nil {
			return err
		}
		return tx.Create(out.Member, org.GetName())
	})
	return out, err
}

// hasAdministrator says whether an organisation has one: members made locally
// after that are marked as break-glass.
func hasAdministrator(v *records.View, org string) (bool, error) {
	for m, err := range records.Children[*tumenv1.Member](v, records.Member, org) {
		if err != nil {
			return false, err
		}
		for _, role := range m.GetRoles() {
			if role == tumenv1.Role_ROLE_ADMINISTRATOR && m.GetDeleteTime() == nil {
				return true, nil
			}
		}
	}
	return false, nil
}

func organisation(v *records.View, handle string) (*tumenv1.Organisation, error) {
	org, err := v.OrganisationByHandle(handle)
	if err == nil && org == nil {
		err = fault.New(fault.NotFound, "NO_SUCH_ORGANISATION", "there is no organisation %q; `tumend organisation add` makes one", handle)
	}
	return org, err
}

func (s admin) member(v *records.View, org, handle string) (*tumenv1.Member, error) {
	o, err := organisation(v, org)
	if err != nil {
		return nil, err
	}
	m, err := v.MemberByHandle(o.GetName(), handle)
	if err == nil && (m == nil || m.GetDeleteTime() != nil) {
		err = fault.New(fault.NotFound, "NO_SUCH_MEMBER", "%s has no member %q; `tumend member add` makes one", org, handle)
	}
	return m, err
}

// CreateToken implements tumenv1.AdminServiceServer.
func (s admin) CreateToken(ctx context.Context, req *tumenv1.CreateTokenRequest) (*tumenv1.CreateTokenResponse, error) {
	out := new(tumenv1.CreateTokenResponse)
	_, err := s.local(ctx, func(tx *records.Tx) error {
		m, err := s.member(&tx.View, req.GetOrganisation(), req.GetMember())
		if err != nil {
			return err
		}
		token, c, err := credential(tx, m.GetName(), req.GetLifetime().AsDuration())
		out.Token, out.ExpireTime = token, c.GetExpireTime()
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListMembers implements tumenv1.AdminServiceServer.
func (s admin) ListMembers(ctx context.Context, req *tumenv1.ListMembersRequest) (*tumenv1.ListMembersResponse, error) {
	out := new(tumenv1.ListMembersResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		after := req.GetPageToken()
		for m, err := range records.All[*tumenv1.Member](v, records.Member) {
			if err != nil {
				return err
			}
			if after != "" {
				if m.GetName() == after {
					after = ""
				}
				continue
			}
			if len(out.Members) == pageSize(req) {
				out.NextPageToken = out.Members[len(out.Members)-1].GetName()
				return nil
			}
			out.Members = append(out.Members, m)
		}
		return nil
	})
	return out, err
}

// RevokeTokens implements tumenv1.AdminServiceServer.
func (s admin) RevokeTokens(ctx context.Context, req *tumenv1.RevokeTokensRequest) (*tumenv1.RevokeTokensResponse, error) {
	out := new(tumenv1.RevokeTokensResponse)
	_, err := s.local(ctx, func(tx *records.Tx) error {
		m, err := s.member(&tx.View, req.GetOrganisation(), req.GetMember())
		if err != nil {
			return err
		}
		out.Revoked = 0
		for c, err := range tx.Credentials() {
			if err != nil {
				return err
			}
			if c.GetMember() != m.GetName() || c.GetRevokeTime() != nil {
				continue
			}
			c.RevokeTime = timestamppb.New(tx.Now())
			if err := tx.PutCredential(c); err != nil {
				return err
			}
			out.Revoked++
		}
		return nil
	})
	return out, err
}
