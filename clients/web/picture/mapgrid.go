package picture

import (
	"math"
	"strconv"
)

// parallels gives round degrees from a to b, some five of them.
func parallels(from, to float64, most int) []float64 {
	for _, step := range []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45, 90} {
		if (to-from)/step > float64(max(most, 1)) {
			continue
		}
		var marks []float64
		for i := math.Ceil(from / step); i*step <= to; i++ {
			marks = append(marks, i*step)
		}
		return marks
	}
	return nil
}

// degree writes a mark of the grid: 42.5°N. Both ways round the world lead to 180.
func degree(of float64, positive, negative string) string {
	if of > 180 {
		of -= 360
	}
	if of < -180 {
		of += 360
	}
	side := positive
	if of < -1e-9 {
		side = negative
	}
	text := strconv.FormatFloat(math.Round(math.Abs(of)*100)/100, 'f', -1, 64) + "°"
	if text == "0°" || text == "180°" && positive == "E" {
		return text
	}
	return text + side
}

const gridFoot = 48.0 // below the frame: degrees of longitude, and the scale

// drawGrid draws the degrees and, outside the frame, what they are.
func (d *drawing) drawGrid(c *canvas, p projection) {
	f := p.frame
	south, east := p.north-f.h/p.perDegree, p.west+f.w/p.perDegree/p.narrowing
	for _, latitude := range parallels(max(south, -90), min(p.north, 90), int(f.h/55)) {
		y := p.at(p.west, latitude).y
		text := degree(latitude, "N", "S")
		if y > f.y+8 && y < f.bottom()-8 {
			c.level(d.colours.grid, f.x, f.right(), y)
			c.text(point{f.x - 6 - c.type_.measure(text, small), y + 4}, text, small, d.colours.soft)
		}
	}
	for _, longitude := range parallels(max(p.west, -540), min(east, 540), int(f.w/80)) {
		x := p.at(longitude, p.north).x
		text := degree(longitude, "E", "W")
		if w := c.type_.measure(text, small); x-w/2 > f.x && x+w/2 < f.right() {
			c.upright(d.colours.grid, x, f.y, f.bottom())
			c.text(point{x - w/2, f.bottom() + 15}, text, small, d.colours.soft)
		}
	}
	for _, y := range []float64{f.y, f.bottom()} {
		c.level(d.colours.soft, f.x, f.right(), y)
	}
	for _, x := range []float64{f.x, f.right()} {
		c.upright(d.colours.soft, x, f.y, f.bottom()+1)
	}
	d.drawScale(c, p, f.bottom()+gridFoot-12)
}

// drawScale draws a round length in the middle of the map.
func (d *drawing) drawScale(c *canvas, p projection, y float64) {
	metres, text := roundLength(110 / p.perDegree * metresPerDegree)
	length := metres / metresPerDegree * p.perDegree
	left := p.frame.x
	c.line(d.colours.ink, 2, []point{{left, y}, {left + length, y}})
	for _, x := range []float64{left, left + length} {
		c.line(d.colours.ink, 2, []point{{x, y - 5}, {x, y + 5}})
	}
	c.text(point{left + length + 8, y + 4}, text, small, d.colours.soft)
}

// roundLength is the longest round length that is no longer.
func roundLength(metres float64) (length float64, text string) {
	ten := math.Pow(10, math.Floor(math.Log10(metres)))
	for _, times := range []float64{5, 2, 1} {
		if ten*times <= metres {
			ten *= times
			break
		}
	}
	if ten < 1000 {
		return ten, strconv.FormatFloat(ten, 'f', -1, 64) + " m"
	}
	return ten, figure(int64(ten/1000)) + " km"
}
