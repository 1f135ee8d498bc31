package web

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/alike"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// sources offers those with the same address or title.
func (a *alikes) sources(ctx context.Context, texts entry.Texts) error {
	address, title := alike.Address(texts["address"]), alike.Title(texts["title"])
	s := a.v.shelf()
	return a.pages(func(token string) (string, error) {
		reply, err := a.v.site.conn.Sources.ListSources(ctx, &tumenv1.ListSourcesRequest{PageSize: alikePage, PageToken: token})
		for _, r := range reply.GetSources() {
			if address != "" && alike.Address(r.GetAddress()) == address {
				a.offer(r.GetName(), s.SourceLabel(r), "address")
			}
			if title != "" && alike.Title(r.GetTitle()) == title {
				a.offer(r.GetName(), s.SourceLabel(r), "title")
			}
		}
		return reply.GetNextPageToken(), err
	})
}

// cases offers those with the same title.
func (a *alikes) cases(ctx context.Context, texts entry.Texts) error {
	title := alike.Title(texts["title"])
	return a.pages(func(token string) (string, error) {
		reply, err := a.v.site.conn.Cases.ListCases(ctx, &tumenv1.ListCasesRequest{PageSize: alikePage, PageToken: token})
		for _, c := range casesIn(reply) {
			if title != "" && alike.Title(c.GetTitle()) == title {
				a.offer(c.GetName(), caseLabel(c), "title")
			}
		}
		return reply.GetNextPageToken(), err
	})
}

// pages walks a list as far as is looked.
func (a *alikes) pages(next func(token string) (string, error)) error {
	token := ""
	for range alikePages {
		var err error
		if token, err = next(token); err != nil || token == "" {
			return err
		}
	}
	a.list.Looked = alikePages * alikePage
	return nil
}

// casesThen offers those in which the same was done in the same days at one of the same
// places.
func (a *alikes) casesThen(ctx context.Context, event entry.Texts) error {
	period := alike.Period(event["time.edtf"])
	if period == "" {
		return nil
	}
	for _, place := range a.places(ctx, event) {
		reply, err := a.v.site.conn.Cases.ListCases(ctx, &tumenv1.ListCasesRequest{PageSize: alikeShown + 1, Within: period, Place: place, Act: event["act"]})
		if err != nil {
			return err
		}
		for _, c := range casesIn(reply) {
			a.offer(c.GetName(), caseLabel(c), "days_and_place")
		}
	}
	return nil
}

// places are the known ones of an event.
func (a *alikes) places(ctx context.Context, event entry.Texts) []string {
	choices := a.v.choices(ctx, "")
	var all []string
	for path, text := range event.Trimmed() {
		if !strings.HasPrefix(path, "places[") || !strings.HasSuffix(path, ".place") {
			continue
		}
		if name, problem := choices.named("Place", text); problem == "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// casesOf offers those in which one of the persons was involved in the days of the event.
func (a *alikes) casesOf(ctx context.Context, i *intake) error {
	choices, date := a.v.choices(ctx, ""), i.get("event/f.time.edtf")
	for _, p := range i.parts(stepPeople) {
		text := i.texts(p)["person"]
		if text == "" {
			continue
		}
		person, problem := choices.named("Person", text)
		if problem != "" {
			continue
		}
		reply, err := a.v.site.conn.Cases.ListInvolvements(ctx, &tumenv1.ListInvolvementsRequest{Parent: "cases/-", Person: person, PageSize: 50})
		if err != nil {
			return err
		}
		if err := a.inDays(ctx, reply.GetInvolvements(), date); err != nil {
			return err
		}
	}
	return nil
}

// inDays offers the cases of those parts in an event that may have been in the same days;
// where one of the two has no date, too.
func (a *alikes) inDays(ctx context.Context, parts []*tumenv1.Involvement, date string) error {
	conn := a.v.site.conn
	cases := make([]*tumenv1.Case, len(parts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for n, part := range parts {
		g.Go(func() error {
			reply, err := conn.Cases.GetEvent(ctx, &tumenv1.GetEventRequest{Name: part.GetEvent()})
			there := reply.GetEvent().GetTime().GetEdtf()
			if client.Unseen(err) || date != "" && there != "" && !alike.Overlap(date, there) {
				return nil
			}
			if err != nil {
				return err
			}
			of, err := conn.Cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: labels.CaseOf(part.GetName())})
			if client.Unseen(err) {
				return nil
			}
			cases[n] = of.GetCase()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, c := range cases {
		if c != nil {
			a.offer(c.GetName(), caseLabel(c), "person")
		}
	}
	return nil
}

// caseLabel is what a case is called in lists.
func caseLabel(c *tumenv1.Case) string {
	return strings.TrimSpace(c.GetReference() + " " + c.GetTitle())
}
