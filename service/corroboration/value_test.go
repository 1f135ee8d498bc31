package corroboration_test

import (
	"fmt"
	"math"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

func share(group string, low, high *float64) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Composition{Composition: &tumenv1.Composition{
		Group: group, LowPercent: low, HighPercent: high,
	}}}
}

func percent(f float64) *float64 { return &f }

func attitude(authority string, a tumenv1.OfficialAttitude) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Responsibility{Responsibility: &tumenv1.Responsibility{
		Authority: authority, Attitude: a,
	}}}
}

func custody(status string, w tumenv1.Whereabouts) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{Status: status, Whereabouts: w}}}
}

func takingPart(r tumenv1.InvolvementRole) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Participation{Participation: &tumenv1.Participation{Role: r}}}
}

func clocked(edtf, at string, about bool) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{
		Edtf: edtf, TimeOfDay: at, TimeOfDayApproximate: about,
	}}}
}

func personName(text string, k tumenv1.NameKind) *tumenv1.ProtectedValue {
	return &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: text, Kind: k}}}
}

func born(edtf string) *tumenv1.ProtectedValue {
	return &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Birth{Birth: &tumenv1.Birth{Edtf: edtf}}}
}

func sameAs(person string) *tumenv1.ProtectedValue {
	return &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Identity{Identity: &tumenv1.IdentityValue{SameAs: person}}}
}

func related(kind, person string) *tumenv1.ProtectedValue {
	return &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Relation{Relation: &tumenv1.Relation{Kind: kind, Person: person}}}
}

const (
	deniesAct     = tumenv1.OfficialAttitude_OFFICIAL_ATTITUDE_DENIES_ACT
	acknowledges  = tumenv1.OfficialAttitude_OFFICIAL_ATTITUDE_ACKNOWLEDGES
	notDisclosed  = tumenv1.Whereabouts_WHEREABOUTS_NOT_DISCLOSED
	alleged       = tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM
	witness       = tumenv1.InvolvementRole_INVOLVEMENT_ROLE_WITNESS
	legalName     = tumenv1.NameKind_NAME_KIND_LEGAL
	alias         = tumenv1.NameKind_NAME_KIND_ALIAS
	anyNameKind   = tumenv1.NameKind_NAME_KIND_UNSPECIFIED
	anywhere      = tumenv1.Whereabouts_WHEREABOUTS_UNSPECIFIED
	anyAttitude   = tumenv1.OfficialAttitude_OFFICIAL_ATTITUDE_UNSPECIFIED
	anyone        = ""
	chineseSpeech = "the foreign ministry"
)

