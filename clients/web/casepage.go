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
// lists are paged, each by a field of the query of its own.
type casePage struct {
	Shelf         *shelf
	Case          *tumenv1.Case
	Events        []*tumenv1.Event
	Involvements  []*tumenv1.Involvement
	Interventions []*tumenv1.Intervention
	Findings      []*aspect
	// The queries of the next page of each list; empty where there is none.
	NextFindings, NextEvents, NextInvolvements, NextInterventions string
	TimeLine                                                      *figure
}

const (
	// findingsPerPage and claimsPerSide keep a page below 100 KB.
	findingsPerPage = 10
	claimsPerSide   = 20
)

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
	g.Go(func() error {
		events, next, err := v.eventsOf(ctx, name, v.got("events"))
		p.Events, p.NextEvents = events, v.next("events", next)
		return err
	})
	g.Go(func() (err error) { p.TimeLine, err = v.timeLine(ctx, name); return err })
	g.Go(func() error {
		return v.ofCase(ctx, &tumenv1.ListClaimsRequest{Parent: name, PageSize: atOnce}, p.Shelf)
	})
	g.Go(func() error {
		reply, err := s.conn.Cases.ListInvolvements(ctx, &tumenv1.ListInvolvementsRequest{Parent: name, PageSize: perPage, PageToken: v.got("involved")})
		p.Involvements, p.NextInvolvements = reply.GetInvolvements(), v.next("involved", reply.GetNextPageToken())
		return err
	})
	g.Go(func() error {
		reply, err := s.conn.Cases.ListInterventions(ctx, &tumenv1.ListInterventionsRequest{Parent: name, PageSize: perPage, PageToken: v.got("done")})
		p.Interventions, p.NextInterventions = reply.GetInterventions(), v.next("done", reply.GetNextPageToken())
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	v.lay(p.TimeLine)
	if err := v.gather(p, findings.GetFindings()); err != nil {
		return err
	}
	p.NextFindings = v.next("findings", findings.GetNextPageToken())
	return v.render(http.StatusOK, "case", cmp.Or(p.Case.GetTitle(), p.Case.GetReference()), p)
}

// eventsOf is a page of the events of a case, in the order of the first day on which they
// may have been, and the token of the next.
func (v *visit) eventsOf(ctx context.Context, name, token string) (events []*tumenv1.Event, next string, err error) {
	reply, err := v.site.conn.Cases.ListEvents(ctx, &tumenv1.ListEventsRequest{Parent: name, PageSize: perPage, PageToken: token})
	for _, m := range reply.GetMatches() {
		events = append(events, m.GetEvent())
	}
	slices.SortStableFunc(events, func(a, b *tumenv1.Event) int { return cmp.Compare(labels.Earliest(a), labels.Earliest(b)) })
	return events, reply.GetNextPageToken(), err
}

// gather fetches what the records of the page refer to, and puts who speaks to each
// aspect side by side.
func (v *visit) gather(p *casePage, findings []*tumenv1.Finding) error {
	beyond := make([]int, len(findings))
	for i, f := range findings {
		findings[i], beyond[i] = window{most: claimsPerSide}.cut(f)
	}
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
	if err := v.gatherCase(p.Shelf, all...); err != nil {
		return err
	}
	for i, f := range findings {
		one := p.Shelf.aspect(f)
		one.Beyond = beyond[i]
		p.Findings = append(p.Findings, one)
	}
	return nil
}
