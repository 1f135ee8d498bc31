package corroboration

import (
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// Entails says whether what a claim says can be true only if value is: its
// interval lies inside, its place is that place or within it and has the same
// part, its attitude, status or role is the same. What value leaves unsaid
// (whereabouts, an authority) is not asked for; a time of day that it states
// is. A value that is words alone, or in part, is entailed by nothing. Of the
// evidence Entails uses Lasting and Contains alone.
func (e Evidence) Entails(claim, value *tumenv1.Value) bool {
	return e.entailsAll(partsOf(claim, nil).list, partsOf(value, nil))
}

// EntailsProtected is Entails for what is said of a person: a name with its
// kind, an identity and a relation by equality, a birth by its interval. What
// value leaves unsaid (the kind of a name, the other person) is not asked for.
func EntailsProtected(claim, value *tumenv1.ProtectedValue) bool {
	return Evidence{}.entailsAll(partsOf(nil, claim).list, partsOf(nil, value))
}

// entailsAll says whether each part of a value is entailed by a part of what
// is said.
func (e Evidence) entailsAll(said []part, value parts) bool {
	if len(value.list) == 0 || !value.whole {
		return false
	}
	for i := range value.list {
		if !e.entailsPart(said, &value.list[i]) {
			return false
		}
	}
	return true
}

func (e Evidence) entailsPart(said []part, value *part) bool {
	for i := range said {
		if e.entails(&said[i], value) {
			return true
		}
	}
	return false
}

// entails says whether part a can be true only if b is. It is transitive.
func (e Evidence) entails(a, b *part) bool {
	switch {
	case a.kind != b.kind:
		return false
	case a.key == b.key:
		return true
	}
	switch a.kind {
	case threshold:
		if a.axis != b.axis {
			return false
		}
		if a.axis.upper {
			return a.bound <= b.bound
		}
		return a.bound >= b.bound
	case moment:
		return a.date.clock.entails(b.date.clock) && e.entailsDate(a.date, b.date, e.Lasting)
	case birth:
		return e.entailsDate(a.date, b.date, false)
	case placePart:
		x, y := a.value.GetPlaces().GetPlaces()[0], b.value.GetPlaces().GetPlaces()[0]
		return x.GetPart() == y.GetPart() && e.Contains != nil && e.Contains(y.GetPlace(), x.GetPlace())
	case attitude:
		x, y := a.value.GetResponsibility(), b.value.GetResponsibility()
		return unsaidOrEqual(y.GetAuthority(), x.GetAuthority()) && unsaidOrEqual(y.GetAttitude(), x.GetAttitude())
	case custodyStatus:
		x, y := a.value.GetCustody(), b.value.GetCustody()
		return x.GetStatus() == y.GetStatus() && unsaidOrEqual(y.GetWhereabouts(), x.GetWhereabouts())
	case name:
		x, y := a.said.GetName(), b.said.GetName()
		return strings.TrimSpace(x.GetText()) == strings.TrimSpace(y.GetText()) && unsaidOrEqual(y.GetKind(), x.GetKind())
	case relation:
		x, y := a.said.GetRelation(), b.said.GetRelation()
		return x.GetKind() == y.GetKind() && unsaidOrEqual(y.GetPerson(), x.GetPerson())
	}
	return false
}

func unsaidOrEqual[T comparable](value, claim T) bool {
	var unsaid T
	return value == unsaid || value == claim
}

// entails says whether a time of day is the one wanted; "about" is entailed by
// the exact one, but not the other way round.
func (c clock) entails(value clock) bool {
	if value.at == "" {
		return true
	}
	return c.at == value.at && unsaidOrEqual(value.offset, c.offset) && (value.approximate || !c.approximate)
}

func (e Evidence) entailsDate(a, b *dated, lasting bool) bool {
	if a.hull.Empty() || b.hull.Empty() {
		return false
	}
	if lasting {
		return edtf.EntailsLasting(a.date, b.date)
	}
	// The hull decides most pairs without following the dates day by day.
	if !b.hull.Contains(a.hull) {
		return false
	}
	if b.date.Precision() == edtf.PrecisionTime && a.date.String() != b.date.String() {
		return false // a day entails no time of day
	}
	return edtf.Entails(a.date, b.date)
}
