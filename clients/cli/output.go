package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// output writes to standard output and remembers the first error.
type output struct {
	w     io.Writer
	width int  // columns of the terminal; 0 where it is none
	bold  bool // headings may be bold
	err   error

	called map[string]string // what records are called, by name
}

func (o *output) raw(text string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, text)
	}
}

// line writes one line; what is printed of records must have been made visible.
func (o *output) line(format string, args ...any) {
	o.raw(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// heading writes a line that stands out.
func (o *output) heading(text string) {
	if o.bold {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	o.line("%s", text)
}

// wrapped writes text after an indentation; where the terminal is too narrow it
// goes on below, as far in.
func (o *output) wrapped(lead, text string) {
	indent := displayWidth(lead)
	room := o.width - indent
	if o.width == 0 || room < 20 {
		room = 0
	}
	for _, line := range strings.Split(text, "\n") {
		for _, part := range fold(line, room) {
			o.line("%s%s", lead, part)
			lead = strings.Repeat(" ", indent)
		}
	}
}

// fold cuts a line into parts of at most so many columns, at spaces where there
// are any; 0 means no limit.
func fold(line string, room int) []string {
	if room == 0 || displayWidth(line) <= room {
		return []string{line}
	}
	var parts []string
	current := ""
	for _, word := range strings.Split(line, " ") {
		switch {
		case current == "":
			current = word
		case displayWidth(current)+1+displayWidth(word) <= room:
			current += " " + word
		default:
			parts, current = append(parts, current), word
		}
		for displayWidth(current) > room { // a word, or Chinese, wider than the line
			head := runes.Truncate(current, room, "")
			parts, current = append(parts, head), current[len(head):]
		}
	}
	return append(parts, current)
}

// runes measures text as terminals show it: Korean and Chinese characters take
// two columns, ambiguous ones (…, —) one.
var runes = &runewidth.Condition{StrictEmojiNeutral: true}

func displayWidth(text string) int { return runes.StringWidth(text) }

// pad fills text up to so many columns.
func pad(text string, columns int) string {
	if missing := columns - displayWidth(text); missing > 0 {
		return text + strings.Repeat(" ", missing)
	}
	return text
}

// document writes one message as the contract's JSON.
func (o *output) document(m proto.Message) error {
	text, err := jsonText(m, "")
	if err != nil {
		return err
	}
	o.raw(text + "\n")
	return nil
}

// jsonText is a message as the contract's JSON: camelCase names, two spaces of
// indentation, keys in the contract's order, and directional overrides escaped.
func jsonText(m proto.Message, prefix string) (string, error) {
	raw, err := protojson.Marshal(m)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, prefix, "  "); err != nil {
		return "", err
	}
	return escapeHidden(b.String(), func(r rune) string { return fmt.Sprintf("\\u%04x", r) }), nil
}

// jsonList writes a list as one object with one array in it, item by item.
// Nothing is written before the first item or the end, so that a list that fails
// at once leaves no half of an object behind.
type jsonList struct {
	out   *output
	field string
	count int
}

func (o *output) jsonList(field string) *jsonList { return &jsonList{out: o, field: field} }

func (l *jsonList) open() { l.out.raw("{\n  \"" + l.field + "\": [") }

func (l *jsonList) add(m proto.Message) error {
	text, err := jsonText(m, "    ")
	if err != nil {
		return err
	}
	if l.count++; l.count > 1 {
		l.out.raw(",")
	} else {
		l.open()
	}
	l.out.raw("\n    " + text)
	return nil
}

func (l *jsonList) end() {
	if l.count > 0 {
		l.out.raw("\n  ")
	} else {
		l.open()
	}
	l.out.raw("]\n}\n")
}
