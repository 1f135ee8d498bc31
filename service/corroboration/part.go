package corroboration

import (
	"math"
	"strconv"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// kind is what a part of a value is about.
type kind uint8

const (
	threshold kind = iota + 1 // a bound of a count or a composition
	moment
	placePart
	attitude
	custodyStatus
	role
	name
	birth
	identity
	relation
)

// axis is what a threshold bounds, and from which side.
type axis struct {
	share bool   // per cent of a group, not people
	group string // of a composition
	upper bool
}

// part is one of the things that a value says: a bound, a time, a place with
// its part. Two parts with the same key say the same.
type part struct {
	kind  kind
	key   string
	axis  axis
	bound float64
	date  *dated
	value *tumenv1.Value          // the part alone, without words; nil for a person
	said  *tumenv1.ProtectedValue // for a person
}

// dated is a time as parsed.
type dated struct {
	date  edtf.Date
	hull  edtf.Interval
	clock clock
}

// clock is a time of day as recorded beside a date.
type clock struct {
	at, offset  string
	approximate bool
}

// parts are what a value says. With whole unset, some of it is words alone.
type parts struct {
	list  []part
	whole bool
}

func (p *parts) words() { p.whole = false }

// partsOf takes a value apart; one of the two is nil.
func partsOf(v *tumenv1.Value, s *tumenv1.ProtectedValue) parts {
	p := parts{whole: true}
	switch k := v.GetKind().(type) {
	case *tumenv1.Value_Time:
		p.addTime(k.Time)
	case *tumenv1.Value_Places:
		for _, place := range k.Places.GetPlaces() {
			p.addPlace(place)
		}
	case *tumenv1.Value_Count:
		p.addCount(k.Count)
	case *tumenv1.Value_Composition:
		p.addComposition(k.Composition)
	case *tumenv1.Value_Responsibility:
		p.addResponsibility(k.Responsibility)
	case *tumenv1.Value_Custody:
		p.addCustody(k.Custody)
	case *tumenv1.Value_Participation:
		p.addParticipation(k.Participation)
	}
	switch k := s.GetKind().(type) {
	case *tumenv1.ProtectedValue_Name:
		n := k.Name
		p.addSaid(name, s, strings.TrimSpace(n.GetText()), n.GetKind().String())
	case *tumenv1.ProtectedValue_Birth:
		if d := readDate(k.Birth.GetEdtf(), false, clock{}); d != nil {
			p.list = append(p.list, part{kind: birth, key: keyOf(birth, k.Birth.GetEdtf()), date: d, said: s})
		}
	case *tumenv1.ProtectedValue_Identity:
		p.addSaid(identity, s, k.Identity.GetSameAs())
	case *tumenv1.ProtectedValue_Relation:
		p.addSaid(relation, s, k.Relation.GetKind(), k.Relation.GetPerson())
	}
	return p
}

// keyOf makes a key that no other list of fields makes.
func keyOf(k kind, fields ...string) string {
	b := strconv.AppendInt(nil, int64(k), 10)
	for _, f := range fields {
		b = strconv.AppendQuote(append(b, ' '), f)
	}
	return string(b)
}

// addSaid adds what is said of a person unless its first field is empty.
func (p *parts) addSaid(k kind, s *tumenv1.ProtectedValue, fields ...string) {
	if fields[0] == "" {
		p.words()
		return
	}
	p.list = append(p.list, part{kind: k, key: keyOf(k, fields...), said: s})
}

func (p *parts) addTime(t *tumenv1.Time) {
	c := clock{t.GetTimeOfDay(), t.GetUtcOffset(), t.GetTimeOfDayApproximate()}
	if c.at == "" {
		c = clock{}
	}
	d := readDate(t.GetEdtf(), t.GetNight(), c)
	if d == nil {
		p.words()
		return
	}
	p.list = append(p.list, part{
		kind: moment,
		key: keyOf(moment, t.GetEdtf(), strconv.FormatBool(t.GetNight()),
			c.at, c.offset, strconv.FormatBool(c.approximate)),
		date: d,
		value: &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{
			Edtf: t.GetEdtf(), Night: t.GetNight(), TimeOfDay: c.at,
			TimeOfDayApproximate: c.approximate, UtcOffset: c.offset,
		}}},
	})
}

