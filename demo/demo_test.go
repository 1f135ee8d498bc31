package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
	"tumen/service/gazetteer"
)

func refers(fd protoreflect.FieldDescriptor) bool {
	return proto.HasExtension(fd.Options(), annotations.E_ResourceReference)
}

// named gives the name behind a key; built-in places are named as they are.
func named(t *testing.T, from, key string, names map[string]string) string {
	if _, ok := gazetteer.Place(key); ok {
		return key
	}
	if names[key] == "" {
		t.Errorf("%s refers to %q, which is neither a key of the matter nor a built-in place", from, key)
	}
	return names[key]
}

func TestEveryRecordKeepsTheContract(t *testing.T) {
	for key, m := range matter(t) {
		if err := protovalidate.Validate(m); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestEveryDateAndCodeIsKnown(t *testing.T) {
	date := func(key, text string) {
		if _, err := edtf.Parse(text); text != "" && err != nil {
			t.Errorf("%s: %q: %v", key, text, err)
		}
	}
	for key, m := range matter(t) {
		switch r := m.(type) {
		case *tumenv1.Event:
			date(key, r.GetTime().GetEdtf())
			if _, ok := gazetteer.Term(tumenv1.Vocabulary_VOCABULARY_ACTS, r.GetAct()); !ok {
				t.Errorf("%s: no act %s", key, r.GetAct())
			}
		case *tumenv1.Source:
			date(key, r.GetPublished())
			if term, ok := gazetteer.Term(tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS, r.GetKind()); !ok || term.GetPersonal() {
				t.Errorf("%s: %s is no kind of public source", key, r.GetKind())
			}
		case *tumenv1.Claim:
			date(key, r.GetSaidOn())
			date(key, r.GetValue().GetTime().GetEdtf())
		case *tumenv1.Intervention:
			date(key, r.GetDate())
		}
	}
}

func TestEventsAreThoseOfTheMatter(t *testing.T) {
	records := matter(t)
	for key, want := range map[string]string{
		"E1": "refoulement 2023-10-09 night FROM jilin, FROM liaoning, TO north-korea",
		"E2": "detention 2020~/2023-10 AT china",
		"E3": "refoulement 2023-08-29 FROM china, TO north-korea",
		"E4": "refoulement 2023-09-18 FROM china, TO north-korea",
		"E5": "refoulement 2021-07 FROM china, TO north-korea",
	} {
		e, _ := records[key].(*tumenv1.Event)
		got := e.GetAct() + " " + says(&tumenv1.Value{Kind: &tumenv1.Value_Time{Time: e.GetTime()}}) + " " +
			says(&tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: e.GetPlaces()}}})
		if got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
		if e.GetPeople() != nil {
			t.Errorf("%s carries a figure of its own; the claims have them", key)
		}
	}
	principal := records["october-2023"].(*tumenv1.Case).GetPrincipalEvent()
	if principal != records["E1"].(*tumenv1.Event).GetName() {
		t.Errorf("the principal event is %s", principal)
	}
}

