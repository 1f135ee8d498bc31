package web

import (
	"cmp"
	"slices"

	"tumen/clients/web/picture"
	tumenv1 "tumen/proto/tumen/v1"
)

// geography is the places that records speak of, each once, and the ways between them.
type geography struct {
	shelf  *shelf
	at     map[string]int // the position of a place
	places []*spoken
	legs   []picture.Leg
	more   bool // than are taken in
}

// maxPlaces is how many places a map takes note of.
const maxPlaces = 60

// spoken is a place as it is spoken of.
type spoken struct {
	said                  // what it is called
	place  *tumenv1.Place // nil: words alone, or withheld
	parts  []tumenv1.PlacePart
	stance picture.Stance
	by     []string
}

// take takes the places in that are named together.
func (g *geography) take(together []*tumenv1.PlaceValue, stance picture.Stance, by string) {
	stages := map[tumenv1.PlacePart][]int{}
	for _, p := range together {
		i, room := g.position(p)
		if !room {
			g.more = true
			continue
		}
		one := g.places[i]
		one.stance = jointly(one.stance, stance)
		part := max(p.GetPart(), tumenv1.PlacePart_PLACE_PART_AT) // unspecified weighs as AT
		one.parts, one.by = once(one.parts, part), once(one.by, by)
		stages[part] = append(stages[part], i)
	}
	g.join(stages, stance)
}

func once[T comparable](list []T, one T) []T {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// position is where in the list a place stands, if there is room for it.
func (g *geography) position(p *tumenv1.PlaceValue) (at int, room bool) {
	key := cmp.Or(p.GetPlace(), "words "+p.GetWords())
	if i, known := g.at[key]; known {
		return i, true
	}
	if len(g.places) == maxPlaces {
		return 0, false
	}
	one := &spoken{said: said{p.GetWords(), p.GetWordsLanguage()}}
	if p.GetPlace() != "" {
		one.said = said{Text: g.shelf.Label(p.GetPlace())}
		one.place, _ = g.shelf.records[p.GetPlace()].(*tumenv1.Place)
	}
	g.at[key] = len(g.places)
	g.places = append(g.places, one)
	return g.at[key], true
}

// join adds the ways from where it began through what it passed to where it ended.
// Where several places follow on several, nobody said who was brought from which to
// which, and no way is drawn.
func (g *geography) join(stages map[tumenv1.PlacePart][]int, stance picture.Stance) {
	var before []int
	for _, part := range []tumenv1.PlacePart{tumenv1.PlacePart_PLACE_PART_FROM, tumenv1.PlacePart_PLACE_PART_VIA, tumenv1.PlacePart_PLACE_PART_TO} {
		here := stages[part]
		if len(here) == 0 {
			continue
		}
		if len(before) == 1 || len(here) == 1 {
			for _, from := range before {
				for _, to := range here {
					g.leg(from, to, stance)
				}
			}
		}
		before = here
	}
}

func (g *geography) leg(from, to int, stance picture.Stance) {
	for i, l := range g.legs {
		if l.From == from && l.To == to {
			g.legs[i].Stance = jointly(l.Stance, stance)
			return
		}
	}
	g.legs = append(g.legs, picture.Leg{From: from, To: to, Stance: stance})
}
