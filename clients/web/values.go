package web

import (
	"cmp"
	"strconv"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// said is text in a language of its own: names and quotes are never translated.
type said struct{ Text, Language string }

// Value puts what is claimed into words, and beside it the source's own.
func (s *shelf) Value(v *tumenv1.Value) (text string, own said) {
	switch k := v.GetKind().(type) {
	case *tumenv1.Value_Time:
		return s.words.Time(k.Time), said{k.Time.GetWords(), k.Time.GetWordsLanguage()}
	case *tumenv1.Value_Places:
		return s.Places(k.Places.GetPlaces()), said{}
	case *tumenv1.Value_Count:
		return s.Count(k.Count), said{k.Count.GetWords(), k.Count.GetWordsLanguage()}
	case *tumenv1.Value_Composition:
		return s.composition(k.Composition), said{k.Composition.GetWords(), k.Composition.GetWordsLanguage()}
	case *tumenv1.Value_Responsibility:
		return k.Responsibility.GetAuthority(), said{}
	case *tumenv1.Value_Custody:
		return s.words.Term(k.Custody.GetStatus(), ""), said{k.Custody.GetWords(), k.Custody.GetWordsLanguage()}
	}
	return "", said{}
}

// Count is a number of people as a range.
func (s *shelf) Count(c *tumenv1.Count) string {
	if c == nil || c.Low == nil && c.High == nil {
		return ""
	}
	return s.words.Range(c.Low, c.High)
}

// Places are places, each with the part it had.
func (s *shelf) Places(places []*tumenv1.PlaceValue) string {
	var all []string
	for _, p := range places {
		text := cmp.Or(s.known(p.GetPlace()), p.GetWords())
		if p.GetPart() != tumenv1.PlacePart_PLACE_PART_UNSPECIFIED {
			text = s.words.Say("case.place_part", "part", s.words.Enum(p.GetPart()), "place", text)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func (s *shelf) known(place string) string {
	if place == "" {
		return ""
	}
	return s.Label(place)
}

// composition is a group with its share: "women: at least 50 %".
func (s *shelf) composition(c *tumenv1.Composition) string {
	group, low, high := c.GetGroup(), percent(c.LowPercent), percent(c.HighPercent)
	switch {
	case low == "" && high == "":
		return group
	case high == "":
		return s.words.Say("number.share_least", "group", group, "low", low)
	case low == "":
		return s.words.Say("number.share_most", "group", group, "high", high)
	case low == high:
		return s.words.Say("number.share_exact", "group", group, "low", low)
	}
	return s.words.Say("number.share_between", "group", group, "low", low, "high", high)
}

func percent(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

// ValueText is a value in words alone.
func (s *shelf) ValueText(v *tumenv1.Value) string {
	text, own := s.Value(v)
	return cmp.Or(text, own.Text)
}
