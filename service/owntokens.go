package service

import (
	"context"
	"crypto/sha256"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// revokeTokens revokes the tokens of a member, and says how many there were; with them
// goes a code to enrol by.
func revokeTokens(tx *records.Tx, member string) (n int32, err error) {
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
		if !cred.GetEnrolmentCode() {
			n++
		}
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
		asking, err := c.Credential(tokenHash(ctx))
		if err != nil {
			return err
		}
		secret, cred, err := credential(c.Tx, c.reader.Member, req.GetLifetime().AsDuration())
		if err != nil {
			return err
		}
		cred.Label, cred.Scope, cred.BreakGlass = req.GetLabel(), scope, asking.GetBreakGlass()
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
		if cred.GetMember() == r.Member && !cred.GetEnrolmentCode() {
			mine = append(mine, cred)
		}
	}
	slices.SortStableFunc(mine, earlier)
	return mine, nil
}

// earlier orders tokens as they were made.
func earlier(a, b *tumenv1.Credential) int {
	return a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime())
}

// tokenName names a token, and tells nothing of it.
func tokenName(cred *tumenv1.Credential) string {
	sum := sha256.Sum256(append([]byte("tumen token name 1"), cred.GetTokenHash()...))
	return string(records.AppendWord([]byte("tokens/"), [16]byte(sum[:16])))
}

func tokenShown(ctx context.Context, cred *tumenv1.Credential) *tumenv1.Token {
	return &tumenv1.Token{
		Name: tokenName(cred), Label: cred.GetLabel(), Scope: cred.GetScope(), CreateTime: cred.GetCreateTime(), ExpireTime: cred.GetExpireTime(),
		RevokeTime: cred.GetRevokeTime(), LastUseTime: cred.GetLastUseTime(), Current: string(cred.GetTokenHash()) == string(tokenHash(ctx)), BreakGlass: cred.GetBreakGlass(),
	}
}
