package service

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/publication"
	"tumen/service/records"
)

// admin is the AdminService: local administration, over the admin socket only.
type admin struct {
	tumenv1.UnimplementedAdminServiceServer
	*Server
}

// local runs a change of the server's own administration, and states it in the
// ledger; fn names the record that it made or was about. A request that carries a
// request id is done once.
func (s admin) local(ctx context.Context, req proto.Message, fn func(*records.Tx) (about string, err error)) (records.Result, error) {
	method, _ := grpc.Method(ctx)
	payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return records.Result{}, err
	}
	digest := sha256.Sum256(payload)
	author := records.Author{Method: strings.TrimPrefix(method, "/tumen.v1."), Reason: "local administration", Payload: digest[:]}
	if r, ok := req.(interface{ GetRequestId() string }); ok {
		author.RequestID = strings.ToLower(r.GetRequestId())
	}
	return s.records.Change(ctx, author, func(tx *records.Tx) error {
		about, err := fn(tx)
		if err != nil {
			return err
		}
		return stateLocal(tx, about)
	})
}

// aboutNothing is for a command that changes no record: its entry is all.
func aboutNothing(*records.Tx) (about string, err error) { return "", nil }

// made is the record that a change made, in the revision that resulted.
func made[T records.Record](ctx context.Context, s admin, result records.Result) (rec T, err error) {
	if len(result.Names) != 1 {
		return rec, fault.New(fault.Internal, "INTERNAL", "the change named no record")
	}
	err = s.records.View(ctx, func(v *records.View) error {
		if rec, err = records.Get[T](v, result.Names[0]); err != nil || result.Revisions[0] == 0 {
			return err
		}
		was, err := v.Revision(result.Names[0], result.Revisions[0])
		rec, _ = was.Record.(T)
		return err
	})
	return rec, err
}

// CreateOrganisation implements tumenv1.AdminServiceServer.
func (s admin) CreateOrganisation(ctx context.Context, req *tumenv1.CreateOrganisationRequest) (*tumenv1.CreateOrganisationResponse, error) {
	result, err := s.local(ctx, req, func(tx *records.Tx) (string, error) {
		org := proto.Clone(req.GetOrganisation()).(*tumenv1.Organisation)
		if org.GetDefaultAudience() == tumenv1.CaseAudience_CASE_AUDIENCE_UNSPECIFIED {
			org.DefaultAudience = tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS
		}
		if err := tx.Create(org, ""); err != nil {
			return "", err
		}
		tx.Names(org.GetName())
		return org.GetName(), nil
	})
	if err != nil {
		return nil, err
	}
	org, err := made[*tumenv1.Organisation](ctx, s, result)
	return &tumenv1.CreateOrganisationResponse{Organisation: org}, err
}

// CreateMember implements tumenv1.AdminServiceServer.
func (s admin) CreateMember(ctx context.Context, req *tumenv1.CreateMemberRequest) (*tumenv1.CreateMemberResponse, error) {
	result, err := s.local(ctx, req, func(tx *records.Tx) (string, error) {
		member := proto.Clone(req.GetMember()).(*tumenv1.Member)
		org, err := organisation(&tx.View, req.GetOrganisation())
		if err != nil {
			return "", err
		}
		if len(member.GetRoles()) == 0 {
			return "", fault.Field("member.roles", "ROLE_MISSING", "give the member a role: case-worker, reviewer, partner, auditor or administrator")
		}
		if member.BreakGlass, err = hasAdministrator(&tx.View, org.GetName()); err != nil {
			return "", err
		}
		if err := tx.Create(member, org.GetName()); err != nil {
			return "", err
		}
		tx.Names(member.GetName())
		return member.GetName(), nil
	})
	if err != nil {
		return nil, err
	}
	member, err := made[*tumenv1.Member](ctx, s, result)
	return &tumenv1.CreateMemberResponse{Member: member}, err
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
	_, err := s.local(ctx, req, func(tx *records.Tx) (string, error) {
		m, err := s.member(&tx.View, req.GetOrganisation(), req.GetMember())
		if err != nil {
			return "", err
		}
		first, err := firstCredential(&tx.View)
		if err != nil {
			return "", err
		}
		token, c, err := credential(tx, m.GetName(), req.GetLifetime().AsDuration())
		if err != nil {
			return "", err
		}
		c.BreakGlass = !first
		out.Token, out.ExpireTime = token, c.GetExpireTime()
		return m.GetName(), tx.PutCredential(c)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListMembers implements tumenv1.AdminServiceServer.
func (s admin) ListMembers(ctx context.Context, req *tumenv1.ListMembersRequest) (*tumenv1.ListMembersResponse, error) {
	out := new(tumenv1.ListMembersResponse)
	nobody := access.Reader{} // the admin socket asks nobody who they are
	after, err := s.openToken(nobody, req)
	if err != nil {
		return nil, err
	}
	behind := after == nil
	err = s.records.View(ctx, func(v *records.View) error {
		for m, err := range records.All[*tumenv1.Member](v, records.Member) {
			if err != nil {
				return err
			}
			if !behind {
				behind = m.GetName() == string(after)
				continue
			}
			if len(out.Members) == pageSize(req) {
				out.NextPageToken = s.sealToken(nobody, req, []byte(out.Members[len(out.Members)-1].GetName()))
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
	_, err := s.local(ctx, req, func(tx *records.Tx) (string, error) {
		m, err := s.member(&tx.View, req.GetOrganisation(), req.GetMember())
		if err != nil {
			return "", err
		}
		out.Revoked, err = revokeTokens(tx, m.GetName())
		return m.GetName(), err
	})
	return out, err
}

// DescribeServer implements tumenv1.AdminServiceServer.
func (s admin) DescribeServer(context.Context, *tumenv1.DescribeServerRequest) (*tumenv1.DescribeServerResponse, error) {
	out := &tumenv1.DescribeServerResponse{Demo: s.config.Demo, VerifierKeys: s.records.VerifierKeys()}
	if r := s.reach.Load(); r != nil {
		out.Address, out.CertificateAuthority = r.Address, r.CA
	}
	return out, nil
}

// PublishLedger implements tumenv1.AdminServiceServer.
func (s admin) PublishLedger(ctx context.Context, _ *tumenv1.PublishLedgerRequest) (*tumenv1.PublishLedgerResponse, error) {
	if s.config.Publisher == nil {
		return nil, fault.New(fault.Refused, "NOT_PUBLISHED", "the ledger is published by a running server only, and by one that was started with --tiles HOST:PORT")
	}
	checkpoint, err := s.config.Publisher.Publish(ctx)
	if errors.Is(err, publication.ErrQuorum) {
		return nil, fault.New(fault.Unavailable, "QUORUM_MISSED", "%v; the server's log says what was wrong with each", err)
	}
	return &tumenv1.PublishLedgerResponse{Checkpoint: string(checkpoint)}, err
}