func TestEntails(t *testing.T) {
	best := int64(600)
	onlyBest := &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Best: &best}}}
	inWords := &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Words: "hundreds"}}}
	for _, c := range []struct {
		name         string
		claim, value *tumenv1.Value
		lasting      bool
		want         bool
	}{
		{"more than 600 is at least 501", low(601), low(501), false, true},
		{"more than 500 is not at least 540", low(501), low(540), false, false},
		{"about 600 is at least 501", about600(), low(501), false, true},
		{"about 600 is not at most 600", about600(), high(600), false, false},
		{"at most 600 is not at least anything", high(600), low(1), false, false},
		{"580 to 600 is within 501 to 600", fromTo(580, 600), fromTo(501, 600), false, true},
		{"at least 580 alone is not", low(580), fromTo(501, 600), false, false},
		{"a best figure bounds nothing", onlyBest, low(1), false, false},
		{"and is entailed by nothing", about600(), onlyBest, false, false},
		{"words bound nothing", inWords, low(1), false, false},
		{"words are entailed by nothing", inWords, inWords, false, false},
		{"a day is in its month", when("2023-10-09"), when("2023-10"), false, true},
		{"a month is not on a day", when("2023-10"), when("2023-10-09"), false, false},
		{"one of two days is in the month", when("[2023-10-09,2023-10-11]"), when("2023-10"), false, true},
		{"between two days is not one of them", when("2023-10-09/2023-10-11"), when("[2023-10-09,2023-10-11]"), false, false},
		{"a momentary act in 2020-12 lies in 2020/2021", when("2020-12"), when("2020/2021"), false, true},
		{"a detention within 2020-12 does not last from 2020 to 2021", when("2020-12"), when("2020/2021"), true, false},
		{"one from 2020-03 to 2021-02 does", when("2020-03/2021-02"), when("2020/2021"), true, true},
		{"half past seven is about half past seven", clocked("2023-10-09", "19:30", false), clocked("2023-10-09", "19:30", true), false, true},
		{"about half past seven is not half past seven", clocked("2023-10-09", "19:30", true), clocked("2023-10-09", "19:30", false), false, false},
		{"a day says no time of day", when("2023-10-09"), clocked("2023-10-09", "19:30", true), false, false},
		{"a date that cannot be read says nothing", when("soon"), when("2023"), false, false},
		{"a town is in its province", places(via("hunchun")), places(via("jilin")), false, true},
		{"a province is in none of its towns", places(via("jilin")), places(via("hunchun")), false, false},
		{"the part must be the same", places(from("hunchun")), places(via("hunchun")), false, false},
		{"no part means at", places(at("hunchun")), places(place("hunchun", tumenv1.PlacePart_PLACE_PART_AT)), false, true},
		{"one of the places is enough", places(via("tumen"), via("hunchun")), places(via("hunchun")), false, true},
		{"all places of the value are wanted", places(via("tumen")), places(via("tumen"), via("hunchun")), false, false},
		{"a place in words is entailed by nothing", places(via("tumen")), places(via("tumen"), &tumenv1.PlaceValue{Words: "near"}), false, false},
		{"over 80 % are over 70 %", share("women", percent(80), nil), share("women", percent(70), nil), false, true},
		{"of the same group", share("children", percent(80), nil), share("women", percent(70), nil), false, false},
		{"an attitude is that attitude", attitude(chineseSpeech, deniesAct), attitude(anyone, deniesAct), false, true},
		{"of that authority", attitude("another", deniesAct), attitude(chineseSpeech, deniesAct), false, false},
		{"and no other", attitude(chineseSpeech, deniesAct), attitude(chineseSpeech, acknowledges), false, false},
		{"held, whereabouts not disclosed, is held", custody("held", notDisclosed), custody("held", anywhere), false, true},
		{"held does not say that they are not disclosed", custody("held", anywhere), custody("held", notDisclosed), false, false},
		{"held is not deported", custody("held", anywhere), custody("deported", anywhere), false, false},
		{"a victim is that", takingPart(alleged), takingPart(alleged), false, true},
		{"a victim is no witness", takingPart(alleged), takingPart(witness), false, false},
		{"nothing entails nothing", nil, nil, false, false},
		{"another kind of value", low(1), when("2023"), false, false},
	} {
		e := corroboration.Evidence{Lasting: c.lasting, Contains: octoberContains}
		if got := e.Entails(c.claim, c.value); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

func TestEntailsProtected(t *testing.T) {
	for _, c := range []struct {
		name         string
		claim, value *tumenv1.ProtectedValue
		want         bool
	}{
		{"the same name", personName("A", legalName), personName("A", legalName), true},
		{"whatever its kind", personName("A", alias), personName("A", anyNameKind), true},
		{"of another kind", personName("A", anyNameKind), personName("A", alias), false},
		{"another name", personName("A", legalName), personName("B", legalName), false},
		{"born in that year", born("1985-03"), born("1985"), true},
		{"born that month", born("1985"), born("1985-03"), false},
		{"that person", sameAs("persons/a"), sameAs("persons/a"), true},
		{"another person", sameAs("persons/a"), sameAs("persons/b"), false},
		{"an identity in words", sameAs(""), sameAs(""), false},
		{"mother of that person", related("mother", "persons/a"), related("mother", "persons/a"), true},
		{"mother of somebody", related("mother", "persons/a"), related("mother", ""), true},
		{"mother of whom is not said", related("mother", ""), related("mother", "persons/a"), false},
		{"sister", related("mother", "persons/a"), related("sister", "persons/a"), false},
	} {
		if got := corroboration.EntailsProtected(c.claim, c.value); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// For each aspect: of two sources that assert one value, one that asserts
// another, one that denies and one that does not confirm.
func TestAspectsAndStances(t *testing.T) {
	for aspect, c := range map[tumenv1.Aspect]struct {
		one, other       *tumenv1.Value
		said, otherwise  *tumenv1.ProtectedValue
		label            string
		values, agreeing int // how many are listed
	}{
		tumenv1.Aspect_ASPECT_OCCURRENCE:     {},
		tumenv1.Aspect_ASPECT_TIME:           {one: when("2023-10-09"), other: when("2023-11"), label: "2023-10-09", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_PLACE:          {one: places(via("tumen")), other: places(via("dandong")), label: "via places/tumen", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_COUNT:          {one: low(501), other: high(80), label: "at least 501", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_COMPOSITION:    {one: share("women", percent(70), nil), other: share("women", nil, percent(50)), label: "women: at least 70 %", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_RESPONSIBILITY: {one: attitude("", deniesAct), other: attitude("", acknowledges), label: "denies act", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_PARTICIPATION:  {one: takingPart(alleged), other: takingPart(witness), label: "alleged victim", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_CUSTODY_STATUS: {one: custody("held", notDisclosed), other: custody("released", anywhere), label: "held, whereabouts not disclosed", values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_NAME:           {said: personName("A", legalName), otherwise: personName("B", legalName), values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_BIRTH:          {said: born("1985"), otherwise: born("1990"), values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_IDENTITY:       {said: sameAs("persons/a"), otherwise: sameAs("persons/b"), values: 2, agreeing: 2},
		tumenv1.Aspect_ASPECT_RELATION:       {said: related("son", "persons/a"), otherwise: related("son", "persons/b"), values: 2, agreeing: 2},
	} {
		t.Run(aspect.String(), func(t *testing.T) {
			m := newMatter(aspect)
			for _, k := range []string{"A", "B", "C", "D", "E"} {
				m.source(k, ownContacts)
			}
			m.claim("A", asserts, c.one).ProtectedValue = c.said
			m.claim("B", asserts, c.one).ProtectedValue = c.said
			m.claim("C", asserts, c.other).ProtectedValue = c.otherwise
			m.claim("D", denies, c.one).ProtectedValue = c.said
			m.claim("E", doesNotConfirm, nil)
			m.Value, m.Protected = c.one, c.said
			s := m.assess()
			want(t, "supporting", ranged(s.GetSupporting()), "3 to 3")
			want(t, "denying", ranged(s.GetDenying()), "1 to 1")
			want(t, "denying origins", countedOrigins(s.GetDenying()), "D")
			want(t, "not confirming", ranged(s.GetNotConfirming()), "1 to 1")
			want(t, "not confirming origins", countedOrigins(s.GetNotConfirming()), "E")
			if len(s.GetValues()) != c.values || len(s.GetAgreement()) != c.agreeing {
				t.Fatalf("values %v, agreement %v", s.GetValues(), s.GetAgreement())
			}
			if c.values == 0 {
				return
			}
			determined := 0
			for _, v := range s.GetValues() {
				if (v.GetValue() == nil) != (c.said != nil) {
					t.Errorf("the value is shown unless it is a person's: %v", v)
				}
				if !v.GetDetermined() {
					want(t, "the other", ranged(v.GetSupport()), "1 to 1")
					continue
				}
				determined++
				want(t, "label", v.GetLabel(), c.label)
				want(t, "asserted by", short(v.GetAssertedBy()), "A B")
				want(t, "determined", ranged(v.GetSupport()), "2 to 2")
				want(t, "left out", leftOut(v.GetSupport(), "C"), "does_not_entail")
			}
			if determined != 1 {
				t.Errorf("%d determined values", determined)
			}
			if a := s.GetAgreement()[0]; short(a.GetOrigins()) != "A B" || a.GetAtLeast() != 2 || a.GetAtMost() != 2 {
				t.Errorf("best supported first: %v", a)
			}
			alone := corroboration.ValueFor(m.Evidence, c.one)
			if c.said != nil {
				alone = corroboration.ProtectedValueFor(m.Evidence, c.said)
			}
			want(t, "alone", ranged(alone), "2 to 2")
		})
	}
}

func TestDeterminedValueThatNobodyStates(t *testing.T) {
	m := octoberCount()
	m.Value = fromTo(501, 660)
	v := m.assess().GetValues()[0]
	want(t, "label", v.GetLabel(), "501-660")
	want(t, "bounds", ranged(v.GetSupport()), "1 to 2")
	want(t, "origins", countedOrigins(v.GetSupport()), "S1 S2")
	if !v.GetDetermined() || len(v.GetAssertedBy()) != 0 {
		t.Errorf("%v", v)
	}
}

func TestRelayThatDiffers(t *testing.T) {
	for _, c := range []struct {
		name            string
		origin, origin2 *tumenv1.Value
		relay           *tumenv1.Value
		differs         bool
	}{
		{"says the same", low(501), nil, low(501), false},
		{"says less", low(501), nil, low(300), false},
		{"says more", low(501), nil, low(601), true},
		{"adds a bound", low(501), nil, fromTo(501, 600), true},
		{"joins two claims of its origin", low(501), high(600), fromTo(501, 600), false},
		{"is words alone", low(501), nil, nil, false},
		{"puts a number to words", nil, nil, low(501), true},
	} {
		m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
		m.source("A", ownContacts)
		m.source("R", relayed, "A")
		m.claim("A.1", asserts, c.origin)
		if c.origin2 != nil {
			m.claim("A.2", asserts, c.origin2)
		}
		m.claim("R", asserts, c.relay, "A")
		if got := len(m.assess().GetFlags()) == 1; got != c.differs {
			t.Errorf("a relay that %s: flagged is %v", c.name, got)
		}
		agreesWithSlow(t, m)
	}
}

func TestRelayedPlaceThatDiffers(t *testing.T) {
	m := octoberPlace()
	m.claim("S5", asserts, places(via("hunchun"), via("yanji")), "S1", "S4")
	s := m.assess()
	if f := s.GetFlags(); len(f) != 2 || f[0].GetOrigin() != "sources/S1" || f[1].GetOrigin() != "sources/S4" {
		t.Errorf("neither of the two named Yanji: %v", f)
	}
	want(t, "Yanji", ranged(valueLabelled(s, "via places/yanji").GetSupport()), "0 to 0")
	want(t, "S5 backs no value", leftOut(valueLabelled(s, "via places/hunchun").GetSupport(), "S5"), "differs_from_origin S1")
	for _, a := range s.GetAgreement() {
		if a.GetLabel() == "via places/yanji" {
			t.Errorf("a flagged relay joins no agreeing set: %v", a)
		}
	}
}

// What is not filled in, or makes no sense, says nothing and harms nobody.
func TestValuesThatSayNothing(t *testing.T) {
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	for i, v := range []*tumenv1.Value{
		{},
		{Kind: &tumenv1.Value_Time{}},
		{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{nil}}}},
		{Kind: &tumenv1.Value_Count{}},
		{Kind: &tumenv1.Value_Composition{}},
		share("women", percent(math.NaN()), percent(math.NaN())),
		when("2023-02-3X"),
		{Kind: &tumenv1.Value_Responsibility{}},
		{Kind: &tumenv1.Value_Custody{}},
		{Kind: &tumenv1.Value_Participation{}},
	} {
		if m.Entails(v, v) {
			t.Errorf("%d entails something: %v", i, v)
		}
		key := fmt.Sprintf("s%d", i)
		m.source(key, ownContacts)
		m.claim(key, asserts, v)
		want(t, "alone", ranged(corroboration.ValueFor(m.Evidence, v)), "0 to 0")
	}
	m.source("upside-down", ownContacts)
	m.claim("upside-down", asserts, fromTo(9, 1))
	s := m.assess()
	want(t, "speaking to it", ranged(s.GetSupporting()), "11 to 11")
	want(t, "at least 9", ranged(valueLabelled(s, "at least 9").GetSupport()), "1 to 1")
	if len(s.GetAgreement()) != 0 {
		t.Errorf("agreement: %v", s.GetAgreement())
	}
}
