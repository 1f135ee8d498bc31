package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// longestGrant is how far ahead a grant may end.
const longestGrant = 2 * 366 * 24 * time.Hour

// grants is the GrantService.
type grants struct {
	tumenv1.UnimplementedGrantServiceServer
	*Server
}

// CreateGrant implements tumenv1.GrantServiceServer.
func (s grants) CreateGrant(ctx context.Context, req *tumenv1.CreateGrantRequest) (*tumenv1.CreateGrantResponse, error) {
	g, err := written[*tumenv1.Grant](ctx, s.Server, req, func(c *change) (records.Record, error) {
		rec, err := c.present("parent", req.GetParent())
		if err != nil {
			return nil, err
		}
		g := proto.Clone(req.GetGrant()).(*tumenv1.Grant)
		if g.GetMarking() == tumenv1.Marking_MARKING_UNSPECIFIED {
			g.Marking = rec.GetMarking()
		}
		if err := c.mayGrant(rec, g); err != nil {
			return nil, err
		}
		return g, c.add("grant", g, req.GetParent())
	})
	return &tumenv1.CreateGrantResponse{Grant: g}, err
}

// mayGrant refuses to share what its marking keeps in the organisation, and who somebody
// is where the author isn't cleared to know.
func (c *change) mayGrant(of records.Record, g *tumenv1.Grant) error {
	for _, marking := range []tumenv1.Marking{of.GetMarking(), g.GetMarking()} {
		if !access.MayBeShared(marking) {
			return fault.New(fault.Refused, "MARKING_FORBIDS_SHARING", "what is marked RED or AMBER+STRICT stays in its organisation; mark the case AMBER, GREEN or CLEAR before it is shared")
		}
	}
	if g.GetLevel() != tumenv1.GrantLevel_GRANT_LEVEL_IDENTITY {
		return nil
	}
	for _, class := range []tumenv1.Protection{tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY} {
		if !slices.Contains(c.reader.Clearances, class) {
			return fault.New(fault.Denied, "NOT_CLEARED", "who isn't cleared for the identities of persons and of sources can't share them; have somebody do it who is")
		}
	}
	return nil
}

// grant checks a new grant: for whom it is, and until when.
func (c *check) grant(g *tumenv1.Grant) {
	if c.before != nil {
		return // nothing of it changes but that it is taken back
	}
	now := c.view.Now()
	switch end := g.GetExpireTime().AsTime(); {
	case !end.After(now):
		c.bad("expire_time", "NOT_IN_THE_FUTURE", "a grant ends later than now")
	case end.After(now.Add(longestGrant)):
		c.bad("expire_time", "TOO_FAR_AHEAD", "a grant ends within two years; renew it then if it is still needed")
	}
	switch to, err := c.view.Entire().Read(g.GetGrantee()); {
	case isMissing(err) || err == nil && to.GetDeleteTime() != nil:
		c.bad("grantee", "REFERENCE_NOT_FOUND", "there is no such organisation or member")
	case err != nil:
		c.err = err
	case g.GetGrantee() == c.reader.Organisation:
		c.bad("grantee", "OWN_ORGANISATION", "your own organisation reads it by the audience of the case")
	case to.GetOwner() == c.reader.Organisation && access.ReadsRecords(access.Reader{Roles: to.(*tumenv1.Member).GetRoles()}):
		c.bad("grantee", "OWN_ORGANISATION", "a worker of your own organisation reads it by the audience of the case, or as an assignee")
	}
}

// GetGrant implements tumenv1.GrantServiceServer.
func (s grants) GetGrant(ctx context.Context, req *tumenv1.GetGrantRequest) (*tumenv1.GetGrantResponse, error) {
	g, err := get[*tumenv1.Grant](ctx, s.Server, req.GetName())
	return &tumenv1.GetGrantResponse{Grant: g}, err
}

