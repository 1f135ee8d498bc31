package wording

import (
	"strings"

	"tumen/service/edtf"
)

// Date is an uncertain date (EDTF) in words: "around October 2023". What can't
// be read comes back as it is.
func (w *Words) Date(text string) string {
	date, err := edtf.Parse(text)
	if err != nil {
		return text
	}
	pieces := date.Pieces()
	switch date.Form() {
	case edtf.FormInterval:
		return w.interval(pieces[0])
	case edtf.FormSet:
		return w.set(pieces)
	}
	return w.alone(pieces[0].From.Date)
}

// alone is a date by which nothing else stands. What is spread over a time is
// said to lie in it: "in the 2010s", "on some day in July 2004".
func (w *Words) alone(d edtf.Written) string {
	said := w.single(d)
	switch {
	case !masked(d):
		return said
	case d.Day.Digits != "":
		return w.Say("date.on", "date", said)
	}
	return w.Say("date.in", "date", said)
}

// interval is from one time to another, or to an end that is open or unknown.
func (w *Words) interval(p edtf.Piece) string {
	switch {
	case p.From.Stands == edtf.StandsUnknown:
		return w.Say("date.start_unknown", "to", w.single(p.To.Date))
	case p.From.Stands == edtf.StandsOpen:
		return w.Say("date.start_open", "to", w.single(p.To.Date))
	case p.To.Stands == edtf.StandsUnknown:
		return w.Say("date.end_unknown", "from", w.single(p.From.Date))
	case p.To.Stands == edtf.StandsOpen:
		return w.Say("date.end_open", "from", w.single(p.From.Date))
	}
	return w.Say("date.from_to", "from", w.single(p.From.Date), "to", w.single(p.To.Date))
}

// set is one of several times. Two plain ones are joined; where more is to be
// said of any, each stands by itself, so that it is seen of which it is said.
func (w *Words) set(pieces []edtf.Piece) string {
	if len(pieces) == 1 {
		return w.onlyMember(pieces[0])
	}
	said, plain := make([]string, len(pieces)), len(pieces) == 2
	for i, p := range pieces {
		said[i] = w.member(p)
		plain = plain && p.From.Stands == edtf.StandsDate && p.To.Stands == edtf.StandsNone && exact(p.From.Date)
	}
	if plain {
		return w.Say("date.or", "list", said[0], "last", said[1])
	}
	return w.Say("date.one_of", "list", strings.Join(said, w.Say("date.one_of_separator")))
}

func (w *Words) onlyMember(p edtf.Piece) string {
	if p.From.Stands == edtf.StandsDate && p.To.Stands == edtf.StandsNone {
		return w.alone(p.From.Date)
	}
	return w.member(p)
}

func (w *Words) member(p edtf.Piece) string {
	switch {
	case p.From.Stands == edtf.StandsOpen:
		return w.Say("date.or_earlier", "date", w.single(p.To.Date))
	case p.To.Stands == edtf.StandsOpen:
		return w.Say("date.or_later", "date", w.single(p.From.Date))
	case p.To.Stands == edtf.StandsDate:
		return w.Say("date.some_time_from_to", "from", w.single(p.From.Date), "to", w.single(p.To.Date))
	}
	return w.single(p.From.Date)
}

// exact says that nothing is uncertain about a date.
func exact(d edtf.Written) bool {
	for _, p := range parts(d) {
		if p.Uncertain || p.Approximate {
			return false
		}
	}
	return !masked(d)
}

func masked(d edtf.Written) bool {
	return strings.Contains(d.Year.Digits+d.Month.Digits+d.Day.Digits, "X")
}

// parts are the components that a date has.
func parts(d edtf.Written) []edtf.Part {
	switch {
	case d.Month.Digits == "":
		return []edtf.Part{d.Year}
	case d.Day.Digits == "":
		return []edtf.Part{d.Year, d.Month}
	}
	return []edtf.Part{d.Year, d.Month, d.Day}
}
