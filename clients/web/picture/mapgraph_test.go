package picture

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func anyStance(t *rapid.T) Stance { return Stance(rapid.IntRange(0, 5).Draw(t, "stance")) }

func anyPlace(t *rapid.T) Place {
	near := rapid.Bool().Draw(t, "near")
	p := Place{
		Label: anyLabel(t), Located: rapid.IntRange(0, 9).Draw(t, "located") > 0,
		Part: Part(rapid.IntRange(0, 5).Draw(t, "part")), Stance: anyStance(t),
	}
	if near {
		p.Latitude, p.Longitude = rapid.SampledFrom([]float64{42, 42.0001, 42.2}).Draw(t, "latitude"), rapid.SampledFrom([]float64{129, 129.1}).Draw(t, "longitude")
		p.Radius = rapid.SampledFrom([]float64{0, 5, 40_000}).Draw(t, "radius")
		return p
	}
	p.Latitude, p.Longitude = rapid.Float64Range(-91, 91).Draw(t, "latitude"), rapid.Float64Range(-180, 180).Draw(t, "longitude")
	p.Radius = rapid.Float64Range(-1, 3_000_000).Draw(t, "radius")
	return p
}

func TestAnyMapIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Map{Words: mapWords}
		for range rapid.IntRange(0, MaxPlaces+2).Draw(t, "places") {
			m.Places = append(m.Places, anyPlace(t))
		}
		for range rapid.IntRange(0, 6).Draw(t, "legs") {
			m.Legs = append(m.Legs, Leg{rapid.IntRange(-1, MaxPlaces+1).Draw(t, "from"), rapid.IntRange(-1, MaxPlaces+1).Draw(t, "to"), anyStance(t)})
		}
		look := anyLook(t)
		p := m.Draw(look)
		sound(t, p)
		roomy(t, p)
		bounded(t, p)
		shown := 0
		for i, place := range m.Places {
			if !slices.Contains(p.Omitted, i) {
				if shown++; !place.Located {
					t.Fatalf("place %d is shown though nobody said where it lies", i)
				}
			}
		}
		if shown > MaxPlaces || shown+p.LeftOut != len(m.Places) {
			t.Fatalf("%d shown and %d left out of %d", shown, p.LeftOut, len(m.Places))
		}
		if !bytes.Equal(p.PNG, m.Draw(look).PNG) {
			t.Fatal("the same values gave other bytes")
		}
		look.Unpainted = true
		alike(t, p, m.Draw(look))
	})
}

// bounded holds a picture to what a page has room for.
func bounded(t *rapid.T, p Picture) {
	if p.Width > MaxWidth || p.Height > 1200 {
		t.Fatalf("%d x %d", p.Width, p.Height)
	}
}

// A circle is as wide on the map as it is on the ground, by the scale that is drawn.
func TestDistancesAreTrueToTheScale(t *testing.T) {
	for _, latitude := range []float64{0, 41, -60} {
		places := []Place{{Located: true, Latitude: latitude, Longitude: 129, Radius: 100_000}}
		p := project(bounds(places), 52, 12, 800)
		ring := p.circle(places[0])
		wide, metre := ring[0].x-p.at(129, latitude).x, p.perDegree/metresPerDegree
		if math.Abs(wide/metre-100_000) > 100 {
			t.Errorf("at %v the circle reaches %.0f m", latitude, wide/metre)
		}
	}
}

// Places on both sides of the line where days change lie beside each other.
func TestAMapGoesTheShortWayRoundTheWorld(t *testing.T) {
	b := bounds(turned([]Place{{Longitude: 179.5}, {Longitude: -179.5}}))
	if b.east-b.west > 2 {
		t.Errorf("from %v to %v", b.west, b.east)
	}
	if got := degree(180.5, "E", "W"); got != "179.5°W" {
		t.Errorf("180.5 is %s", got)
	}
}

func TestAnyGraphIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Graph{Words: graphWords}
		for range rapid.IntRange(0, MaxSources+2).Draw(t, "sources") {
			g.Sources = append(g.Sources, Source{anyLabel(t), anyStance(t)})
		}
		one := rapid.IntRange(-1, MaxSources+1)
		for range rapid.IntRange(0, 30).Draw(t, "relays") {
			g.Relays = append(g.Relays, Relay{one.Draw(t, "by"), one.Draw(t, "of")})
		}
		for range rapid.IntRange(0, 6).Draw(t, "ties") {
			g.Ties = append(g.Ties, Tie{one.Draw(t, "a"), one.Draw(t, "b"), rapid.Bool().Draw(t, "known")})
		}
		look := anyLook(t)
		p := g.Draw(look)
		sound(t, p)
		roomy(t, p)
		bounded(t, p)
		apart(t, g)
		if want := max(0, len(g.Sources)-MaxSources); p.LeftOut != want {
			t.Fatalf("%d left out, not %d", p.LeftOut, want)
		}
		if !bytes.Equal(p.PNG, g.Draw(look).PNG) {
			t.Fatal("the same values gave other bytes")
		}
		look.Unpainted = true
		alike(t, p, g.Draw(look))
	})
}

// apart holds a graph to it that no source lies on another, and that no frame has a
// source in it that is not of its lane.
func apart(t *rapid.T, g Graph) {
	drawn := min(len(g.Sources), MaxSources)
	d, w := newDrawing(Look{}), g.web(drawn)
	s := d.sheet(g, w)
	for i, n := range s.nodes {
		for _, o := range s.nodes[:i] {
			if n.meets(o.box) {
				t.Fatalf("sources %d and %d lie on each other", n.item, o.item)
			}
		}
		within := 0
		for _, f := range s.frames {
			if f.holds(n.box) {
				within++
			} else if f.meets(n.box) {
				t.Fatalf("source %d lies across a frame", n.item)
			}
		}
		if within > 1 || within == 1 && w.lane[n.item] < 0 {
			t.Fatalf("source %d lies in %d frames, its lane is %d", n.item, within, w.lane[n.item])
		}
	}
}

func TestWhoPassesOnTheSameAloneStandsWithIt(t *testing.T) {
	for name, c := range map[string]struct {
		graph  Graph
		column []int
		lane   []int
	}{
		"alone":               {Graph{Sources: make([]Source, 2)}, []int{0, 0}, []int{0, 1}},
		"tied":                {Graph{Sources: make([]Source, 2), Ties: []Tie{{A: 1, B: 0}}}, []int{0, 0}, []int{0, 0}},
		"passed on and on":    {Graph{Sources: make([]Source, 3), Relays: []Relay{{2, 1}, {1, 0}}}, []int{0, 1, 2}, []int{0, 0, 0}},
		"of two voices":       {Graph{Sources: make([]Source, 3), Relays: []Relay{{2, 1}, {2, 0}}}, []int{0, 0, 1}, []int{0, 1, -1}},
		"of two that are one": {Graph{Sources: make([]Source, 3), Relays: []Relay{{2, 1}, {2, 0}}, Ties: []Tie{{A: 0, B: 1}}}, []int{0, 0, 1}, []int{0, 0, 0}},
		"round":               {Graph{Sources: make([]Source, 2), Relays: []Relay{{0, 1}, {1, 0}}}, []int{1, 0}, []int{0, 0}},
		"by itself":           {Graph{Sources: make([]Source, 1), Relays: []Relay{{0, 0}}}, []int{0}, []int{0}},
	} {
		w := c.graph.web(len(c.graph.Sources))
		if !slices.Equal(w.column, c.column) || !slices.Equal(w.lane, c.lane) {
			t.Errorf("%s: columns %v, lanes %v", name, w.column, w.lane)
		}
	}
}

// A source in the last column may pass on one that stands there too, and is placed before it.
func TestWhoPassesOnTheLastColumnStaysInThePicture(t *testing.T) {
	g := Graph{Words: graphWords, Sources: make([]Source, 15), Relays: []Relay{{3, 0}, {2, 5}, {1, 2}, {6, 0}, {6, 1}, {14, 6}}}
	rapid.Check(t, func(t *rapid.T) { sound(t, g.Draw(anyLook(t))); roomy(t, g.Draw(anyLook(t))) })
}
