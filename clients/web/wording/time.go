package wording

import (
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// Time is a time of the contract with what it has beside its date: night and
// time of day. It is empty where only the source's own words are known: those
// are a quote, with a language and perhaps a calendar of their own, and stand
// beside it.
func (w *Words) Time(t *tumenv1.Time) string {
	if t.GetEdtf() == "" {
		return ""
	}
	said := w.Date(t.GetEdtf())
	if t.GetNight() {
		said = w.night(t.GetEdtf(), said)
	}
	if t.GetTimeOfDay() == "" {
		return said
	}
	clock := t.GetTimeOfDay()
	if t.GetUtcOffset() != "" {
		clock = w.Say("date.offset", "clock", clock, "offset", t.GetUtcOffset())
	}
	if t.GetTimeOfDayApproximate() {
		return w.Say("date.clock_around", "date", said, "clock", clock)
	}
	return w.Say("date.clock", "date", said, "clock", clock)
}

// night is the night of one exact day, or a remark to anything wider.
func (w *Words) night(text, said string) string {
	date, err := edtf.Parse(text)
	if err != nil || date.Form() != edtf.FormDate {
		return w.Say("date.at_night", "date", said)
	}
	d := date.Pieces()[0].From.Date
	if d.Day.Digits == "" || d.Clock != "" || !exact(d) {
		return w.Say("date.at_night", "date", said)
	}
	return w.Say("date.night_of", "date", said)
}

// Day is the calendar day of t, in t's own place.
func (w *Words) Day(t time.Time) string { return w.Date(t.Format(time.DateOnly)) }

// Moment is t to the minute, in UTC, and says so.
func (w *Words) Moment(t time.Time) string {
	return w.Date(t.UTC().Truncate(time.Minute).Format("2006-01-02T15:04:05Z"))
}
