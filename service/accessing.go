package service

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
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
		cred, err := v.Credential(tokenHash(ctx))
		if err != nil || cred == nil {
			return err
		}
		out.Token = tokenShown(ctx, cred)
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
		return c.revokeTokens(m.GetName())
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

// revokeTokens revokes all tokens of a member that work.
func (c *change) revokeTokens(member string) error {
	_, err := revokeAll(c.Tx, member)
	return err
}

// revokeAll revokes the tokens of a member, and says how many there were.
func revokeAll(tx *records.Tx, member string) (n int32, err error) {
	for cred, err := range tx.Credentials() {
		if err != nil {
			return 0, err
		}
		if cred.GetMember() != member || cred.GetRevokeTime() != nil {
			continue
		}
		cred.RevokeTime = timestamppb.New(tx.Now())
		if err := tx.PutCredential(cred); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// maxTokens bounds how many tokens of a member are kept that work.
const maxTokens = 100

// IssueToken implements tumenv1.AccessServiceServer.
func (s accessing) IssueToken(ctx context.Context, req *tumenv1.IssueTokenRequest) (*tumenv1.IssueTokenResponse, error) {
	out := new(tumenv1.IssueTokenResponse)
	_, err := s.change(ctx, unrepeated{req}, func(c *change) error {
		scope := req.GetScope()
		for _, role := range scope {
			if !slices.Contains(c.reader.Roles, role) {
				return fault.Field("scope", "SCOPE_TOO_WIDE", "a token does no more than the one by which it is asked for")
			}
		}
		if len(scope) == 0 {
			scope = c.reader.Roles
		}
		mine, err := ownTokens(&c.View, c.reader)
		if err != nil {
			return err
		}
		working := 0
		for _, cred := range mine {
			if cred.GetRevokeTime() == nil && c.Now().Before(cred.GetExpireTime().AsTime()) {
				working++
			}
		}
		if working >= maxTokens {
			return fault.New(fault.TooLarge, "TOO_MANY_TOKENS", "you have %d tokens that work; revoke some first", working)
		}
		secret, cred, err := credential(c.Tx, c.reader.Member, req.GetLifetime().AsDuration())
		if err != nil {
			return err
		}
		cred.Label, cred.Scope = req.GetLabel(), scope
		out.Secret, out.Token = secret, tokenShown(ctx, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// unrepeated is a request that is not safe to repeat: its answer is kept nowhere.
type unrepeated struct{ *tumenv1.IssueTokenRequest }

// GetRequestId implements writeRequest.
func (unrepeated) GetRequestId() string { return "" }

// ListTokens implements tumenv1.AccessServiceServer.
func (s accessing) ListTokens(ctx context.Context, _ *tumenv1.ListTokensRequest) (*tumenv1.ListTokensResponse, error) {
	out := new(tumenv1.ListTokensResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		mine, err := ownTokens(v, readerOf(ctx))
		for _, cred := range mine {
			out.Tokens = append(out.Tokens, tokenShown(ctx, cred))
		}
		return err
	})
	return out, err
}

// RevokeToken implements tumenv1.AccessServiceServer.
func (s accessing) RevokeToken(ctx context.Context, req *tumenv1.RevokeTokenRequest) (*tumenv1.RevokeTokenResponse, error) {
	out := new(tumenv1.RevokeTokenResponse)
	_, err := s.change(ctx, req, func(c *change) error {
		mine, err := ownTokens(&c.View, c.reader)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(mine, func(cred *tumenv1.Credential) bool { return tokenName(cred) == req.GetName() })
		if at < 0 {
			return fault.Missing(req.GetName())
		}
		cred := mine[at]
		if cred.GetRevokeTime() == nil {
			cred.RevokeTime = timestamppb.New(c.Now())
		}
		out.Token = tokenShown(ctx, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownTokens are the tokens of a member, in the order in which they were made.
func ownTokens(v *records.View, r access.Reader) ([]*tumenv1.Credential, error) {
	var mine []*tumenv1.Credential
	for cred, err := range v.Credentials() {
		if err != nil {
			return nil, err
		}
		if cred.GetMember() == r.Member {
			mine = append(mine, cred)
		}
	}
	slices.SortStableFunc(mine, func(a, b *tumenv1.Credential) int {
		return a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime())
	})
	return mine, nil
}

// tokenName names a token, and tells nothing of it.
func tokenName(cred *tumenv1.Credential) string {
	sum := sha256.Sum256(append([]byte("tumen token name 1"), cred.GetTokenHash()...))
	return string(records.AppendWord([]byte("tokens/"), [16]byte(sum[:16])))
}

func tokenShown(ctx context.Context, cred *tumenv1.Credential) *tumenv1.Token {
	return &tumenv1.Token{
		Name: tokenName(cred), Label: cred.GetLabel(), Scope: cred.GetScope(), CreateTime: cred.GetCreateTime(), ExpireTime: cred.GetExpireTime(),
		RevokeTime: cred.GetRevokeTime(), LastUseTime: cred.GetLastUseTime(), Current: string(cred.GetTokenHash()) == string(tokenHash(ctx)),
	}
}