// readDate is nil where the expression says nothing, or nothing readable.
func readDate(expression string, night bool, c clock) *dated {
	date, err := edtf.Parse(expression)
	if expression == "" || err != nil {
		return nil
	}
	date = date.With(edtf.Options{Night: night})
	return &dated{date: date, hull: date.Interval(), clock: c}
}

func (p *parts) addPlace(v *tumenv1.PlaceValue) {
	if v.GetPlace() == "" {
		p.words()
		return
	}
	at := v.GetPart()
	if at == tumenv1.PlacePart_PLACE_PART_UNSPECIFIED {
		at = tumenv1.PlacePart_PLACE_PART_AT
	}
	p.list = append(p.list, part{
		kind: placePart,
		key:  keyOf(placePart, strconv.Itoa(int(at)), v.GetPlace()),
		value: &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{
			Places: []*tumenv1.PlaceValue{{Place: v.GetPlace(), Part: at}},
		}}},
	})
}

func (p *parts) addCount(c *tumenv1.Count) {
	if c == nil {
		return
	}
	if c.Low != nil {
		p.addBound(axis{}, float64(c.GetLow()), countValue(c.Low, nil))
	}
	if c.High != nil {
		p.addBound(axis{upper: true}, float64(c.GetHigh()), countValue(nil, c.High))
	}
}

func countValue(low, high *int64) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: copied(low), High: copied(high)}}}
}

func (p *parts) addComposition(c *tumenv1.Composition) {
	if c == nil {
		return
	}
	if c.LowPercent != nil {
		p.addBound(axis{share: true, group: c.GetGroup()}, c.GetLowPercent(),
			shareValue(c.GetGroup(), c.LowPercent, nil))
	}
	if c.HighPercent != nil {
		p.addBound(axis{share: true, group: c.GetGroup(), upper: true}, c.GetHighPercent(),
			shareValue(c.GetGroup(), nil, c.HighPercent))
	}
}

func shareValue(group string, low, high *float64) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Composition{Composition: &tumenv1.Composition{
		Group: group, LowPercent: copied(low), HighPercent: copied(high),
	}}}
}

func copied[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

func (p *parts) addBound(a axis, bound float64, v *tumenv1.Value) {
	if math.IsNaN(bound) {
		p.words()
		return
	}
	p.list = append(p.list, part{
		kind: threshold,
		key: keyOf(threshold, strconv.FormatBool(a.share), a.group, strconv.FormatBool(a.upper),
			strconv.FormatFloat(bound, 'g', -1, 64)),
		axis: a, bound: bound, value: v,
	})
}

func (p *parts) addResponsibility(r *tumenv1.Responsibility) {
	authority := strings.TrimSpace(r.GetAuthority())
	if authority == "" && r.GetAttitude() == tumenv1.OfficialAttitude_OFFICIAL_ATTITUDE_UNSPECIFIED {
		p.words()
		return
	}
	p.list = append(p.list, part{
		kind: attitude,
		key:  keyOf(attitude, authority, r.GetAttitude().String()),
		value: &tumenv1.Value{Kind: &tumenv1.Value_Responsibility{Responsibility: &tumenv1.Responsibility{
			Authority: authority, Attitude: r.GetAttitude(),
		}}},
	})
}

func (p *parts) addCustody(c *tumenv1.Custody) {
	if c.GetStatus() == "" {
		p.words()
		return
	}
	p.list = append(p.list, part{
		kind: custodyStatus,
		key:  keyOf(custodyStatus, c.GetStatus(), c.GetWhereabouts().String()),
		value: &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{
			Status: c.GetStatus(), Whereabouts: c.GetWhereabouts(),
		}}},
	})
}

func (p *parts) addParticipation(r *tumenv1.Participation) {
	if r.GetRole() == tumenv1.InvolvementRole_INVOLVEMENT_ROLE_UNSPECIFIED {
		p.words()
		return
	}
	p.list = append(p.list, part{
		kind: role,
		key:  keyOf(role, r.GetRole().String()),
		value: &tumenv1.Value{Kind: &tumenv1.Value_Participation{Participation: &tumenv1.Participation{
			Role: r.GetRole(),
		}}},
	})
}
