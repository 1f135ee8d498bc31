package corroboration

import (
	"cmp"
	"strconv"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// compareParts is the order in which values are listed: lower bounds before
// upper ones, each ascending; times by their first and last day; places by
// their part, then by name.
func compareParts(a, b *part) int {
	order := cmp.Or(
		cmp.Compare(a.kind, b.kind),
		strings.Compare(a.axis.group, b.axis.group),
		knownFirst(b.axis.upper, a.axis.upper),
		cmp.Compare(a.bound, b.bound),
	)
	if order == 0 && a.date != nil {
		order = cmp.Or(
			cmp.Compare(a.date.hull.Earliest, b.date.hull.Earliest),
			cmp.Compare(a.date.hull.Latest, b.date.hull.Latest),
		)
	}
	return cmp.Or(order, strings.Compare(a.key, b.key))
}

// label says a part in words; for a person it is empty.
func (p *part) label() string {
	switch p.kind {
	case threshold:
		return p.axis.label() + p.axis.side() + number(p.bound) + p.axis.unit()
	case moment:
		return timeLabel(p.value.GetTime())
	case placePart:
		v := p.value.GetPlaces().GetPlaces()[0]
		return words(v.GetPart().String(), "PLACE_PART_") + " " + v.GetPlace()
	case attitude:
		r := p.value.GetResponsibility()
		if r.GetAttitude() == tumenv1.OfficialAttitude_OFFICIAL_ATTITUDE_UNSPECIFIED {
			return r.GetAuthority()
		}
		return after(r.GetAuthority(), words(r.GetAttitude().String(), "OFFICIAL_ATTITUDE_"))
	case custodyStatus:
		c := p.value.GetCustody()
		if c.GetWhereabouts() == tumenv1.Whereabouts_WHEREABOUTS_UNSPECIFIED {
			return c.GetStatus()
		}
		return c.GetStatus() + ", whereabouts " + words(c.GetWhereabouts().String(), "WHEREABOUTS_")
	case role:
		return words(p.value.GetParticipation().GetRole().String(), "INVOLVEMENT_ROLE_")
	}
	return ""
}

// words turns the name of an enum value into words.
func words(enum, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(enum, prefix), "_", " "))
}

func after(subject, rest string) string {
	if subject == "" {
		return rest
	}
	return subject + ": " + rest
}

func (a axis) label() string {
	if a.share {
		return a.group + ": "
	}
	return ""
}

func (a axis) side() string {
	if a.upper {
		return "at most "
	}
	return "at least "
}

func (a axis) unit() string {
	if a.share {
		return " %"
	}
	return ""
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func timeLabel(t *tumenv1.Time) string {
	var b strings.Builder
	if t.GetNight() {
		b.WriteString("night of ")
	}
	b.WriteString(t.GetEdtf())
	if t.GetTimeOfDay() != "" {
		b.WriteString(", ")
		if t.GetTimeOfDayApproximate() {
			b.WriteString("about ")
		}
		b.WriteString(t.GetTimeOfDay())
		if t.GetUtcOffset() != "" {
			b.WriteString(" " + t.GetUtcOffset())
		}
	}
	return b.String()
}

// labelOf says a whole value in words: "501-600" for both bounds of a count.
func labelOf(list []part) string {
	if len(list) == 2 && list[0].kind == threshold && list[1].kind == threshold {
		low, high := &list[0], &list[1]
		if low.bound == high.bound {
			return low.axis.label() + number(low.bound) + low.axis.unit()
		}
		return low.axis.label() + number(low.bound) + "-" + number(high.bound) + low.axis.unit()
	}
	labels := make([]string, len(list))
	for i := range list {
		labels[i] = list[i].label()
	}
	return strings.Join(labels, ", ")
}
