package picture

// sign is one row of a picture's key: how something is drawn and what it means.
type sign struct {
	caption string
	draw    func(c *canvas, in box)
}

// choice is a sign that may be needed.
type choice struct {
	needed bool
	sign   sign
}

// chosen are the signs that are needed.
func chosen(from []choice) []sign {
	var signs []sign
	for _, c := range from {
		if c.needed {
			signs = append(signs, c.sign)
		}
	}
	return signs
}

const (
	signWidth  = 34.0
	signHeight = 24.0
)

// key is the signs of a picture laid out, below what it shows.
type key struct {
	signs  []placed
	height float64
}

type placed struct {
	sign
	label label
	at    point
}

// key lays the signs out in rows. A sign whose caption is empty is left out: it
// was not asked for.
func (d *drawing) key(signs []sign) key {
	var k key
	at := point{margin, 8}
	rowHeight := 0.0
	for _, s := range signs {
		if clean(s.caption) == "" {
			continue
		}
		l := d.label(s.caption, caption, small, d.width-2*margin-signWidth-8, 3)
		w, h := signWidth+6+d.widthOf(l), max(signHeight, l.height())
		if at.x > margin && at.x+w > d.width-margin {
			at = point{margin, at.y + rowHeight}
			rowHeight = 0
		}
		k.signs = append(k.signs, placed{s, l, at})
		rowHeight = max(rowHeight, h)
		at.x += w + 22
	}
	if len(k.signs) > 0 {
		k.height = at.y + rowHeight + 4
	}
	return k
}

// drawKey draws the key with its upper side at y.
func (d *drawing) drawKey(c *canvas, k key, y float64) {
	if len(k.signs) > 0 {
		c.level(d.colours.grid, margin, d.width-margin, y)
	}
	for _, s := range k.signs {
		at := point{s.at.x, s.at.y + y}
		s.draw(c, box{at.x, at.y, signWidth, signHeight})
		d.draw(c, s.label, point{at.x + signWidth + 6, at.y + max(0, (signHeight-s.label.height())/2)}, d.colours.soft)
	}
}

// margin keeps what is drawn off the edges.
const margin = 12.0
