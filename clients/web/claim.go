package web

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// claimPage is a claim: who says what, word for word and beside it in translation.
type claimPage struct {
	Shelf   *shelf
	Case    *tumenv1.Case   // nil: withheld
	Source  *tumenv1.Source // nil: withheld
	Claim   *tumenv1.Claim
	Value   string
	Own     said
	Capture *tumenv1.Capture // that was examined; nil: none, or withheld
}

func (s *Site) claimPage(v *visit) error {
	parent := "cases/" + v.r.PathValue("case")
	name := parent + "/claims/" + v.r.PathValue("claim")
	p := &claimPage{Shelf: v.shelf()}
	g, ctx := errgroup.WithContext(v.context())
	g.Go(func() error {
		reply, err := s.conn.Claims.GetClaim(ctx, &tumenv1.GetClaimRequest{Name: name})
		p.Claim = reply.GetClaim()
		return err
	})
	g.Go(func() (err error) { p.Case, err = v.caseAround(ctx, parent); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	put(p.Shelf, p.Claim)
	if err := v.refer(v.context(), p.Shelf, proto.Message(p.Claim)); err != nil {
		return err
	}
	p.Source, _ = p.Shelf.records[p.Claim.GetSource()].(*tumenv1.Source)
	p.Value, p.Own = p.Shelf.Value(p.Claim.GetValue())
	if e := p.Claim.GetExamination(); e != nil {
		var err error
		if p.Capture, err = v.capture(v.context(), e.GetCapture()); err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "claim", v.say().Say("claim.title", "source", p.Shelf.Label(p.Claim.GetSource())), p)
}

// capture is a capture; nil where it is withheld.
func (v *visit) capture(ctx context.Context, name string) (*tumenv1.Capture, error) {
	reply, err := v.site.conn.Sources.GetCapture(ctx, &tumenv1.GetCaptureRequest{Name: name})
	if client.Unseen(err) {
		return nil, nil
	}
	return reply.GetCapture(), err
}
