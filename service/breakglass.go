package service

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// What whoever runs the server can do beside its administrators, and what these see of
// it.

// firstCredential says whether a credential that is made now is the first of the store:
// that of who sets the server up. All that local commands make later is break-glass.
func firstCredential(v *records.View) (bool, error) {
	for cred, err := range v.Credentials() {
		if err != nil || cred.GetKind() != tumenv1.CredentialKind_CREDENTIAL_KIND_ISSUER {
			return false, err
		}
	}
	return true, nil
}

// breakGlass says whether a call is made with what a local command made: then so is what
// the caller gets by it.
func (c *change) breakGlass() (bool, error) {
	for _, key := range c.reader.Credentials {
		if cred, err := c.Credential([]byte(key)); err != nil || cred.GetBreakGlass() {
			return true, err
		}
	}
	return false, nil
}

// ConfirmMember implements tumenv1.AdminServiceServer.
func (s admin) ConfirmMember(ctx context.Context, req *tumenv1.ConfirmMemberRequest) (*tumenv1.ConfirmMemberResponse, error) {
	result, err := s.local(ctx, req, func(tx *records.Tx) (string, error) {
		before, err := s.member(&tx.View, req.GetOrganisation(), req.GetMember())
		if err != nil {
			return "", err
		}
		m := proto.Clone(before).(*tumenv1.Member)
		if m.GetPending() == nil {
			return "", errNothingPending(m)
		}
		if err := enrolledAs(tx, m, req.GetToken()); err != nil {
			return "", err
		}
		confirm(m)
		m.BreakGlass = true
		tx.Names(m.GetName())
		return m.GetName(), tx.Put(m)
	})
	if err != nil {
		return nil, err
	}
	m, err := made[*tumenv1.Member](ctx, s, result)
	return &tumenv1.ConfirmMemberResponse{Member: m}, err
}

// ListBreakGlassTokens implements tumenv1.AccessServiceServer.
func (s accessing) ListBreakGlassTokens(ctx context.Context, _ *tumenv1.ListBreakGlassTokensRequest) (*tumenv1.ListBreakGlassTokensResponse, error) {
	out := new(tumenv1.ListBreakGlassTokensResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		r := readerOf(ctx)
		found, err := breakGlass(v, r.Organisation)
		for _, cred := range found {
			token := tokenShown(r, cred)
			token.Member = cred.GetMember()
			out.Tokens = append(out.Tokens, token)
		}
		return err
	})
	return out, err
}

// breakGlass are the credentials of an organisation's members that local commands made, in
// the order in which they were made.
func breakGlass(v *records.View, organisation string) ([]*tumenv1.Credential, error) {
	var found []*tumenv1.Credential
	for cred, err := range v.Credentials() {
		if err != nil {
			return nil, err
		}
		if cred.GetBreakGlass() && records.ParentOf(cred.GetMember()) == organisation {
			found = append(found, cred)
		}
	}
	slices.SortStableFunc(found, earlier)
	return found, nil
}

// toWatch counts what an administrator is to know of: changes that wait, and credentials
// that work and were made locally.
func toWatch(v *records.View, organisation string, now time.Time) (pending, tokens int64, err error) {
	for m, err := range records.Children[*tumenv1.Member](v, records.Member, organisation) {
		if err != nil {
			return 0, 0, err
		}
		if m.GetPending() != nil && m.GetDeleteTime() == nil {
			pending++
		}
	}
	found, err := breakGlass(v, organisation)
	for _, cred := range found {
		if works(cred, now) {
			tokens++
		}
	}
	return pending, tokens, err
}
