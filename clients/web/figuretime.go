package web

import (
	"cmp"
	"context"

	"tumen/clients/web/picture"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// eventsShown are the events of a case that pictures show.
func (v *visit) eventsShown(ctx context.Context, name string) (events []*tumenv1.Event, more bool, err error) {
	events, next, err := v.eventsOf(ctx, name, "")
	return events, next != "", err
}

// lastingActs are the codes of acts that last.
func (v *visit) lastingActs(ctx context.Context) (map[string]bool, error) {
	reply, err := v.site.conn.Vocabulary.ListTerms(ctx, &tumenv1.ListTermsRequest{Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, PageSize: 1000})
	lasting := map[string]bool{}
	for _, t := range reply.GetTerms() {
		if t.GetLasting() {
			lasting[t.GetCode()] = true
		}
	}
	return lasting, err
}

// timeLine is the events of a case on a time line.
func (v *visit) timeLine(ctx context.Context, name string) (*figure, error) {
	events, more, err := v.eventsShown(ctx, name)
	if err != nil {
		return nil, err
	}
	lasting, err := v.lastingActs(ctx)
	if err != nil {
		return nil, err
	}
	w, s := v.say(), v.shelf()
	put(s, events...)
	f := &figure{Kind: "timeline", Path: "/" + name + "/pictures/timeline.png", Shows: len(events) > 0, Columns: []string{w.Say("case.event"), w.Say("case.time")}}
	line := picture.TimeLine{Words: picture.TimeLineWords{
		Day: w.Say("picture.day"), Sometime: w.Say("picture.sometime"), Certain: w.Say("picture.certain"), Possible: w.Say("picture.possible"),
		Ongoing: w.Say("picture.ongoing"), UnknownEnd: w.Say("picture.unknown_end"), Undated: w.Say("picture.undated"),
	}}
	for _, e := range events {
		label := s.Label(e.GetName())
		line.Events = append(line.Events, spanned(e, lasting[e.GetAct()], label))
		f.items = append(f.items, label)
		f.Rows = append(f.Rows, cells(label, cmp.Or(timeOfEvent(w, e), w.Say("picture.undated"))))
	}
	f.draws = line
	v.moreThanShown(f, more)
	return f, nil
}

func (v *visit) moreThanShown(f *figure, more bool) {
	if more {
		f.Notes = append(f.Notes, v.say().Say("picture.more"))
	}
}

// spanned is an event with the days on which it may have been.
func spanned(e *tumenv1.Event, lasting bool, label string) picture.Event {
	unknown := picture.Range{Earliest: picture.Ever, Latest: picture.Never}
	drawn := picture.Event{Label: label, Lasting: lasting, Start: unknown, End: unknown}
	t := e.GetUsedTime().GetTime()
	if t.GetEdtf() == "" {
		t = e.GetTime()
	}
	date, err := edtf.Parse(t.GetEdtf())
	if err != nil || date.IsZero() {
		return drawn
	}
	if !lasting { // a night is drawn on the day on which it begins
		drawn.Start = date.Interval()
		return drawn
	}
	span := date.Span()
	drawn.Start, drawn.End, drawn.Ongoing = span.Start, span.End, span.Ongoing
	return drawn
}
