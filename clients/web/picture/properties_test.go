package picture

import (
	"bytes"
	"image/png"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// alike holds what is laid out and not painted to what is.
func alike(t *rapid.T, p, unpainted Picture) {
	if unpainted.PNG != nil {
		t.Fatal("it was painted")
	}
	p.PNG = nil
	if !reflect.DeepEqual(p, unpainted) {
		t.Fatalf("painted %+v, else %+v", p, unpainted)
	}
}

// sound holds a picture to what is true of each.
func sound(t *rapid.T, p Picture) {
	config, err := png.DecodeConfig(bytes.NewReader(p.PNG))
	if err != nil {
		t.Fatal(err)
	}
	if config.Width != p.Width || config.Height != p.Height {
		t.Fatalf("%d x %d said, %d x %d drawn", p.Width, p.Height, config.Width, config.Height)
	}
	if len(p.PNG) >= 60_000 {
		t.Fatalf("%d bytes", len(p.PNG))
	}
	for i, e := range p.Legend {
		if e.Number != i+1 || e.Label != clean(e.Label) {
			t.Fatalf("entry %d of the legend is %+v", i, e)
		}
	}
}

func anyLook(t *rapid.T) Look {
	return Look{Width: rapid.IntRange(-10, 2000).Draw(t, "width"), Dark: rapid.Bool().Draw(t, "dark")}
}

func anyRange(t *rapid.T, name string) Range {
	day := rapid.OneOf(rapid.Int32(), rapid.Int32Range(15_000, 20_000))
	return Range{Earliest: Day(day.Draw(t, name)), Latest: Day(day.Draw(t, name))}
}

func TestAnyTimeLineIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := TimeLine{Words: octoberEvents.Words}
		for range rapid.IntRange(0, MaxEvents+1).Draw(t, "events") {
			line.Events = append(line.Events, Event{
				Label: anyLabel(t), Lasting: rapid.Bool().Draw(t, "lasting"), Ongoing: rapid.Bool().Draw(t, "ongoing"),
				Start: anyRange(t, "start"), End: anyRange(t, "end"),
			})
		}
		look := anyLook(t)
		p := line.Draw(look)
		sound(t, p)
		roomy(t, p)
		if !bytes.Equal(p.PNG, line.Draw(look).PNG) {
			t.Fatal("the same values gave other bytes")
		}
		look.Unpainted = true
		alike(t, p, line.Draw(look))
	})
}

func TestAThousandEventsAreCounted(t *testing.T) {
	p := TimeLine{Events: make([]Event, 1000)}.Draw(Look{Unpainted: true})
	if p.LeftOut != 1000-MaxEvents {
		t.Errorf("%d left out", p.LeftOut)
	}
}

func TestDirectionsAndControlsAreTakenOut(t *testing.T) {
	if got := clean(" a\u202eb\u2066c\x00\n d\u200f "); got != "abc d" {
		t.Errorf("%q", got)
	}
}

func TestAnyCountsAreDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := Counts{Words: octoberCounts.Words}
		for range rapid.IntRange(0, 30).Draw(t, "periods") {
			figure := rapid.Ptr(rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 1000)), true)
			counts.Periods = append(counts.Periods, Period{
				Label: anyLabel(t),
				Low:   figure.Draw(t, "low"), Best: figure.Draw(t, "best"), High: figure.Draw(t, "high"),
			})
		}
		look := anyLook(t)
		p := counts.Draw(look)
		sound(t, p)
		roomy(t, p)
		if !bytes.Equal(p.PNG, counts.Draw(look).PNG) {
			t.Fatal("the same values gave other bytes")
		}
		look.Unpainted = true
		alike(t, p, counts.Draw(look))
	})
}
