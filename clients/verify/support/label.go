package support

import (
	"strconv"
	"strings"
)

// label says a part in words; of a person it says nothing.
func (p *part) label() string {
	switch p.kind {
	case Bound:
		side := "at least "
		if p.axis.upper {
			side = "at most "
		}
		return p.axis.of() + side + number(p.bound) + p.axis.unit()
	case Moment:
		return p.timeLabel()
	case Place:
		return words(p.second, "PLACE_PART_") + " " + p.first
	case Attitude:
		switch {
		case p.second == "":
			return p.first
		case p.first == "":
			return words(p.second, "OFFICIAL_ATTITUDE_")
		}
		return p.first + ": " + words(p.second, "OFFICIAL_ATTITUDE_")
	case Custody:
		if p.second == "" {
			return p.first
		}
		return p.first + ", whereabouts " + words(p.second, "WHEREABOUTS_")
	case Role:
		return words(p.first, "INVOLVEMENT_ROLE_")
	}
	return ""
}

func (p *part) timeLabel() string {
	t := p.date.text
	if p.date.night {
		t = "night of " + t
	}
	if p.clock.at == "" {
		return t
	}
	t += ", "
	if p.clock.approximate {
		t += "about "
	}
	t += p.clock.at
	if p.clock.offset != "" {
		t += " " + p.clock.offset
	}
	return t
}

func words(name, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", " "))
}

func (a axis) of() string {
	if a.share {
		return a.group + ": "
	}
	return ""
}

func (a axis) unit() string {
	if a.share {
		return " %"
	}
	return ""
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// labelOf says a whole value in words: both bounds of a count as "501-600".
func labelOf(parts []part) string {
	if len(parts) == 2 && parts[0].kind == Bound && parts[1].kind == Bound {
		low, high := &parts[0], &parts[1]
		if low.bound == high.bound {
			return low.axis.of() + number(low.bound) + low.axis.unit()
		}
		return low.axis.of() + number(low.bound) + "-" + number(high.bound) + low.axis.unit()
	}
	labels := make([]string, len(parts))
	for i := range parts {
		labels[i] = parts[i].label()
	}
	return strings.Join(labels, ", ")
}
