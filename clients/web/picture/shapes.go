package picture

import "math"

// point is a place on the canvas in pixels, y downwards.
type point struct{ x, y float64 }

// box is a rectangle with its sides parallel to the canvas.
type box struct{ x, y, w, h float64 }

func (b box) right() float64  { return b.x + b.w }
func (b box) bottom() float64 { return b.y + b.h }
func (b box) middle() point   { return point{b.x + b.w/2, b.y + b.h/2} }

func (b box) outline() []point {
	return []point{{b.x, b.y}, {b.right(), b.y}, {b.right(), b.bottom()}, {b.x, b.bottom()}}
}

// rounded is the box with corners of this radius.
func (b box) rounded(r float64) []point {
	r = min(r, b.w/2, b.h/2)
	var path []point
	for i, centre := range []point{{b.right() - r, b.bottom() - r}, {b.x + r, b.bottom() - r}, {b.x + r, b.y + r}, {b.right() - r, b.y + r}} {
		const steps = 6
		for s := range steps + 1 {
			path = append(path, onCircle(centre, r, (float64(i)+float64(s)/steps)*math.Pi/2))
		}
	}
	return path
}

func onCircle(centre point, r, angle float64) point {
	return point{centre.x + r*math.Cos(angle), centre.y + r*math.Sin(angle)}
}

// circle has as many corners as its size needs to look round.
func circle(centre point, r float64) []point {
	steps := min(max(12, int(r)), 120)
	path := make([]point, steps)
	for i := range path {
		path[i] = onCircle(centre, r, 2*math.Pi*float64(i)/float64(steps))
	}
	return path
}

func diamond(p point, r float64) []point {
	return []point{{p.x, p.y - r}, {p.x + r, p.y}, {p.x, p.y + r}, {p.x - r, p.y}}
}

// head is an arrowhead with its tip at p, pointing along angle.
func head(p point, angle, length, width float64) []point {
	sin, cos := math.Sincos(angle)
	at := func(back, side float64) point {
		return point{p.x - back*cos - side*sin, p.y - back*sin + side*cos}
	}
	return []point{p, at(length, width/2), at(length, -width/2)}
}

func distance(a, b point) float64 { return math.Hypot(b.x-a.x, b.y-a.y) }

// towards is the point this far from a on the way to b.
func towards(a, b point, by float64) point {
	d := distance(a, b)
	if d == 0 {
		return a
	}
	return point{a.x + (b.x-a.x)*by/d, a.y + (b.y-a.y)*by/d}
}

// dashes cuts a path into strokes: on, off, on, off ... pixels long.
func dashes(path []point, pattern ...float64) [][]point {
	var strokes [][]point
	part, left := 0, pattern[0]
	var current []point
	for i := 1; i < len(path); i++ {
		from, to := path[i-1], path[i]
		for {
			if len(current) == 0 && part%2 == 0 {
				current = []point{from}
			}
			d := distance(from, to)
			if d < left {
				left -= d
				break
			}
			from = towards(from, to, left)
			if part%2 == 0 {
				strokes = append(strokes, append(current, from))
				current = nil
			}
			part = (part + 1) % len(pattern)
			left = pattern[part]
		}
		if part%2 == 0 {
			current = append(current, to)
		}
	}
	if len(current) > 1 {
		strokes = append(strokes, current)
	}
	return strokes
}

// clipped is what of a path lies in b (Sutherland and Hodgman).
func clipped(path []point, b box) []point {
	for _, side := range []struct {
		inside func(point) bool
		cross  func(a, c point) point
	}{
		{func(p point) bool { return p.x >= b.x }, crossX(b.x)},
		{func(p point) bool { return p.x <= b.right() }, crossX(b.right())},
		{func(p point) bool { return p.y >= b.y }, crossY(b.y)},
		{func(p point) bool { return p.y <= b.bottom() }, crossY(b.bottom())},
	} {
		var kept []point
		for i, p := range path {
			before := path[(i+len(path)-1)%len(path)]
			if side.inside(p) != side.inside(before) {
				kept = append(kept, side.cross(before, p))
			}
			if side.inside(p) {
				kept = append(kept, p)
			}
		}
		path = kept
	}
	return path
}

func crossX(x float64) func(a, c point) point {
	return func(a, c point) point { return point{x, a.y + (c.y-a.y)*(x-a.x)/(c.x-a.x)} }
}

func crossY(y float64) func(a, c point) point {
	return func(a, c point) point { return point{a.x + (c.x-a.x)*(y-a.y)/(c.y-a.y), y} }
}
