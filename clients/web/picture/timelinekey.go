package picture

// used is which signs a time line has, so that its key has no others.
type used struct{ day, sometime, certain, possible, ongoing, unknownEnd, undated bool }

func uses(events []Event) used {
	var u used
	for _, e := range events {
		s := e.spans()
		from, to := s.possible.Earliest != Ever, s.possible.Latest != Never
		switch {
		case !from && !to:
			u.undated = true
		case !from || !to && !e.Ongoing:
			u.unknownEnd = true
		}
		switch {
		case e.Lasting:
			u.certain = u.certain || s.hasCore
			u.possible = u.possible || !s.hasCore || s.core != s.possible
			u.ongoing = u.ongoing || e.Ongoing
		case from && s.possible.Earliest == s.possible.Latest:
			u.day = true
		case from || to:
			u.sometime = true
		}
	}
	return u
}

func (w TimeLineWords) signs(p palette, u used) []sign {
	d := &drawing{colours: p}
	bar := func(b box) box { return box{b.x, b.y + 5, b.w, barHeight} }
	known := Range{Earliest: 0, Latest: 0}
	return chosen([]choice{
		{u.day, sign{w.Day, func(c *canvas, b box) { c.fill(p.solid, diamond(b.middle(), 8)) }}},
		{u.sometime, sign{w.Sometime, func(c *canvas, b box) {
			d.sometime(c, box{b.x, b.y + 7, 14, 10}, known)
			d.hollow(c, point{b.right() - 9, b.middle().y})
		}}},
		{u.certain, sign{w.Certain, func(c *canvas, b box) { c.fill(p.solid, bar(b).outline()) }}},
		{u.possible, sign{w.Possible, func(c *canvas, b box) { d.maybe(c, bar(b), known, false) }}},
		{u.ongoing, sign{w.Ongoing, func(c *canvas, b box) {
			rest := d.arrows(c, bar(b), Range{Earliest: 0, Latest: Never}, true)
			c.fill(p.solid, rest.outline())
		}}},
		{u.unknownEnd, sign{w.UnknownEnd, func(c *canvas, b box) { d.maybe(c, bar(b), Range{Earliest: 0, Latest: Never}, false) }}},
		{u.undated, sign{w.Undated, func(c *canvas, b box) { d.maybe(c, bar(b), Range{Earliest: Ever, Latest: Never}, false) }}},
	})
}
