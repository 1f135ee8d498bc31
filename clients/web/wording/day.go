package wording

import "time"

// Day is the calendar day of t, in t's own place.
func (w *Words) Day(t time.Time) string { return t.Format("2006-01-02") }

// Moment is t to the minute, in UTC, and says so.
func (w *Words) Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }
