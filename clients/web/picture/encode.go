package picture

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
)

// encode gives the canvas as a PNG with a palette. Where more colours were
// mixed than a palette holds, the rarest give way to the nearest.
func (c *canvas) encode() []byte {
	colours, index := c.palette()
	paletted := image.NewPaletted(c.img.Rect, colours)
	last, at := c.pixel(0), index[c.pixel(0)]
	for i := range paletted.Pix {
		if p := c.pixel(i); p != last {
			last, at = p, index[p]
		}
		paletted.Pix[i] = at
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := encoder.Encode(&b, paletted); err != nil {
		panic("a picture of a legal size did not encode: " + err.Error())
	}
	return b.Bytes()
}

func (c *canvas) pixel(i int) color.RGBA {
	p := c.img.Pix[4*i:][:3]
	return color.RGBA{R: p[0], G: p[1], B: p[2], A: 0xff}
}

func (c *canvas) palette() (color.Palette, map[color.RGBA]uint8) {
	uses := map[color.RGBA]int{}
	last, run := c.pixel(0), 0 // most pixels are as the one before
	for i := range len(c.img.Pix) / 4 {
		if p := c.pixel(i); p != last {
			uses[last] += run
			last, run = p, 0
		}
		run++
	}
	uses[last] += run
	ordered := slices.SortedFunc(maps.Keys(uses), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(uses[b], uses[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	kept := ordered[:min(len(ordered), 256)]
	index := map[color.RGBA]uint8{}
	var colours color.Palette
	for i, colour := range kept {
		colours = append(colours, colour)
		index[colour] = uint8(i)
	}
	for _, colour := range ordered[len(kept):] {
		index[colour] = uint8(colours.Index(colour))
	}
	return colours, index
}
