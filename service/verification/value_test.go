package verification

import (
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

func places(names ...string) *tumenv1.Value {
	p := &tumenv1.Places{}
	for _, n := range names {
		p.Places = append(p.Places, &tumenv1.PlaceValue{Place: n})
	}
	return &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: p}}
}

func date(s string) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{Edtf: s}}}
}

func count(c *tumenv1.Count) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: c}}
}

func percentage(p float64) *float64 { return &p }

func number(n int64) *int64 { return &n }

var good = map[tumenv1.Aspect]struct {
	value     *tumenv1.Value
	protected *tumenv1.ProtectedValue
}{
	tumenv1.Aspect_ASPECT_TIME:  {value: date("2023-10-09")},
	tumenv1.Aspect_ASPECT_PLACE: {value: places("places/hunchun")},
	tumenv1.Aspect_ASPECT_COUNT: {value: atLeast501()},
	tumenv1.Aspect_ASPECT_COMPOSITION: {value: &tumenv1.Value{Kind: &tumenv1.Value_Composition{
		Composition: &tumenv1.Composition{Group: "women", LowPercent: percentage(70)}}}},
	tumenv1.Aspect_ASPECT_RESPONSIBILITY: {value: &tumenv1.Value{Kind: &tumenv1.Value_Responsibility{
		Responsibility: &tumenv1.Responsibility{Authority: "border guard"}}}},
	tumenv1.Aspect_ASPECT_PARTICIPATION: {value: &tumenv1.Value{Kind: &tumenv1.Value_Participation{
		Participation: &tumenv1.Participation{Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_WITNESS}}}},
	tumenv1.Aspect_ASPECT_CUSTODY_STATUS: {value: &tumenv1.Value{Kind: &tumenv1.Value_Custody{
		Custody: &tumenv1.Custody{Status: "held"}}}},
	tumenv1.Aspect_ASPECT_NAME: {protected: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{
		Name: &tumenv1.PersonName{Text: "A"}}}},
	tumenv1.Aspect_ASPECT_BIRTH: {protected: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Birth{
		Birth: &tumenv1.Birth{Edtf: "1980~"}}}},
	tumenv1.Aspect_ASPECT_IDENTITY: {protected: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Identity{
		Identity: &tumenv1.IdentityValue{SameAs: "persons/p"}}}},
	tumenv1.Aspect_ASPECT_RELATION: {protected: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Relation{
		Relation: &tumenv1.Relation{Person: "persons/p", Kind: "mother"}}}},
}

// on gives the October matter with its claims on another aspect.
func on(a tumenv1.Aspect) *matter {
	m := october()
	m.aspect = a
	for _, c := range m.claims {
		c.Aspect = a
	}
	return m
}

// Every aspect against the value of every other, for every outcome.
func TestValueFitsItsAspect(t *testing.T) {
	for number := range tumenv1.Aspect_name {
		aspect := tumenv1.Aspect(number)
		if aspect == tumenv1.Aspect_ASPECT_UNSPECIFIED {
			continue
		}
		for outcome := tumenv1.FindingState(4); outcome <= 9; outcome++ {
			check := func(value *tumenv1.Value, protected *tumenv1.ProtectedValue) error {
				m := on(aspect)
				m.claims[claimName("s1")].Basis = tumenv1.Basis_BASIS_FIRST_HAND
				m.source("s20", tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Reliability_RELIABILITY_B)
				m.claim("s20", tumenv1.Stance_STANCE_DENIES, tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE)
				c := concluded(outcome)
				addressing("s7", "s20")(nil, c)
				if outcome == inaccurate {
					contrary("s20")(nil, c)
				}
				c.Value, c.ProtectedValue = value, protected
				s := m.situation(c)
				err := CheckPropose(s)
				p := proposed(s)
				// The value for a person moves to the finding when it is proposed.
				p.Conclusion.ProtectedValue = nil
				if again := CheckApprove(p); (err == nil) != (again == nil) {
					t.Errorf("%s, %s: proposing gives %v, approving %v", AspectWords(aspect), Words(outcome), err, again)
				}
				return err
			}
			for of, v := range good {
				err := check(v.value, v.protected)
				switch {
				case aspect == tumenv1.Aspect_ASPECT_OCCURRENCE:
					wantReason(t, err, "VALUE_NOT_TAKEN")
				case of != aspect:
					wantReason(t, err, "VALUE_DOES_NOT_FIT")
				default:
					wantReason(t, err, "")
				}
			}
			needs := Affirms(outcome) && aspect != tumenv1.Aspect_ASPECT_OCCURRENCE && aspect != tumenv1.Aspect_ASPECT_PARTICIPATION
			reason := ""
			if needs {
				reason = "VALUE_MISSING"
			}
			wantReason(t, check(nil, nil), reason)
			wantReason(t, check(&tumenv1.Value{}, &tumenv1.ProtectedValue{}), reason)
		}
	}
}

