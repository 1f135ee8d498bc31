package web

import (
	"context"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// historyPage is what became of a record, the newest revision first.
type historyPage struct {
	Shelf     *shelf
	Name      string
	Revisions []revised
	Next      string
}

// revised is one revision with what differs from the one before.
type revised struct {
	*tumenv1.Revision
	Changes []altered
	Hidden  []string // fields that tell who somebody is, which no history shows
}

// revisionsPerPage keeps a page small, however long the texts.
const revisionsPerPage = 5

func (s *Site) historyPage(v *visit) error {
	p := &historyPage{Shelf: v.shelf(), Name: v.r.PathValue("record")}
	if !v.may("RecordService/ListRevisions") || !v.may("RecordService/GetRecord") {
		return errNotFound // and not whichever of two refusals comes first
	}
	g, ctx := errgroup.WithContext(v.context())
	var listed *tumenv1.ListRevisionsResponse
	var record proto.Message
	g.Go(func() (err error) {
		listed, err = s.conn.Records.ListRevisions(ctx, &tumenv1.ListRevisionsRequest{Name: p.Name, PageSize: revisionsPerPage, PageToken: v.got("page")})
		return err
	})
	g.Go(func() error {
		reply, err := s.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: p.Name})
		record = labels.Unwrap(reply.GetRecord())
		return err
	})
	g.Go(func() error { return v.members(ctx, p.Shelf) })
	if err := g.Wait(); err != nil {
		return err
	}
	if r, ok := record.(labels.Record); ok {
		put(p.Shelf, r)
	}
	p.Next = v.next("page", listed.GetNextPageToken())
	if err := v.compare(p, listed.GetRevisions()); err != nil {
		return err
	}
	if f, ok := record.(*tumenv1.Finding); ok {
		if err := v.fetch(v.context(), p.Shelf, f.GetSubject()); err != nil {
			return err
		}
	}
	if c, ok := record.(*tumenv1.Claim); ok {
		if err := v.fetch(v.context(), p.Shelf, c.GetSource()); err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "history", v.say().Say("history.title", "record", p.Shelf.Label(p.Name)), p)
}

// compare puts beside each revision what differs from its neighbour.
func (v *visit) compare(p *historyPage, listed []*tumenv1.Revision) error {
	were, err := v.asTheyWere(v.context(), p.Name, listed)
	if err != nil {
		return err
	}
	var changed []proto.Message
	for _, r := range listed {
		for _, of := range []proto.Message{were[r.GetRevision()], were[r.GetRevision()-1]} {
			if of != nil {
				changed = append(changed, only(of, r.GetChangedFields()))
			}
		}
	}
	if err := v.refer(v.context(), p.Shelf, changed...); err != nil {
		return err
	}
	for _, r := range listed {
		one := revised{Revision: r}
		one.Changes, one.Hidden = p.Shelf.differences(were[r.GetRevision()-1], were[r.GetRevision()], r.GetChangedFields())
		p.Revisions = append(p.Revisions, one)
	}
	return nil
}

// asTheyWere are the revisions and those before them, by number. One that the reader may
// not see is not there.
func (v *visit) asTheyWere(ctx context.Context, name string, listed []*tumenv1.Revision) (map[int64]proto.Message, error) {
	wanted := map[int64]bool{}
	for _, r := range listed {
		if r.GetTime() != nil {
			wanted[r.GetRevision()], wanted[r.GetRevision()-1] = true, true
		}
	}
	delete(wanted, 0)
	found := map[int64]proto.Message{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for number := range wanted {
		g.Go(func() error {
			reply, err := v.site.conn.Records.GetRevision(ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: number})
			if client.Unseen(err) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				found[number] = labels.Unwrap(reply.GetRecord())
			}
			return err
		})
	}
	return found, g.Wait()
}
