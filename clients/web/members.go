package web

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
)

// mostMembers is how many members a page knows by what they are called.
const mostMembers = 1000

// members puts the members of the reader's own organisation on the shelf, so that pages
// can say who did something.
func (v *visit) members(ctx context.Context, s *shelf) error {
	if !v.may("AccessService/ListColleagues") {
		return nil
	}
	reply, err := v.site.conn.Access.ListColleagues(ctx, &tumenv1.ListColleaguesRequest{PageSize: mostMembers})
	if err != nil {
		return err
	}
	put(s, reply.GetMembers()...)
	return nil
}

// Member is what a member is called; of another organisation, the end of the name.
func (s *shelf) Member(name string) string {
	if name == "" {
		return s.words.Say("member.the_server")
	}
	return s.Label(name)
}
