package picture

import (
	"math"
	"slices"
)

// Draw draws the graph.
func (g Graph) Draw(look Look) Picture {
	d := newDrawing(look)
	drawn := min(len(g.Sources), MaxSources)
	w := g.web(drawn)
	s := d.sheet(g, w)
	ties := g.tiesAmong(drawn)
	k := d.key(g.signs(d, w, s, ties, drawn))
	c := d.canvas(s.height + k.height + 6)
	for _, f := range s.frames {
		d.frame(c, f)
	}
	for by, all := range w.of {
		for _, of := range all {
			d.arrow(c, s.way(w, of, by))
		}
	}
	for i, t := range ties {
		d.tie(c, s.bracket(t, float64(i%3)*4), t.Known)
	}
	for i, n := range s.nodes {
		d.node(c, n, g.Sources[i].Stance)
	}
	d.drawKey(c, k, s.height+2)
	return d.finish(c, after(drawn, len(g.Sources)))
}

func (g Graph) tiesAmong(drawn int) []Tie {
	return slices.DeleteFunc(slices.Clone(g.Ties), func(t Tie) bool { return !linked(t.A, t.B, drawn) })
}

func (d *drawing) node(c *canvas, n node, s Stance) {
	c.fill(d.colours.panel, n.rounded(5))
	c.outline(d.colours.of(s), 1.5, n.rounded(5))
	left := n.x + 6
	if s != NoStance {
		d.badge(c, point{n.x + 6 + badgeRadius, n.middle().y}, s)
		left = n.x + badgeRoom
	}
	d.draw(c, n.label, point{left, n.middle().y - n.label.height()/2}, d.colours.ink)
}

func (d *drawing) frame(c *canvas, f frame) {
	ring := f.rounded(8)
	ring = append(ring, ring[0])
	if f.known {
		c.line(d.colours.soft, 1.5, ring)
		return
	}
	c.line(d.colours.soft, 1.5, dashes(ring, 6, 4)...)
}

// arrow ends with a head that points the way that it comes.
func (d *drawing) arrow(c *canvas, way []point) {
	last := len(way) - 1
	from, to := way[last-1], way[last]
	angle := math.Atan2(to.y-from.y, to.x-from.x)
	way = append(slices.Clone(way[:last]), towards(to, from, min(8, distance(from, to))))
	c.line(d.colours.soft, 1.5, way)
	c.fill(d.colours.soft, head(to, angle, min(10, distance(from, to)), 9))
}

func (d *drawing) tie(c *canvas, way []point, known bool) {
	if known {
		c.line(d.colours.ink, 2, way)
		return
	}
	c.line(d.colours.ink, 2, dashes(way, 5, 4)...)
}

// bracket leads from one tied source to the other on the left of both.
func (s sheet) bracket(t Tie, off float64) []point {
	a, b := s.nodes[t.A], s.nodes[t.B]
	x := min(a.x, b.x) - 6 - off
	return []point{{a.x, a.middle().y}, {x, a.middle().y}, {x, b.middle().y}, {b.x, b.middle().y}}
}

// signs are those that the graph shows, no others.
func (g Graph) signs(d *drawing, w web, s sheet, ties []Tie, drawn int) []sign {
	stances := map[Stance]bool{}
	for _, source := range g.Sources[:drawn] {
		stances[source.Stance] = true
	}
	tied := func(known bool) bool {
		return slices.ContainsFunc(ties, func(t Tie) bool { return t.Known == known })
	}
	framed := func(known bool) bool {
		return slices.ContainsFunc(s.frames, func(f frame) bool { return f.known == known })
	}
	across := func(b box) []point { return []point{{b.x, b.middle().y}, {b.right(), b.middle().y}} }
	tie := func(caption string, known bool) choice {
		return choice{tied(known), sign{caption, func(c *canvas, b box) { d.tie(c, across(b), known) }}}
	}
	round := func(caption string, known bool) choice {
		return choice{framed(known), sign{caption, func(c *canvas, b box) { d.frame(c, frame{box{b.x + 2, b.y + 3, b.w - 4, b.h - 6}, known}) }}}
	}
	relayed := slices.ContainsFunc(w.of, func(of []int) bool { return len(of) > 0 })
	return chosen(append(d.stanceSigns(g.Words.Stances, stances),
		choice{relayed, sign{g.Words.Relays, func(c *canvas, b box) { d.arrow(c, across(b)) }}},
		tie(g.Words.Known, true), tie(g.Words.Possible, false), round(g.Words.Dependent, true), round(g.Words.MayDepend, false)))
}
