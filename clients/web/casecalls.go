package web

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	tumenv1 "tumen/proto/tumen/v1"
)

// atOnce is how many claims and sources of a case a page takes in one call. What it
// speaks of beyond them is asked for singly.
const atOnce = 1000

// ofCase puts the claims of a case that are asked for, and its sources, on a shelf with one
// call for each, rather than one for each record.
func (v *visit) ofCase(ctx context.Context, claims *tumenv1.ListClaimsRequest, s *shelf) error {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	if v.may("ClaimService/ListClaims") {
		g.Go(func() error {
			reply, err := v.site.conn.Claims.ListClaims(ctx, claims)
			mu.Lock()
			defer mu.Unlock()
			for _, m := range reply.GetMatches() {
				put(s, m.GetClaim())
			}
			return err
		})
	}
	if v.may("SourceService/ListSources") {
		g.Go(func() error {
			reply, err := v.site.conn.Sources.ListSources(ctx, &tumenv1.ListSourcesRequest{Case: claims.GetParent(), PageSize: atOnce})
			mu.Lock()
			defer mu.Unlock()
			put(s, reply.GetSources()...)
			return err
		})
	}
	return g.Wait()
}
