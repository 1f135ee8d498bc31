package edtf

import "iter"

// A stretch is a run of adjacent days on which a date may lie; unspecified
// digits leave gaps between them (2004-XX-31 has seven stretches). They are
// never listed beforehand: a mask can have hundreds of thousands.

// years is the range of years that the digits allow. Only years of four
// digits are masked, so that a range is at most 9,999 years wide.
func (s single) years() (first, last int64) {
	low, high := s.year.filled('0'), s.year.filled('9')
	if !s.negative {
		return low, high
	}
	return -high, -low
}

func (s single) hasYear(y int64) bool {
	if s.negative {
		y = -y
		if y == 0 { // there is no year -0000
			return false
		}
	}
	return y >= 0 && (s.long || s.year.matches(y))
}

// inYear yields the stretches of s that begin in year y, in order, adjacent
// ones joined, as exact day numbers.
func (s single) inYear(y int64) iter.Seq2[int64, int64] {
	return func(yield func(int64, int64) bool) {
		if !s.month.present() {
			yield(daysFromCivil(y, 1, 1), daysFromCivil(y+1, 1, 1)-1)
			return
		}
		if s.season {
			first := int(s.month.filled('0')-21)*3 + 3
			endYear, end := y, first+3
			if end > 12 {
				endYear, end = y+1, end-12
			}
			yield(daysFromCivil(y, first, 1), daysFromCivil(endYear, end, 1)-1)
			return
		}
		var from, to int64
		have := false
		for m := 1; m <= 12; m++ {
			if !s.month.matches(int64(m)) {
				continue
			}
			month := daysFromCivil(y, m, 1) - 1
			for d := 1; d <= monthLength(y, m); d++ {
				if s.day.present() && !s.day.matches(int64(d)) {
					continue
				}
				day := month + int64(d)
				if have && day == to+1 {
					to = day
					continue
				}
				if have && !yield(from, to) {
					return
				}
				have, from, to = true, day, day
			}
		}
		if have {
			yield(from, to)
		}
	}
}

// ascending yields the stretches of s in order, from the first that begins in
// year y or later.
func (s single) ascending(y int64) iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		first, last := s.years()
		for y := max(y, first); y <= last; y++ {
			if !s.hasYear(y) {
				continue
			}
			for from, to := range s.inYear(y) {
				if !yield(clampInterval(from, to)) {
					return
				}
			}
		}
	}
}

// descending is ascending the other way, from the last that begins in year y
// or before.
func (s single) descending(y int64) iter.Seq[Interval] {
	return func(yield func(Interval) bool) {
		first, last := s.years()
		for y := min(y, last); y >= first; y-- {
			if !s.hasYear(y) {
				continue
			}
			var stretches []Interval
			for from, to := range s.inYear(y) {
				stretches = append(stretches, clampInterval(from, to))
			}
			for i := len(stretches) - 1; i >= 0; i-- {
				if !yield(stretches[i]) {
					return
				}
			}
		}
	}
}

// written is the hull of s before any widening, and false where no day fits
// its digits.
func (s single) written() (Interval, bool) {
	const anyYear = int64(1) << 60
	for first := range s.ascending(-anyYear) {
		for last := range s.descending(anyYear) {
			return first.Hull(last), true
		}
	}
	return Interval{}, false
}

// gapless says whether the unspecified digits of s leave no gaps: in every
// component from the first X on, all that follows is X.
func (s single) gapless() bool {
	seen := false
	for _, c := range [...]component{s.year, s.month, s.day} {
		for i := range len(c.digits) {
			switch {
			case c.digits[i] == 'X':
				seen = true
			case seen:
				return false
			}
		}
	}
	return true
}

// alternative is one of the times that a Date leaves possible: a run of days,
// or the stretches of a mask.
type alternative struct {
	hull  Interval
	mask  *single // nil where hull has no gaps
	night bool
}

func run(i Interval) alternative { return alternative{hull: i} }

// alternative of one date, or of an unknown or open end: widened, and a day
// longer for a night.
func (s single) alternative(night bool) alternative {
	if s.end != stated {
		return run(Interval{Min, Max})
	}
	a := alternative{night: night && s.clock == ""}
	if !s.gapless() {
		a.mask = &s
	}
	a.hull = a.reach(s.hull, byNothing)
	return a
}

// reach widens a stretch, and lets a night reach into the next day.
func (a alternative) reach(i Interval, w widening) Interval {
	i = w.apply(i)
	if a.night {
		i.Latest = i.Latest.plus(1)
	}
	return i
}

// next returns the first stretch that ends on day or later.
func (a alternative) next(day Day) (Interval, bool) {
	if a.hull.Latest < day {
		return Interval{}, false
	}
	if a.mask == nil {
		return a.hull, true
	}
	// A stretch ends at most a year after the one that it begins in: a winter
	// in February, half a year more at its widest, a night more.
	y, _, _ := civil(int64(max(day, a.hull.Earliest)))
	for stretch := range a.mask.ascending(y - 1) {
		if stretch = a.reach(stretch, a.mask.widening()); stretch.Latest >= day {
			return stretch, true
		}
	}
	return Interval{}, false
}

// previous returns the last stretch that begins on day or before.
func (a alternative) previous(day Day) (Interval, bool) {
	if a.hull.Earliest > day {
		return Interval{}, false
	}
	if a.mask == nil {
		return a.hull, true
	}
	// Widened by half a year, a stretch of the next year begins before.
	y, _, _ := civil(int64(min(day, a.hull.Latest)))
	for stretch := range a.mask.descending(y + 1) {
		if stretch = a.reach(stretch, a.mask.widening()); stretch.Earliest <= day {
			return stretch, true
		}
	}
	return Interval{}, false
}

// meets says whether a possible day lies in the period.
func (a alternative) meets(period Interval) bool {
	stretch, ok := a.next(period.Earliest)
	return ok && stretch.Meets(period)
}

// alternative of a set member. A range is one run from its first to its last
// day: whatever lies between belongs to it.
func (m member) alternative(night bool) alternative {
	from := m.from.alternative(night)
	if m.to.end == absent {
		return from
	}
	to := m.to.alternative(night)
	return run(Interval{from.hull.Earliest, to.hull.Latest})
}

// alternatives are the possible times of a momentary act.
func (d Date) alternatives() []alternative {
	switch d.form {
	case oneDate:
		return []alternative{d.dates[0].alternative(d.night)}
	case between:
		a, b := d.dates[0].alternative(d.night), d.dates[1].alternative(d.night)
		return []alternative{run(Interval{a.hull.Earliest, b.hull.Latest})}
	case oneOf:
		all := make([]alternative, len(d.members))
		for i, m := range d.members {
			all[i] = m.alternative(d.night)
		}
		return all
	}
	return []alternative{run(Interval{Min, Max})}
}
