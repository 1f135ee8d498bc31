package wording

import (
	"strings"

	"tumen/service/edtf"
)

// qualified says what the signs of a date say: of all of it, or of each
// component to which one applies.
func (w *Words) qualified(d edtf.Written, said string) string {
	all := parts(d)
	for _, p := range all[1:] {
		if p.Uncertain != all[0].Uncertain || p.Approximate != all[0].Approximate {
			return w.Say("date.remark", "date", said, "remark", w.eachPart(d))
		}
	}
	around := "date.around"
	if d.Season {
		around = "date.around_season"
	}
	return w.wholly(all[0], masked(d), around, said)
}

// wholly is for a date of which the same holds throughout. What is spread over
// a time anyway isn't said to be around it, but remarked to be approximate.
func (w *Words) wholly(p edtf.Part, spread bool, around, said string) string {
	if p.Approximate && !spread {
		said = w.Say(around, "date", said)
		p.Approximate = false
	}
	if state := stateOf(p); state != "" {
		return w.Say("date.remark", "date", said, "remark", w.Say(state))
	}
	return said
}

func (w *Words) eachPart(d edtf.Written) string {
	names := []string{"date.part_year", "date.part_month", "date.part_day"}
	if d.Season {
		names[1] = "date.part_season"
	}
	var remarks []string
	for i, p := range parts(d) {
		if state := stateOf(p); state != "" {
			remarks = append(remarks, w.Say("date.part", "part", w.Say(names[i]), "state", w.Say(state)))
		}
	}
	return strings.Join(remarks, w.Say("date.one_of_separator"))
}

// stateOf is the id of what applies to a component; empty for nothing.
func stateOf(p edtf.Part) string {
	switch {
	case p.Uncertain && p.Approximate:
		return "date.both"
	case p.Uncertain:
		return "date.uncertain"
	case p.Approximate:
		return "date.approximate"
	}
	return ""
}
