package edtf

// Precision is the finest component that a date states.
type Precision int

// From coarse to fine. An unspecified component counts: 2004-XX has the
// precision of a month.
const (
	PrecisionNone Precision = iota
	PrecisionYear
	PrecisionSeason
	PrecisionMonth
	PrecisionDay
	PrecisionTime
)

// Precision is that of a single date; for an interval or set that of its
// coarsest date.
func (d Date) Precision() Precision {
	coarsest := PrecisionNone
	for s := range d.singles {
		if p := s.precision(); coarsest == PrecisionNone || p < coarsest {
			coarsest = p
		}
	}
	return coarsest
}

func (s single) precision() Precision {
	switch {
	case s.end != stated:
		return PrecisionNone
	case s.clock != "":
		return PrecisionTime
	case s.day.present():
		return PrecisionDay
	case s.season:
		return PrecisionSeason
	case s.month.present():
		return PrecisionMonth
	}
	return PrecisionYear
}

// UCDP is the date precision of the UCDP Georeferenced Event Dataset for a
// momentary act, from the number of days on which it may have been: 1 exact
// day; 2 two to six days; 3 a week; 4 up to a month; 5 up to a year. It is 0,
// "not codable", beyond a year and without bound. Source: UCDP GED codebook,
// date_prec.
func (i Interval) UCDP() int {
	switch n, ok := i.Days(); {
	case !ok || n == 0 || n > 366:
		return 0
	case n == 1:
		return 1
	case n <= 6:
		return 2
	case n == 7:
		return 3
	case n <= 31:
		return 4
	}
	return 5
}

// ACLED is the time precision of ACLED for a momentary act: 1 the day; 2 a
// week or less; 3 a month or less. It is 0, "not codable", beyond a month.
// Source: ACLED codebook, time_precision.
func (i Interval) ACLED() int {
	switch n, ok := i.Days(); {
	case !ok || n == 0 || n > 31:
		return 0
	case n == 1:
		return 1
	case n <= 7:
		return 2
	}
	return 3
}
