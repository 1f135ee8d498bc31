package service

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// accessing is the AccessService.
type accessing struct {
	tumenv1.UnimplementedAccessServiceServer
	*Server
}

// GetSelf implements tumenv1.AccessServiceServer.
func (s accessing) GetSelf(ctx context.Context, _ *tumenv1.GetSelfRequest) (*tumenv1.GetSelfResponse, error) {
	r := readerOf(ctx)
	out := &tumenv1.GetSelfResponse{Roles: r.Roles, IdentityBudget: r.Budget}
	for path := range s.table {
		if s.table.MayCall(r, path) == nil {
			out.Methods = append(out.Methods, strings.TrimPrefix(path, "/tumen.v1."))
		}
	}
	slices.Sort(out.Methods)
	err := s.records.View(ctx, func(v *records.View) (err error) {
		if out.Member, err = records.Get[*tumenv1.Member](v, r.Member); err != nil {
			return err
		}
		if out.Organisation, err = records.Get[*tumenv1.Organisation](v, r.Organisation); err != nil {
			return err
		}
		for _, key := range r.Credentials {
			cred, err := v.Credential([]byte(key))
			if err != nil || cred == nil {
				return err
			}
			if out.Token == nil {
				out.Token = tokenShown(r, cred)
			}
			out.Credentials = append(out.Credentials, summary(r, cred))
		}
		out.IdentitySpent, err = v.Spent(r.Member, s.records.Now())
		return err
	})
	return out, err
}

// ListColleagues implements tumenv1.AccessServiceServer.
func (s accessing) ListColleagues(ctx context.Context, req *tumenv1.ListColleaguesRequest) (*tumenv1.ListColleaguesResponse, error) {
	r := readerOf(ctx)
	cursor, err := s.openToken(r, req)
	if err != nil {
		return nil, err
	}
	out := new(tumenv1.ListColleaguesResponse)
	err = s.records.View(ctx, func(v *records.View) error {
		members, next, err := v.Page(records.Member, records.List{Parent: r.Organisation}, cursor, pageSize(req), func(rec records.Record) (bool, error) {
			return rec.GetDeleteTime() == nil, nil
		})
		for _, m := range members {
			out.Members = append(out.Members, m.(*tumenv1.Member))
		}
		if next != nil {
			out.NextPageToken = s.sealToken(r, req, next)
		}
		return err
	})
	return out, err
}

// SuspendMember implements tumenv1.AccessServiceServer.
func (s accessing) SuspendMember(ctx context.Context, req *tumenv1.SuspendMemberRequest) (*tumenv1.SuspendMemberResponse, error) {
	m, err := s.changeColleague(ctx, req, req.GetName(), func(c *change, m *tumenv1.Member) error {
		if m.GetSuspendTime() != nil {
			return fault.New(fault.Refused, "SUSPENDED", "%s is suspended already; an administrator restores", m.GetHandle())
		}
		if last, err := lastAdministrator(&c.View, m); err != nil {
			return err
		} else if last {
			return fault.New(fault.Refused, "LAST_ADMINISTRATOR", "%s is the only administrator who is not suspended, and nobody could restore them: whoever runs the server revokes their tokens (tumend token revoke)", m.GetHandle())
		}
		m.SuspendTime = timestamppb.New(c.Now())
		_, err := revokeTokens(c.Tx, m.GetName())
		return err
	})
	return &tumenv1.SuspendMemberResponse{Member: m}, err
}

// RestoreMember implements tumenv1.AccessServiceServer.
func (s accessing) RestoreMember(ctx context.Context, req *tumenv1.RestoreMemberRequest) (*tumenv1.RestoreMemberResponse, error) {
	m, err := s.changeColleague(ctx, req, req.GetName(), func(_ *change, m *tumenv1.Member) error {
		if m.GetSuspendTime() == nil {
			return fault.New(fault.Refused, "NOT_SUSPENDED", "%s is not suspended", m.GetHandle())
		}
		m.SuspendTime = nil
		return nil
	})
	return &tumenv1.RestoreMemberResponse{Member: m}, err
}

// changeColleague changes a member of the caller's own organisation; there are no
// others for them.
func (s accessing) changeColleague(ctx context.Context, req writeRequest, name string, do func(*change, *tumenv1.Member) error) (*tumenv1.Member, error) {
	result, err := s.change(ctx, req, func(c *change) error {
		before, err := records.Get[*tumenv1.Member](&c.View, name)
		if err == nil && (before.GetOwner() != c.reader.Organisation || before.GetDeleteTime() != nil) {
			err = fault.Missing(name)
		}
		if err != nil {
			return err
		}
		m := proto.Clone(before).(*tumenv1.Member)
		if err := do(c, m); err != nil {
			return err
		}
		c.Names(name)
		return c.Put(m)
	})
	if err != nil {
		return nil, err
	}
	return made[*tumenv1.Member](ctx, admin{Server: s.Server}, result)
}

// lastAdministrator says whether a member is the only administrator of their
// organisation who is let in.
func lastAdministrator(v *records.View, m *tumenv1.Member) (bool, error) {
	if !slices.Contains(m.GetRoles(), tumenv1.Role_ROLE_ADMINISTRATOR) {
		return false, nil
	}
	for other, err := range records.Children[*tumenv1.Member](v, records.Member, m.GetOwner()) {
		if err != nil {
			return false, err
		}
		if other.GetName() != m.GetName() && other.GetDeleteTime() == nil && other.GetSuspendTime() == nil && slices.Contains(other.GetRoles(), tumenv1.Role_ROLE_ADMINISTRATOR) {
			return false, nil
		}
	}
	return true, nil
}
