package encoding

import (
	"errors"
	"unicode/utf8"
)

var (
	errSyntax = errors.New("not in the form that is written")
	errEscape = errors.New("an escape that is not the one written")
)

// A scanner reads JSON without white space.
type scanner struct {
	text []byte
	at   int    // the next byte
	room []byte // for the last string that had escapes
}

// take takes one byte if it comes next.
func (s *scanner) take(b byte) bool {
	if s.at < len(s.text) && s.text[s.at] == b {
		s.at++
		return true
	}
	return false
}

// word takes a word if it comes next.
func (s *scanner) word(w string) bool {
	if len(s.text)-s.at >= len(w) && string(s.text[s.at:s.at+len(w)]) == w {
		s.at += len(w)
		return true
	}
	return false
}

// peek gives the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// string takes a string. The bytes hold until the next one is taken.
func (s *scanner) string() ([]byte, error) {
	if !s.take('"') {
		return nil, errSyntax
	}
	start, all := s.at, byte(0)
	for i := start; i < len(s.text); i++ {
		b := s.text[i]
		if plain[b] {
			all |= b
			continue
		}
		s.at = i
		if b == '"' {
			s.at++
			part := s.text[start:i]
			if all >= utf8.RuneSelf && !utf8.Valid(part) {
				return nil, errText
			}
			return part, nil
		}
		return s.escaped(start)
	}
	s.at = len(s.text)
	return nil, errSyntax
}

// escaped takes the rest of a string whose first escape comes next; the string
// began at start.
func (s *scanner) escaped(start int) ([]byte, error) {
	s.room = append(s.room[:0], s.text[start:s.at]...)
	for s.at < len(s.text) {
		b := s.text[s.at]
		switch {
		case plain[b]:
			from := s.at
			for s.at < len(s.text) && plain[s.text[s.at]] {
				s.at++
			}
			s.room = append(s.room, s.text[from:s.at]...)
		case b == '"':
			s.at++
			if !utf8.Valid(s.room) {
				return nil, errText
			}
			return s.room, nil
		case b == '\\':
			meant, err := s.escape()
			if err != nil {
				return nil, err
			}
			s.room = append(s.room, meant)
		default:
			return nil, errSyntax
		}
	}
	return nil, errSyntax
}

// escape takes one escape: only those that appendEscape writes.
func (s *scanner) escape() (byte, error) {
	if s.at+1 >= len(s.text) {
		return 0, errSyntax
	}
	var meant byte
	switch e := s.text[s.at+1]; e {
	case '"', '\\':
		meant = e
	case 'b':
		meant = '\b'
	case 't':
		meant = '\t'
	case 'n':
		meant = '\n'
	case 'f':
		meant = '\f'
	case 'r':
		meant = '\r'
	case 'u':
		if s.at+6 > len(s.text) {
			return 0, errSyntax
		}
		meant = unhex(s.text[s.at+4])<<4 | unhex(s.text[s.at+5])
	}
	var room [8]byte
	if plain[meant] || !s.word(string(appendEscape(room[:0], meant))) {
		return 0, errEscape
	}
	return meant, nil
}

// unhex gives the value of a lower-case hex digit, and 15 for any other byte:
// the caller compares with what would be written.
func unhex(b byte) byte {
	if '0' <= b && b <= '9' {
		return b - '0'
	}
	if 'a' <= b && b <= 'e' {
		return b - 'a' + 10
	}
	return 15
}

// number takes the bytes of a number; whether they are one is for the caller.
func (s *scanner) number() []byte {
	start := s.at
	for s.at < len(s.text) {
		switch b := s.text[s.at]; {
		case '0' <= b && b <= '9', b == '-', b == '+', b == '.', b == 'e':
			s.at++
		default:
			return s.text[start:s.at]
		}
	}
	return s.text[start:]
}

// skip takes one value of any type.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch b := s.peek(); {
	case b == '"':
		_, err := s.string()
		return err
	case b == '[':
		return s.skipAll('[', ']', depth)
	case b == '{':
		return s.skipAll('{', '}', depth)
	case b == 't' && s.word("true"), b == 'f' && s.word("false"):
		return nil
	}
	if len(s.number()) == 0 {
		return errSyntax
	}
	return nil
}

// skipAll takes an array or an object.
func (s *scanner) skipAll(from, to byte, depth int) error {
	s.take(from)
	if s.take(to) {
		return nil
	}
	for {
		if from == '{' {
			if _, err := s.string(); err != nil {
				return err
			}
			if !s.take(':') {
				return errSyntax
			}
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if s.take(to) {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}
