package web

import (
	"slices"
	"testing"

	"tumen/clients/web/picture"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// A way is drawn where it follows from what is said who was brought from where to
// where, and nowhere else.
func TestWaysFollowFromWhatIsSaid(t *testing.T) {
	const from, via, to = tumenv1.PlacePart_PLACE_PART_FROM, tumenv1.PlacePart_PLACE_PART_VIA, tumenv1.PlacePart_PLACE_PART_TO
	place := func(name string, part tumenv1.PlacePart) *tumenv1.PlaceValue {
		return &tumenv1.PlaceValue{Place: "places/" + name, Part: part}
	}
	for name, c := range map[string]struct {
		said []*tumenv1.PlaceValue
		want []picture.Leg
	}{
		"from one through one to one": {[]*tumenv1.PlaceValue{place("a", from), place("b", via), place("c", to)}, []picture.Leg{{From: 0, To: 1}, {From: 1, To: 2}}},
		"in another order":            {[]*tumenv1.PlaceValue{place("c", to), place("a", from)}, []picture.Leg{{From: 1, To: 0}}},
		"from two to one":             {[]*tumenv1.PlaceValue{place("a", from), place("b", from), place("c", to)}, []picture.Leg{{From: 0, To: 2}, {From: 1, To: 2}}},
		"from two to two":             {[]*tumenv1.PlaceValue{place("a", from), place("b", from), place("c", to), place("d", to)}, nil},
		"several crossings":           {[]*tumenv1.PlaceValue{place("a", via), place("b", via), place("c", via)}, nil},
		"where it happened":           {[]*tumenv1.PlaceValue{place("a", 0), place("b", to)}, nil},
	} {
		for _, stance := range []picture.Stance{picture.Asserts, picture.Denies} {
			g := &geography{shelf: &shelf{words: wording.In(wording.English)}, at: map[string]int{}}
			g.take(c.said, stance, "somebody")
			want := slices.Clone(c.want)
			for i := range want {
				want[i].Stance = stance
			}
			if !slices.Equal(g.legs, want) {
				t.Errorf("%s: %v, not %v", name, g.legs, want)
			}
		}
	}
}

func TestWhatSomeAssertAndOthersDenyIsDisputed(t *testing.T) {
	for _, c := range []struct{ a, b, want picture.Stance }{
		{picture.NoStance, picture.Denies, picture.Denies}, {picture.Asserts, picture.Asserts, picture.Asserts},
		{picture.Asserts, picture.Unsure, picture.Asserts}, {picture.Asserts, picture.Denies, picture.Disputed},
		{picture.Unsure, picture.Denies, picture.Denies}, {picture.Disputed, picture.Asserts, picture.Disputed},
	} {
		if jointly(c.a, c.b) != c.want || jointly(c.b, c.a) != c.want {
			t.Errorf("%v and %v come to %v", c.a, c.b, jointly(c.a, c.b))
		}
	}
}
