package service

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// revokeTokens revokes all by what a member is known, tokens and else, and says how much
// there was; with it goes a code to enrol by.
func revokeTokens(tx *records.Tx, member string) (n int32, err error) {
	for cred, err := range tx.Credentials() {
		if err != nil {
			return 0, err
		}
		if cred.GetMember() != member || cred.GetRevokeTime() != nil || cred.GetKind() == tumenv1.CredentialKind_CREDENTIAL_KIND_ISSUER {
			continue // what they confirmed for others stays
		}
		if err := end(tx, cred); err != nil {
			return 0, err
		}
		if credentialKind(cred) != tumenv1.CredentialKind_CREDENTIAL_KIND_ENROLMENT_CODE {
			n++
		}
	}
	return n, nil
}

// IssueToken implements tumenv1.AccessServiceServer.
func (s accessing) IssueToken(ctx context.Context, req *tumenv1.IssueTokenRequest) (*tumenv1.IssueTokenResponse, error) {
	out := new(tumenv1.IssueTokenResponse)
	_, err := s.change(ctx, unrepeated{req}, func(c *change) error {
		scope, err := c.scopeOfNew(req.GetScope(), tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN)
		if err != nil {
			return err
		}
		local, err := c.breakGlass()
		if err != nil {
			return err
		}
		secret, cred, err := credential(c.Tx, c.reader.Member, req.GetLifetime().AsDuration())
		if err != nil {
			return err
		}
		cred.Label, cred.Scope, cred.BreakGlass, cred.ObtainedBy = req.GetLabel(), scope, local, c.obtainedBy()
		out.Secret, out.Token = secret, tokenShown(c.reader, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// unrepeated is a request that is not safe to repeat: its answer is kept nowhere.
type unrepeated struct{ reasoned }

// reasoned is a request that says why.
type reasoned interface {
	proto.Message
	GetReason() string
}

// GetRequestId implements writeRequest.
func (unrepeated) GetRequestId() string { return "" }

// ListTokens implements tumenv1.AccessServiceServer.
func (s accessing) ListTokens(ctx context.Context, _ *tumenv1.ListTokensRequest) (*tumenv1.ListTokensResponse, error) {
	out := new(tumenv1.ListTokensResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		r := readerOf(ctx)
		mine, err := ownTokens(v, r)
		for _, cred := range mine {
			out.Tokens = append(out.Tokens, tokenShown(r, cred))
		}
		return err
	})
	return out, err
}

// RevokeToken implements tumenv1.AccessServiceServer.
func (s accessing) RevokeToken(ctx context.Context, req *tumenv1.RevokeTokenRequest) (*tumenv1.RevokeTokenResponse, error) {
	out := new(tumenv1.RevokeTokenResponse)
	_, err := s.change(ctx, req, func(c *change) error {
		mine, err := ownCredentials(&c.View, c.reader)
		if err != nil {
			return err
		}
		cred, along, err := c.revoke(mine, req)
		if err == nil {
			out.Token, out.WentAlong = tokenShown(c.reader, cred), along
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownTokens are the tokens of a member, in the order in which they were made.
func ownTokens(v *records.View, r access.Reader) ([]*tumenv1.Credential, error) {
	mine, err := ownCredentials(v, r)
	return slices.DeleteFunc(mine, func(cred *tumenv1.Credential) bool {
		return credentialKind(cred) != tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN
	}), err
}

func tokenShown(r access.Reader, cred *tumenv1.Credential) *tumenv1.Token {
	c := summary(r, cred)
	return &tumenv1.Token{
		Name: c.GetName(), Label: c.GetLabel(), Scope: c.GetScope(), CreateTime: c.GetCreateTime(), ExpireTime: c.GetExpireTime(),
		RevokeTime: c.GetRevokeTime(), LastUseTime: c.GetLastUseTime(), Current: c.GetCurrent(), BreakGlass: c.GetBreakGlass(),
	}
}
