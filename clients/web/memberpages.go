package web

import (
	"net/http"

	"golang.org/x/sync/errgroup"

	tumenv1 "tumen/proto/tumen/v1"
)

// membersPage is a page of the members of the reader's organisation.
type membersPage struct {
	Shelf   *shelf
	Members []*tumenv1.Member
	Next    string
}

func (s *Site) membersPage(v *visit) error {
	p := &membersPage{Shelf: v.shelf()}
	reply, err := s.conn.Access.ListColleagues(v.context(), &tumenv1.ListColleaguesRequest{PageSize: perPage, PageToken: v.got("page")})
	if err != nil {
		return err
	}
	p.Members, p.Next = reply.GetMembers(), v.next("page", reply.GetNextPageToken())
	if err := v.members(v.context(), p.Shelf); err != nil { // who proposed a change may be on another page
		return err
	}
	return v.render(http.StatusOK, "members", v.say().Say("member.title"), p)
}

// mePage is what the member is, may do, and is known by.
type mePage struct {
	Self        *tumenv1.GetSelfResponse
	Credentials []*tumenv1.CredentialSummary
}

func (s *Site) mePage(v *visit) error {
	p := &mePage{}
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() (err error) {
		p.Self, err = s.conn.Access.GetSelf(ctx, &tumenv1.GetSelfRequest{})
		return err
	})
	if v.may("CredentialService/ListCredentials") {
		g.Go(func() error {
			reply, err := s.conn.Credentials.ListCredentials(ctx, &tumenv1.ListCredentialsRequest{})
			p.Credentials = reply.GetCredentials()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return v.render(http.StatusOK, "me", v.say().Say("member.me"), p)
}

// grantsPage is with whom outside a case is shared.
type grantsPage struct {
	Case   *tumenv1.Case
	Shelf  *shelf
	Grants []*tumenv1.Grant
	Next   string
}

func (s *Site) grantsPage(v *visit) error {
	name := "cases/" + v.r.PathValue("case")
	p := &grantsPage{Shelf: v.shelf()}
	read, err := s.conn.Cases.GetCase(v.context(), &tumenv1.GetCaseRequest{Name: name})
	if err != nil {
		return err
	}
	p.Case = read.GetCase()
	reply, err := s.conn.Grants.ListGrants(v.context(), &tumenv1.ListGrantsRequest{
		Parent: name, PageSize: perPage, PageToken: v.got("page"),
		ToMe: p.Case.GetOwner() != v.session.self.GetOrganisation().GetName(), // else those that the own organisation made
	})
	if err != nil {
		return err
	}
	p.Grants, p.Next = reply.GetGrants(), v.next("page", reply.GetNextPageToken())
	return v.render(http.StatusOK, "grants", v.say().Say("grant.title"), p)
}
