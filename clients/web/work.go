package web

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	tumenv1 "tumen/proto/tumen/v1"
)

// workPage is what waits for who has signed in.
type workPage struct {
	Shelf *shelf
	Mine  []*tumenv1.Case
	Queue []*tumenv1.Finding
	More  bool // the queue is longer
}

// waiting is how much of each list the first page shows.
const waiting = 20

func (s *Site) work(v *visit) error {
	p := &workPage{Shelf: v.shelf()}
	g, ctx := errgroup.WithContext(v.context())
	if v.may("CaseService/ListCases") {
		g.Go(func() (err error) { p.Mine, err = s.assigned(ctx, v); return err })
	}
	if v.may("VerificationService/ListReviewQueue") {
		g.Go(func() error {
			reply, err := s.conn.Verification.ListReviewQueue(ctx, &tumenv1.ListReviewQueueRequest{PageSize: waiting})
			p.Queue, p.More = reply.GetFindings(), reply.GetNextPageToken() != ""
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	var subjects []string
	for _, f := range p.Queue {
		subjects = append(subjects, f.GetSubject())
	}
	if err := v.fetch(v.context(), p.Shelf, subjects...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "work", v.say().Say("work.title"), p)
}

// assigned are the open cases of the member.
func (s *Site) assigned(ctx context.Context, v *visit) ([]*tumenv1.Case, error) {
	reply, err := s.conn.Cases.ListCases(ctx, &tumenv1.ListCasesRequest{
		PageSize: waiting, Assignee: v.session.self.GetMember().GetName(), State: tumenv1.CaseState_CASE_STATE_OPEN,
	})
	return casesIn(reply), err
}

// casesIn are the cases of a page of matches.
func casesIn(reply *tumenv1.ListCasesResponse) []*tumenv1.Case {
	var all []*tumenv1.Case
	for _, m := range reply.GetMatches() {
		all = append(all, m.GetCase())
	}
	return all
}
