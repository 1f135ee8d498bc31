package cli

import (
	"context"
	"slices"
	"sync"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// loader fetches what a view shows. What the reader may not see is left out and
// called by its name.
type loader struct {
	*session
	view *matterView
	mu   sync.Mutex // for what several goroutines put into the view
}

// loadCaseView fetches a case with all that belongs to it, however many pages.
func (s *session) loadCaseView(ctx context.Context, c *tumenv1.Case) (*matterView, error) {
	view := newMatterView(s.profile.Organisation)
	view.matter = c
	l := &loader{session: s, view: view}
	for _, step := range []func(context.Context, string) error{l.events, l.claims, l.findings, l.involvements, l.interventions, l.sources} {
		if err := step(ctx, c.GetName()); err != nil {
			return nil, err
		}
	}
	if err := l.acts(ctx); err != nil {
		return nil, err
	}
	if err := l.referred(ctx); err != nil {
		return nil, err
	}
	view.sortEvents()
	return view, nil
}

// loadFindingView fetches what one finding speaks of.
func (s *session) loadFindingView(ctx context.Context, f *tumenv1.Finding) (*matterView, error) {
	view := newMatterView(s.profile.Organisation)
	view.findings = []*tumenv1.Finding{f}
	l := &loader{session: s, view: view}
	parent := labels.CaseOf(f.GetName())
	for _, step := range []func(context.Context, string) error{l.events, l.claims, l.involvements, l.sources} {
		if err := step(ctx, parent); err != nil {
			return nil, err
		}
	}
	if err := l.acts(ctx); err != nil {
		return nil, err
	}
	return view, l.referred(ctx)
}

// collect appends all items of a list.
func collect[Req client.PageRequest, Resp client.PageResponse, T any](ctx context.Context, list client.ListFunc[Req, Resp], request Req, items func(Resp) []T) ([]T, error) {
	var all []T
	for item, err := range client.Items(ctx, list, request, items) {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

func (l *loader) events(ctx context.Context, parent string) error {
	matches, err := collect(ctx, l.conn.Cases.ListEvents, &tumenv1.ListEventsRequest{Parent: parent, PageSize: 1000}, (*tumenv1.ListEventsResponse).GetMatches)
	for _, m := range matches {
		l.view.events = append(l.view.events, m.GetEvent())
	}
	return err
}

func (l *loader) claims(ctx context.Context, parent string) error {
	matches, err := collect(ctx, l.conn.Claims.ListClaims, &tumenv1.ListClaimsRequest{Parent: parent, PageSize: 1000}, (*tumenv1.ListClaimsResponse).GetMatches)
	for _, m := range matches {
		l.view.claims[m.GetClaim().GetName()] = m.GetClaim()
	}
	return err
}

func (l *loader) findings(ctx context.Context, parent string) (err error) {
	request := &tumenv1.ListFindingsRequest{Parent: parent, PageSize: 100}
	l.view.findings, err = collect(ctx, l.conn.Verification.ListFindings, request, (*tumenv1.ListFindingsResponse).GetFindings)
	slices.SortStableFunc(l.view.findings, func(a, b *tumenv1.Finding) int { return int(a.GetAspect() - b.GetAspect()) })
	return err
}

func (l *loader) involvements(ctx context.Context, parent string) (err error) {
	request := &tumenv1.ListInvolvementsRequest{Parent: parent, PageSize: 1000}
	l.view.involvements, err = collect(ctx, l.conn.Cases.ListInvolvements, request, (*tumenv1.ListInvolvementsResponse).GetInvolvements)
	return err
}

func (l *loader) interventions(ctx context.Context, parent string) (err error) {
	request := &tumenv1.ListInterventionsRequest{Parent: parent, PageSize: 1000}
	l.view.interventions, err = collect(ctx, l.conn.Cases.ListInterventions, request, (*tumenv1.ListInterventionsResponse).GetInterventions)
	slices.SortStableFunc(l.view.interventions, func(a, b *tumenv1.Intervention) int { return labels.Compare(a.GetDate(), b.GetDate()) })
	return err
}

func (l *loader) sources(ctx context.Context, parent string) error {
	sources, err := collect(ctx, l.conn.Sources.ListSources, &tumenv1.ListSourcesRequest{Case: parent, PageSize: 1000}, (*tumenv1.ListSourcesResponse).GetSources)
	for _, s := range sources {
		l.view.sources[s.GetName()] = s
	}
	return err
}

func (l *loader) acts(ctx context.Context) error {
	request := &tumenv1.ListTermsRequest{Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, PageSize: 1000}
	terms, err := collect(ctx, l.conn.Vocabulary.ListTerms, request, (*tumenv1.ListTermsResponse).GetTerms)
	for _, t := range terms {
		l.view.terms[t.GetCode()] = t
	}
	return err
}

// source fetches a source.
func (l *loader) source(ctx context.Context, name string) error {
	reply, err := l.conn.Sources.GetSource(ctx, &tumenv1.GetSourceRequest{Name: name})
	return l.keep(err, func() { l.view.sources[name] = reply.GetSource() })
}
