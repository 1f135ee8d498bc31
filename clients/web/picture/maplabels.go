package picture

import "math"

// tag is the label of a place where it stands on the map.
type tag struct {
	label
	box
	of point
}

const (
	tagWidth  = 150.0 // of the lines of a label
	tagAway   = 170.0 // how far a label in letters may stand from its place
	tagStep   = 8.0
	dotRadius = 4.0
	spotRoom  = 16.0 // for the sign of a place before its label
)

// tags finds a place for the label of each point, so that none lies on another:
// beside the point, or further off with a line to it. Where a label finds none, its
// number stands there; and where even numbers would not all, numbers alone do, on
// the cells of a chequerboard.
func (d *drawing) tags(frame box, points []point, labels []string, items []int, lines [][]point) []tag {
	kept, ink := len(d.legend), d.ink
	var tags []tag
	for i, at := range points {
		l := d.label(labels[i], items[i], small, tagWidth, 2)
		b, ok := d.room(frame, l, at, points, tags, lines)
		if !ok && l.number == 0 {
			l = label{number: d.enter(clean(labels[i]), items[i]), style: small}
			b, ok = d.room(frame, l, at, points, tags, lines)
		}
		if !ok {
			d.legend, d.ink = d.legend[:kept], ink
			return d.numbered(frame, points, labels, items)
		}
		tags = append(tags, tag{l, b, at})
	}
	return tags
}

// room is where a label costs least: it is near its place, hides no other and
// crosses nothing.
func (d *drawing) room(frame box, l label, at point, points []point, tags []tag, lines [][]point) (box, bool) {
	w, h := d.widthOf(l)+spotRoom+8, l.height()+4
	best, least := box{}, math.Inf(1)
	away := tagAway
	if l.number > 0 {
		away = math.Inf(1)
	}
	try := func(b box) {
		off := b.distance(at) // what it costs at least
		if off > away || off >= least || !(box{frame.x + 2, frame.y + 2, frame.w - 4, frame.h - 4}).holds(b) {
			return
		}
		if cost := off + costOf(b, at, points, tags, lines); cost < least {
			best, least = b, cost
		}
	}
	try(box{at.x + dotRadius + 4, at.y - h/2, w, h})
	try(box{at.x - dotRadius - 4 - w, at.y - h/2, w, h})
	for y := frame.y + 2; y <= frame.bottom()-h-2; y += tagStep {
		for x := frame.x + 2; x <= frame.right()-w-2; x += tagStep {
			try(box{x, y, w, h})
		}
	}
	return best, !math.IsInf(least, 1)
}

// costOf is what a label costs where it stands, but for being far from its place.
func costOf(b box, at point, points []point, tags []tag, lines [][]point) float64 {
	cost := 0.0
	lead := []point{at, b.nearest(at)}
	for _, t := range tags {
		if (box{b.x - 3, b.y - 3, b.w + 6, b.h + 6}).meets(t.box) {
			return math.Inf(1)
		}
		if t.box.cut(lead[0], lead[1]) || b.cut(t.of, t.nearest(t.of)) || cross(lead[0], lead[1], t.of, t.nearest(t.of)) {
			cost += 120
		}
	}
	for _, p := range points {
		if b.distance(p) < dotRadius+3 {
			cost += 300
		}
	}
	for _, line := range lines {
		if b.cut(line[0], line[1]) {
			cost += 40
		}
	}
	return cost
}

// numbered gives each point a number, in a cell of its own. A frame as small as
// frames get has more cells than maps have places.
func (d *drawing) numbered(frame box, points []point, labels []string, items []int) []tag {
	const cellWidth, cellHeight = 52.0, 28.0
	taken := map[point]bool{}
	var tags []tag
	for i, at := range points {
		l := label{number: d.enter(clean(labels[i]), items[i]), style: small}
		best, least := box{}, math.Inf(1)
		for y := frame.y + 2; y+cellHeight < frame.bottom(); y += cellHeight {
			for x := frame.x + 2; x+cellWidth < frame.right(); x += cellWidth {
				b := box{x, y, d.widthOf(l) + spotRoom + 8, l.height() + 4}
				if away := b.distance(at); away < least && !taken[point{x, y}] {
					best, least = b, away
				}
			}
		}
		taken[point{best.x, best.y}] = true
		tags = append(tags, tag{l, best, at})
	}
	return tags
}

func (b box) holds(o box) bool {
	return o.x >= b.x && o.right() <= b.right() && o.y >= b.y && o.bottom() <= b.bottom()
}

func (b box) meets(o box) bool {
	return b.x < o.right() && o.x < b.right() && b.y < o.bottom() && o.y < b.bottom()
}

// nearest is the point of the box that lies nearest to p.
func (b box) nearest(p point) point {
	return point{min(max(p.x, b.x), b.right()), min(max(p.y, b.y), b.bottom())}
}

func (b box) distance(p point) float64 { return distance(b.nearest(p), p) }

// cut says whether a line passes through the box.
func (b box) cut(from, to point) bool {
	const steps = 24
	for i := range steps + 1 {
		t := float64(i) / steps
		p := point{from.x + (to.x-from.x)*t, from.y + (to.y-from.y)*t}
		if p.x > b.x && p.x < b.right() && p.y > b.y && p.y < b.bottom() {
			return true
		}
	}
	return false
}

// cross says whether two lines do.
func cross(a, b, c, d point) bool {
	side := func(p, q, r point) float64 { return (q.x-p.x)*(r.y-p.y) - (q.y-p.y)*(r.x-p.x) }
	return side(a, b, c)*side(a, b, d) < 0 && side(c, d, a)*side(c, d, b) < 0
}
