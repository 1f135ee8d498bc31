package picture

import (
	"image/color"
	"math"
)

// Stance is what is said to something.
type Stance int

// The stances. NoStance speaks to it in no way; Disputed is asserted by some and
// denied by others.
const (
	NoStance Stance = iota
	Asserts
	Denies
	Unsure
	Disputed
)

// doubts says whether not all who speak to it assert it.
func (s Stance) doubts() bool { return s == Denies || s == Unsure || s == Disputed }

const badgeRadius = 8.0

func (p palette) of(s Stance) color.RGBA {
	switch s {
	case Asserts:
		return p.solid
	case Denies, Disputed:
		return p.deny
	case Unsure:
		return p.unsure
	}
	return p.soft
}

// badge is the sign of a stance: a disc with a tick, a square with a cross, a diamond
// with a dot, and half disc, half square. Its shape tells it, not its colour alone.
func (d *drawing) badge(c *canvas, at point, s Stance) {
	const r = badgeRadius
	mark := func(paths ...[]point) { c.line(d.colours.paper, 2, paths...) }
	switch s {
	case Asserts:
		c.fill(d.colours.of(s), circle(at, r))
		mark([]point{{at.x - 4, at.y}, {at.x - 1, at.y + 3}, {at.x + 4, at.y - 3.5}})
	case Denies:
		c.fill(d.colours.of(s), box{at.x - r + 1, at.y - r + 1, 2*r - 2, 2*r - 2}.outline())
		mark([]point{{at.x - 3.5, at.y - 3.5}, {at.x + 3.5, at.y + 3.5}}, []point{{at.x - 3.5, at.y + 3.5}, {at.x + 3.5, at.y - 3.5}})
	case Unsure:
		c.fill(d.colours.of(s), diamond(at, r+1))
		c.fill(d.colours.paper, circle(at, 2.5))
	case Disputed:
		c.fill(d.colours.solid, arc(at, r, math.Pi/2, 3*math.Pi/2))
		c.fill(d.colours.deny, box{at.x + 1, at.y - r + 1, r - 1, 2*r - 2}.outline())
	}
}

// arc is a piece of a disc, from one angle to another.
func arc(centre point, r, from, to float64) []point {
	const steps = 12
	var path []point
	for i := range steps + 1 {
		path = append(path, onCircle(centre, r, from+(to-from)*float64(i)/steps))
	}
	return path
}

// StanceWords are the captions of the stances' badges.
type StanceWords struct{ Asserts, Denies, Unsure, Disputed string }

func (d *drawing) stanceSigns(w StanceWords, drawn map[Stance]bool) []choice {
	var choices []choice
	for stance, caption := range []string{Asserts: w.Asserts, Denies: w.Denies, Unsure: w.Unsure, Disputed: w.Disputed} {
		choices = append(choices, choice{drawn[Stance(stance)] && caption != "", sign{caption, func(c *canvas, b box) { d.badge(c, b.middle(), Stance(stance)) }}})
	}
	return choices
}
