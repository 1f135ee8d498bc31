package picture

import "math"

// Draw draws the time line.
func (t TimeLine) Draw(look Look) Picture {
	d := newDrawing(look)
	drawn := t.Events[:min(len(t.Events), MaxEvents)]
	a := d.axis(drawn)
	rows, bottom := d.rows(drawn, a)
	k := d.key(t.Words.signs(d.colours, uses(drawn)))

	c := d.canvas(bottom + axisHeight + k.height + 4)
	for i, r := range rows {
		if i%2 == 0 {
			c.fill(d.colours.panel, box{margin, r.top, d.width - 2*margin, r.height}.rounded(4))
		}
	}
	d.drawAxis(c, a, axisHeight, bottom, len(rows) > 8)
	for _, r := range rows {
		d.draw(c, r.label, r.labelAt, d.colours.ink)
		d.drawSpan(c, a, r.event, r.barAt)
	}
	d.drawKey(c, k, bottom+axisHeight)
	return d.finish(c, after(len(drawn), len(t.Events)))
}

const (
	axisHeight = 26.0
	overhang   = 20.0 // of an axis beyond its first and last day, for arrows
	barHeight  = 14.0
)

// axis is the scale of a time line.
type axis struct {
	left, right float64
	first, last float64 // days
	ticks       []tick
}

func (a axis) x(day Day) float64 {
	switch day {
	case Ever:
		return a.left
	case Never:
		return a.right
	}
	inner := a.right - a.left - 2*overhang
	return a.left + overhang + (float64(day)-a.first)/(a.last-a.first)*inner
}

// wide says whether labels stand beside their bars, not above them.
func (d *drawing) wide() bool { return d.width >= 600 }

func (d *drawing) labelWidth() float64 {
	if d.wide() {
		return math.Round(d.width * 0.34)
	}
	return d.width - 2*margin - 16
}

func (d *drawing) axis(events []Event) axis {
	a := axis{left: margin + 8, right: d.width - margin - 8}
	if d.wide() {
		a.left = margin + d.labelWidth() + 20
	}
	first, last := Never, Ever
	for _, e := range events {
		s := e.spans()
		days := []Day{s.possible.Earliest, s.possible.Latest}
		if s.hasCore {
			days = append(days, s.core.Earliest, s.core.Latest)
		}
		for _, day := range days {
			if day != Ever && day != Never {
				first, last = min(first, day), max(last, day)
			}
		}
	}
	if first > last {
		return a // nothing is dated
	}
	a.first, a.last = float64(first), float64(last)+1
	if lacking := 6 - (a.last - a.first); lacking > 0 {
		a.first, a.last = a.first-math.Ceil(lacking/2), a.last+math.Ceil(lacking/2)
	}
	const tickWidth = 92
	a.ticks = ticks(held(a.first), held(a.last), int((a.right-a.left-2*overhang)/tickWidth))
	return a
}

func held(days float64) Day { return Day(min(max(days, float64(Ever)+1), float64(Never)-1)) }

// row is an event laid out.
type row struct {
	event       Event
	label       label
	labelAt     point
	barAt       float64 // the middle of its bar
	top, height float64
}

func (d *drawing) rows(events []Event, a axis) ([]row, float64) {
	y := axisHeight
	var rows []row
	for i, e := range events {
		r := row{event: e, top: y, label: d.label(e.Label, i, body, d.labelWidth(), 3)}
		r.labelAt = point{margin + 8, y + 7}
		if d.wide() {
			r.height = max(34, r.label.height()+14)
			r.labelAt.y = y + (r.height-r.label.height())/2
			r.barAt = y + r.height/2
		} else {
			r.height = r.label.height() + 14 + barHeight + 8
			r.barAt = y + r.height - 8 - barHeight/2
		}
		rows = append(rows, r)
		y += r.height
	}
	return rows, y
}

func (d *drawing) drawAxis(c *canvas, a axis, top, bottom float64, both bool) {
	for _, t := range a.ticks {
		x := a.x(t.day)
		c.upright(d.colours.grid, x, top-6, bottom+4)
		w := c.type_.measure(t.text, small)
		left := min(max(x-w/2, margin), d.width-margin-w)
		c.text(point{left, top - 9}, t.text, small, d.colours.soft)
		if both {
			c.text(point{left, bottom + 17}, t.text, small, d.colours.soft)
		}
	}
}

