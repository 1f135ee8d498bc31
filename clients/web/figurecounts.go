package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tumen/clients/labels"
	"tumen/clients/web/picture"
	tumenv1 "tumen/proto/tumen/v1"
)

// counted is how many people an event is said to have befallen.
type counted struct {
	event           *tumenv1.Event
	low, best, high *int64
	rests           []string // on what
}

// countsOverTime is how many people each event of a case befell, in the order of time.
// Nothing is added: the same person may be detained and then sent back.
func (v *visit) countsOverTime(ctx context.Context, name string) (*figure, error) {
	events, more, err := v.eventsShown(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := v.counted(ctx, name, events)
	if err != nil {
		return nil, err
	}
	w, s := v.say(), v.shelf()
	put(s, events...)
	f := &figure{
		Kind: "counts", Path: "/" + name + "/pictures/counts.png", Shows: len(all) > 0,
		Columns: []string{w.Say("case.event"), w.Say("case.time"), w.Say("case.people"), w.Say("picture.rests_on")},
		Notes:   []string{w.Say("picture.counts_note")},
	}
	bars := picture.Counts{Words: picture.CountWords{
		AtLeast: w.Say("picture.at_least"), Possible: w.Say("picture.up_to"), OpenHigh: w.Say("picture.open_high"), NoLow: w.Say("picture.no_low"),
	}}
	for _, c := range all {
		label, when := s.Label(c.event.GetName()), timeOfEvent(w, c.event)
		short := strings.Trim(labels.Key(s.organisation, c.event)+" · "+when, " ·")
		bars.Periods = append(bars.Periods, picture.Period{Label: cmp.Or(short, label), Low: c.low, Best: c.best, High: c.high})
		if c.best != nil {
			bars.Words.Best = w.Say("picture.best")
		}
		f.items = append(f.items, label)
		f.Rows = append(f.Rows, cells(label, cmp.Or(when, w.Say("picture.undated")), w.Range(c.low, c.high), strings.Join(c.rests, "; ")))
	}
	f.draws = bars
	v.moreThanShown(f, more)
	return f, nil
}

// counted is what the server works out for each event or, for who may not ask for
// that, what is recorded in each.
func (v *visit) counted(ctx context.Context, name string, events []*tumenv1.Event) ([]counted, error) {
	var all []counted
	if !v.may("StatisticsService/CountPeople") {
		for _, e := range events {
			if p := e.GetPeople(); p.GetLow() != 0 || p.GetBest() != 0 || p.GetHigh() != 0 {
				all = append(all, counted{e, p.Low, p.Best, p.High, []string{v.say().Enum(tumenv1.CountBasis_COUNT_BASIS_RECORDED)}})
			}
		}
		return all, nil
	}
	reply, err := v.site.conn.Statistics.CountPeople(ctx, &tumenv1.CountPeopleRequest{Case: name, IncludeMayBe: true})
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for i, e := range events {
		place[e.GetName()] = i
	}
	for _, total := range reply.GetTotals() {
		for _, c := range total.GetContributions() {
			if i, shown := place[c.GetEvent()]; shown {
				all = append(all, v.contributed(events[i], c))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b counted) int { return cmp.Compare(place[a.event.GetName()], place[b.event.GetName()]) })
	return all, nil
}

func (v *visit) contributed(e *tumenv1.Event, c *tumenv1.Contribution) counted {
	w := v.say()
	one := counted{event: e, high: c.High}
	if c.GetLow() > 0 {
		one.low = &c.Low
	}
	if c.GetBasis() != tumenv1.CountBasis_COUNT_BASIS_UNSPECIFIED {
		one.rests = append(one.rests, w.Enum(c.GetBasis()))
	}
	if c.GetSingleSource() {
		one.rests = append(one.rests, w.Say("picture.single_source"))
	}
	return one
}
