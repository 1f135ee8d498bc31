package picture

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// canvas is the picture being drawn. Everything on it is opaque.
type canvas struct {
	img   *image.RGBA
	type_ *setter
	clip  box
	mask  vector.Rasterizer

	texts []box // where text stands
}

// newCanvas is a canvas of one colour; one that is not painted has a size, and takes no
// paint.
func newCanvas(w, h int, paper color.RGBA, s *setter, painted bool) *canvas {
	c := &canvas{img: &image.RGBA{Rect: image.Rect(0, 0, w, h)}, type_: s, clip: box{0, 0, float64(w), float64(h)}}
	if !painted {
		return c
	}
	c.img = image.NewRGBA(c.img.Rect)
	draw.Draw(c.img, c.img.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	return c
}

// paint gives the colour of a pixel; alpha zero leaves it.
type paint func(x, y int) color.RGBA

func plain(with color.RGBA) paint { return func(int, int) color.RGBA { return with } }

// hatched is stripes over a ground, falling from right to left.
func hatched(stripe, ground color.RGBA) paint {
	return func(x, y int) color.RGBA {
		if (x+y)%6 < 2 {
			return stripe
		}
		return ground
	}
}

func (c *canvas) fill(with color.RGBA, paths ...[]point) { c.fillWith(plain(with), paths...) }

// fillWith paints the union of closed paths.
func (c *canvas) fillWith(with paint, paths ...[]point) {
	if len(c.img.Pix) == 0 {
		return
	}
	var kept [][]point
	bounds := image.Rectangle{}
	for _, path := range paths {
		path = clipped(path, c.clip)
		if len(path) < 3 {
			continue
		}
		kept = append(kept, clockwise(path))
		bounds = bounds.Union(pixels(path))
	}
	bounds = bounds.Intersect(c.img.Rect)
	if bounds.Empty() {
		return
	}
	c.mask.Reset(bounds.Dx(), bounds.Dy())
	for _, path := range kept {
		for i, p := range path {
			x, y := float32(p.x-float64(bounds.Min.X)), float32(p.y-float64(bounds.Min.Y))
			if i == 0 {
				c.mask.MoveTo(x, y)
			} else {
				c.mask.LineTo(x, y)
			}
		}
		c.mask.ClosePath()
	}
	covered := image.NewAlpha(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	c.mask.Draw(covered, covered.Rect, image.Opaque, image.Point{})
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			c.blend(bounds.Min.X+x, bounds.Min.Y+y, with, covered.Pix[y*covered.Stride+x])
		}
	}
}

// blend covers a pixel in five steps: more would not be seen, and would make
// the file larger.
func (c *canvas) blend(x, y int, with paint, coverage uint8) {
	step := (uint32(coverage)*5 + 127) / 255
	if step == 0 || !(image.Point{X: x, Y: y}).In(c.img.Rect) {
		return
	}
	colour := with(x, y)
	share := step * uint32(colour.A)
	at := c.img.Pix[c.img.PixOffset(x, y):][:3]
	for i, channel := range []uint8{colour.R, colour.G, colour.B} {
		at[i] = uint8((uint32(channel)*share + uint32(at[i])*(5*255-share) + 5*255/2) / (5 * 255))
	}
}

func pixels(path []point) image.Rectangle {
	left, top, right, bottom := path[0].x, path[0].y, path[0].x, path[0].y
	for _, p := range path {
		left, right = min(left, p.x), max(right, p.x)
		top, bottom = min(top, p.y), max(bottom, p.y)
	}
	return image.Rect(int(math.Floor(left)), int(math.Floor(top)), int(math.Ceil(right)), int(math.Ceil(bottom)))
}

// clockwise turns all paths the same way: overlapping ones would else cancel
// each other out.
func clockwise(path []point) []point {
	area := 0.0
	for i, p := range path {
		next := path[(i+1)%len(path)]
		area += p.x*next.y - next.x*p.y
	}
	if area >= 0 {
		return path
	}
	turned := make([]point, len(path))
	for i, p := range path {
		turned[len(path)-1-i] = p
	}
	return turned
}

// line draws open paths.
func (c *canvas) line(with color.RGBA, width float64, paths ...[]point) {
	var strokes [][]point
	for _, path := range paths {
		for i := 1; i < len(path); i++ {
			if s := stroke(path[i-1], path[i], width); s != nil {
				strokes = append(strokes, s)
			}
			if i > 1 && width > 1 {
				strokes = append(strokes, circle(path[i-1], width/2))
			}
		}
	}
	c.fill(with, strokes...)
}

// outline draws closed paths.
func (c *canvas) outline(with color.RGBA, width float64, paths ...[]point) {
	for _, path := range paths {
		if len(path) > 2 {
			c.line(with, width, append(append([]point{}, path...), path[0], path[1]))
		}
	}
}

func stroke(a, b point, width float64) []point {
	d := distance(a, b)
	if d == 0 {
		return nil
	}
	x, y := (b.y-a.y)/d*width/2, -(b.x-a.x)/d*width/2
	return []point{{a.x + x, a.y + y}, {b.x + x, b.y + y}, {b.x - x, b.y - y}, {a.x - x, a.y - y}}
}

// level draws a line of one pixel from left to right, sharp.
func (c *canvas) level(with color.RGBA, left, right, y float64) {
	c.fill(with, box{left, math.Floor(y), right - left, 1}.outline())
}

// upright draws a line of one pixel from top to bottom, sharp.
func (c *canvas) upright(with color.RGBA, x, top, bottom float64) {
	c.fill(with, box{math.Floor(x), top, 1, bottom - top}.outline())
}

// text draws a line of text with its baseline's left end at p.
func (c *canvas) text(p point, line string, f style, with color.RGBA) {
	dot := fixed.Point26_6{X: fixed.Int26_6(math.Round(p.x) * 64), Y: fixed.Int26_6(math.Round(p.y) * 64)}
	c.texts = append(c.texts, box{p.x, p.y - f.ascent(), c.type_.measure(line, f), f.ascent() + f.descent()})
	if len(c.img.Pix) == 0 {
		return
	}
	for _, r := range line {
		face := c.type_.face(r, f)
		if face == nil {
			continue
		}
		at, mask, from, advance, ok := face.Glyph(dot, r)
		if !ok {
			continue
		}
		for y := range at.Dy() {
			for x := range at.Dx() {
				_, _, _, a := mask.At(from.X+x, from.Y+y).RGBA()
				c.blend(at.Min.X+x, at.Min.Y+y, plain(with), uint8(a>>8))
			}
		}
		dot.X += advance
	}
}

// centred draws a line of text in the middle of p.
func (c *canvas) centred(p point, line string, f style, with color.RGBA) {
	c.text(point{p.x - c.type_.measure(line, f)/2, p.y + f.capital()/2}, line, f, with)
}
