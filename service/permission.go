package service

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"google.golang.org/grpc/metadata"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// tokenOf is the token that a call was made with. The gate has checked that
// there is one.
func tokenOf(ctx context.Context) string {
	header := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(header) != 1 {
		return ""
	}
	_, token, _ := strings.Cut(header[0], " ")
	return token
}

func tokenHash(ctx context.Context) []byte {
	sum := sha256.Sum256([]byte(tokenOf(ctx)))
	return sum[:]
}

// stillAdmitted asks again who a token speaks for, in the middle of a stream: a
// long one ends when its token does.
func (s *Server) stillAdmitted(ctx context.Context) error {
	_, err := s.authenticate(ctx, tokenOf(ctx))
	return err
}

// stillPermitted reads the rows that the permission of a call rests on, so that
// they count among what the change has read: a token that was revoked, or a
// member who was deleted or lost a role since the call began, changes nothing,
// also where that happens between preparing the change and committing it.
func (c *change) stillPermitted(token []byte) error {
	member, err := records.Get[*tumenv1.Member](&c.View, c.reader.Member)
	switch {
	case err == nil && member.GetDeleteTime() != nil, isMissing(err):
		return fault.New(fault.Unauthenticated, "MEMBER_GONE", "your membership has ended")
	case err != nil:
		return err
	}
	if barred := letIn(member); barred != nil {
		return barred
	}
	for _, role := range c.reader.Roles {
		if !slices.Contains(member.GetRoles(), role) {
			return fault.New(fault.Denied, "ROLES_CHANGED", "your roles have changed since the call began; call again")
		}
	}
	cred, err := c.Credential(token)
	if err != nil {
		return err
	}
	if cred == nil || cred.GetEnrolmentCode() || cred.GetMember() != c.reader.Member || cred.GetRevokeTime() != nil || !c.Now().Before(cred.GetExpireTime().AsTime()) {
		return errUnknownCaller
	}
	return nil
}
