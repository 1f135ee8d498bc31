package edtf

import "strings"

// date reads one date without time of day; what follows it is left.
func (p *parser) date() (single, error) {
	start := p.at
	s := single{end: stated}
	s.year.before = p.sign()
	if err := p.components(&s); err != nil {
		return s, err
	}
	written, ok := s.written()
	if !ok {
		return s, fault(start, "no year, month and day fit these digits")
	}
	s.hull = s.widening().apply(written)
	return s, nil
}

func (p *parser) components(s *single) error {
	if p.skip("Y") {
		return p.longYear(s)
	}
	if err := p.fourDigitYear(s); err != nil {
		return err
	}
	s.year.after = p.sign()
	if p.peek() != '-' {
		return nil
	}
	if err := p.monthOrSeason(s); err != nil || s.season || p.peek() != '-' {
		return err
	}
	return p.day(s)
}

func (p *parser) sign() sign {
	switch c := p.peek(); c {
	case '?', '~', '%':
		p.at++
		return sign(c)
	}
	return 0
}

func (p *parser) longYear(s *single) error {
	s.long = true
	s.negative = p.skip("-")
	start := p.at
	for p.peek() >= '0' && p.peek() <= '9' {
		p.at++
	}
	s.year.digits = p.text[start:p.at]
	switch c := p.peek(); {
	case c == 'E':
		return fault(p.at, "exponents (E) are not supported; write the year out")
	case c == 'S':
		return fault(p.at, "significant digits (S) are not supported")
	case c == 'X':
		return fault(p.at, "a year after Y has no unspecified digits")
	case s.year.digits == "":
		return fault(p.at, "Y is followed by a year of more than four digits")
	case s.year.digits[0] == '0':
		return fault(start, "a year after Y begins with another digit than 0")
	case len(s.year.digits) <= 4:
		return fault(start, "only years of more than four digits are written with Y")
	}
	s.year.after = p.sign()
	return nil
}

func (p *parser) fourDigitYear(s *single) error {
	switch p.peek() {
	case '+':
		return fault(p.at, "a year has no plus sign")
	case 'y':
		return fault(p.at, "the sign of a long year is a capital Y")
	}
	minus := p.at
	s.negative = p.skip("-")
	if err := p.digits(&s.year, 4, "a year has four digits"); err != nil {
		return err
	}
	if s.negative && s.year.digits == "0000" {
		return fault(minus, "the year 0000 has no minus sign")
	}
	if c := p.peek(); c >= '0' && c <= '9' {
		return fault(p.at, "a year of more than four digits begins with Y; dates are written with hyphens")
	}
	return nil
}

// digits reads n digits or X into c.
func (p *parser) digits(c *component, n int, wanted string) error {
	for i := range n {
		at := p.at + i
		if at >= len(p.text) {
			return fault(at, wanted)
		}
		switch b := p.text[at]; {
		case b >= '0' && b <= '9' || b == 'X':
		case b == 'x' || b == 'u':
			return fault(at, "an unspecified digit is a capital X")
		case b == ' ':
			return fault(at, "a date has no spaces")
		default:
			return fault(at, wanted)
		}
	}
	c.digits = p.text[p.at : p.at+n]
	p.at += n
	return nil
}

func (p *parser) monthOrSeason(s *single) error {
	p.skip("-")
	s.month.before = p.sign()
	start := p.at
	if err := p.digits(&s.month, 2, "a month or season has two digits"); err != nil {
		return err
	}
	s.month.after = p.sign()
	if n := s.month.filled('0'); !s.month.masked() && n > 12 {
		if n >= 25 && n <= 41 {
			return fault(start, "sub-year groups 25 to 41 are not supported; seasons are 21 to 24")
		}
		s.season = n >= 21 && n <= 24
		if !s.season {
			return fault(start, "a month is 01 to 12, a season 21 to 24")
		}
		return nil
	}
	for m := range int64(12) {
		if s.month.matches(m + 1) {
			return nil
		}
	}
	if s.month.masked() {
		return fault(start, "no month from 01 to 12 fits these digits")
	}
	return fault(start, "a month is 01 to 12, a season 21 to 24")
}

func (p *parser) day(s *single) error {
	p.skip("-")
	s.day.before = p.sign()
	start := p.at
	if err := p.digits(&s.day, 2, "a day has two digits"); err != nil {
		return err
	}
	s.day.after = p.sign()
	for d := range int64(31) {
		if s.day.matches(d + 1) {
			return s.dayInMonth(start)
		}
	}
	return fault(start, "a day is 01 to 31")
}

// dayInMonth names what a month lacks: 2023-02-30, or 2023-02-29.
func (s single) dayInMonth(at int) error {
	if _, ok := s.written(); ok {
		return nil
	}
	switch {
	case s.month.digits == "02" && s.day.digits == "29":
		return fault(at, "no such day: February has 29 days only in leap years")
	case s.month.digits == "02":
		return fault(at, "no such day: February has 28 days, 29 in leap years")
	case !s.month.masked():
		return fault(at, "no such day: that month has 30 days")
	}
	return fault(at, "no such day in any month that fits these digits")
}

// clock reads a time of day after a full date: Thh:mm:ss, then nothing, Z,
// ±hh or ±hh:mm.
func (p *parser) clock(s *single) error {
	start := p.at
	if !s.day.present() || !p.skip("T") {
		return nil
	}
	if s.masked() || strings.ContainsAny(p.text[:start], "?~%") {
		return fault(start, "a date with a time of day has neither qualifier nor unspecified digit")
	}
	hour, err := p.number(23, "hours are 00 to 23")
	if err != nil {
		return err
	}
	if !p.skip(":") {
		return fault(p.at, "a time of day is written hh:mm:ss")
	}
	minute, err := p.number(59, "minutes are 00 to 59")
	if err != nil {
		return err
	}
	if !p.skip(":") {
		return fault(p.at, "a time of day is written hh:mm:ss")
	}
	at := p.at
	second, err := p.number(60, "seconds are 00 to 59")
	if err != nil {
		return err
	}
	offset, err := p.offset()
	if err != nil {
		return err
	}
	// A leap second ends a UTC day, so it also ends a UTC hour.
	if second == 60 && (hour*60+minute-offset+60)%60 != 59 {
		return fault(at, "second 60 is a leap second and ends an hour of UTC")
	}
	s.clock = p.text[start:p.at]
	if !p.done() {
		return fault(p.at, "after a time of day stands nothing, Z, or an offset as +hh:mm")
	}
	return nil
}

// offset is that from UTC, in minutes.
func (p *parser) offset() (int, error) {
	start, west := p.at, p.peek() == '-'
	if p.skip("Z") || !p.skip("+") && !p.skip("-") {
		return 0, nil
	}
	hours, err := p.number(23, "the hours of an offset are 00 to 23")
	if err != nil {
		return 0, err
	}
	minutes := 0
	if p.skip(":") {
		if minutes, err = p.number(59, "the minutes of an offset are 00 to 59"); err != nil {
			return 0, err
		}
	}
	if !west {
		return hours*60 + minutes, nil
	}
	if hours == 0 && minutes == 0 {
		return 0, fault(start, "an offset of nothing is written Z or +00:00")
	}
	return -hours*60 - minutes, nil
}

// number reads two digits up to most.
func (p *parser) number(most int, wanted string) (int, error) {
	var c component
	if err := p.digits(&c, 2, wanted); err != nil {
		return 0, err
	}
	n := int(c.filled('0'))
	if c.masked() || n > most {
		return 0, fault(p.at-2, wanted)
	}
	return n, nil
}
