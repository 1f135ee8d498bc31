package service

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// changeColleague changes a member of the caller's own organisation; there are no
// others for them.
func (s accessing) changeColleague(ctx context.Context, req writeRequest, name string, do func(*change, *tumenv1.Member) error) (*tumenv1.Member, error) {
	member, _, err := s.colleagueChanged(ctx, req, name, do)
	return member, err
}

// colleagueChanged is changeColleague, and says whether the call had been made before.
func (s accessing) colleagueChanged(ctx context.Context, req writeRequest, name string, do func(*change, *tumenv1.Member) error) (member *tumenv1.Member, repeated bool, err error) {
	result, err := s.change(ctx, req, func(c *change) error {
		before, err := colleague(c, name)
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
		return nil, false, err
	}
	m, err := made[*tumenv1.Member](ctx, admin{Server: s.Server}, result)
	if err != nil {
		return nil, false, err
	}
	return managed(s.Server, m), result.Repeated, nil
}

// colleague reads a member of the caller's own organisation.
func colleague(c *change, name string) (*tumenv1.Member, error) {
	if name == "" {
		return nil, fault.Field("member.name", "NAME_MISSING", "name the member to change")
	}
	m, err := records.Get[*tumenv1.Member](&c.View, name)
	if err == nil && (m.GetOwner() != c.reader.Organisation || m.GetDeleteTime() != nil) {
		return nil, fault.Missing(name)
	}
	return m, err
}

// managed is a member or organisation as those are shown it who manage it, with its
// etag: nothing of it is withheld from anybody of the organisation.
func managed[T records.Record](s *Server, rec T) T {
	out := shallow(rec)
	setETag(out, access.ETag(s.etagKey, rec))
	return out.(T)
}

// asLastRead refuses a change that rests on another state of a record than that of now.
func (s *Server) asLastRead(rec records.Record, etag string) error {
	return unchanged(rec.GetName(), etag, access.ETag(s.etagKey, rec))
}

// administers says whether a member is let in as an administrator.
func administers(m *tumenv1.Member) bool {
	return slices.Contains(m.GetRoles(), tumenv1.Role_ROLE_ADMINISTRATOR) && letIn(m) == nil
}

// anotherAdministers refuses what would leave an organisation without an administrator
// who is let in; m is as it is before.
func anotherAdministers(v *records.View, m *tumenv1.Member) error {
	if !administers(m) {
		return nil
	}
	for other, err := range records.Children[*tumenv1.Member](v, records.Member, m.GetOwner()) {
		if err != nil {
			return err
		}
		if other.GetName() != m.GetName() && administers(other) {
			return nil
		}
	}
	return fault.New(fault.Refused, "LAST_ADMINISTRATOR", "%s is the only administrator who is let in, and there would be none: make another first; whoever runs the server can revoke their tokens (tumend token revoke)", m.GetHandle())
}