// ListGrants implements tumenv1.GrantServiceServer.
func (s grants) ListGrants(ctx context.Context, req *tumenv1.ListGrantsRequest) (*tumenv1.ListGrantsResponse, error) {
	l, err := s.parentOrOwn(ctx, req.GetParent())
	if err == nil && req.GetToMe() {
		err = s.read(ctx, func(v *records.View, _ access.Reader) (err error) {
			l, err = v.GrantsTo()
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	page, next, err := list(ctx, s.Server, req, records.Grant, l, func(_ *records.View, g *tumenv1.Grant) (bool, error) {
		return under(g, req.GetParent()), nil
	})
	return &tumenv1.ListGrantsResponse{Grants: page, NextPageToken: next}, err
}

// RevokeGrant implements tumenv1.GrantServiceServer.
func (s grants) RevokeGrant(ctx context.Context, req *tumenv1.RevokeGrantRequest) (*tumenv1.RevokeGrantResponse, error) {
	g, err := written[*tumenv1.Grant](ctx, s.Server, req, func(c *change) (records.Record, error) {
		before, err := c.target(records.Grant, req.GetName(), req.GetEtag())
		if err != nil {
			return nil, err
		}
		if before.(*tumenv1.Grant).GetRevokeTime() != nil {
			return nil, fault.New(fault.Refused, "ALREADY_REVOKED", "%s has been taken back already", req.GetName())
		}
		after := proto.Clone(before).(*tumenv1.Grant)
		after.RevokeTime = timestamppb.New(c.Now())
		return after, c.replace("", after, before)
	})
	return &tumenv1.RevokeGrantResponse{Grant: g}, err
}

// FindGrantee implements tumenv1.GrantServiceServer. Only who knows the handle learns
// that there is somebody of that name.
func (s grants) FindGrantee(ctx context.Context, req *tumenv1.FindGranteeRequest) (*tumenv1.FindGranteeResponse, error) {
	out := new(tumenv1.FindGranteeResponse)
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		missing := fault.New(fault.NotFound, "NOT_FOUND", "there is no organisation or member with this handle; ask them for it")
		org, err := v.Entire().OrganisationByHandle(req.GetOrganisation())
		if err != nil || org == nil || org.GetDeleteTime() != nil {
			return cmp.Or(err, error(missing))
		}
		out.Name, out.DisplayName = org.GetName(), org.GetDisplayName()
		if req.GetMember() == "" {
			return nil
		}
		m, err := v.Entire().MemberByHandle(org.GetName(), req.GetMember())
		if err != nil || m == nil || m.GetDeleteTime() != nil {
			return cmp.Or(err, error(missing))
		}
		out.Name, out.DisplayName = m.GetName(), m.GetDisplayName()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// holds says of a grant whether it is in force, and who the two sides are.
func (l *sight) holds(g *tumenv1.Grant) error {
	whole := l.view.Entire()
	of, err := whole.Read(records.ParentOf(g.GetName()))
	if err != nil {
		return err
	}
	switch {
	case g.GetRevokeTime() != nil:
		g.State = tumenv1.GrantState_GRANT_STATE_REVOKED
	case !whole.Now().Before(g.GetExpireTime().AsTime()):
		g.State = tumenv1.GrantState_GRANT_STATE_EXPIRED
	case !access.MayBeShared(of.GetMarking()) || of.GetDeleteTime() != nil:
		g.State = tumenv1.GrantState_GRANT_STATE_SUSPENDED
	default:
		g.State = tumenv1.GrantState_GRANT_STATE_IN_FORCE
	}
	if g.OwnerHandle, err = handleOf(whole, g.GetOwner()); err == nil {
		g.GranteeHandle, err = handleOf(whole, g.GetGrantee())
	}
	return err
}

// handleOf is what an organisation, or a member of one, is called: org, or org/member.
func handleOf(v *records.View, name string) (string, error) {
	rec, err := v.Read(name)
	switch rec := rec.(type) {
	case *tumenv1.Organisation:
		return rec.GetHandle(), err
	case *tumenv1.Member:
		org, err := handleOf(v, rec.GetOwner())
		return org + "/" + rec.GetHandle(), err
	}
	return "", err
}
