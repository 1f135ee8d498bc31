package wording

import tumenv1 "tumen/proto/tumen/v1"

// Date is an uncertain date (EDTF) in words; what can't be read comes back as
// it is.
func (w *Words) Date(text string) string { return text }

// Time is a time with all that the contract has of it beside the date: night,
// time of day. The source's own words and their calendar are quotes, which
// stand beside it.
func (w *Words) Time(t *tumenv1.Time) string { return w.Date(t.GetEdtf()) }
