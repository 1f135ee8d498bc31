package service

import (
	"context"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// stillAdmitted asks again who calls, in the middle of a stream: a long one ends when
// a credential of its caller does.
func (s *Server) stillAdmitted(ctx context.Context) error {
	r := readerOf(ctx)
	if !r.Until.IsZero() && !s.records.Now().Before(r.Until) {
		return errUnknownCaller
	}
	for _, key := range r.Credentials {
		if _, err := s.admitted(ctx, []byte(key)); err != nil {
			return err
		}
	}
	return nil
}

// stillPermitted reads the rows that the permission of a call rests on, so that
// they count among what the change has read: a token that was revoked, or a
// member who was deleted or lost a role since the call began, changes nothing,
// also where that happens between preparing the change and committing it.
func (c *change) stillPermitted() error {
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
	for _, key := range c.reader.Credentials {
		cred, err := c.Credential([]byte(key))
		if err != nil {
			return err
		}
		if cred == nil || cred.GetMember() != c.reader.Member || !works(cred, c.Now()) {
			return errUnknownCaller
		}
	}
	if len(c.reader.Credentials) == 0 || !c.reader.Until.IsZero() && !c.Now().Before(c.reader.Until) {
		return errUnknownCaller
	}
	return nil
}
