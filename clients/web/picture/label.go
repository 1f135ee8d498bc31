package picture

import (
	"image/color"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDrawn is how many letters a label may have to be tried at all.
const maxDrawn = 300

// inkOf a letter is about how many bytes it takes in the file, and maxInk how
// many the labels of a picture may take, captions aside: those after them get
// numbers, so that a picture loads over a line that is slow.
const maxInk = 45_000

func inkOf(label string) int {
	ink := 0
	for _, r := range label {
		if ink += 15; unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			ink += 55
		}
	}
	return ink
}

// clean gives a label in one line, composed, without control characters and
// without what turns the direction of writing.
func clean(label string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Bidi_Control) || r == '\u200b' || r == '\u2060' || r == '\ufeff':
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(label, string(unicode.ReplacementChar)))
	return norm.NFC.String(strings.Join(strings.Fields(kept), " "))
}

// label is a text as it will be drawn: its lines, or a number in their place.
type label struct {
	lines  []string
	number int
	style
}

// label lays out the label of an item. Where it can't be drawn whole in so many
// lines of that width it gets a number of the legend.
func (d *drawing) label(text string, item int, f style, width float64, lines int) label {
	text = clean(text)
	tooMuch := item != caption && d.ink+inkOf(text) > maxInk
	if whole, ok := d.lines(text, f, width, lines); ok && !tooMuch {
		d.ink += inkOf(text)
		return label{lines: whole, style: f}
	}
	return label{number: d.enter(text, item), style: f}
}

func (d *drawing) lines(text string, f style, width float64, most int) ([]string, bool) {
	if utf8.RuneCountInString(text) > maxDrawn || !d.type_.sets(text, f) {
		return nil, false
	}
	return d.type_.wrap(text, f, width, most)
}

// enter gives a label the next number.
func (d *drawing) enter(text string, item int) int {
	n := len(d.legend) + 1
	d.legend = append(d.legend, Entry{Number: n, Label: text, Item: item})
	return n
}

const markerRadius = 11.0

func (l label) height() float64 {
	if l.number > 0 {
		return 2 * markerRadius
	}
	return float64(len(l.lines)) * l.leading()
}

func (d *drawing) widthOf(l label) float64 {
	if l.number > 0 {
		return d.markerWidth(l.number)
	}
	widest := 0.0
	for _, line := range l.lines {
		widest = max(widest, d.type_.measure(line, l.style))
	}
	return widest
}

// draw puts a label with its upper left corner at p.
func (d *drawing) draw(c *canvas, l label, p point, with color.RGBA) {
	if l.number > 0 {
		d.marker(c, point{p.x + d.markerWidth(l.number)/2, p.y + markerRadius}, l.number)
		return
	}
	for i, line := range l.lines {
		c.text(point{p.x, p.y + float64(i)*l.leading() + l.ascent() + (l.leading()-l.size)/4}, line, l.style, with)
	}
}

// drawCentred puts a label with the middle of its upper side at p.
func (d *drawing) drawCentred(c *canvas, l label, p point, with color.RGBA) {
	if l.number > 0 {
		d.marker(c, point{p.x, p.y + markerRadius}, l.number)
		return
	}
	for i, line := range l.lines {
		x := p.x - d.type_.measure(line, l.style)/2
		c.text(point{x, p.y + float64(i)*l.leading() + l.ascent() + (l.leading()-l.size)/4}, line, l.style, with)
	}
}

func (d *drawing) markerWidth(n int) float64 {
	return max(2*markerRadius, d.type_.measure(strconv.Itoa(n), number)+10)
}

// marker draws a number of the legend, light on dark.
func (d *drawing) marker(c *canvas, middle point, n int) {
	w := d.markerWidth(n)
	c.fill(d.colours.ink, box{middle.x - w/2, middle.y - markerRadius, w, 2 * markerRadius}.rounded(markerRadius))
	c.centred(middle, strconv.Itoa(n), number, d.colours.paper)
}
