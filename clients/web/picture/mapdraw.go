package picture

import "math"

// Draw draws the map.
func (m Map) Draw(look Look) Picture {
	d := newDrawing(look)
	shown, omitted := m.located()
	var places []Place
	for _, i := range shown {
		places = append(places, m.Places[i])
	}
	places = turned(places)
	const left, top = 52.0, 12.0
	p := project(bounds(places), left, top, d.width-left-margin)
	points := make([]point, len(places))
	labels := make([]string, len(places))
	for i, place := range places {
		points[i], labels[i] = p.at(place.Longitude, place.Latitude), place.Label
	}
	legs, unseen := m.legs(shown, points)
	var lines [][]point
	for _, l := range legs {
		lines = append(lines, l.path)
	}
	tags := d.tags(p.frame, points, labels, shown, lines)
	k := d.key(m.signs(d, places, legs))
	c := d.canvas(p.frame.bottom() + gridFoot + k.height + 6)
	d.drawPlaces(c, p, places)
	for _, l := range legs {
		d.leg(c, l.path, l.stance)
	}
	d.drawTags(c, tags, places)
	d.drawKey(c, k, p.frame.bottom()+gridFoot+2)
	drawn := d.finish(c, omitted)
	drawn.Unseen = unseen
	return drawn
}

// drawPlaces draws within what circles places lie, and the grid over them.
func (d *drawing) drawPlaces(c *canvas, p projection, places []Place) {
	var circles [][]point
	for _, place := range places {
		if place.Radius > 0 {
			circles = append(circles, p.circle(place))
		}
	}
	whole := c.clip
	c.clip = p.frame
	c.fill(d.colours.possible, circles...)
	c.clip = whole
	d.drawGrid(c, p)
	c.clip = p.frame
	for _, ring := range circles {
		c.line(d.colours.soft, 1, dashes(append(ring, ring[0]), 4, 4)...)
	}
	c.clip = whole
}

// course is a leg laid out.
type course struct {
	path   []point
	stance Stance
}

// legs are the legs between places that are drawn. Where two places lie so close that
// no way between them could be seen, it is counted.
func (m Map) legs(shown []int, points []point) (found []course, unseen int) {
	where := map[int]point{}
	for i, item := range shown {
		where[item] = points[i]
	}
	for _, l := range m.Legs {
		from, known := where[l.From]
		to, alsoKnown := where[l.To]
		const apart = dotRadius + 2
		switch {
		case !known || !alsoKnown:
		case distance(from, to) < 2*apart+6 || len(found) == MaxLegs:
			unseen++
		default:
			found = append(found, course{[]point{towards(from, to, apart), towards(to, from, apart)}, l.Stance})
		}
	}
	return found, unseen
}

func (d *drawing) leg(c *canvas, along []point, s Stance) {
	from, to := along[0], along[1]
	angle := math.Atan2(to.y-from.y, to.x-from.x)
	colour := d.colours.of(s)
	line := []point{from, towards(to, from, min(9, distance(from, to)))}
	if s.doubts() {
		c.line(colour, 2, dashes(line, 7, 5)...)
	} else {
		c.line(colour, 2, line)
	}
	c.fill(colour, head(to, angle, min(12, distance(from, to)), 11))
}

// drawTags draws labels, each with the sign of its place and with a line to the point
// where that lies: several places may lie on one point.
func (d *drawing) drawTags(c *canvas, tags []tag, places []Place) {
	for _, t := range tags {
		if end := t.nearest(t.of); distance(end, t.of) > dotRadius {
			c.line(d.colours.ink, 1, []point{t.of, end})
		}
		c.fill(d.colours.paper, circle(t.of, dotRadius))
		c.fill(d.colours.ink, circle(t.of, dotRadius-1.5))
	}
	for i, t := range tags {
		c.fill(d.colours.paper, t.box.rounded(3))
		d.spot(c, point{t.x + spotRoom/2 + 2, t.middle().y}, places[i].Part, places[i].Stance)
		d.draw(c, t.label, point{t.x + spotRoom + 4, t.y + 2}, d.colours.ink)
	}
}

// spot is the sign of a place: its shape is the part that it had, and a cross through it
// says that this is denied.
func (d *drawing) spot(c *canvas, at point, part Part, s Stance) {
	const r = 5.0
	shape := circle(at, r)
	switch part {
	case From:
		shape = box{at.x - r, at.y - r, 2 * r, 2 * r}.outline()
	case Via:
		shape = diamond(at, r+1.5)
	case To:
		shape = head(point{at.x, at.y + r + 1}, math.Pi/2, 2*r+1, 2*r+3)
	case Several:
		shape = []point{{at.x - r - 1, at.y - 2}, {at.x - 2, at.y - 2}, {at.x - 2, at.y - r - 1}, {at.x + 2, at.y - r - 1}, {at.x + 2, at.y - 2}, {at.x + r + 1, at.y - 2},
			{at.x + r + 1, at.y + 2}, {at.x + 2, at.y + 2}, {at.x + 2, at.y + r + 1}, {at.x - 2, at.y + r + 1}, {at.x - 2, at.y + 2}, {at.x - r - 1, at.y + 2}}
	}
	if s == NoStance {
		s = Asserts
	}
	colour := d.colours.of(s)
	if s == Disputed {
		colour = d.colours.solid // as asserted, under the line of what is denied
	}
	c.fill(colour, shape)
	if s == Denies || s == Disputed {
		c.line(d.colours.deny, 2, []point{{at.x - 8, at.y + 8}, {at.x + 8, at.y - 8}})
	}
	if s == Unsure {
		c.fill(d.colours.paper, circle(at, 2))
	}
}

// signs are those that the map shows, no others.
func (m Map) signs(d *drawing, places []Place, legs []course) []sign {
	parts, stances, circles, plain, doubted := map[Part]bool{}, map[Stance]bool{}, false, false, false
	for _, p := range places {
		parts[p.Part], stances[p.Stance], circles = true, true, circles || p.Radius > 0
	}
	for _, l := range legs {
		plain, doubted = plain || !l.stance.doubts(), doubted || l.stance.doubts()
	}
	var choices []choice
	for _, part := range []Part{At, From, Via, To, Several} {
		choices = append(choices, choice{parts[part], sign{m.Words.Parts[part], func(c *canvas, b box) { d.spot(c, b.middle(), part, Asserts) }}})
	}
	across := func(b box) []point { return []point{{b.x, b.middle().y}, {b.right(), b.middle().y}} }
	choices = append(choices,
		choice{circles, sign{m.Words.Within, func(c *canvas, b box) {
			ring := circle(b.middle(), 11)
			c.fill(d.colours.possible, ring)
			c.line(d.colours.soft, 1, dashes(append(ring, ring[0]), 4, 4)...)
		}}},
		choice{plain, sign{m.Words.Leg, func(c *canvas, b box) { d.leg(c, across(b), Asserts) }}},
		choice{doubted, sign{m.Words.Denied, func(c *canvas, b box) { d.leg(c, across(b), Denies) }}},
	)
	for stance, caption := range []string{Denies: m.Words.Stances.Denies, Unsure: m.Words.Stances.Unsure, Disputed: m.Words.Stances.Disputed} {
		choices = append(choices, choice{stances[Stance(stance)] && caption != "", sign{caption, func(c *canvas, b box) { d.spot(c, b.middle(), At, Stance(stance)) }}})
	}
	return chosen(choices)
}
