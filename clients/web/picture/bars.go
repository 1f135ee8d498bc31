package picture

import (
	"math"
	"slices"
	"strconv"
)

// MaxPeriods is how many periods a picture of counts has room for.
const MaxPeriods = 24

// Counts is how many there were, period by period.
type Counts struct {
	Periods []Period
	Words   CountWords
}

// Period is one count with its uncertainty. A Low that is nil is not known, a
// High that is nil is open; negative figures count as none.
type Period struct {
	Label           string
	Low, Best, High *int64
}

// CountWords are the captions of the key; those left empty are not shown.
type CountWords struct{ AtLeast, Possible, Best, OpenHigh, NoLow string }

const (
	plotHeight = 260.0
	minScale   = 64.0 // the width of a scale's figures
	headroom   = 64.0 // above the highest bar, for arrows and figures
	openLength = 34.0 // of the arrow of an open high
)

// Draw draws the counts.
func (n Counts) Draw(look Look) Picture {
	d := newDrawing(look)
	drawn := n.Periods[:min(len(n.Periods), MaxPeriods)]
	scaleWidth := d.scaleWidth(drawn)
	drawn = drawn[:min(len(drawn), int((d.width-scaleWidth-margin)/34))]
	pitch := min((d.width-scaleWidth-margin)/float64(max(len(drawn), 1)), 150)
	labels, labelHeight := d.periodLabels(drawn, pitch-6)
	k := d.key(n.Words.signs(d.colours, drawn))
	base := headroom + plotHeight
	c := d.canvas(base + labelHeight + 20 + k.height)

	s := scale{base: base, top: highest(drawn)}
	for _, v := range s.marks() {
		y := s.y(v)
		c.level(d.colours.grid, scaleWidth, d.width-margin, y)
		text := figure(int64(v))
		c.text(point{scaleWidth - 8 - c.type_.measure(text, small), y + 4}, text, small, d.colours.soft)
	}
	c.level(d.colours.soft, scaleWidth, d.width-margin, base)
	for i, p := range drawn {
		middle := scaleWidth + (float64(i)+0.5)*pitch
		d.bar(c, p.inOrder(), s, middle, pitch)
		d.drawCentred(c, labels[i], point{middle, base + 8}, d.colours.ink)
	}
	d.drawKey(c, k, base+labelHeight+16)
	return d.finish(c, after(len(drawn), len(n.Periods)))
}

// scaleWidth has room for the figures of the scale of all these.
func (d *drawing) scaleWidth(periods []Period) float64 {
	widest := minScale
	for _, v := range (scale{top: highest(periods)}).marks() {
		widest = max(widest, margin+d.type_.measure(figure(int64(v)), small)+8)
	}
	return widest
}

func (d *drawing) periodLabels(periods []Period, width float64) ([]label, float64) {
	var labels []label
	highest := 0.0
	for i, p := range periods {
		l := d.label(p.Label, i, small, width, 3)
		labels, highest = append(labels, l), max(highest, l.height())
	}
	return labels, highest
}

// figures is a period with its numbers in order.
type figures struct {
	low, best, high          float64
	hasLow, hasBest, hasHigh bool
}

func (p Period) inOrder() figures {
	var f figures
	f.low, f.hasLow = given(p.Low)
	f.best, f.hasBest = given(p.Best)
	f.high, f.hasHigh = given(p.High)
	if f.hasLow && f.hasHigh && f.low > f.high {
		f.low, f.high = f.high, f.low
	}
	return f
}

func given(n *int64) (float64, bool) {
	if n == nil {
		return 0, false
	}
	return float64(max(*n, 0)), true
}

func highest(periods []Period) float64 {
	top := 1.0
	for _, p := range periods {
		f := p.inOrder()
		top = max(top, f.low, f.best, f.high)
	}
	return top
}

// scale turns counts into pixels.
type scale struct{ base, top float64 }

func (s scale) y(n float64) float64 { return s.base - n/s.top*plotHeight }

// marks are round numbers from none to the top, some five of them.
func (s scale) marks() []float64 {
	apart := math.Pow(10, math.Floor(math.Log10(s.top/2)))
	for _, times := range []float64{1, 2, 5, 10} {
		if s.top/(apart*times) <= 6 {
			apart *= times
			break
		}
	}
	apart = max(apart, 1)
	var marks []float64
	for n := 0.0; n <= s.top; n += apart {
		marks = append(marks, n)
	}
	return marks
}

