package support

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// day is a day of the proleptic Gregorian calendar, counted from 1970-01-01.
type day int64

const (
	noFirst day = math.MinInt64 / 4 // open or unknown towards the past
	noLast  day = math.MaxInt64 / 4
)

func (d day) open() bool { return d == noFirst || d == noLast }

func (d day) plus(n int) day {
	if d.open() {
		return d
	}
	return d + day(n)
}

// dayOf counts the days before a date, year by year of 365 days with the leap days
// added.
func dayOf(year, month, dayOfMonth int) day {
	before := year - 1
	days := before*365 + floor(before, 4) - floor(before, 100) + floor(before, 400)
	for m := 1; m < month; m++ {
		days += monthLength(year, m)
	}
	return day(days + dayOfMonth - 1 - 719162)
}

// date is the inverse of dayOf.
func (d day) date() (year, month, dayOfMonth int) {
	year = floor(int(d)*400, 146097) + 1970 // off by one at most
	for dayOf(year+1, 1, 1) <= d {
		year++
	}
	for dayOf(year, 1, 1) > d {
		year--
	}
	rest := int(d - dayOf(year, 1, 1))
	for month = 1; rest >= monthLength(year, month); month++ {
		rest -= monthLength(year, month)
	}
	return year, month, rest + 1
}

// months moves a day by calendar months. Where the month that is reached has no
// such day, it is the nearest day away from the start.
func (d day) months(n int) day {
	if d.open() {
		return d
	}
	year, month, dayOfMonth := d.date()
	month += n - 1
	year, month = year+floor(month, 12), month-floor(month, 12)*12+1
	if last := monthLength(year, month); dayOfMonth > last {
		if n > 0 {
			return dayOf(year, month, last) + 1
		}
		dayOfMonth = last
	}
	return dayOf(year, month, dayOfMonth)
}

// text writes a day, "..", where there is none.
func (d day) text() string {
	if d.open() {
		return ".."
	}
	year, month, dayOfMonth := d.date()
	switch {
	case year > 9999:
		return fmt.Sprintf("+%d-%02d-%02d", year, month, dayOfMonth)
	case year < 0:
		return fmt.Sprintf("-%04d-%02d-%02d", -year, month, dayOfMonth)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, dayOfMonth)
}

func monthLength(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func floor(a, b int) int {
	q := a / b
	if a%b != 0 && a < 0 {
		q--
	}
	return q
}

// stretch is a run of days, both ends inclusive.
type stretch struct{ first, last day }

var always = stretch{noFirst, noLast}

func (s stretch) empty() bool { return s.first > s.last }

func (s stretch) contains(o stretch) bool { return s.first <= o.first && o.last <= s.last }

// text says a stretch as EDTF does.
func (s stretch) text() string {
	if s.first == s.last {
		return s.first.text()
	}
	return s.first.text() + "/" + s.last.text()
}

func sortStretches(list []stretch) {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last)) })
}
