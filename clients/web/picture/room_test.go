package picture

import (
	"bytes"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Labels as they come: short, long, and such that no font has letters for.
func anyLabel(t *rapid.T) string {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "Tumen", "Reported return of 9 October 2023", strings.Repeat("A long account of what was seen ", 12), strings.Repeat("W", 200), "두만강 근처", "احتجاز",
	})).Draw(t, "label")
}

// roomy holds a picture to it that nothing is cut off and no text is written
// over another.
func roomy(t *rapid.T, p Picture) {
	whole := box{0, 0, float64(p.Width), float64(p.Height)}
	for i, text := range p.texts {
		if !whole.holds(text) {
			t.Fatalf("text at %+v of a picture of %d x %d", text, p.Width, p.Height)
		}
		for _, other := range p.texts[:i] {
			if inner := (box{text.x, text.y + 2, text.w, text.h - 4}); inner.meets(box{other.x, other.y + 2, other.w, other.h - 4}) {
				t.Fatalf("texts at %+v and %+v", text, other)
			}
		}
	}
	img, err := png.Decode(bytes.NewReader(p.PNG))
	if err != nil {
		t.Fatal(err)
	}
	paper := img.At(0, 0)
	for x := range p.Width {
		if img.At(x, 0) != paper || img.At(x, p.Height-1) != paper {
			t.Fatalf("something is cut off above or below at %d", x)
		}
	}
	for y := range p.Height {
		if img.At(0, y) != paper || img.At(p.Width-1, y) != paper {
			t.Fatalf("something is cut off on the left or right at %d", y)
		}
	}
}

// The longest labels that are drawn at all, in letters of many strokes: as many
// different ones as a picture has room for.
func TestAFullTimeLineOfChineseLabelsIsSmall(t *testing.T) {
	fonts := installed()
	if len(fonts.east) == 0 {
		t.Skip("no font with Chinese letters is installed")
	}
	line := TimeLine{Words: octoberEvents.Words}
	letter := rune(0x4e00)
	for range MaxEvents {
		var label strings.Builder
		for range 60 {
			label.WriteRune(letter)
			letter += 7
		}
		line.Events = append(line.Events, Event{
			Label: label.String(), Lasting: true, Start: Range{Earliest: on(2021, 1, 1), Latest: on(2022, 1, 1)}, End: Range{Earliest: on(2022, 6, 1), Latest: on(2023, 1, 1)},
		})
	}
	for _, width := range []int{MinWidth, MaxWidth} {
		p := line.Draw(Look{Width: width, Fonts: fonts})
		t.Logf("%d wide: %d bytes, %d numbers", width, len(p.PNG), len(p.Legend))
		if len(p.PNG) >= 60_000 {
			t.Errorf("%d wide: %d bytes", width, len(p.PNG))
		}
	}
}

func TestAFullTimeLineOfLatinLabelsIsSmall(t *testing.T) {
	line := TimeLine{Words: octoberEvents.Words}
	chance := rand.New(rand.NewPCG(1, 2))
	for range MaxEvents {
		label := make([]byte, 110)
		for i := range label {
			label[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789      "[chance.IntN(68)]
		}
		line.Events = append(line.Events, Event{Label: string(label), Lasting: true, Start: Range{Earliest: on(2021, 1, 1), Latest: on(2022, 1, 1)}, Ongoing: true})
	}
	p := line.Draw(Look{Width: MaxWidth})
	t.Logf("%d bytes, %d numbers", len(p.PNG), len(p.Legend))
	if len(p.PNG) >= 60_000 {
		t.Errorf("%d bytes", len(p.PNG))
	}
}