func TestValueSaysSomething(t *testing.T) {
	emptyBirth := &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Birth{Birth: &tumenv1.Birth{Words: "a child"}}}
	badBirth := &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Birth{Birth: &tumenv1.Birth{Edtf: "1980-13"}}}
	emptyName := &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: " "}}}
	for _, row := range []struct {
		name      string
		aspect    tumenv1.Aspect
		value     *tumenv1.Value
		protected *tumenv1.ProtectedValue
		reason    string
	}{
		{"low bound alone", tumenv1.Aspect_ASPECT_COUNT, count(&tumenv1.Count{Low: number(501)}), nil, ""},
		{"high bound alone", tumenv1.Aspect_ASPECT_COUNT, count(&tumenv1.Count{High: number(600)}), nil, ""},
		{"best alone", tumenv1.Aspect_ASPECT_COUNT, count(&tumenv1.Count{Best: number(550)}), nil, ""},
		{"at least none", tumenv1.Aspect_ASPECT_COUNT, count(&tumenv1.Count{Low: number(0)}), nil, ""},
		{"words alone bound nothing", tumenv1.Aspect_ASPECT_COUNT, count(&tumenv1.Count{Words: "hundreds"}), nil, "VALUE_MISSING"},
		{"no count in it", tumenv1.Aspect_ASPECT_COUNT, &tumenv1.Value{Kind: &tumenv1.Value_Count{}}, nil, "VALUE_DOES_NOT_FIT"},
		{"group without a share", tumenv1.Aspect_ASPECT_COMPOSITION, &tumenv1.Value{Kind: &tumenv1.Value_Composition{
			Composition: &tumenv1.Composition{Group: "women", Words: "mostly women"}}}, nil, "VALUE_MISSING"},
		{"two places", tumenv1.Aspect_ASPECT_PLACE, places("places/hunchun", "places/tumen"), nil, "VALUE_DOES_NOT_FIT"},
		{"no place", tumenv1.Aspect_ASPECT_PLACE, places(), nil, "VALUE_MISSING"},
		{"a place in words", tumenv1.Aspect_ASPECT_PLACE, places(""), nil, "VALUE_MISSING"},
		{"no date", tumenv1.Aspect_ASPECT_TIME, date(""), nil, "VALUE_MISSING"},
		{"30 February", tumenv1.Aspect_ASPECT_TIME, date("2023-02-30"), nil, "VALUE_NOT_READABLE"},
		{"an uncertain date", tumenv1.Aspect_ASPECT_TIME, date("2020~/2023-10"), nil, ""},
		{"birth in words", tumenv1.Aspect_ASPECT_BIRTH, nil, emptyBirth, "VALUE_MISSING"},
		{"birth in month 13", tumenv1.Aspect_ASPECT_BIRTH, nil, badBirth, "VALUE_NOT_READABLE"},
		{"empty name", tumenv1.Aspect_ASPECT_NAME, nil, emptyName, "VALUE_MISSING"},
		{"both kinds of value", tumenv1.Aspect_ASPECT_NAME, date("2023"), good[tumenv1.Aspect_ASPECT_NAME].protected, "VALUE_DOES_NOT_FIT"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := concluded(supported)
			c.Value, c.ProtectedValue = row.value, row.protected
			wantReason(t, CheckPropose(on(row.aspect).situation(c)), row.reason)
		})
	}
}

func TestParticipationTakesAValueWhereClaimsStateOne(t *testing.T) {
	m := on(tumenv1.Aspect_ASPECT_PARTICIPATION)
	wantReason(t, CheckPropose(m.situation(concluded(supported))), "")
	m.claims[claimName("s4")].Value = good[tumenv1.Aspect_ASPECT_PARTICIPATION].value
	wantReason(t, CheckPropose(m.situation(concluded(supported))), "VALUE_MISSING")
}

