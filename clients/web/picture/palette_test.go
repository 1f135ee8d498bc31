package picture

import (
	"image/color"
	"math"
	"testing"
)

// contrast is that of WCAG 2.2.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func TestSignsAndTextStandOut(t *testing.T) {
	for _, dark := range []bool{false, true} {
		p := paletteOf(dark)
		for _, ground := range []color.RGBA{p.paper, p.panel, p.possible} {
			for _, text := range []color.RGBA{p.ink, p.soft} {
				if got := contrast(text, ground); got < 4.5 {
					t.Errorf("dark %v: text %v on %v has %.1f", dark, text, ground, got)
				}
			}
			for _, sign := range []color.RGBA{p.solid, p.deny, p.unsure} {
				if got := contrast(sign, ground); got < 3 {
					t.Errorf("dark %v: sign %v on %v has %.1f", dark, sign, ground, got)
				}
			}
		}
	}
}
