package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// sourcePage is a source with what it passes on, who passes it on, what was preserved of
// it, and what rests on it.
type sourcePage struct {
	Shelf    *shelf
	Source   *tumenv1.Source
	Relayers []relayer
	Narrowed bool // not all were looked through for who relays it
	Ties     []*tumenv1.Tie
	Captures []*tumenv1.Capture
	Claims   []*tumenv1.Claim
	Cases    []*tumenv1.Case

	NextTies, NextCaptures, NextClaims string
}

// relayer is a source that passes on what another says.
type relayer struct {
	Source *tumenv1.Source
	Kind   tumenv1.RelayKind
}

func (s *Site) sourcePage(v *visit) error {
	name := "sources/" + v.r.PathValue("source")
	p := &sourcePage{Shelf: v.shelf()}
	reply, err := s.conn.Sources.GetSource(v.context(), &tumenv1.GetSourceRequest{Name: name})
	if err != nil {
		return err
	}
	p.Source = reply.GetSource()
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() error { return v.tiesOf(ctx, name, p) })
	g.Go(func() error { return v.capturesOf(ctx, name, p) })
	g.Go(func() error { return v.claimsOf(ctx, name, p) })
	g.Go(func() error { return v.relayers(ctx, name, p) })
	if err := g.Wait(); err != nil {
		return err
	}
	put(p.Shelf, p.Source)
	put(p.Shelf, p.Claims...)
	put(p.Shelf, p.Cases...)
	for _, r := range p.Relayers {
		put(p.Shelf, r.Source)
	}
	about := []proto.Message{p.Source}
	for _, tie := range p.Ties {
		about = append(about, tie)
	}
	for _, claim := range p.Claims {
		about = append(about, claim)
	}
	if err := v.refer(v.context(), p.Shelf, about...); err != nil {
		return err
	}
	return v.render(http.StatusOK, "source", p.Shelf.SourceLabel(p.Source), p)
}

func (v *visit) tiesOf(ctx context.Context, name string, p *sourcePage) error {
	reply, err := v.site.conn.Sources.ListTies(ctx, &tumenv1.ListTiesRequest{Record: name, PageSize: perPage, PageToken: v.got("ties")})
	p.Ties, p.NextTies = reply.GetTies(), v.next("ties", reply.GetNextPageToken())
	return err
}

func (v *visit) capturesOf(ctx context.Context, name string, p *sourcePage) error {
	reply, err := v.site.conn.Sources.ListCaptures(ctx, &tumenv1.ListCapturesRequest{Parent: name, PageSize: perPage, PageToken: v.got("captures")})
	p.Captures, p.NextCaptures = reply.GetCaptures(), v.next("captures", reply.GetNextPageToken())
	return err
}

func (v *visit) claimsOf(ctx context.Context, name string, p *sourcePage) error {
	reply, err := v.site.conn.Claims.ListClaims(ctx, &tumenv1.ListClaimsRequest{Parent: everyCase, Source: name, PageSize: perPage, PageToken: v.got("claims")})
	for _, m := range reply.GetMatches() {
		p.Claims = append(p.Claims, m.GetClaim())
	}
	p.NextClaims = v.next("claims", reply.GetNextPageToken())
	return err
}

// casesLooked is in how many of a source's cases a page looks for who relays it.
const casesLooked = 5

// relayers are the sources that pass on what a source says. The server lists none by that,
// so the sources of its cases are looked through.
func (v *visit) relayers(ctx context.Context, name string, p *sourcePage) error {
	reply, err := v.site.conn.Cases.ListCases(ctx, &tumenv1.ListCasesRequest{Source: name, PageSize: casesLooked})
	if client.Unseen(err) {
		return nil
	}
	if err != nil {
		return err
	}
	p.Narrowed = reply.GetNextPageToken() != ""
	var mu sync.Mutex
	found := map[string]relayer{}
	g, ctx := errgroup.WithContext(ctx)
	for _, m := range reply.GetMatches() {
		p.Cases = append(p.Cases, m.GetCase())
		g.Go(func() error {
			list, err := v.site.conn.Sources.ListSources(ctx, &tumenv1.ListSourcesRequest{Case: m.GetCase().GetName(), PageSize: 1000})
			mu.Lock()
			defer mu.Unlock()
			p.Narrowed = p.Narrowed || list.GetNextPageToken() != ""
			for _, s := range list.GetSources() {
				for _, relay := range s.GetRelays() {
					if relay.GetSource() == name {
						found[s.GetName()] = relayer{s, relay.GetKind()}
					}
				}
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, r := range found {
		p.Relayers = append(p.Relayers, r)
	}
	organisation := p.Shelf.organisation
	slices.SortFunc(p.Relayers, func(a, b relayer) int {
		return cmp.Or(labels.Compare(labels.Key(organisation, a.Source), labels.Key(organisation, b.Source)), cmp.Compare(a.Source.GetName(), b.Source.GetName()))
	})
	return nil
}
