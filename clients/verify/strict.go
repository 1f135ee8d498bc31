package verify

import (
	"bytes"
	"encoding/binary"
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
		var seen names
		return s.members(func(name []byte) error {
			if !seen.add(name) {
				return errRepeated
			}
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

// names are the names of an object's members: most objects have few.
type names struct {
	few  [][]byte
	more map[string]bool
}

// add says whether a name is new.
func (n *names) add(name []byte) bool {
	if n.more != nil {
		known := n.more[string(name)]
		n.more[string(name)] = true
		return !known
	}
	for _, known := range n.few {
		if bytes.Equal(known, name) {
			return false
		}
	}
	if n.few == nil {
		n.few = make([][]byte, 0, 12)
	}
	if n.few = append(n.few, name); len(n.few) > 32 {
		n.more = make(map[string]bool, 2*len(n.few))
		for _, known := range n.few {
			n.more[string(known)] = true
		}
	}
	return true
}

// members passes over an object; value must pass over the member's value.
func (s *scanner) members(value func(name []byte) error) error {
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

// str passes over a string and gives what it stands for; where nothing is escaped,
// as nearly always, that is a part of the text.
func (s *scanner) str() ([]byte, error) {
	if !s.take('"') {
		return nil, errJSON
	}
	start := s.at
	s.at += plain(s.text[start:])
	if s.take('"') {
		return s.text[start : s.at-1 : s.at-1], nil
	}
	out := append([]byte(nil), s.text[start:s.at]...)
	for {
		switch c := s.peek(); {
		case c < 0x20: // also at the end
			return nil, errJSON
		case c == '"':
			s.at++
			return out, nil
		case c != '\\':
			n := plain(s.text[s.at:])
			out = append(out, s.text[s.at:s.at+n]...)
			s.at += n
		default:
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
		}
	}
}

// over passes over a value that strict has let through, where nothing is left to be
// found wrong.
func (s *scanner) over() {
	for depth := 0; s.at < len(s.text); {
		switch c := s.text[s.at]; {
		case c == '"':
			s.overString()
		case c == '{' || c == '[':
			depth++
			s.at++
		case c == '}' || c == ']':
			depth--
			s.at++
		default: // of a number or a word, or between values
			s.at++
			if depth == 0 && s.at < len(s.text) && bytes.IndexByte([]byte(",]} \t\r\n"), s.text[s.at]) < 0 {
				continue
			}
		}
		if depth <= 0 {
			return
		}
	}
}

func (s *scanner) overString() {
	for s.at++; s.at < len(s.text); {
		s.at += plain(s.text[s.at:])
		if s.peek() != '\\' {
			s.at = min(s.at+1, len(s.text))
			return
		}
		s.at = min(s.at+2, len(s.text))
	}
}

// plain is how many bytes stand for themselves in a string before a quotation mark,
// a backslash or a control character. Most of a bag is within strings, so that
// eight bytes are looked at together.
func plain(text []byte) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	zero := func(x uint64) uint64 { return (x - each) &^ x & high } // has a bit if some byte of x is 0
	n := 0
	for ; n+8 <= len(text); n += 8 {
		x := binary.LittleEndian.Uint64(text[n:])
		if zero(x^each*'"')|zero(x^each*'\\')|(x-each*' ')&^x&high != 0 {
			break
		}
	}
	for n < len(text) && text[n] != '"' && text[n] != '\\' && text[n] >= ' ' {
		n++
	}
	return n
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
