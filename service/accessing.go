package service

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
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
	out := &tumenv1.GetSelfResponse{Roles: r.Roles}
	for path := range s.table {
		if s.table.MayCall(r, path) == nil {
			out.Methods = append(out.Methods, strings.TrimPrefix(path, "/tumen.v1."))
		}
	}
	slices.Sort(out.Methods)
	err := s.records.View(ctx, func(v *records.View) (err error) {
		member, err := records.Get[*tumenv1.Member](v, r.Member)
		if err != nil {
			return err
		}
		organisation, err := records.Get[*tumenv1.Organisation](v, r.Organisation)
		if err != nil {
			return err
		}
		out.Member, out.Organisation = managed(s.Server, member), managed(s.Server, organisation)
		out.IdentityBudget = budgetOf(member, s.records.Now())
		if access.Administers(r) {
			if out.PendingChanges, out.BreakGlassTokens, err = toWatch(v, r.Organisation, s.records.Now()); err != nil {
				return err
			}
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
			out.Members = append(out.Members, managed(s.Server, m.(*tumenv1.Member)))
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
		if err := anotherAdministers(&c.View, m); err != nil {
			return err
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
