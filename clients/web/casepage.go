package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// casePage is a case with what belongs to it. A case may have more than a page shows:
// lists are paged, and what is asked for by ?findings= goes on where one ended.
type casePage struct {
	Shelf         *shelf
	Case          *tumenv1.Case
	Events        []*tumenv1.Event
	Involvements  []*tumenv1.Involvement
	Interventions []*tumenv1.Intervention
	Findings      []*aspect
	TimeLine      *figure
	NextFindings  string // the query of the next page of findings
	MoreEvents    bool
}

// aspect is a finding with who says what, side by side.
type aspect struct {
	Finding *tumenv1.Finding
	Sides   []side
}

// side is one stance: how many independent origins, and whose claims.
type side struct {
	Class   string // for the style sheet
	Stance  tumenv1.Stance
	Support *tumenv1.StanceSupport
	Claims  []voice
}

// voice is a claim as it stands beside others.
type voice struct {
	Claim  *tumenv1.Claim // nil: withheld
	Source string
	Value  string
	Own    said
}

// findingsPerPage keeps a page below 100 KB, however long the texts.
const findingsPerPage = 10

func (s *Site) casePage(v *visit) error {
	name := "cases/" + v.r.PathValue("case")
	p := &casePage{Shelf: v.shelf()}
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() error {
		reply, err := s.conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name})
		p.Case = reply.GetCase()
		return err
	})
	var findings *tumenv1.ListFindingsResponse
	g.Go(func() (err error) {
		findings, err = s.conn.Verification.ListFindings(ctx, &tumenv1.ListFindingsRequest{Parent: name, PageSize: findingsPerPage, PageToken: v.got("findings")})
		return err
	})
	g.Go(func() error { return s.eventsOf(ctx, name, p) })
	g.Go(func() (err error) { p.TimeLine, err = v.timeLine(ctx, name); return err })
	g.Go(func() error {
		reply, err := s.conn.Cases.ListInvolvements(ctx, &tumenv1.ListInvolvementsRequest{Parent: name, PageSize: perPage})
		p.Involvements = reply.GetInvolvements()
		return err
	})
	g.Go(func() error {
		reply, err := s.conn.Cases.ListInterventions(ctx, &tumenv1.ListInterventionsRequest{Parent: name, PageSize: perPage})
		p.Interventions = reply.GetInterventions()
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	v.lay(p.TimeLine)
	if err := v.gather(p, findings.GetFindings()); err != nil {
		return err
	}
	if token := findings.GetNextPageToken(); token != "" {
		p.NextFindings = "?" + query("findings", token)
	}
	return v.render(http.StatusOK, "case", cmp.Or(p.Case.GetTitle(), p.Case.GetReference()), p)
}

// eventsOf lists the events of a case in the order of the first day on which they may
// have been.
func (s *Site) eventsOf(ctx context.Context, name string, p *casePage) error {
	reply, err := s.conn.Cases.ListEvents(ctx, &tumenv1.ListEventsRequest{Parent: name, PageSize: perPage})
	for _, m := range reply.GetMatches() {
		p.Events = append(p.Events, m.GetEvent())
	}
	p.MoreEvents = reply.GetNextPageToken() != ""
	slices.SortStableFunc(p.Events, func(a, b *tumenv1.Event) int { return cmp.Compare(labels.Earliest(a), labels.Earliest(b)) })
	return err
}

// gather fetches what the records of the page refer to, and puts who speaks to each
// aspect side by side.
func (v *visit) gather(p *casePage, findings []*tumenv1.Finding) error {
	put(p.Shelf, p.Case)
	put(p.Shelf, p.Events...)
	put(p.Shelf, findings...)
	var all []proto.Message
	for _, f := range findings {
		all = append(all, f)
	}
	for _, e := range p.Events {
		all = append(all, e)
	}
	for _, i := range p.Involvements {
		all = append(all, i)
	}
	all = append(all, p.Case)
	var subjects []string
	for _, f := range findings {
		subjects = append(subjects, f.GetSubject())
	}
	if err := v.fetch(v.context(), p.Shelf, subjects...); err != nil {
		return err
	}
	if err := v.refer(v.context(), p.Shelf, all...); err != nil {
		return err
	}
	var claims []proto.Message
	for _, r := range p.Shelf.records {
		if c, ok := r.(*tumenv1.Claim); ok {
			claims = append(claims, c)
		}
	}
	if err := v.refer(v.context(), p.Shelf, claims...); err != nil {
		return err
	}
	for _, f := range findings {
		p.Findings = append(p.Findings, p.Shelf.aspect(f))
	}
	return nil
}

// aspect puts who asserts, denies and cannot confirm side by side.
func (s *shelf) aspect(f *tumenv1.Finding) *aspect {
	a := &aspect{Finding: f}
	for _, one := range []side{
		{Class: "asserts", Stance: tumenv1.Stance_STANCE_ASSERTS, Support: f.GetSupport().GetSupporting()},
		{Class: "denies", Stance: tumenv1.Stance_STANCE_DENIES, Support: f.GetSupport().GetDenying()},
		{Class: "unsure", Stance: tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, Support: f.GetSupport().GetNotConfirming()},
	} {
		if len(one.Support.GetClaims()) == 0 {
			continue
		}
		for _, name := range one.Support.GetClaims() {
			one.Claims = append(one.Claims, s.voice(s.Claim(name)))
		}
		slices.SortStableFunc(one.Claims, func(a, b voice) int { return cmp.Compare(a.Source, b.Source) })
		a.Sides = append(a.Sides, one)
	}
	return a
}

func (s *shelf) voice(c *tumenv1.Claim) voice {
	v := voice{Claim: c, Source: s.Label(c.GetSource())}
	v.Value, v.Own = s.Value(c.GetValue())
	return v
}