func TestUnknownAspectIsRefused(t *testing.T) {
	for _, a := range []tumenv1.Aspect{0, -1, 99} {
		wantReason(t, CheckPropose(on(a).situation(concluded(unverified))), "ASPECT_UNKNOWN")
	}
}

// The value for a person may stand in the conclusion, or already where the
// finding keeps it.
func TestValueForAPersonInEitherPlace(t *testing.T) {
	value := good[tumenv1.Aspect_ASPECT_NAME].protected
	s := on(tumenv1.Aspect_ASPECT_NAME).situation(concluded(supported))
	wantReason(t, CheckPropose(s), "VALUE_MISSING")
	s.Finding.ProtectedValue = value
	wantReason(t, CheckPropose(s), "")
	s.Finding.ProtectedValue, s.Conclusion.ProtectedValue = nil, value
	wantReason(t, CheckPropose(s), "")
}

// A value that only one origin entails is not corroborated, however many speak
// to the aspect.
func TestOnlyEntailingClaimsCount(t *testing.T) {
	c := concluded(supported)
	c.Value, c.AddressedDenials = atLeast501(), nil // nobody denies the count
	wantReason(t, CheckPropose(counts().situation(c, "s1", "s4", "s13")), "")
	f := wantReason(t, CheckPropose(counts().situation(c, "s1", "s13")), "ORIGINS_TOO_FEW")
	if f.Metadata["at_least"] != "1" {
		t.Errorf("at_least %s, want 1", f.Metadata["at_least"])
	}
	s := counts().situation(c)
	s.ForValue = nil // the caller says nothing of the value: nobody entails it
	wantReason(t, CheckPropose(s), "ORIGINS_TOO_FEW")
}

func TestDisagreeingValues(t *testing.T) {
	s1, s4, s13 := claimName("s1"), claimName("s4"), claimName("s13")
	apart := [][]string{{s1, s4}, {s13}}
	chain := [][]string{{s1, s4}, {s4, s13}}
	for _, row := range []struct {
		name    string
		sets    [][]string
		outcome tumenv1.FindingState
		value   bool
		entails []string
		change  change
		reason  string
	}{
		{"all agree", [][]string{{s1, s4, s13}}, disputed, true, []string{"s1", "s4"}, nil, "NOTHING_DISPUTES_IT"},
		{"S13 apart", apart, disputed, true, []string{"s1", "s4"}, nil, ""},
		{"S13 apart, no value determined", apart, disputed, false, nil, nil, ""},
		{"S13 meets one that entails", chain, disputed, true, []string{"s1", "s4"}, nil, "NOTHING_DISPUTES_IT"},
		{"S13 meets none that entails", chain, disputed, true, []string{"s1"}, nil, ""},
		{"S13 apart but graded 5", apart, disputed, true, []string{"s1", "s4"}, belief("s13", 5), "NOTHING_DISPUTES_IT"},
		{"S13 apart but graded E, no value", apart, disputed, false, nil, grade("s13", 5), "NOTHING_DISPUTES_IT"},
		{"a claim in no set neither agrees nor disagrees", [][]string{{s1, s4}}, disputed, false, nil, nil, "NOTHING_DISPUTES_IT"},

		{"found inaccurate by another value", apart, inaccurate, true, []string{"s1", "s4"}, contrary("s13"), ""},
		{"found inaccurate by the value itself", apart, inaccurate, true, []string{"s1", "s4"}, contrary("s1"), "CONTRARY_DOES_NOT_CONTRADICT"},
		{"found inaccurate by one that agrees", chain, inaccurate, true, []string{"s1", "s4"}, contrary("s13"), "CONTRARY_DOES_NOT_CONTRADICT"},
		{"found inaccurate by an authority's value", apart, inaccurate, true, []string{"s1", "s4"}, both(contrary("s13"), func(m *matter, _ *tumenv1.Conclusion) {
			m.sources["sources/s13"].Basis = tumenv1.Basis_BASIS_OFFICIAL_STATEMENT
		}), "CONTRARY_ONLY_OFFICIAL"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, c := counts(), concluded(row.outcome)
			m.sets = row.sets
			if row.value {
				c.Value = atLeast501()
			}
			if row.change != nil {
				row.change(m, c)
			}
			s := m.situation(c, row.entails...)
			wantReason(t, CheckPropose(s), row.reason)
			wantReason(t, CheckApprove(proposed(s)), row.reason)
		})
	}
}
