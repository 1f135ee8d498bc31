package cli

import (
	"fmt"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// labels say what records are called in sentences, by name; nil calls them by
// their names.
type called map[string]string

func (l called) of(name string) string {
	if label := l[name]; label != "" {
		return label
	}
	return name
}

// timeWords is the first of the times that says anything, uncertainty and all,
// as EDTF has it: 2023-10-09 (night, about 19:30).
func timeWords(times ...*tumenv1.Time) string {
	for _, t := range times {
		if t.GetEdtf() != "" || t.GetWords() != "" {
			return annotated(firstOf(t.GetEdtf(), quoted(t.GetWords())), timeRemarks(t)...)
		}
	}
	return ""
}

func timeRemarks(t *tumenv1.Time) []string {
	night, clock := "", t.GetTimeOfDay()
	if t.GetNight() {
		night = "night"
	}
	if clock != "" && t.GetTimeOfDayApproximate() {
		clock = "about " + clock
	}
	return []string{night, clock}
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "“" + text + "”"
}

// countWords: "about 600 (540 to 660)", "at least 501", "80".
func countWords(c *tumenv1.Count) string {
	if c == nil {
		return ""
	}
	text := bounds(c)
	switch {
	case c.TolerancePercent != nil && c.Best != nil:
		text = fmt.Sprintf("about %d (%s, ±\u00a0%d\u00a0%%)", c.GetBest(), text, c.GetTolerancePercent())
	case c.Best != nil && c.Low != nil && c.High != nil && c.GetLow() == c.GetHigh():
		text = count64(c.GetBest())
	case c.Best != nil && text != "":
		text = fmt.Sprintf("%d (%s)", c.GetBest(), text)
	case c.Best != nil:
		text = count64(c.GetBest())
	}
	return beside(text, c.GetWords())
}

func bounds(c *tumenv1.Count) string {
	switch {
	case c.Low != nil && c.High != nil && c.GetLow() == c.GetHigh():
		return count64(c.GetLow())
	case c.Low != nil && c.High != nil:
		return fmt.Sprintf("%d to %d", c.GetLow(), c.GetHigh())
	case c.Low != nil:
		return fmt.Sprintf("at least %d", c.GetLow())
	case c.High != nil:
		return fmt.Sprintf("at most %d", c.GetHigh())
	}
	return ""
}

// beside puts the source's own words next to what was made of them.
func beside(text, words string) string {
	switch {
	case words == "", words == text:
		return text
	case text == "":
		return quoted(words)
	}
	return text + " " + quoted(words)
}

func placeWords(p *tumenv1.PlaceValue, l called) string {
	if p.GetPlace() == "" {
		return strings.TrimSpace(words(p.GetPart()) + " " + quoted(p.GetWords()))
	}
	return beside(strings.TrimSpace(words(p.GetPart())+" "+l.of(p.GetPlace())), p.GetWords())
}

func placesWords(places []*tumenv1.PlaceValue, l called) string {
	var parts []string
	for _, p := range places {
		parts = append(parts, placeWords(p, l))
	}
	return strings.Join(parts, ", ")
}

// valueWords is what is claimed or found, in short.
func valueWords(v *tumenv1.Value, l called) string {
	switch k := v.GetKind().(type) {
	case *tumenv1.Value_Time:
		return beside(timeWords(k.Time), wordsBeside(k.Time))
	case *tumenv1.Value_Places:
		return placesWords(k.Places.GetPlaces(), l)
	case *tumenv1.Value_Count:
		return countWords(k.Count)
	case *tumenv1.Value_Composition:
		return compositionWords(k.Composition)
	case *tumenv1.Value_Responsibility:
		return annotated(k.Responsibility.GetAuthority(), words(k.Responsibility.GetAttitude()))
	case *tumenv1.Value_Custody:
		return beside(annotated(k.Custody.GetStatus(), words(k.Custody.GetWhereabouts())), k.Custody.GetWords())
	case *tumenv1.Value_Participation:
		return words(k.Participation.GetRole())
	}
	return ""
}

// wordsBeside are a time's own words where timeWords has not used them already.
func wordsBeside(t *tumenv1.Time) string {
	if t.GetEdtf() == "" {
		return ""
	}
	return t.GetWords()
}

func compositionWords(c *tumenv1.Composition) string {
	text := ""
	switch {
	case c.LowPercent != nil && c.HighPercent != nil:
		text = fmt.Sprintf("%s to %s %% %s", number(c.GetLowPercent()), number(c.GetHighPercent()), c.GetGroup())
	case c.LowPercent != nil:
		text = fmt.Sprintf("at least %s %% %s", number(c.GetLowPercent()), c.GetGroup())
	case c.HighPercent != nil:
		text = fmt.Sprintf("at most %s %% %s", number(c.GetHighPercent()), c.GetGroup())
	default:
		text = c.GetGroup()
	}
	return beside(text, c.GetWords())
}

func protectedWords(v *tumenv1.ProtectedValue) string {
	switch k := v.GetKind().(type) {
	case *tumenv1.ProtectedValue_Name:
		return k.Name.GetText()
	case *tumenv1.ProtectedValue_Birth:
		return beside(k.Birth.GetEdtf(), k.Birth.GetWords())
	case *tumenv1.ProtectedValue_Identity:
		return beside(k.Identity.GetSameAs(), k.Identity.GetWords())
	case *tumenv1.ProtectedValue_Relation:
		return beside(k.Relation.GetKind()+" "+k.Relation.GetPerson(), k.Relation.GetWords())
	}
	return ""
}

// claimWords is what a claim says beyond its stance.
func claimWords(c *tumenv1.Claim, l called) string {
	if text := valueWords(c.GetValue(), l); text != "" {
		return text
	}
	return protectedWords(c.GetProtectedValue())
}
