package edtf

import "strings"

// Form says how an expression is put together.
type Form int

// The forms.
const (
	FormNone     Form = iota // the zero Date
	FormDate                 // one date
	FormInterval             // a/b
	FormSet                  // one of several
)

// Form is that of d.
func (d Date) Form() Form {
	return map[form]Form{oneDate: FormDate, between: FormInterval, oneOf: FormSet}[d.form]
}

// Stands says what stands in a place where a date may.
type Stands int

// What may stand there.
const (
	StandsNone    Stands = iota // no such place: To of a single date
	StandsDate                  // a date
	StandsUnknown               // nothing beside the slash: not known
	StandsOpen                  // "..": no end, or not yet
)

// Piece is a date, or From and To of an interval or of a range in a set.
type Piece struct {
	From, To Place
}

// Place is one end of a piece.
type Place struct {
	Stands Stands
	Date   Written
}

// Written is one date as it is written, for who puts it into words: what it
// means in days, [Date.Interval] says.
type Written struct {
	Negative bool
	Season   bool // Month is 21 to 24
	Year     Part
	Month    Part
	Day      Part
	Clock    string // the time of day, with Z or offset where one is written: 19:30:00+08:00
}

// Part is a component of a date: its digits, X where one is unspecified, empty
// where the date does not go so far; and what the signs say that apply to it.
type Part struct {
	Digits                 string
	Uncertain, Approximate bool
}

// Pieces are what d is made of: one of a date or interval, the members of a set.
func (d Date) Pieces() []Piece {
	switch d.form {
	case oneDate:
		return []Piece{{From: d.dates[0].place()}}
	case between:
		return []Piece{{From: d.dates[0].place(), To: d.dates[1].place()}}
	}
	var pieces []Piece
	for _, m := range d.members {
		pieces = append(pieces, Piece{From: m.from.place(), To: m.to.place()})
	}
	return pieces
}

func (s single) place() Place {
	switch s.end {
	case stated:
		return Place{Stands: StandsDate, Date: s.asWritten()}
	case unknown:
		return Place{Stands: StandsUnknown}
	case open:
		return Place{Stands: StandsOpen}
	}
	return Place{}
}

func (s single) asWritten() Written {
	part := func(of Component) Part {
		p := Part{Digits: s.component(of).digits}
		p.Uncertain, p.Approximate = s.qualified(of)
		return p
	}
	return Written{
		Negative: s.negative, Season: s.season, Clock: strings.TrimPrefix(s.clock, "T"),
		Year: part(ComponentYear), Month: part(ComponentMonth), Day: part(ComponentDay),
	}
}