// drawSpan draws when an event was.
func (d *drawing) drawSpan(c *canvas, a axis, e Event, y float64) {
	s := e.spans()
	left, right := a.x(s.possible.Earliest), a.x(s.possible.Latest)
	if s.possible.Latest != Never {
		right = a.x(s.possible.Latest + 1)
	}
	left, right = min(left, a.right), max(right, a.left)
	switch {
	case !e.Lasting && s.possible.Earliest == s.possible.Latest && s.possible.Earliest != Ever && s.possible.Earliest != Never:
		c.fill(d.colours.solid, diamond(point{(left + right) / 2, y}, 8))
		return
	case !e.Lasting && right-left < 12:
		d.hollow(c, point{(left + right) / 2, y})
		return
	case !e.Lasting:
		d.sometime(c, box{left, y - 5, right - left, 10}, s.possible)
		return
	}
	if right-left < 6 {
		left, right = (left+right)/2-3, (left+right)/2+3
	}
	d.maybe(c, box{left, y - barHeight/2, right - left, barHeight}, s.possible, e.Ongoing)
	if s.hasCore {
		d.certainly(c, a, s.core, y, left, right)
	}
}

// hollow is a momentary event whose days are too few for the scale to show.
func (d *drawing) hollow(c *canvas, at point) {
	c.fillWith(hatched(d.colours.solid, d.colours.possible), diamond(at, 8))
	c.outline(d.colours.solid, 1.5, diamond(at, 8))
}

// sometime is one moment, nobody knows which, of a time: a hatched band with an
// end to each side that is known.
func (d *drawing) sometime(c *canvas, b box, r Range) {
	b = d.arrows(c, b, r, false)
	c.fillWith(hatched(d.colours.solid, d.colours.possible), b.outline())
	c.line(d.colours.solid, 1, []point{{b.x, b.y}, {b.right(), b.y}}, []point{{b.x, b.bottom()}, {b.right(), b.bottom()}})
	if r.Earliest != Ever {
		c.fill(d.colours.solid, box{b.x, b.y - 4, 2, b.h + 8}.outline())
	}
	if r.Latest != Never {
		c.fill(d.colours.solid, box{b.right() - 2, b.y - 4, 2, b.h + 8}.outline())
	}
}

// maybe is all the time that something may have lasted.
func (d *drawing) maybe(c *canvas, b box, r Range, ongoing bool) {
	b = d.arrows(c, b, r, ongoing)
	c.fillWith(hatched(d.colours.solid, d.colours.possible), b.outline())
	c.outline(d.colours.solid, 1, b.outline())
}

// arrows draws a head on each side that is open and gives what is left of b: a
// filled one where it is said to go on, a hollow one where nothing is known.
func (d *drawing) arrows(c *canvas, b box, r Range, ongoing bool) box {
	const length = 12
	middle := b.y + b.h/2
	drawHead := func(x, angle float64, filled bool) {
		path := head(point{x, middle}, angle, length, b.h+6)
		if filled {
			c.fill(d.colours.solid, path)
			return
		}
		inner := head(point{x - 1.5*math.Cos(angle), middle}, angle, length-2, b.h+2)
		c.outline(d.colours.solid, 1.5, inner)
	}
	if r.Earliest == Ever {
		drawHead(b.x, math.Pi, false)
		b.x, b.w = b.x+length, b.w-length
	}
	if r.Latest == Never {
		drawHead(b.right(), 0, ongoing)
		b.w -= length
	}
	b.w = max(b.w, 2)
	return b
}

// certainly is the time that something is known to have lasted.
func (d *drawing) certainly(c *canvas, a axis, core Range, y, left, right float64) {
	from, to := a.x(core.Earliest), right-12
	if core.Earliest == Ever {
		from = left + 12
	}
	if core.Latest != Never {
		to = a.x(core.Latest + 1)
	}
	from, to = max(from, left), min(to, right)
	if to-from < 2 {
		from, to = max(left, to-2), max(left, to-2)+2
	}
	c.fill(d.colours.solid, box{from, y - barHeight/2, to - from, barHeight}.outline())
}
