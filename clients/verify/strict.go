package verify

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// What is read here is compared byte by byte with what was hashed, and readers
// that disagree about one text are how signed JSON is attacked. So values are
// kept as the bytes that they are, and whatever two readers might take
// differently is refused: repeated members, half surrogates, invalid UTF-8.

// maxDepth bounds the recursion that a line can cause.
const maxDepth = 64

var (
	errJSON     = errors.New("is not JSON")
	errUTF8     = errors.New("is not valid UTF-8")
	errRepeated = errors.New("has a member twice")
	errDeep     = errors.New("nests too deep")
)

// scanner walks over one JSON text (RFC 8259).
type scanner struct {
	text []byte
	at   int
}

// strict says whether text is one JSON value, with white space around it at most.
func strict(text []byte) error {
	if !utf8.Valid(text) {
		return errUTF8
	}
	s := scanner{text: text}
	s.space()
	if err := s.value(0); err != nil {
		return err
	}
	if s.space(); s.at != len(text) {
		return errJSON
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.text) && bytes.IndexByte([]byte(" \t\r\n"), s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) take(b byte) bool {
	if s.at < len(s.text) && s.text[s.at] == b {
		s.at++
		return true
	}
	return false
}

// value passes over one value.
func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch c := s.peek(); {
	case c == '{':
		seen := map[string]bool{}
		return s.members(func(name string) error {
			if seen[name] {
				return errRepeated
			}
			seen[name] = true
			return s.value(depth + 1)
		})
	case c == '[':
		return s.items(func() error { return s.value(depth + 1) })
	case c == '"':
		_, err := s.str()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.text[s.at:], []byte(word)) {
			s.at += len(word)
			return nil
		}
	}
	return errJSON
}

// members passes over an object; value must pass over the member's value.
func (s *scanner) members(value func(name string) error) error {
	if !s.take('{') {
		return errJSON
	}
	if s.space(); s.take('}') {
		return nil
	}
	for {
		s.space()
		name, err := s.str()
		if err != nil {
			return err
		}
		if s.space(); !s.take(':') {
			return errJSON
		}
		s.space()
		if err := value(name); err != nil {
			return err
		}
		if s.space(); s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errJSON
		}
	}
}

func (s *scanner) items(value func() error) error {
	if !s.take('[') {
		return errJSON
	}
	if s.space(); s.take(']') {
		return nil
	}
	for {
		s.space()
		if err := value(); err != nil {
			return err
		}
		if s.space(); s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errJSON
		}
	}
}

func (s *scanner) digits() bool {
	start := s.at
	for s.peek() >= '0' && s.peek() <= '9' {
		s.at++
	}
	return s.at > start
}

func (s *scanner) number() error {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return errJSON
	}
	if s.take('.') && !s.digits() {
		return errJSON
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return errJSON
		}
	}
	return nil
}

// str passes over a string and gives what it stands for.
func (s *scanner) str() (string, error) {
	if !s.take('"') {
		return "", errJSON
	}
	start := s.at
	for s.at < len(s.text) && s.text[s.at] != '"' && s.text[s.at] != '\\' && s.text[s.at] >= 0x20 {
		s.at++
	}
	if s.take('"') { // nothing escaped, as nearly always
		return string(s.text[start : s.at-1]), nil
	}
	out := append([]byte(nil), s.text[start:s.at]...)
	for {
		switch c := s.peek(); {
		case c < 0x20: // also at the end
			return "", errJSON
		case c == '"':
			s.at++
			return string(out), nil
		case c != '\\':
			out = append(out, c)
			s.at++
		default:
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		}
	}
}

func (s *scanner) escape() (rune, error) {
	s.at++ // the backslash
	c := s.peek()
	s.at++
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 && c != 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, errJSON
	}
	r, ok := s.hex()
	if !ok {
		return 0, errJSON
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if !s.take('\\') || !s.take('u') {
		return 0, errUTF8
	}
	low, ok := s.hex()
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, errUTF8
	}
	return r, nil
}

func (s *scanner) hex() (rune, bool) {
	if s.at+4 > len(s.text) {
		return 0, false
	}
	for _, c := range s.text[s.at : s.at+4] { // ParseUint also takes signs and lines
		if bytes.IndexByte([]byte("0123456789abcdefABCDEF"), c) < 0 {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(string(s.text[s.at:s.at+4]), 16, 16)
	s.at += 4
	return rune(n), err == nil
}
