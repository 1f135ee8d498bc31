package web

import (
	"context"
	"slices"

	"tumen/clients/client"
	"tumen/clients/web/picture"
	tumenv1 "tumen/proto/tumen/v1"
)

// sourcesGraph is who passes on whom among the sources of a case, with what each says
// to the finding that the case's headline speaks of.
func (v *visit) sourcesGraph(ctx context.Context, name string) (*figure, error) {
	of, err := v.site.conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name})
	if err != nil {
		return nil, err
	}
	var headline *tumenv1.Finding
	if finding := of.GetCase().GetHeadline().GetFinding(); finding != "" {
		reply, err := v.site.conn.Verification.GetFinding(ctx, &tumenv1.GetFindingRequest{Name: finding})
		if err != nil && !client.Unseen(err) {
			return nil, err
		}
		headline = reply.GetFinding()
	}
	reply, err := v.site.conn.Sources.ListSources(ctx, &tumenv1.ListSourcesRequest{Case: name, PageSize: perPage})
	if err != nil {
		return nil, err
	}
	p := &provenance{visit: v, shelf: v.shelf(), stances: map[string]picture.Stance{}}
	put(p.shelf, reply.GetSources()...)
	for _, source := range reply.GetSources() {
		p.add(source.GetName())
	}
	f, err := p.figure(ctx, "/"+name+"/pictures/sources.png", headline)
	if err == nil {
		v.moreThanShown(f, p.more || reply.GetNextPageToken() != "")
	}
	return f, err
}

// findingGraph is who passes on whom among those who speak to a finding, for the page
// of that finding. What is on the shelf already is not asked for again.
func (v *visit) findingGraph(ctx context.Context, finding *tumenv1.Finding, s *shelf) (*figure, error) {
	p := &provenance{visit: v, shelf: s, stances: map[string]picture.Stance{}}
	f, err := p.figure(ctx, "/"+finding.GetName()+"/sources.png", finding)
	if err == nil {
		v.moreThanShown(f, p.more)
	}
	return f, err
}

// provenance is sources with what joins them.
type provenance struct {
	visit   *visit
	shelf   *shelf
	names   []string
	stances map[string]picture.Stance
	ties    []*tumenv1.Tie
	more    bool // than are taken in
}

// Of so many sources, claims and ties a graph takes note.
const (
	maxSources = 60
	maxVoices  = 200 // on each side
	maxTies    = 100
)

func (p *provenance) add(source string) {
	switch {
	case source == "" || slices.Contains(p.names, source):
	case len(p.names) == maxSources:
		p.more = true
	default:
		p.names = append(p.names, source)
	}
}

// figure gathers what is needed and draws it. finding may be nil.
func (p *provenance) figure(ctx context.Context, path string, finding *tumenv1.Finding) (*figure, error) {
	if err := p.hear(ctx, finding); err != nil {
		return nil, err
	}
	if err := p.follow(ctx); err != nil {
		return nil, err
	}
	if err := p.joined(ctx); err != nil {
		return nil, err
	}
	p.order()
	return p.drawn(path, finding), nil
}

// hear takes in who says what to a finding.
func (p *provenance) hear(ctx context.Context, finding *tumenv1.Finding) error {
	support := finding.GetSupport()
	for _, side := range []struct {
		stance picture.Stance
		claims []string
	}{
		{picture.Asserts, support.GetSupporting().GetClaims()}, {picture.Denies, support.GetDenying().GetClaims()},
		{picture.Unsure, support.GetNotConfirming().GetClaims()},
	} {
		claims := side.claims[:min(len(side.claims), maxVoices)]
		p.more = p.more || len(claims) < len(side.claims)
		if err := p.visit.fetch(ctx, p.shelf, claims...); err != nil {
			return err
		}
		for _, name := range claims {
			if source := p.shelf.Claim(name).GetSource(); source != "" {
				p.stances[source] = jointly(p.stances[source], side.stance)
				p.add(source)
			}
		}
	}
	return nil
}

// follow takes in whom the sources pass on, and whom those do.
func (p *provenance) follow(ctx context.Context) error {
	for known := 0; known < len(p.names); {
		if err := p.visit.fetch(ctx, p.shelf, p.names[known:]...); err != nil {
			return err
		}
		end := len(p.names)
		for _, name := range p.names[known:end] {
			for _, r := range p.source(name).GetRelays() {
				p.add(r.GetSource())
			}
		}
		known = end
	}
	return nil
}

func (p *provenance) source(name string) *tumenv1.Source {
	s, _ := p.shelf.records[name].(*tumenv1.Source)
	return s
}

// joined fetches the ties of the sources. One that says that two are not the same takes
// back what said that they may be.
func (p *provenance) joined(ctx context.Context) error {
	var names []string
	for _, name := range p.names {
		names = append(names, p.source(name).GetTies()...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	p.more = p.more || len(names) > maxTies
	names = names[:min(len(names), maxTies)]
	if err := p.visit.ask(ctx, p.shelf, names...); err != nil {
		return err
	}
	for _, name := range names {
		if t, seen := p.shelf.records[name].(*tumenv1.Tie); seen {
			p.ties = append(p.ties, t)
		}
	}
	separated := func(a, b string) bool {
		return slices.ContainsFunc(p.ties, func(t *tumenv1.Tie) bool {
			return t.GetKind() == tumenv1.TieKind_TIE_KIND_SEPARATED && (t.GetA() == a && t.GetB() == b || t.GetA() == b && t.GetB() == a)
		})
	}
	p.ties = slices.DeleteFunc(slices.Clone(p.ties), func(t *tumenv1.Tie) bool {
		return t.GetKind() == tumenv1.TieKind_TIE_KIND_SEPARATED || t.GetKind() == tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME && separated(t.GetA(), t.GetB())
	})
	return nil
}
