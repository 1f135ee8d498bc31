package picture

import (
	"slices"
	"testing"
)

var mapWords = MapWords{
	Parts:  map[Part]string{At: "where it happened", From: "where it began", Via: "passed through", To: "where it ended", Several: "several of these"},
	Within: "lies within this circle", Leg: "from one to the next", Denied: "denied, or in doubt",
	Stances: StanceWords{Denies: "denied", Unsure: "not confirmed", Disputed: "asserted and denied"},
}

// The crossings that were named for 9 October 2023, as the gazetteer has them.
var octoberPlaces = Map{
	Places: []Place{
		{Label: "Jilin", Part: From},
		{Label: "Dandong", Located: true, Latitude: 40.12917, Longitude: 124.39472, Radius: 160_000, Part: Via},
		{Label: "Hunchun", Located: true, Latitude: 42.8675, Longitude: 130.35806, Radius: 110_000, Part: Via},
		{Label: "Tumen", Located: true, Latitude: 42.96611, Longitude: 129.8425, Radius: 40_000, Part: Several},
		{Label: "Changbai", Located: true, Latitude: 41.41673, Longitude: 128.19053, Radius: 110_000, Part: Via, Stance: Disputed},
		{Label: "Nanping", Located: true, Latitude: 42.53974, Longitude: 128.99722, Radius: 85_000, Part: Via, Stance: Unsure},
		{Label: "Helong", Located: true, Latitude: 42.53974, Longitude: 128.99722, Radius: 85_000, Part: At, Stance: Denies},
		{Label: "온성", Located: true, Latitude: 42.95722, Longitude: 129.99333, Radius: 35_000, Part: To},
		{Label: "Musan", Located: true, Latitude: 42.22609, Longitude: 129.20776, Radius: 60_000, Part: To},
	},
	Legs:  []Leg{{From: 3, To: 7}, {From: 5, To: 8, Stance: Denies}, {From: 1, To: 0}},
	Words: mapWords,
}

func TestOctoberOnAMap(t *testing.T) {
	p := octoberPlaces.Draw(Look{Unpainted: true})
	keep(t, "map-latin", octoberPlaces, Look{})
	keep(t, "map", octoberPlaces, Look{Fonts: installed()})
	keep(t, "map-dark", octoberPlaces, Look{Dark: true, Fonts: installed()})
	keep(t, "map-narrow", octoberPlaces, Look{Width: 340})
	if !slices.Equal(p.Omitted, []int{0}) || p.LeftOut != 1 {
		t.Errorf("left out %v: only the province without a point should be", p.Omitted)
	}
	if len(p.Legend) != 1 || p.Legend[0] != (Entry{Number: 1, Label: "온성", Item: 7}) {
		t.Errorf("the legend is %v", p.Legend)
	}
}

var graphWords = GraphWords{
	Relays: "is passed on by", Known: "rest on the same contact", Possible: "may rest on the same contact", Dependent: "one voice", MayDepend: "perhaps one voice",
	Stances: StanceWords{Asserts: "asserts", Denies: "denies", Unsure: "does not confirm", Disputed: "contradicts itself"},
}

// The sources of October 2023 by number, S1 first; what they say of the return.
var octoberSources = Graph{
	Sources: []Source{
		{"S1 · Justice For North Korea (JFNK), Seoul", Asserts}, {"S4 · J.M. Missionary Union", Asserts}, {"S6 · Human Rights Watch", Asserts},
		{"S8 · Ministry of Unification of the Republic of Korea", Asserts},
		{"S7 · Ministry of Foreign Affairs of the People's Republic of China", Denies}, {"S12 · Chung Jae-ho", Unsure},
		{"S2 · Report in a South Korean newspaper, 11 October 2023", NoStance}, {"S3 · KBS World", NoStance}, {"S5 · Radio Free Asia", NoStance},
		{"S9 · Yonhap", NoStance}, {"S10 · Elizabeth Salmón", NoStance}, {"S11 · 南华早报", NoStance},
		{"S13 · Transitional Justice Working Group with Global Rights Compliance", NoStance}, {"S14 · International IDEA", NoStance},
	},
	Relays: []Relay{{7, 0}, {8, 1}, {8, 0}, {9, 3}, {9, 6}, {9, 10}, {11, 0}, {11, 4}, {11, 3}, {11, 10}, {11, 5}, {13, 2}, {13, 11}},
	Ties:   []Tie{{A: 2, B: 1}},
	Words:  graphWords,
}

func TestOctoberInAGraph(t *testing.T) {
	p := octoberSources.Draw(Look{Unpainted: true})
	keep(t, "graph-latin", octoberSources, Look{})
	keep(t, "graph", octoberSources, Look{Fonts: installed()})
	keep(t, "graph-dark", octoberSources, Look{Dark: true, Fonts: installed()})
	keep(t, "graph-narrow", octoberSources, Look{Width: 340})
	if p.LeftOut != 0 || len(p.Legend) != 1 || p.Legend[0].Item != 11 {
		t.Errorf("%d left out, legend %v", p.LeftOut, p.Legend)
	}
	w := octoberSources.web(len(octoberSources.Sources))
	if want := []int{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 2}; !slices.Equal(w.column, want) {
		t.Errorf("columns %v, not %v", w.column, want)
	}
	if w.lane[1] != w.lane[2] || w.lane[0] != w.lane[7] || w.lane[8] != -1 || w.lane[13] != -1 || w.lane[0] == w.lane[1] {
		t.Errorf("lanes %v", w.lane)
	}
}
