// Package edtf reads, prints and compares uncertain dates: the Extended
// Date/Time Format (EDTF) of ISO 8601-2 and the Library of Congress.
//
// # What is read
//
// Levels 0 and 1 in full: years, months and days (2023, 2023-10, 2023-10-09),
// dates with a time of day (2023-10-09T19:30:00, with Z or an offset), years
// from -9999 to 9999 and longer ones after Y, seasons 21–24, the qualifiers ?
// (uncertain), ~ (approximate) and % (both), unspecified digits (201X,
// 2004-XX, 2004-07-XX), intervals a/b with unknown (nothing) and open (..)
// ends. From level 2: qualifiers on single components, X in any place, and
// one-of sets [a,b,c..d]. Exponents (Y17E7), significant digits (S), the
// sub-year groups 25–41 and all-of sets {a,b} are refused as not supported.
// Seasons may stand, be qualified and have unspecified year digits wherever a
// date may.
//
// # What it means in days
//
// Every expression means an interval of days, never a midpoint. ? does not
// widen: it is a flag that the caller shows.
//
// ~ and % widen by half a unit on each side. The unit is that of the
// component at which the sign is written: a year six calendar months, a
// season 45 days, a month fifteen days, a day three days. So 2004-06-11~
// widens by three days although the sign also covers year and month, 2004~-06
// and ~2004-06 by six months, 2004-06~-11 and 2004-~06-11 by fifteen days.
// Of several signs the widest counts; they don't add up. 201X has the
// precision of a year: 201X~ widens by six months. Outside parsers do not
// widen: this is ours.
//
// Seasons are the northern meteorological ones, in the order of their
// numbers: 2023-21 is March to May, 22 June to August, 23 September to
// November, and 2023-24 is December 2023 to February 2024. This, too, is ours.
//
// A time of day leaves a date the day that is written: it is the place's own
// day (China UTC+8, North Korea UTC+9) and no offset moves it. A night reaches
// into the next day; as EDTF has no sign for it, see [Date.NightOf].
//
// # Acts that last
//
// For a momentary act a/b means "somewhere in it". For an act that lasts, a/b
// is its duration, and both ends may be uncertain; a date without slash means
// that it began and ended within that unit. An open end (a/..) says that it is
// still going on; an unknown end (a/) says nothing about the end. An open
// start is read as an unknown one: nothing recorded here lasts since ever.
package edtf

import "slices"

// MaxLength is the longest expression that Parse accepts, in bytes.
const MaxLength = 200

type form int8

const (
	nothing form = iota
	oneDate      // dates[0]
	between      // dates[0] / dates[1]
	oneOf        // [members]
)

// Date is a parsed expression. It is immutable and safe for concurrent use.
// The zero Date says nothing: its interval is unbounded, it prints as "".
type Date struct {
	form    form
	night   bool
	dates   []single // one, or the two ends of a/b
	members []member // of a set
}

// IsZero says whether d is the zero Date.
func (d Date) IsZero() bool { return d.form == nothing }

// String prints the expression exactly as it was parsed. NightOf does not
// show: a night is an attribute beside the date.
func (d Date) String() string {
	switch d.form {
	case oneDate:
		return string(d.dates[0].append(nil))
	case between:
		b := append(d.dates[0].append(nil), '/')
		return string(d.dates[1].append(b))
	case oneOf:
		b := []byte{'['}
		for i, m := range d.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = m.append(b)
		}
		return string(append(b, ']'))
	}
	return ""
}

// NightOf returns d as the night of that day (or of some day of that time):
// it reaches into the next day, so each possibility ends one day later. A date
// that states its time of day is not moved.
func (d Date) NightOf() Date {
	d.night = true
	return d
}

// Options are what a record states beside its EDTF expression.
type Options struct {
	// Night: "the night of"; see [Date.NightOf].
	Night bool
}

// With returns d under the options. A time of day is none of them: it stays in
// the place's own day and changes no interval.
func (d Date) With(o Options) Date {
	d.night = o.Night
	return d
}

// IntervalWith is With(o).Interval().
func (d Date) IntervalWith(o Options) Interval { return d.With(o).Interval() }

// Component is a part of a date that can carry a qualifier of its own.
type Component int

// The components; a season counts as ComponentMonth.
const (
	ComponentYear Component = iota
	ComponentMonth
	ComponentDay
)

// Uncertain says whether any part carries ? or %.
func (d Date) Uncertain() bool { return d.anySign(sign.uncertain) }

// Approximate says whether any part carries ~ or %.
func (d Date) Approximate() bool { return d.anySign(sign.approximate) }

// Qualified says what applies to one component: a sign to the right of a
// component applies to it and all to its left, a sign to the left of it to it
// alone. For intervals and sets: whether it applies in any of their dates.
func (d Date) Qualified(c Component) (uncertain, approximate bool) {
	for s := range d.singles {
		u, a := s.qualified(c)
		uncertain, approximate = uncertain || u, approximate || a
	}
	return uncertain, approximate
}

func (d Date) anySign(is func(sign) bool) bool {
	for s := range d.singles {
		if slices.ContainsFunc(s.signs(), is) {
			return true
		}
	}
	return false
}

// singles ranges over the dates that are stated in d.
func (d Date) singles(yield func(single) bool) {
	for _, s := range d.dates {
		if s.end == stated && !yield(s) {
			return
		}
	}
	for _, m := range d.members {
		for _, s := range [...]single{m.from, m.to} {
			if s.end == stated && !yield(s) {
				return
			}
		}
	}
}
