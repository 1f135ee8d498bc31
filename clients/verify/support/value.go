package support

import (
	"math"
	"strconv"
	"strings"
)

// Kind is what a part of a value is about.
type Kind uint8

// The kinds of parts.
const (
	Bound    Kind = iota + 1 // of a count or of a share of a group
	Moment                   // a date, perhaps with a time of day
	Place                    // a place with its part
	Attitude                 // an authority and its attitude
	Custody                  // a status and whereabouts
	Role                     // in an event
	Name                     // of a person
	Birth                    // of a person
	Identity                 // who a person is
	Relation                 // to another person
)

// personal says that a part is about a person: its value stands in no support.
func (k Kind) personal() bool { return k >= Name }

// Value is what a claim says, taken apart. A value is entailed if each of its
// parts is.
type Value struct {
	// Text is the value as it stands in the record, for who compares it whole.
	Text string
	// Worded says that there is more in it than its parts: words, a best figure.
	Worded bool
	// Personal says that it is a person's, which no support repeats.
	Personal bool
	parts    []part
	vague    bool // a part of it is words alone
}

// axis is what a bound is of, and from which side.
type axis struct {
	share bool
	group string
	upper bool
}

// part is one of the things that a value says. Two with the same key say the same.
type part struct {
	kind   Kind
	key    string
	axis   axis
	bound  float64
	date   *date
	clock  clock
	first  string // place, authority, status, role, name, person, kind of relation
	second string // part of the place, attitude, whereabouts, kind of name, the other person
}

// clock is a time of day beside a date.
type clock struct {
	at, offset  string
	approximate bool
}

func (v *Value) add(p part) {
	fields := []string{
		strconv.Itoa(int(p.kind)), p.first, p.second, p.axis.group, strconv.FormatBool(p.axis.share), strconv.FormatBool(p.axis.upper),
		strconv.FormatFloat(p.bound, 'g', -1, 64), p.clock.at, p.clock.offset, strconv.FormatBool(p.clock.approximate),
	}
	if p.date != nil {
		fields = append(fields, p.date.text, strconv.FormatBool(p.date.night))
	}
	for i, f := range fields {
		fields[i] = strconv.Quote(f)
	}
	p.key = strings.Join(fields, " ")
	v.parts = append(v.parts, p)
}

// AddCount adds a bound on a number of people.
func (v *Value) AddCount(upper bool, bound float64) { v.addBound(axis{upper: upper}, bound) }

// AddShare adds a bound, in per cent, on the share of a group.
func (v *Value) AddShare(group string, upper bool, bound float64) {
	v.addBound(axis{share: true, group: group, upper: upper}, bound)
}

func (v *Value) addBound(a axis, bound float64) {
	if math.IsNaN(bound) || math.IsInf(bound, 0) {
		v.vague = true
		return
	}
	v.add(part{kind: Bound, axis: a, bound: bound})
}

// AddTime adds a date (EDTF), perhaps the night of it and a time of day.
func (v *Value) AddTime(edtf string, night bool, at, offset string, approximate bool) {
	d, ok := readDate(edtf)
	if !ok {
		v.vague = true
		return
	}
	c := clock{at, offset, approximate}
	if at == "" {
		c = clock{}
	}
	v.add(part{kind: Moment, date: d.settle(night), clock: c})
}

// AddBirth adds the date of a birth.
func (v *Value) AddBirth(edtf string) {
	if d, ok := readDate(edtf); ok {
		v.add(part{kind: Birth, date: d.settle(false)})
	}
}

// AddPlace adds a place with the part that it had; none stated is AT.
func (v *Value) AddPlace(place, at string) {
	if at == "" {
		at = "PLACE_PART_AT"
	}
	v.addTerm(part{kind: Place, first: place, second: at})
}

// AddAttitude adds an authority and its attitude; one of the two is enough.
func (v *Value) AddAttitude(authority, attitude string) {
	authority = strings.TrimSpace(authority)
	if authority == "" && attitude == "" {
		v.vague = true
		return
	}
	v.add(part{kind: Attitude, first: authority, second: attitude})
}

// AddTerm adds what is compared by its words: Custody, Role, Name, Identity or
// Relation. Without a first word it says nothing.
func (v *Value) AddTerm(k Kind, first, second string) {
	if k == Name {
		first = strings.TrimSpace(first)
	}
	v.addTerm(part{kind: k, first: first, second: second})
}

func (v *Value) addTerm(p part) {
	if p.first == "" {
		v.vague = true
		return
	}
	v.add(p)
}

// Wide says that a date in the value leaves so many days open that this package
// does not compare it.
func (v *Value) Wide() bool {
	for _, p := range v.parts {
		if p.date != nil && p.date.wide {
			return true
		}
	}
	return false
}

func (v *Value) keys() []string {
	keys := make([]string, len(v.parts))
	for i := range v.parts {
		keys[i] = v.parts[i].key
	}
	return keys
}

// partsOf are the parts of a value that may be nil.
func partsOf(v *Value) []part {
	if v == nil {
		return nil
	}
	return v.parts
}
