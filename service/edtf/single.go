package edtf

// sign is a qualifier: 0 (none), '?', '~' or '%'.
type sign byte

func (q sign) uncertain() bool   { return q == '?' || q == '%' }
func (q sign) approximate() bool { return q == '~' || q == '%' }

// component is one part of a date as written: its digits (or X) and the signs
// on either side. Without digits it is absent.
type component struct {
	digits        string
	before, after sign
}

func (c component) present() bool { return c.digits != "" }

func (c component) masked() bool {
	for i := range len(c.digits) {
		if c.digits[i] == 'X' {
			return true
		}
	}
	return false
}

// matches says whether n, written with as many digits, fits the digits.
func (c component) matches(n int64) bool {
	for i := len(c.digits) - 1; i >= 0; i-- {
		if c.digits[i] != 'X' && c.digits[i] != byte('0'+n%10) {
			return false
		}
		n /= 10
	}
	return n == 0
}

// filled reads the digits with every X replaced; it saturates far outside the
// years that a Day can hold.
func (c component) filled(x byte) int64 {
	const enough = 1_000_000_000_000
	var n int64
	for i := range len(c.digits) {
		digit := c.digits[i]
		if digit == 'X' {
			digit = x
		}
		n = min(n*10+int64(digit-'0'), enough)
	}
	return n
}

func (c component) append(b []byte) []byte {
	if c.before != 0 {
		b = append(b, byte(c.before))
	}
	b = append(b, c.digits...)
	if c.after != 0 {
		b = append(b, byte(c.after))
	}
	return b
}

// end tells a date from what may stand in its place at the end of a/b or in
// an open range.
type end int8

const (
	absent  end = iota // no such end (a set member that is no range)
	stated             // a date
	unknown            // nothing before or after the slash
	open               // ".."
)

// single is one date: year, year and month or season, or year, month and day,
// the last perhaps with a time of day.
type single struct {
	end              end
	long, negative   bool // written Y…, written with a minus
	season           bool // month holds 21–24
	year, month, day component
	clock            string   // from the T on
	hull             Interval // widened, but not for a night
}

func (s single) append(b []byte) []byte {
	switch s.end {
	case open:
		return append(b, '.', '.')
	case stated:
	default:
		return b
	}
	// The sign before the year stands before its prefix and minus, too.
	year := s.year
	if year.before != 0 {
		b = append(b, byte(year.before))
		year.before = 0
	}
	if s.long {
		b = append(b, 'Y')
	}
	if s.negative {
		b = append(b, '-')
	}
	b = year.append(b)
	for _, c := range [...]component{s.month, s.day} {
		if c.present() {
			b = c.append(append(b, '-'))
		}
	}
	return append(b, s.clock...)
}

func (s single) masked() bool {
	return s.year.masked() || s.month.masked() || s.day.masked()
}

func (s single) signs() []sign {
	return []sign{s.year.before, s.year.after, s.month.before, s.month.after, s.day.before, s.day.after}
}

func (s single) component(c Component) component {
	switch c {
	case ComponentYear:
		return s.year
	case ComponentMonth:
		return s.month
	case ComponentDay:
		return s.day
	}
	return component{}
}

func (s single) qualified(c Component) (uncertain, approximate bool) {
	if !s.component(c).present() {
		return false, false
	}
	signs := []sign{s.component(c).before}
	for ; c <= ComponentDay; c++ {
		signs = append(signs, s.component(c).after)
	}
	for _, q := range signs {
		uncertain, approximate = uncertain || q.uncertain(), approximate || q.approximate()
	}
	return uncertain, approximate
}

// widening is the widest half unit that a sign of s asks for.
func (s single) widening() widening {
	approximate := func(c component) bool { return c.before.approximate() || c.after.approximate() }
	switch {
	case approximate(s.year):
		return bySixMonths
	case approximate(s.month) && s.season:
		return by45Days
	case approximate(s.month):
		return by15Days
	case approximate(s.day):
		return by3Days
	}
	return byNothing
}

// widening is how far ~ reaches on each side.
type widening int8

const (
	byNothing widening = iota
	by3Days
	by15Days
	by45Days
	bySixMonths
)

func (w widening) apply(i Interval) Interval {
	var days int64
	switch w {
	case by3Days:
		days = 3
	case by15Days:
		days = 15
	case by45Days:
		days = 45
	case bySixMonths:
		// The end is moved as the day after it, so that the end of a month
		// stays one: the year 2023 reaches to 2024-06-30.
		return Interval{i.Earliest.plusMonths(-6), i.Latest.plus(1).plusMonths(6).plus(-1)}
	}
	return Interval{i.Earliest.plus(-days), i.Latest.plus(days)}
}

// member is one member of a set: a date, or a range from..to of which either
// end may be open.
type member struct {
	from, to single // to.end is absent for a plain date
}

func (m member) append(b []byte) []byte {
	if m.from.end == open || m.to.end == open { // "..a" or "a.."
		return m.to.append(m.from.append(b))
	}
	b = m.from.append(b)
	if m.to.end == stated {
		b = m.to.append(append(b, '.', '.'))
	}
	return b
}
