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

// Before a source or a case is made, what may be the same is offered: among what the
// member sees, and no further than so many records.
const (
	alikePage  = 1000 // records that are looked at in one list
	alikePages = 2    // such lists
	alikeShown = 10   // records that are offered at most
)

// alikeList are records that may be the same as what was typed.
type alikeList struct {
	Records []alikeRecord
	More    bool   // there are others
	Looked  int    // 0: all were looked at; else so many
	Seen    string // the names of those offered
}

type alikeRecord struct{ Name, Label, Why string }

// alikes gathers records that may be the same, each once.
type alikes struct {
	v    *visit
	list alikeList
	skip []string // looked at, and others
}

func (v *visit) alikes(different string) *alikes {
	return &alikes{v: v, skip: strings.Fields(different)}
}

// offer offers a record for a reason.
func (a *alikes) offer(name, label, why string) {
	if slices.Contains(a.skip, name) {
		return
	}
	at := slices.IndexFunc(a.list.Records, func(r alikeRecord) bool { return r.Name == name })
	why = a.v.say().Say("alike." + why)
	switch {
	case at >= 0 && !strings.Contains(a.list.Records[at].Why, why):
		a.list.Records[at].Why += "; " + why
	case at >= 0:
	case len(a.list.Records) == alikeShown:
		a.list.More = true
	default:
		a.list.Records = append(a.list.Records, alikeRecord{name, label, why})
		a.list.Seen = strings.TrimSpace(a.list.Seen + " " + name)
	}
}

// found is the list; nil if there is nothing to look at.
func (a *alikes) found() *alikeList {
	if len(a.list.Records) == 0 {
		return nil
	}
	return &a.list
}

// alike are records that may be the same as a new one. Who has seen them and says that it
// is another one is asked no more.
func (v *visit) alike(ctx context.Context, k *entry.Kind, texts entry.Texts) (*alikeList, error) {
	different := ""
	if v.got(doField) == "different" {
		different = v.got("seen")
	}
	a := v.alikes(different)
	var err error
	switch {
	case k.Name == "source" && v.may("SourceService/ListSources"):
		err = a.sources(ctx, texts)
	case k.Name == "case" && v.may("CaseService/ListCases"):
		err = a.cases(ctx, texts)
	}
	return a.found(), err
}

// alikeInStep are records that may be the same as what a step of an intake would make, as
// far as it has been typed.
func (v *visit) alikeInStep(ctx context.Context, i *intake, step string) (*alikeList, error) {
	a := v.alikes(i.get(differentValue))
	newCase := i.get("case/"+existingPath) == ""
	var err error
	switch {
	case step == stepSource && i.get("source/"+existingPath) == "":
		err = a.sources(ctx, i.texts(i.parts(step)[0]))
	case step == stepCase && newCase:
		err = a.cases(ctx, i.texts(i.parts(step)[0]))
	case step == stepEvent && newCase:
		err = a.casesThen(ctx, i.texts(i.parts(step)[0]))
	case step == stepPeople && newCase:
		err = a.casesOf(ctx, i)
	}
	return a.found(), err
}

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
