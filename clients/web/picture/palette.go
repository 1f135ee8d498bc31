package picture

import "image/color"

// palette is the colours of one look. All but grid and the fills are signs or
// text: they stand out from paper and from the fills by what WCAG 2.2 asks.
type palette struct {
	paper color.RGBA // the ground
	panel color.RGBA // the ground of rows
	grid  color.RGBA // what guides the eye and says nothing
	ink   color.RGBA // text, outlines, numbers
	soft  color.RGBA // text and lines of less weight

	solid    color.RGBA // what is certain, and who asserts
	possible color.RGBA // the ground of a hatching
	deny     color.RGBA // who denies
	unsure   color.RGBA // who does not confirm
}

func paletteOf(dark bool) palette {
	if dark {
		return palette{
			paper: rgb(0x14171c), panel: rgb(0x20252d), grid: rgb(0x3a414c), ink: rgb(0xf2f4f7), soft: rgb(0xbcc3ce),
			solid: rgb(0x7db5ee), possible: rgb(0x1d2f42), deny: rgb(0xf7ae88), unsure: rgb(0xc2b2f0),
		}
	}
	return palette{
		paper: rgb(0xffffff), panel: rgb(0xf4f6f8), grid: rgb(0xd5dae0), ink: rgb(0x1b1f24), soft: rgb(0x4d5560),
		solid: rgb(0x1f5c99), possible: rgb(0xe2edf8), deny: rgb(0x8a2a06), unsure: rgb(0x5b4a8a),
	}
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}
