package web

import (
	"cmp"
	"net/http"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// personPage is a person without who it is: that is shown where it was asked for, for a
// purpose.
type personPage struct {
	Shelf        *shelf
	Person       *tumenv1.Person
	Involvements []*tumenv1.Involvement
	Findings     []*tumenv1.Finding
	Claims       []*tumenv1.Claim
	Identity     bool // there is something of it that is withheld, or that the reader recorded

	NextInvolvements, NextFindings, NextClaims string
}

func (s *Site) personPage(v *visit) error {
	name := "persons/" + v.r.PathValue("person")
	p := &personPage{Shelf: v.shelf()}
	reply, err := s.conn.Persons.GetPerson(v.context(), &tumenv1.GetPersonRequest{Name: name})
	if err != nil {
		return err
	}
	p.Person = reply.GetPerson()
	p.Identity = len(p.Person.GetWithheld()) > 0 || len(p.Person.GetNames()) > 0 || p.Person.GetBirth() != nil || len(p.Person.GetReleases()) > 0
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() error {
		reply, err := s.conn.Cases.ListInvolvements(ctx, &tumenv1.ListInvolvementsRequest{Parent: everyCase, Person: name, PageSize: perPage, PageToken: v.got("involved")})
		p.Involvements, p.NextInvolvements = reply.GetInvolvements(), v.next("involved", reply.GetNextPageToken())
		return err
	})
	g.Go(func() error {
		reply, err := s.conn.Verification.ListFindings(ctx, &tumenv1.ListFindingsRequest{Parent: everyCase, Subject: name, PageSize: perPage, PageToken: v.got("findings")})
		p.Findings, p.NextFindings = reply.GetFindings(), v.next("findings", reply.GetNextPageToken())
		return err
	})
	g.Go(func() error {
		reply, err := s.conn.Claims.ListClaims(ctx, &tumenv1.ListClaimsRequest{Parent: everyCase, Subject: name, PageSize: perPage, PageToken: v.got("claims")})
		for _, m := range reply.GetMatches() {
			p.Claims = append(p.Claims, m.GetClaim())
		}
		p.NextClaims = v.next("claims", reply.GetNextPageToken())
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	put(p.Shelf, p.Person)
	if err := v.fetch(v.context(), p.Shelf, p.Person.GetPossiblySameAs()...); err != nil {
		return err
	}
	if err := v.involvedIn(p); err != nil {
		return err
	}
	return v.render(http.StatusOK, "person", v.say().Say("person.title", "reference", cmp.Or(p.Person.GetReference(), v.say().Say("case.withheld"))), p)
}

// everyCase asks of all cases that the reader may see.
const everyCase = "cases/-"

// involvedIn fetches the events that a person took part in, and who claims something of
// them.
func (v *visit) involvedIn(p *personPage) error {
	var about []proto.Message
	for _, i := range p.Involvements {
		about = append(about, i)
	}
	for _, c := range p.Claims {
		about = append(about, c)
	}
	return v.refer(v.context(), p.Shelf, about...)
}
