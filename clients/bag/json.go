package bag

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

var errJSON = errors.New("it is not JSON, or not of the form that a line of an export has")

// cursor passes over one JSON text and checks it on the way. Most of a line is texts
// that are not looked at, and encoding/json takes ten times as long to pass over
// them, as it has to keep them.
type cursor struct {
	text []byte
	at   int
}

// maxDepth bounds the recursion that a line can cause.
const maxDepth = 64

func (c *cursor) space() {
	for c.at < len(c.text) && (c.text[c.at] == ' ' || c.text[c.at] == '\t' || c.text[c.at] == '\r' || c.text[c.at] == '\n') {
		c.at++
	}
}

func (c *cursor) take(b byte) bool {
	if c.space(); c.at < len(c.text) && c.text[c.at] == b {
		c.at++
		return true
	}
	return false
}

// object calls each behind the name of each member; it must pass over the value.
func (c *cursor) object(each func(name string) error) error {
	if !c.take('{') {
		return errJSON
	}
	for first := true; !c.take('}'); first = false {
		if !first && !c.take(',') {
			return errJSON
		}
		name, err := c.string()
		if err != nil || !c.take(':') {
			return errJSON
		}
		if err := each(name); err != nil {
			return err
		}
	}
	return nil
}

// array calls each for each item; it must pass over the item.
func (c *cursor) array(each func() error) error {
	if !c.take('[') {
		return errJSON
	}
	for first := true; !c.take(']'); first = false {
		if !first && !c.take(',') {
			return errJSON
		}
		if err := each(); err != nil {
			return err
		}
	}
	return nil
}

// value passes over a value and gives it as it stands.
func (c *cursor) value() ([]byte, error) {
	c.space()
	from := c.at
	err := c.skip(0)
	return c.text[from:c.at:c.at], err
}

func (c *cursor) skip(depth int) error {
	if c.space(); c.at == len(c.text) || depth > maxDepth {
		return errJSON
	}
	switch c.text[c.at] {
	case '{':
		return c.object(func(string) error { return c.skip(depth + 1) })
	case '[':
		return c.array(func() error { return c.skip(depth + 1) })
	case '"':
		_, _, err := c.quoted()
		return err
	}
	from := c.at
	for c.at < len(c.text) && bytes.IndexByte([]byte(",]} \t\r\n"), c.text[c.at]) < 0 {
		c.at++
	}
	if !json.Valid(c.text[from:c.at]) { // a number, true, false or null
		return errJSON
	}
	return nil
}

// quoted passes over a string and gives it as it stands, and whether anything in it
// is escaped.
func (c *cursor) quoted() (raw []byte, escaped bool, err error) {
	if !c.take('"') {
		return nil, false, errJSON
	}
	from := c.at - 1
	for {
		c.at += plain(c.text[c.at:])
		switch {
		case c.at == len(c.text) || c.text[c.at] < ' ':
			return nil, false, errJSON
		case c.text[c.at] == '\\':
			escaped = true
			c.at = min(c.at+2, len(c.text))
			continue
		}
		c.at++
		raw = c.text[from:c.at:c.at]
		if escaped && !json.Valid(raw) { // an escape that there is none of
			return nil, false, errJSON
		}
		return raw, escaped, nil
	}
}

// plain is how many bytes stand for themselves in a string before a quotation mark,
// a backslash or a control character, eight being looked at together.
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

// string reads a string.
func (c *cursor) string() (string, error) {
	raw, escaped, err := c.quoted()
	if err != nil {
		return "", err
	}
	return textOf(raw, escaped), nil
}

// textOf is what a string that was passed over stands for.
func textOf(raw []byte, escaped bool) string {
	if !escaped && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // it is a string
	return s
}

// whole reads a whole number.
func (c *cursor) whole() (int64, error) {
	raw, err := c.value()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, errJSON
	}
	return n, nil
}
