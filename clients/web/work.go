package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// workPage is what waits for who has signed in.
type workPage struct {
	Shelf       *shelf
	Due         []*tumenv1.Case // to look at again, by today
	Narrowed    bool            // not all of the member's cases were looked through for that
	Mine        []*tumenv1.Case
	Stale       []stale
	Queue       []*tumenv1.Finding
	Submissions []*tumenv1.Submission

	NextMine, NextQueue, NextSubmissions string
}

// stale is a finding whose ground has changed, with the first reason in the server's words.
type stale struct {
	*tumenv1.Finding
	Why staleReason
}

const (
	// waiting is how much of each list the first page shows.
	waiting = 20
	// lookedThrough is how many of a member's cases are looked through for what is due.
	lookedThrough = 200
)

func (s *Site) work(v *visit) error {
	p := &workPage{Shelf: v.shelf()}
	g, ctx := errgroup.WithContext(v.context())
	var queue []*tumenv1.Finding
	if v.may("CaseService/ListCases") && v.may("VerificationService/ListReviewQueue") { // partners have no cases of their own
		g.Go(func() error { return v.assigned(ctx, p) })
		g.Go(func() error { return v.due(ctx, p) })
	}
	if v.may("VerificationService/ListReviewQueue") {
		g.Go(func() error {
			reply, err := s.conn.Verification.ListReviewQueue(ctx, &tumenv1.ListReviewQueueRequest{PageSize: waiting, PageToken: v.got("queue")})
			queue, p.NextQueue = reply.GetFindings(), v.next("queue", reply.GetNextPageToken())
			return err
		})
	}
	if v.may("SubmissionService/ListSubmissions") {
		g.Go(func() error { return v.intake(ctx, p) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := v.queued(p, queue); err != nil {
		return err
	}
	return v.render(http.StatusOK, "work", v.say().Say("work.title"), p)
}

// queued fetches what waiting findings speak of, and sorts out those that are stale.
func (v *visit) queued(p *workPage, queue []*tumenv1.Finding) error {
	var names []string
	for _, f := range queue {
		names = append(names, f.GetSubject())
		names = append(names, labels.RecordName.FindAllString(strings.Join(labels.FirstReasons(f), " "), -1)...)
	}
	if err := v.fetch(v.context(), p.Shelf, names...); err != nil {
		return err
	}
	for _, f := range queue {
		if f.GetStale() {
			p.Stale = append(p.Stale, stale{f, p.Shelf.whyInShort(f)})
		} else {
			p.Queue = append(p.Queue, f)
		}
	}
	return nil
}

// assigned are the open cases of the member.
func (v *visit) assigned(ctx context.Context, p *workPage) error {
	reply, err := v.myCases(ctx, waiting, v.got("mine"))
	for _, m := range reply.GetMatches() {
		p.Mine = append(p.Mine, m.GetCase())
	}
	p.NextMine = v.next("mine", reply.GetNextPageToken())
	return err
}

// due are those among them that were to be looked at again by today.
func (v *visit) due(ctx context.Context, p *workPage) error {
	reply, err := v.myCases(ctx, lookedThrough, "")
	today := v.site.config.Now().UTC().Format(time.DateOnly)
	for _, m := range reply.GetMatches() {
		if day := m.GetCase().GetFollowUpDate(); day != "" && day <= today {
			p.Due = append(p.Due, m.GetCase())
		}
	}
	slices.SortStableFunc(p.Due, func(a, b *tumenv1.Case) int { return cmp.Compare(a.GetFollowUpDate(), b.GetFollowUpDate()) })
	p.Narrowed = reply.GetNextPageToken() != ""
	return err
}

func (v *visit) myCases(ctx context.Context, size int32, token string) (*tumenv1.ListCasesResponse, error) {
	return v.site.conn.Cases.ListCases(ctx, &tumenv1.ListCasesRequest{
		PageSize: size, PageToken: token, Assignee: v.session.self.GetMember().GetName(), State: tumenv1.CaseState_CASE_STATE_OPEN,
	})
}

// intake is what partners sent that nobody has decided on.
func (v *visit) intake(ctx context.Context, p *workPage) error {
	reply, err := v.site.conn.Submissions.ListSubmissions(ctx, &tumenv1.ListSubmissionsRequest{
		PageSize: waiting, PageToken: v.got("submissions"), State: tumenv1.SubmissionState_SUBMISSION_STATE_WAITING,
	})
	p.Submissions, p.NextSubmissions = reply.GetSubmissions(), v.next("submissions", reply.GetNextPageToken())
	return err
}
