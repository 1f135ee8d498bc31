package verification

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// need is what an aspect wants of a determined value.
type need int

const (
	takesNone     need = iota // that it is so is all there is to say
	takesIfStated             // the subject says it; a value only where claims state one
	takesValue
)

// needOf: an occurrence takes no value. A participation has its role on the
// involvement already; a value is needed only where asserting claims state one.
// Everything else is nothing without a value.
func (w *weighing) needOf(a tumenv1.Aspect) need {
	switch a {
	case tumenv1.Aspect_ASPECT_OCCURRENCE:
		return takesNone
	case tumenv1.Aspect_ASPECT_PARTICIPATION:
		for _, claims := range w.bySource {
			for _, c := range claims {
				if c.GetStance() == tumenv1.Stance_STANCE_ASSERTS && c.GetValue().GetKind() != nil {
					return takesValue
				}
			}
		}
		return takesIfStated
	}
	return takesValue
}

// valueGaps: an outcome that affirms determines a value, unless the aspect takes
// none. The others may name the value that they are about: the one disputed,
// found inaccurate or not verifiable. A value that is given fits the aspect and
// says something.
func (w *weighing) valueGaps() []gap {
	aspect := w.Finding.GetAspect()
	need := w.needOf(aspect)
	value, protected := w.Conclusion.GetValue(), protectedValue(w.Situation)
	given := givesValue(w.Situation)
	words := AspectWords(aspect)
	switch {
	case need == takesNone && given:
		return []gap{missing("VALUE_NOT_TAKEN", "the aspect %s takes no value; leave it out", words)}
	case need == takesValue && !given && Affirms(w.outcome):
		return []gap{missing("VALUE_MISSING", "the outcome needs a determined value for the aspect %s", words)}
	case !given:
		return nil
	case value.GetKind() != nil && protected.GetKind() != nil, !fits(aspect, value, protected):
		return []gap{missing("VALUE_DOES_NOT_FIT", "the value is of another kind than the aspect %s", words)}
	case aspect == tumenv1.Aspect_ASPECT_PLACE && len(value.GetPlaces().GetPlaces()) > 1:
		return []gap{missing("VALUE_DOES_NOT_FIT", "the determined value is one place with its part; %d are given", len(value.GetPlaces().GetPlaces()))}
	case !says(value, protected):
		return []gap{missing("VALUE_MISSING", "the determined value for the aspect %s says nothing: words alone determine nothing", words)}
	case !readable(value.GetTime().GetEdtf()), !readable(protected.GetBirth().GetEdtf()):
		return []gap{missing("VALUE_NOT_READABLE", "the date of the determined value is not readable EDTF")}
	}
	return nil
}

// fits says whether a value is of its aspect's kind.
func fits(a tumenv1.Aspect, v *tumenv1.Value, p *tumenv1.ProtectedValue) bool {
	switch a {
	case tumenv1.Aspect_ASPECT_TIME:
		return v.GetTime() != nil
	case tumenv1.Aspect_ASPECT_PLACE:
		return v.GetPlaces() != nil
	case tumenv1.Aspect_ASPECT_COUNT:
		return v.GetCount() != nil
	case tumenv1.Aspect_ASPECT_COMPOSITION:
		return v.GetComposition() != nil
	case tumenv1.Aspect_ASPECT_RESPONSIBILITY:
		return v.GetResponsibility() != nil
	case tumenv1.Aspect_ASPECT_PARTICIPATION:
		return v.GetParticipation() != nil
	case tumenv1.Aspect_ASPECT_CUSTODY_STATUS:
		return v.GetCustody() != nil
	case tumenv1.Aspect_ASPECT_NAME:
		return p.GetName() != nil
	case tumenv1.Aspect_ASPECT_BIRTH:
		return p.GetBirth() != nil
	case tumenv1.Aspect_ASPECT_IDENTITY:
		return p.GetIdentity() != nil
	case tumenv1.Aspect_ASPECT_RELATION:
		return p.GetRelation() != nil
	}
	return false
}

// says says whether a value determines anything. A count may be one bound; the
// source's words bound nothing, except where the aspect knows only words.
func says(v *tumenv1.Value, p *tumenv1.ProtectedValue) bool {
	switch k := v.GetKind().(type) {
	case *tumenv1.Value_Time:
		return !blank(k.Time.GetEdtf())
	case *tumenv1.Value_Places:
		return len(k.Places.GetPlaces()) > 0 && !blank(k.Places.GetPlaces()[0].GetPlace())
	case *tumenv1.Value_Count:
		return k.Count != nil && (k.Count.Low != nil || k.Count.Best != nil || k.Count.High != nil)
	case *tumenv1.Value_Composition:
		c := k.Composition
		return c != nil && !blank(c.GetGroup()) && (c.LowPercent != nil || c.HighPercent != nil)
	case *tumenv1.Value_Responsibility:
		return !blank(k.Responsibility.GetAuthority()) || k.Responsibility.GetAttitude() != tumenv1.OfficialAttitude_OFFICIAL_ATTITUDE_UNSPECIFIED
	case *tumenv1.Value_Custody:
		return !blank(k.Custody.GetStatus()) || k.Custody.GetWhereabouts() != tumenv1.Whereabouts_WHEREABOUTS_UNSPECIFIED
	case *tumenv1.Value_Participation:
		return k.Participation.GetRole() != tumenv1.InvolvementRole_INVOLVEMENT_ROLE_UNSPECIFIED
	}
	switch k := p.GetKind().(type) {
	case *tumenv1.ProtectedValue_Name:
		return !blank(k.Name.GetText())
	case *tumenv1.ProtectedValue_Birth:
		return !blank(k.Birth.GetEdtf())
	case *tumenv1.ProtectedValue_Identity:
		return !blank(k.Identity.GetSameAs()) || !blank(k.Identity.GetWords())
	case *tumenv1.ProtectedValue_Relation:
		return !blank(k.Relation.GetPerson()) || !blank(k.Relation.GetKind())
	}
	return false
}

func readable(date string) bool {
	if date == "" {
		return true
	}
	_, err := edtf.Parse(date)
	return err == nil
}
