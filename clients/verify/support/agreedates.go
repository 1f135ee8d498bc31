package support

import "math"

// agreeingDates compares dates by their first and last day, and durations by those
// of beginning and end.
func (v *values) agreeingDates() (sets []agreeing) {
	var list []*shape
	for _, s := range v.stated {
		claims := v.unflagged(s.claims)
		if s.part.date == nil || s.part.date.wide || len(claims) == 0 {
			continue
		}
		r := region{spanOf(s.part.date.hull), everything}
		if v.web.e.Lasting && s.part.kind == Moment {
			start, finish := s.part.date.span()
			r = region{spanOf(start), spanOf(finish)}
		}
		list = append(list, &shape{r, s.part, claims})
	}
	for _, set := range v.meeting(list) {
		a := agreeing{claims: claimsOf(set), personal: set[0].part.kind == Birth}
		a.value, a.label = commonDate(set)
		sets = append(sets, a)
	}
	return sets
}

func spanOf(s stretch) span {
	r := span{float64(s.first), float64(s.last)}
	if s.first.open() {
		r.low = math.Copysign(math.Inf(1), float64(s.first))
	}
	if s.last.open() {
		r.high = math.Copysign(math.Inf(1), float64(s.last))
	}
	return r
}

func (s span) stretch() stretch {
	r := stretch{day(s.low), day(s.high)}
	if math.IsInf(s.low, 0) {
		r.first = noFirst
		if s.low > 0 {
			r.first = noLast
		}
	}
	if math.IsInf(s.high, 0) {
		r.last = noLast
	}
	return r
}

// commonDate is what dates have in common: one of them, if one alone says just
// that, or else the days, or of durations words.
func commonDate(set []*shape) (*Value, string) {
	common := regionOf(set)
	var exact []*shape
	for _, s := range set {
		if s.region == common {
			exact = append(exact, s)
		}
	}
	if len(exact) == 1 {
		p := exact[0].part
		return &Value{parts: []part{*p}}, p.label()
	}
	days := common[0].stretch()
	switch {
	case set[0].part.kind == Birth, days == always:
		return nil, ""
	case common[1] != everything:
		text := "begun " + days.text()
		if end := common[1].stretch(); end.first == noLast {
			return nil, text + ", still going on"
		}
		return nil, text + ", ended " + common[1].stretch().text()
	}
	value := &Value{}
	value.AddTime(days.text(), false, "", "", false)
	return value, days.text()
}
