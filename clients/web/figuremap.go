package web

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"tumen/clients/web/picture"
	tumenv1 "tumen/proto/tumen/v1"
)

// claimsOfPlaces is how many claims on places a map takes in.
const claimsOfPlaces = 200

// placesMap is where the events of a case are said to have been, on a map.
func (v *visit) placesMap(ctx context.Context, name string) (*figure, error) {
	events, more, err := v.eventsShown(ctx, name)
	if err != nil {
		return nil, err
	}
	reply, err := v.site.conn.Claims.ListClaims(ctx, &tumenv1.ListClaimsRequest{
		Parent: name, Aspect: tumenv1.Aspect_ASPECT_PLACE, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, PageSize: claimsOfPlaces,
	})
	if err != nil {
		return nil, err
	}
	s := v.shelf()
	put(s, events...)
	var referring []proto.Message
	for _, e := range events {
		referring = append(referring, &tumenv1.Places{Places: e.GetPlaces()})
	}
	var claims []*tumenv1.Claim
	for _, m := range reply.GetMatches() {
		claims = append(claims, m.GetClaim())
		referring = append(referring, m.GetClaim())
	}
	if err := v.refer(ctx, s, referring...); err != nil {
		return nil, err
	}
	g := &geography{shelf: s, at: map[string]int{}}
	for _, e := range events {
		g.take(e.GetPlaces(), picture.Asserts, s.words.Say("picture.recorded", "event", s.Label(e.GetName())))
	}
	for _, c := range claims {
		g.take(c.GetValue().GetPlaces().GetPlaces(), stanceOf(c.GetStance()), s.Label(c.GetSource())+": "+s.words.Enum(c.GetStance()))
	}
	f := g.figure("/" + name + "/pictures/map.png")
	v.moreThanShown(f, more || g.more || reply.GetNextPageToken() != "")
	return f, nil
}

func stanceOf(s tumenv1.Stance) picture.Stance {
	switch s {
	case tumenv1.Stance_STANCE_ASSERTS:
		return picture.Asserts
	case tumenv1.Stance_STANCE_DENIES:
		return picture.Denies
	case tumenv1.Stance_STANCE_DOES_NOT_CONFIRM:
		return picture.Unsure
	}
	return picture.NoStance
}

// jointly is what two stances to the same come to.
func jointly(a, b picture.Stance) picture.Stance {
	switch {
	case a == picture.NoStance || a == b:
		return b
	case b == picture.NoStance:
		return a
	case a == picture.Unsure:
		return b
	case b == picture.Unsure:
		return a
	}
	return picture.Disputed
}

// figure puts the places on a map, and into a table with who speaks of each.
func (g *geography) figure(path string) *figure {
	w := g.shelf.words
	f := &figure{Kind: "map", Path: path, Columns: []string{w.Say("case.where"), w.Say("picture.part"), w.Say("picture.position"), w.Say("picture.said_by")}}
	drawn := picture.Map{Legs: g.legs, Words: mapWords(w)}
	for _, p := range g.places {
		var parts []string
		for _, part := range p.parts {
			parts = append(parts, w.Enum(part))
		}
		placed := picture.Place{Label: p.Text, Part: partOf(p.parts), Stance: p.stance}
		where := w.Say("picture.no_position")
		if l := p.place.GetLocation(); l != nil {
			f.Shows = true
			placed.Located, placed.Latitude, placed.Longitude, placed.Radius = true, l.GetLatitude(), l.GetLongitude(), float64(l.GetRadiusM())
			where = position(w.Say, l)
		}
		drawn.Places = append(drawn.Places, placed)
		f.items = append(f.items, p.Text)
		row := cells("", strings.Join(parts, "; "), where, listed(w, p.by))
		row[0] = p.said
		f.Rows = append(f.Rows, row)
	}
	f.draws = drawn
	return f
}

// position is where a place lies, in degrees, and how exactly that is known.
func position(say func(string, ...any) string, l *tumenv1.Location) string {
	degrees := func(of float64, positive, negative string) string {
		if of < 0 {
			of, positive = -of, negative
		}
		return fmt.Sprintf("%.2f°%s", of, positive)
	}
	kilometres := fmt.Sprintf("%.1f", float64(l.GetRadiusM())/1000)
	return say("picture.lies", "latitude", degrees(l.GetLatitude(), "N", "S"), "longitude", degrees(l.GetLongitude(), "E", "W"), "kilometres", strings.TrimSuffix(kilometres, ".0"))
}

// partOf is the part that a place had in all that is said.
func partOf(parts []tumenv1.PlacePart) picture.Part {
	if len(parts) != 1 {
		return picture.Several
	}
	return map[tumenv1.PlacePart]picture.Part{
		tumenv1.PlacePart_PLACE_PART_AT: picture.At, tumenv1.PlacePart_PLACE_PART_FROM: picture.From,
		tumenv1.PlacePart_PLACE_PART_VIA: picture.Via, tumenv1.PlacePart_PLACE_PART_TO: picture.To,
	}[parts[0]]
}
