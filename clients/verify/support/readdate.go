package support

import (
	"regexp"
	"strconv"
	"strings"
)

// mostText bounds an expression, and mostStretches what it may leave possible: more
// is not compared.
const (
	mostText      = 200
	mostStretches = 2000
	mostYears     = 999_999
)

// end is what stands at an end of an interval or in a set.
type end struct {
	stated bool
	open   bool // ".."; neither: unknown
	single single
}

// single is one date: what it leaves possible, once the digits that are not stated
// are filled in and ~ has widened it.
type single struct {
	stretches []stretch // in order
	hull      stretch
	fields    int // year, month, day, time: how many it states; 2 is a season too
	season    bool
	timed     bool
	masked    bool
}

var singleForm = regexp.MustCompile(`^([?~%]?)(-?[0-9X]{4}|Y-?[1-9][0-9]{4,})([?~%]?)(?:-([?~%]?)([0-9X]{2})([?~%]?)(?:-([?~%]?)([0-9X]{2})([?~%]?)(T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}(?::[0-9]{2})?)?)?)?)?$`)

// readSingle reads a date. tooWide says that it is one and not for us.
func readSingle(t string) (s single, ok, tooWide bool) {
	m := singleForm.FindStringSubmatch(t)
	if m == nil {
		return s, false, false
	}
	year, long := strings.CutPrefix(m[2], "Y")
	month, dayOfMonth := m[5], m[8]
	s.masked = strings.Contains(year+month+dayOfMonth, "X")
	s.timed = m[10] != ""
	if year == "-0000" || long && month != "" || s.timed && (s.masked || strings.ContainsAny(t, "?~%") || !goodTime(m[10])) {
		return s, false, false
	}
	switch {
	case s.timed:
		s.fields = 4
	case dayOfMonth != "":
		s.fields = 3
	case month != "":
		s.fields = 2
	default:
		s.fields = 1
	}
	if n, err := strconv.Atoi(month); err == nil && n > 12 {
		if s.season = n >= 21 && n <= 24; !s.season || dayOfMonth != "" {
			return s, false, false
		}
	}
	years, wide := yearsOf(year)
	if wide {
		return s, true, true
	}
	widen := wideningOf(m, s.season)
	gapless := !strings.ContainsAny(afterFirstX(strings.TrimPrefix(year, "-")+month+dayOfMonth), "0123456789")
	if gapless && len(years) > 1 { // whatever lies between is possible too
		years = []int{years[0], years[len(years)-1]}
	}
	for _, y := range years {
		s.stretches = append(s.stretches, inYear(y, month, dayOfMonth)...)
		if len(s.stretches) > mostStretches {
			return s, true, true
		}
	}
	if len(s.stretches) == 0 {
		return s, false, false
	}
	if gapless {
		s.stretches = []stretch{{s.stretches[0].first, s.stretches[len(s.stretches)-1].last}}
	}
	for i, st := range s.stretches {
		s.stretches[i] = widen(st)
	}
	s.hull = stretch{s.stretches[0].first, s.stretches[len(s.stretches)-1].last}
	return s, true, false
}

func afterFirstX(digits string) string {
	_, after, _ := strings.Cut(digits, "X")
	return after
}

// goodTime: a leap second ends an hour of UTC.
func goodTime(t string) bool {
	number := func(at int) int { n, _ := strconv.Atoi(t[at : at+2]); return n }
	hour, minute, second, offset := number(1), number(4), number(7), 0
	if zone := t[9:]; len(zone) >= 3 {
		hours := number(10)
		minutes := 0
		if len(zone) > 3 {
			minutes = number(13)
		}
		if offset = hours*60 + minutes; hours > 23 || minutes > 59 || zone[0] == '-' && offset == 0 {
			return false
		}
		if zone[0] == '-' {
			offset = -offset
		}
	}
	return hour < 24 && minute < 60 && (second < 60 || second == 60 && (hour*60+minute-offset+1440+60)%60 == 59)
}

// yearsOf are the years that digits allow, in order.
func yearsOf(digits string) (years []int, wide bool) {
	positive, negative := strings.CutPrefix(digits, "-")
	if !strings.Contains(positive, "X") {
		y, err := strconv.Atoi(positive)
		if err != nil || y > mostYears {
			return nil, true
		}
		if negative {
			y = -y
		}
		return []int{y}, false
	}
	for y := range 10_000 {
		if fits(positive, y, 4) && !(negative && y == 0) {
			years = append(years, y)
		}
	}
	if negative {
		for i, j := 0, len(years)-1; i <= j; i, j = i+1, j-1 {
			years[i], years[j] = -years[j], -years[i]
		}
	}
	return years, false
}

// fits says whether a number, written with so many digits, fits digits and X.
func fits(mask string, n, digits int) bool {
	for i := digits - 1; i >= 0; i-- {
		if mask[i] != 'X' && mask[i] != byte('0'+n%10) {
			return false
		}
		n /= 10
	}
	return true
}

// inYear gives the days of a year that digits allow, adjacent ones as one stretch.
func inYear(y int, month, dayOfMonth string) (list []stretch) {
	switch n, err := strconv.Atoi(month); {
	case month == "":
		return []stretch{{dayOf(y, 1, 1), dayOf(y+1, 1, 1) - 1}}
	case err == nil && n > 20: // a season, the winter into the next year
		from := dayOf(y, (n-20)*3, 1)
		return []stretch{{from, from.months(3) - 1}}
	}
	for m := 1; m <= 12; m++ {
		if !fits(month, m, 2) {
			continue
		}
		for d := 1; d <= monthLength(y, m); d++ {
			if dayOfMonth != "" && !fits(dayOfMonth, d, 2) {
				continue
			}
			at := dayOf(y, m, d)
			if n := len(list); n > 0 && list[n-1].last == at-1 {
				list[n-1].last = at
			} else {
				list = append(list, stretch{at, at})
			}
		}
	}
	return list
}

// wideningOf is how ~ and % widen: by half of the coarsest unit that bears one, a
// day by three days.
func wideningOf(m []string, season bool) func(stretch) stretch {
	about := func(signs ...string) bool { return strings.ContainsAny(strings.Join(signs, ""), "~%") }
	by := 0
	switch {
	case about(m[1], m[3]):
		return func(s stretch) stretch { return stretch{s.first.months(-6), s.last.plus(1).months(6).plus(-1)} }
	case about(m[4], m[6]) && season:
		by = 45
	case about(m[4], m[6]):
		by = 15
	case about(m[7], m[9]):
		by = 3
	}
	return func(s stretch) stretch { return stretch{s.first.plus(-by), s.last.plus(by)} }
}

// written is what a date says before ~ widens it.
func written(t string) stretch {
	s, _, _ := readSingle(strings.NewReplacer("?", "", "~", "", "%", "").Replace(t))
	return s.hull
}
