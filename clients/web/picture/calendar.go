package picture

import (
	"fmt"
	"time"

	"tumen/service/edtf"
)

// Day is a calendar day, and Range the days on one of which something was, both ends
// included.
type (
	Day   = edtf.Day
	Range = edtf.Interval
)

// A Range whose Earliest is Ever, or whose Latest is Never, is open or unknown
// on that side.
const (
	Ever  = edtf.Min
	Never = edtf.Max
)

func dayOf(y, m, d int) Day {
	return Day(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

func dateOf(d Day) (y, m, day int) {
	year, month, n := time.Unix(int64(d)*86_400, 0).UTC().Date()
	return year, int(month), n
}

// tick is a mark of the calendar on an axis.
type tick struct {
	day  Day
	text string
}

// steps are how far apart ticks may be, from close to far: so many days, months
// or years.
type step struct{ days, months, years int }

func steps() []step {
	all := []step{{days: 1}, {days: 2}, {days: 7}, {days: 14}, {months: 1}, {months: 2}, {months: 3}, {months: 6}}
	for ten := 1; ten <= 10_000_000; ten *= 10 {
		all = append(all, step{years: ten}, step{years: 2 * ten}, step{years: 5 * ten})
	}
	return all
}

// length is about how many days a step takes.
func (s step) length() float64 {
	return float64(s.days) + 30*float64(s.months) + 365*float64(s.years)
}

// ticks gives the marks from first to last, the closest together of which
// there are no more than most.
func ticks(first, last Day, most int) []tick {
	for _, s := range steps() {
		if float64(last)-float64(first) <= s.length()*float64(max(most, 1)) {
			return s.between(first, last)
		}
	}
	return nil
}

func (s step) between(first, last Day) []tick {
	var marks []tick
	for i := s.startBefore(first); ; i++ {
		day, text, ok := s.mark(i)
		if !ok || day > last {
			return marks
		}
		if day >= first {
			marks = append(marks, tick{day, text})
		}
	}
}

// startBefore numbers a mark that is not after the day.
func (s step) startBefore(day Day) int {
	y, m, _ := dateOf(day)
	switch {
	case s.days > 0:
		return floorDiv(int(day), s.days)
	case s.months > 0:
		return floorDiv(12*y+m-1, s.months)
	default:
		return floorDiv(y, s.years)
	}
}

// mark gives the day of a numbered mark; ok is false beyond what Day holds.
func (s step) mark(i int) (day Day, text string, ok bool) {
	var y, m, d int
	switch {
	case s.days > 0:
		if i*s.days >= int(Never) {
			return 0, "", false
		}
		y, m, d = dateOf(Day(i * s.days))
		text = fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	case s.months > 0:
		y, m, d = floorDiv(i*s.months, 12), i*s.months-12*floorDiv(i*s.months, 12)+1, 1
		text = fmt.Sprintf("%04d-%02d", y, m)
	default:
		y, m, d = i*s.years, 1, 1
		text = fmt.Sprintf("%04d", y)
	}
	if y > 5_800_000 {
		return 0, "", false
	}
	if y < -5_800_000 {
		return Ever, text, true
	}
	return dayOf(y, m, d), text, true
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && a < 0 {
		q--
	}
	return q
}
