package edtf

import (
	"fmt"
	"strings"
)

// ParseError says what is wrong with an expression and where. It never
// repeats the expression.
type ParseError struct {
	// Byte is the place of the fault, counted from 1; one more than the length
	// where something is missing at the end.
	Byte   int
	Reason string
}

// Error gives both.
func (e *ParseError) Error() string {
	return fmt.Sprintf("EDTF date, byte %d: %s", e.Byte, e.Reason)
}

// Parse reads an EDTF expression (see the package's own words for which). It
// accepts nothing but the canonical writing, so that String prints it back
// byte for byte. The error is a *ParseError; the Date is then the zero Date.
func Parse(s string) (Date, error) {
	p := parser{text: s}
	d, err := p.expression()
	if err != nil {
		return Date{}, err
	}
	return d, nil
}

type parser struct {
	text string
	at   int
}

// fault at byte index i. It returns an error interface so that no nil
// *ParseError ever becomes one.
func fault(i int, reason string) error { return &ParseError{Byte: i + 1, Reason: reason} }

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) skip(prefix string) bool {
	if !strings.HasPrefix(p.text[p.at:], prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

func (p *parser) done() bool { return p.at == len(p.text) }

func (p *parser) expression() (Date, error) {
	switch {
	case p.text == "":
		return Date{}, fault(0, "empty")
	case len(p.text) > MaxLength:
		return Date{}, fault(MaxLength, fmt.Sprintf("longer than %d bytes", MaxLength))
	case p.peek() == '[':
		return p.set()
	case p.peek() == '{':
		return Date{}, fault(0, "all-of sets {…} are not supported; use one expression for each date")
	case strings.Contains(p.text, "/"):
		return p.interval()
	}
	s, err := p.date()
	if err != nil {
		return Date{}, err
	}
	if err := p.clock(&s); err != nil {
		return Date{}, err
	}
	if !p.done() {
		return Date{}, p.unexpected(s)
	}
	return Date{form: oneDate, dates: []single{s}}, nil
}

// unexpected explains what follows a date that should be at its end.
func (p *parser) unexpected(s single) error {
	switch c := p.peek(); {
	case c == 'T':
		return fault(p.at, "a time of day stands only after a single full date, not in an interval or set")
	case c == 'S' && !s.month.present():
		return fault(p.at, "significant digits (S) are not supported")
	case c == 'E' && !s.month.present():
		return fault(p.at, "exponents (E) are not supported; write the year out")
	case c == '?' || c == '~' || c == '%':
		return fault(p.at, "one qualifier is enough; uncertain and approximate together is %")
	case c == '.':
		return fault(p.at, "two dots stand alone at an end of an interval, or inside a set")
	case c == '-' && s.season:
		return fault(p.at, "a season has no days")
	case c == '-' && s.long:
		return fault(p.at, "a year after Y has no month")
	case c == 'x' || c == 'u':
		return fault(p.at, "an unspecified digit is a capital X")
	}
	return fault(p.at, "the date should end here")
}

func (p *parser) interval() (Date, error) {
	from, err := p.bound()
	if err != nil {
		return Date{}, err
	}
	if !p.skip("/") {
		return Date{}, p.unexpected(from)
	}
	second := p.at
	to, err := p.bound()
	if err != nil {
		return Date{}, err
	}
	if !p.done() {
		if p.peek() == '/' {
			return Date{}, fault(p.at, "an interval has two ends")
		}
		return Date{}, p.unexpected(to)
	}
	if from.end != stated && to.end != stated {
		return Date{}, fault(0, "an interval needs a date at one end at least")
	}
	if err := inOrder(from, to, second, "the interval ends before it begins"); err != nil {
		return Date{}, err
	}
	return Date{form: between, dates: []single{from, to}}, nil
}

// bound is one end of an interval: a date, nothing (unknown) or ".." (open).
func (p *parser) bound() (single, error) {
	if p.done() || p.peek() == '/' {
		return single{end: unknown}, nil
	}
	if p.skip("..") {
		if !p.done() && p.peek() != '/' {
			return single{}, fault(p.at, "two dots stand alone at an end of an interval")
		}
		return single{end: open}, nil
	}
	return p.date()
}

// inOrder compares the dates as written, so that a slip of the pen does not
// pass because ~ happens to reach far enough.
func inOrder(from, to single, at int, reason string) error {
	if from.end != stated || to.end != stated {
		return nil
	}
	first, _ := from.written()
	last, _ := to.written()
	if last.Latest < first.Earliest {
		return fault(at, reason)
	}
	return nil
}

func (p *parser) set() (Date, error) {
	p.skip("[")
	d := Date{form: oneOf}
	for {
		m, err := p.member(len(d.members) == 0)
		if err != nil {
			return Date{}, err
		}
		d.members = append(d.members, m)
		if p.skip(",") {
			if m.to.end == open {
				return Date{}, fault(p.at-1, "only the last member of a set can be open")
			}
			continue
		}
		if !p.skip("]") {
			if p.done() {
				return Date{}, fault(p.at, "the set is not closed with ]")
			}
			if p.peek() == '/' {
				return Date{}, fault(p.at, "a set contains no intervals; a range is written with two dots")
			}
			return Date{}, p.unexpected(m.last())
		}
		if !p.done() {
			return Date{}, fault(p.at, "nothing can follow a set")
		}
		return d, nil
	}
}

// last is the date that stands last in the writing of m.
func (m member) last() single {
	if m.to.end == stated {
		return m.to
	}
	return m.from
}

func (p *parser) member(first bool) (member, error) {
	if p.peek() == ' ' {
		return member{}, fault(p.at, "a set is written without spaces")
	}
	if p.skip("..") {
		if !first {
			return member{}, fault(p.at-2, "only the first member of a set can be open at its beginning")
		}
		to, err := p.date()
		return member{from: single{end: open}, to: to}, err
	}
	from, err := p.date()
	if err != nil {
		return member{}, err
	}
	if !p.skip("..") {
		return member{from: from}, nil
	}
	if p.peek() == ']' || p.peek() == ',' {
		return member{from: from, to: single{end: open}}, nil
	}
	second := p.at
	to, err := p.date()
	if err != nil {
		return member{}, err
	}
	if from.masked() || to.masked() {
		return member{}, fault(second, "the ends of a range have no unspecified digits")
	}
	if from.precision() != to.precision() {
		return member{}, fault(second, "the ends of a range need the same precision")
	}
	return member{from: from, to: to}, inOrder(from, to, second, "the range ends before it begins")
}