func TestSourcesSayOnWhatTheyRest(t *testing.T) {
	records := matter(t)
	keys := map[string]string{}
	for key, m := range records {
		if s, ok := m.(*tumenv1.Source); ok {
			keys[s.GetName()] = key
			if s.GetReliability() != 0 {
				t.Errorf("%s is graded; the matter grades nobody", key)
			}
		}
	}
	want := map[string]string{
		"S1": "ngo-statement OWN_CONTACTS", "S2": "news NOT_STATED", "S3": "news RELAYED QUOTES S1", "S4": "ngo-statement OWN_CONTACTS",
		"S5": "news RELAYED QUOTES S4 QUOTES S1", "S6": "ngo-report OWN_CONTACTS", "S7": "government-statement OFFICIAL_STATEMENT",
		"S8": "government-statement OFFICIAL_STATEMENT", "S9": "news RELAYED QUOTES S8 QUOTES S2 QUOTES S10", "S10": "un-statement OFFICIAL_STATEMENT",
		"S11": "news RELAYED QUOTES S1 QUOTES S7 QUOTES S8 QUOTES S10 QUOTES S12", "S12": "government-statement OFFICIAL_STATEMENT",
		"S13": "ngo-report NOT_STATED", "S14": "analysis RELAYED CITES S6 CITES S11",
	}
	if len(keys) != len(want) {
		t.Errorf("%d sources, want %d", len(keys), len(want))
	}
	for key, want := range want {
		s, _ := records[key].(*tumenv1.Source)
		got := s.GetKind() + " " + strings.TrimPrefix(s.GetBasis().String(), "BASIS_")
		for _, r := range s.GetRelays() {
			got += " " + strings.TrimPrefix(r.GetKind().String(), "RELAY_KIND_") + " " + keys[r.GetSource()]
		}
		if got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	tie, _ := records["T-S6-S4"].(*tumenv1.Tie)
	if keys[tie.GetA()] != "S6" || keys[tie.GetB()] != "S4" || tie.GetKind() != tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME {
		t.Errorf("S6 should be possibly the same as S4: %v", tie)
	}
}

func TestClaimsAreThoseOfTheMatter(t *testing.T) {
	records := matter(t)
	keys := map[string]string{}
	for key, m := range records {
		keys[m.ProtoReflect().Get(m.ProtoReflect().Descriptor().Fields().ByName("name")).String()] = key
	}
	var got []string
	for key, m := range records {
		c, ok := m.(*tumenv1.Claim)
		if !ok {
			continue
		}
		for _, s := range c.GetSubjects() {
			line := []string{keys[c.GetSource()], keys[s], strings.TrimPrefix(c.GetAspect().String(), "ASPECT_"), strings.TrimPrefix(c.GetStance().String(), "STANCE_")}
			if said := says(c.GetValue()); said != "" {
				line = append(line, said)
			}
			for _, r := range c.GetRelays() {
				line = append(line, "relays", keys[r])
			}
			got = append(got, strings.Join(line, " "))
		}
		if c.GetCredibility() != 0 {
			t.Errorf("%s is graded; the matter grades nothing", key)
		}
	}
	want := []string{
		"S1 E1 OCCURRENCE ASSERTS",
		"S1 E1 TIME ASSERTS 2023-10-09 night",
		"S1 E1 PLACE ASSERTS VIA dandong, VIA hunchun, FROM jilin, FROM liaoning",
		"S1 E1 COUNT ASSERTS 540-600-660",
		"S2 E1 COUNT ASSERTS 540-600-660",
		"S3 E1 COUNT ASSERTS 601-- relays S1",
		"S4 E1 OCCURRENCE ASSERTS",
		"S4 E1 TIME ASSERTS 2023-10-09 about 19:30+08:00",
		"S4 E1 PLACE ASSERTS VIA tumen, VIA hunchun, VIA changbai, VIA dandong, VIA nanping",
		"S4 E1 COUNT ASSERTS 501--",
		"S6 E1 OCCURRENCE ASSERTS",
		"S6 E1 PLACE ASSERTS VIA (five border crossings)",
		"S6 E1 COUNT ASSERTS 501--",
		"S6 E1 COMPOSITION ASSERTS women 50 % (mostly women)",
		"S6 E3 OCCURRENCE ASSERTS", "S6 E4 OCCURRENCE ASSERTS", "S6 E5 OCCURRENCE ASSERTS",
		"S6 E3 TIME ASSERTS 2023-08-29", "S6 E4 TIME ASSERTS 2023-09-18", "S6 E5 TIME ASSERTS 2021-07",
		"S6 E3 COUNT ASSERTS 80-80-80", "S6 E4 COUNT ASSERTS 40-40-40", "S6 E5 COUNT ASSERTS --49",
		"S4 E3 OCCURRENCE ASSERTS", "S4 E4 OCCURRENCE ASSERTS",
		"S4 E3 TIME ASSERTS 2023-08-29", "S4 E4 TIME ASSERTS 2023-09-18",
		"S7 E1 OCCURRENCE DENIES",
		"S8 E1 OCCURRENCE ASSERTS",
		"S8 E1 PLACE ASSERTS UNSPECIFIED (the three northeastern provinces)",
		"S8 E1 COUNT DOES_NOT_CONFIRM --",
		"S9 E1 COUNT ASSERTS 540-600-660 relays S2",
		"S10 E2 COUNT ASSERTS 2001--",
		"S12 E1 OCCURRENCE DOES_NOT_CONFIRM",
		"S13 E1 COUNT ASSERTS --600",
		"S13 E1 COMPOSITION ASSERTS women 70 % (over 70 % estimated to be women)",
		"S14 E1 COUNT ASSERTS 501-- relays S6",
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("nobody said: %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d things said, want %d", len(got), len(want))
	}
}

func TestEveryFigureHasItsWords(t *testing.T) {
	for key, m := range matter(t) {
		c, _ := m.(*tumenv1.Claim)
		if n := c.GetValue().GetCount(); n != nil && (n.GetWords() == "" || n.GetWordsLanguage() == "") {
			t.Errorf("%s gives a figure without the words it stands for", key)
		}
		if n := c.GetValue().GetCount(); n.GetTolerancePercent() != 0 && (n.GetLow() != n.GetBest()*9/10 || n.GetHigh() != n.GetBest()*11/10) {
			t.Errorf("%s: low and high do not include the tolerance", key)
		}
	}
}

// says is a value in one line.
func says(v *tumenv1.Value) string {
	bound := func(n *int64) string {
		if n == nil {
			return ""
		}
		return fmt.Sprint(*n)
	}
	switch k := v.GetKind().(type) {
	case *tumenv1.Value_Time:
		s := k.Time.GetEdtf()
		if k.Time.GetNight() {
			s += " night"
		}
		if k.Time.GetTimeOfDayApproximate() {
			s += " about"
		}
		if k.Time.GetTimeOfDay() != "" {
			s += " " + k.Time.GetTimeOfDay() + k.Time.GetUtcOffset()
		}
		return s
	case *tumenv1.Value_Places:
		var all []string
		for _, p := range k.Places.GetPlaces() {
			s := strings.TrimPrefix(p.GetPart().String(), "PLACE_PART_")
			if p.GetPlace() != "" {
				s += " " + strings.TrimPrefix(p.GetPlace(), "places/")
			} else {
				s += " (" + p.GetWords() + ")"
			}
			all = append(all, s)
		}
		return strings.Join(all, ", ")
	case *tumenv1.Value_Count:
		return bound(k.Count.Low) + "-" + bound(k.Count.Best) + "-" + bound(k.Count.High)
	case *tumenv1.Value_Composition:
		return fmt.Sprintf("%s %v %% (%s)", k.Composition.GetGroup(), k.Composition.GetLowPercent(), k.Composition.GetWords())
	}
	return ""
}
