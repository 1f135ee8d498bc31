package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// credentialing is the CredentialService.
type credentialing struct {
	tumenv1.UnimplementedCredentialServiceServer
	*Server
}

// ListCredentials implements tumenv1.CredentialServiceServer.
func (s credentialing) ListCredentials(ctx context.Context, _ *tumenv1.ListCredentialsRequest) (*tumenv1.ListCredentialsResponse, error) {
	out := new(tumenv1.ListCredentialsResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		r := readerOf(ctx)
		mine, err := ownCredentials(v, r)
		for _, cred := range mine {
			out.Credentials = append(out.Credentials, summary(r, cred))
		}
		return err
	})
	return out, err
}

// RevokeCredential implements tumenv1.CredentialServiceServer.
func (s credentialing) RevokeCredential(ctx context.Context, req *tumenv1.RevokeCredentialRequest) (*tumenv1.RevokeCredentialResponse, error) {
	out := new(tumenv1.RevokeCredentialResponse)
	_, err := s.change(ctx, req, func(c *change) error {
		mine, err := ownCredentials(&c.View, c.reader)
		if err != nil {
			return err
		}
		cred, along, err := c.revoke(mine, req)
		if err == nil {
			out.Credential, out.WentAlong = summary(c.reader, cred), along
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// revocation says which credential is revoked, and how.
type revocation interface {
	GetName() string
	GetKeepObtained() bool
}

// revoke revokes one of the caller's own credentials, and says how many went along that
// had been obtained by it.
func (c *change) revoke(mine []*tumenv1.Credential, req revocation) (cred *tumenv1.Credential, along int32, err error) {
	at := slices.IndexFunc(mine, func(cred *tumenv1.Credential) bool { return credentialName(cred) == req.GetName() })
	if at < 0 {
		return nil, 0, fault.Missing(req.GetName())
	}
	cred = mine[at]
	if !req.GetKeepObtained() {
		if along, err = c.takeAlong(mine, cred); err != nil {
			return nil, 0, err
		}
	}
	if credentialKind(cred) == tumenv1.CredentialKind_CREDENTIAL_KIND_PASSPHRASE {
		if err := c.endSessions(mine); err != nil {
			return nil, 0, err
		}
	}
	return cred, along, end(c.Tx, cred)
}

// maxCredentials bounds how many credentials of a kind a member has that work.
const maxCredentials = 100

// scopeOfNew is what a new credential of the caller's may do: what was asked for, and no
// more than what it is asked for with.
func (c *change) scopeOfNew(asked []tumenv1.Role, kind tumenv1.CredentialKind) ([]tumenv1.Role, error) {
	if err := c.fresh(); err != nil {
		return nil, err
	}
	for _, role := range asked {
		if !slices.Contains(c.reader.Roles, role) {
			return nil, fault.Field("scope", "SCOPE_TOO_WIDE", "%s does no more than the one by which it is asked for", fault.A(kindWords[kind]))
		}
	}
	mine, err := ownCredentials(&c.View, c.reader)
	if err != nil {
		return nil, err
	}
	working := 0
	for _, cred := range mine {
		if credentialKind(cred) == kind && works(cred, c.Now()) {
			working++
		}
	}
	if working >= maxCredentials {
		return nil, fault.New(fault.TooLarge, "TOO_MANY_CREDENTIALS", "you have %d %ss that work; revoke some first", working, kindWords[kind])
	}
	if len(asked) == 0 {
		asked = c.reader.Roles
	}
	return asked, nil
}

// ownCredentials is all by what a member is known, in the order in which it was made.
func ownCredentials(v *records.View, r access.Reader) ([]*tumenv1.Credential, error) {
	var mine []*tumenv1.Credential
	for cred, err := range v.Credentials() {
		if err != nil {
			return nil, err
		}
		if cred.GetMember() == r.Member && credentialKind(cred) != tumenv1.CredentialKind_CREDENTIAL_KIND_ENROLMENT_CODE {
			mine = append(mine, cred)
		}
	}
	slices.SortStableFunc(mine, earlier)
	return mine, nil
}

// earlier orders credentials as they were made.
func earlier(a, b *tumenv1.Credential) int {
	return a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime())
}

// credentialKind is what a credential is.
func credentialKind(cred *tumenv1.Credential) tumenv1.CredentialKind {
	return cmp.Or(cred.GetKind(), tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN)
}

// kindWords says what credentials of each kind are called, which names them too.
var kindWords = map[tumenv1.CredentialKind]string{
	tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN:       "token",
	tumenv1.CredentialKind_CREDENTIAL_KIND_CERTIFICATE: "certificate",
	tumenv1.CredentialKind_CREDENTIAL_KIND_SESSION:     "session",
	tumenv1.CredentialKind_CREDENTIAL_KIND_PASSPHRASE:  "passphrase",
	tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY:    "identity",
	tumenv1.CredentialKind_CREDENTIAL_KIND_ISSUER:      "issuer",
}

// credentialName names a credential, and tells nothing of it.
func credentialName(cred *tumenv1.Credential) string {
	sum := sha256.Sum256(append([]byte("tumen token name 1"), cred.GetTokenHash()...))
	collection := kindWords[credentialKind(cred)] + "s/"
	if credentialKind(cred) == tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY {
		collection = "identities/"
	}
	return string(records.AppendWord([]byte(collection), [16]byte(sum[:16])))
}

// summary is what a member is shown of a credential of theirs.
func summary(r access.Reader, cred *tumenv1.Credential) *tumenv1.CredentialSummary {
	return &tumenv1.CredentialSummary{
		Name: credentialName(cred), Kind: credentialKind(cred), Label: cred.GetLabel(), Scope: cred.GetScope(), CreateTime: cred.GetCreateTime(), ExpireTime: cred.GetExpireTime(),
		RevokeTime: cred.GetRevokeTime(), LastUseTime: cred.GetLastUseTime(), Current: slices.Contains(r.Credentials, string(cred.GetTokenHash())), BreakGlass: cred.GetBreakGlass(),
	}
}