// bar draws one period: solid as far as it is at least, hatched as far as it
// may be, with an arrow where nothing bounds it.
func (d *drawing) bar(c *canvas, f figures, s scale, middle, pitch float64) {
	w := min(pitch*0.6, 56)
	b := box{x: middle - w/2, w: w}
	low, top := s.y(f.low), s.y(max(f.low, f.high))
	if f.hasLow {
		d.atLeast(c, box{b.x, min(low, s.base-2), w, max(s.base-low, 2)})
	}
	switch {
	case f.hasHigh && !f.hasLow:
		d.openFoot(c, box{b.x, top, w, max(s.base-top, 2)})
	case f.hasHigh && f.high > f.low:
		d.upTo(c, box{b.x, top, w, low - top})
	case !f.hasHigh && (f.hasLow || f.hasBest):
		from := s.y(max(f.low, f.best))
		if !f.hasLow {
			d.openFoot(c, box{b.x, from, w, max(s.base-from, 2)})
		} else if from < low {
			d.upTo(c, box{b.x, from, w, low - from})
		}
		d.openTop(c, box{b.x, from - openLength, w, openLength})
		top = from - openLength
	}
	if f.hasBest {
		d.best(c, point{middle, s.y(f.best)})
		top = min(top, s.y(f.best)-8)
	}
	if text := f.said(); c.type_.measure(text, small) <= pitch-2 {
		c.centred(point{middle, min(top, s.base) - 12}, text, small, d.colours.ink)
	}
}

// said is the bounds in figures; nothing where nothing was said.
func (f figures) said() string {
	low, high := figure(int64(f.low)), figure(int64(f.high))
	switch {
	case f.hasLow && f.hasHigh && low == high:
		return low
	case f.hasLow && f.hasHigh:
		return low + "–" + high
	case f.hasLow:
		return "≥ " + low
	case f.hasHigh:
		return "≤ " + high
	case f.hasBest:
		return figure(int64(f.best))
	}
	return "?"
}

func figure(n int64) string {
	digits := strconv.FormatInt(max(n, 0), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func (d *drawing) atLeast(c *canvas, b box) { c.fill(d.colours.solid, b.outline()) }

func (d *drawing) upTo(c *canvas, b box) {
	c.fillWith(hatched(d.colours.solid, d.colours.possible), b.outline())
	c.outline(d.colours.solid, 1, b.outline())
}

// openFoot is a bar of which nobody said where it begins.
func (d *drawing) openFoot(c *canvas, b box) {
	c.fillWith(hatched(d.colours.solid, d.colours.possible), box{b.x, b.y, b.w, max(b.h-6, 1)}.outline())
	c.line(d.colours.solid, 2, []point{{b.x, b.y}, {b.right(), b.y}})
	for _, x := range []float64{b.x, b.right()} {
		c.line(d.colours.solid, 1.5, dashes([]point{{x, b.y}, {x, b.bottom()}}, 4, 3)...)
	}
}

// openTop is an arrow where nothing bounds a count.
func (d *drawing) openTop(c *canvas, b box) {
	const tip = 14
	w := b.w / 2
	c.fillWith(hatched(d.colours.solid, d.colours.possible), box{b.x + w/2, b.y + tip, w, b.h - tip}.outline())
	c.fill(d.colours.solid, head(point{b.x + b.w/2, b.y}, -math.Pi/2, tip, min(b.w, 28)))
}

func (d *drawing) best(c *canvas, at point) {
	c.fill(d.colours.paper, diamond(at, 8))
	c.fill(d.colours.ink, diamond(at, 5.5))
}

// signs are those that the bars have, no others.
func (w CountWords) signs(p palette, drawn []Period) []sign {
	d := &drawing{colours: p}
	bar := func(b box) box { return box{b.x + 6, b.y + 3, 22, 18} }
	has := func(one func(figures) bool) bool {
		return slices.ContainsFunc(drawn, func(p Period) bool { return one(p.inOrder()) })
	}
	return chosen([]choice{
		{has(func(f figures) bool { return f.hasLow }), sign{w.AtLeast, func(c *canvas, b box) { d.atLeast(c, bar(b)) }}},
		{has(func(f figures) bool { return f.hasLow && (f.high > f.low || !f.hasHigh && f.best > f.low) }), sign{w.Possible, func(c *canvas, b box) { d.upTo(c, bar(b)) }}},
		{has(func(f figures) bool { return f.hasBest }), sign{w.Best, func(c *canvas, b box) { d.best(c, b.middle()) }}},
		{has(func(f figures) bool { return !f.hasHigh && (f.hasLow || f.hasBest) }), sign{w.OpenHigh, func(c *canvas, b box) { d.openTop(c, box{b.x + 5, b.y, 24, 24}) }}},
		{has(func(f figures) bool { return !f.hasLow && (f.hasHigh || f.hasBest) }), sign{w.NoLow, func(c *canvas, b box) { d.openFoot(c, bar(b)) }}},
	})
}
