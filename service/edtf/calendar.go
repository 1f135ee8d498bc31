package edtf

import (
	"fmt"
	"math"
	"time"
)

// Day is a calendar day: days since 1970-01-01 in the proleptic Gregorian
// calendar. It belongs to no time zone: it is the day of the place that the
// record speaks of.
type Day int32

// Min and Max stand for "no bound": a Day never means the day that their
// number would give. Years too far away for a Day (some 5.8 million years)
// are clamped so that an interval still contains them.
const (
	Min Day = math.MinInt32
	Max Day = math.MaxInt32
)

// Of is the calendar day of t in t's own location. An instant is brought to
// its place first: Of(t.In(China())).
func Of(t time.Time) Day {
	y, m, d := t.Date()
	return clampFinite(daysFromCivil(int64(y), int(m), d))
}

// China is the zone of all of China, UTC+8.
func China() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// NorthKorea is the zone of North Korea, UTC+9. (The half hour less of
// 2015-08-15 to 2018-05-04 is not modelled.)
func NorthKorea() *time.Location { return time.FixedZone("UTC+9", 9*60*60) }

// ParseDay reads one exact day, YYYY-MM-DD, as EDTF writes it: without
// qualifier, unspecified digit or time of day. The error is a *ParseError.
func ParseDay(s string) (Day, error) {
	d, err := Parse(s)
	if err != nil {
		return 0, err
	}
	if d.form != oneDate || d.dates[0].precision() != PrecisionDay || d.dates[0].masked() ||
		d.Uncertain() || d.Approximate() {
		return 0, &ParseError{Byte: 1, Reason: "an exact day is wanted, as YYYY-MM-DD"}
	}
	return d.Interval().Earliest, nil
}

// String prints YYYY-MM-DD. Min and Max print as "..", years above 9999 with
// a plus sign, those below 0 with a minus sign.
func (d Day) String() string {
	if d == Min || d == Max {
		return ".."
	}
	y, m, day := civil(int64(d))
	switch {
	case y > 9999:
		return fmt.Sprintf("+%d-%02d-%02d", y, m, day)
	case y < 0:
		return fmt.Sprintf("-%04d-%02d-%02d", -y, m, day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}

// plus moves a day by n days; no bound stays no bound, and a day never
// becomes one by moving.
func (d Day) plus(n int64) Day {
	if d == Min || d == Max {
		return d
	}
	return clampFinite(int64(d) + n)
}

// plusMonths moves a day by n calendar months. Where the month that is
// reached has no such day, the nearest day away from the start is taken, so
// that a widening never comes out narrower than n months.
func (d Day) plusMonths(n int) Day {
	if d == Min || d == Max {
		return d
	}
	y, m, day := civil(int64(d))
	months := y*12 + int64(m) - 1 + int64(n)
	y, m = floorDiv(months, 12), int(months-floorDiv(months, 12)*12)+1
	if last := monthLength(y, m); day > last {
		if n > 0 {
			return clampFinite(daysFromCivil(y, m, last) + 1)
		}
		day = last
	}
	return clampFinite(daysFromCivil(y, m, day))
}

func clampFinite(n int64) Day {
	return Day(min(max(n, int64(Min)+1), int64(Max)-1))
}

// clampInterval turns exact day numbers into an Interval that contains them,
// open towards the side on which they leave the range of Day.
func clampInterval(earliest, latest int64) Interval {
	i := Interval{clampFinite(earliest), clampFinite(latest)}
	if earliest <= int64(Min) {
		i.Earliest = Min
	}
	if latest >= int64(Max) {
		i.Latest = Max
	}
	return i
}

// daysFromCivil counts in years that begin in March, so that the leap day is
// the last of its year, and in eras of 400 years, which are all alike.
func daysFromCivil(y int64, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfYear := int64((153*(m-3)+2)/5 + d - 1)
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// civil is the inverse of daysFromCivil.
func civil(days int64) (y int64, m, d int) {
	days += 719468
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153
	d = int(dayOfYear-(153*shifted+2)/5) + 1
	m = int(shifted) + 3
	y = yearOfEra + era*400
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// isLeap follows the proleptic Gregorian rule; year 0 exists and is one.
func isLeap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func monthLength(y int64, m int) int {
	if m == 2 && isLeap(y) {
		return 29
	}
	return commonMonthLength[m]
}

var commonMonthLength = [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
