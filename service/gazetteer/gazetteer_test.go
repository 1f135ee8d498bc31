package gazetteer_test

import (
	"math"
	"slices"
	"testing"
	"unicode"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/gazetteer"
)

func place(t *testing.T, name string) *tumenv1.Place {
	t.Helper()
	p, ok := gazetteer.Place(name)
	if !ok {
		t.Fatalf("no built-in place %s", name)
	}
	return p
}

// chain lists what contains a place, from the inside out.
func chain(t *testing.T, p *tumenv1.Place) []string {
	t.Helper()
	var containers []string
	for p.GetContainedIn() != "" {
		if len(containers) > 10 {
			t.Fatalf("%s is contained in itself, or in too much: %v", p.GetName(), containers)
		}
		containers = append(containers, p.GetContainedIn())
		p = place(t, p.GetContainedIn())
	}
	return containers
}

func TestTownsHaveTheirGeoNamesIDs(t *testing.T) {
	for name, want := range map[string]struct{ id, country string }{
		"hunchun": {"2036653", "china"}, "tumen": {"2034340", "china"}, "dandong": {"2037886", "china"},
		"helong": {"2036933", "china"}, "changbai": {"2038185", "china"}, "jian": {"2036579", "china"},
		"longjing": {"2035966", "china"}, "linjiang": {"2036069", "china"}, "yanji": {"2033467", "china"},
		"onsong": {"2042267", "north-korea"}, "namyang": {"2042503", "north-korea"}, "musan": {"2042738", "north-korea"},
		"hoeryong": {"2044091", "north-korea"}, "sinuiju": {"2040893", "north-korea"}, "hyesan": {"2043837", "north-korea"},
		"manpo": {"2042893", "north-korea"}, "kyongwon": {"2042985", "north-korea"}, "chongjin": {"2044757", "north-korea"},
	} {
		p := place(t, "places/"+name)
		if p.GetGeonamesId() != want.id {
			t.Errorf("%s has GeoNames id %q, want %s", name, p.GetGeonamesId(), want.id)
		}
		if p.GetLocation() == nil {
			t.Errorf("%s has an id but no point", name)
		}
		if in := chain(t, p); in[len(in)-1] != "places/"+want.country {
			t.Errorf("%s lies in %v, want %s", name, in, want.country)
		}
	}
}

func TestAnIDThatWasNotLookedUpIsEmpty(t *testing.T) {
	ids := 0
	for _, p := range gazetteer.Places() {
		if p.GetGeonamesId() != "" {
			ids++
		}
	}
	if ids != 18 {
		t.Errorf("%d places have GeoNames ids, 18 were looked up", ids)
	}
}

func TestCrossingsArePairsOfTownsOnBothBanks(t *testing.T) {
	want := map[string][2]string{
		"tumen-namyang": {"tumen", "namyang"}, "nanping-musan": {"nanping", "musan"}, "sanhe-hoeryong": {"sanhe", "hoeryong"},
		"guchengli-samjang": {"guchengli", "samjang"}, "quanhe-wonjong": {"quanhe", "wonjong"},
		"dandong-sinuiju": {"dandong", "sinuiju"}, "changbai-hyesan": {"changbai", "hyesan"}, "jian-manpo": {"jian", "manpo"},
	}
	crossings := 0
	for _, p := range gazetteer.Places() {
		if p.GetKind() != tumenv1.PlaceKind_PLACE_KIND_BORDER_CROSSING {
			if len(p.GetConnects()) > 0 {
				t.Errorf("%s is no crossing and connects %v", p.GetName(), p.GetConnects())
			}
			continue
		}
		crossings++
	}
	if crossings != len(want) {
		t.Errorf("%d crossings, want %d", crossings, len(want))
	}
	for name, towns := range want {
		p := place(t, "places/"+name)
		if !slices.Equal(p.GetConnects(), []string{"places/" + towns[0], "places/" + towns[1]}) {
			t.Errorf("%s connects %v", name, p.GetConnects())
		}
		for i, country := range []string{"places/china", "places/north-korea"} {
			if in := chain(t, place(t, "places/"+towns[i])); in[len(in)-1] != country {
				t.Errorf("%s: %s lies in %v, want %s", name, towns[i], in, country)
			}
		}
	}
}

func TestContainment(t *testing.T) {
	for name, want := range map[string][]string{
		"hunchun":        {"yanbian", "jilin", "china"},
		"dandong":        {"liaoning", "china"},
		"changbai":       {"baishan", "jilin", "china"},
		"jian":           {"tonghua", "jilin", "china"},
		"nanping":        {"helong", "yanbian", "jilin", "china"},
		"quanhe-wonjong": {"quanhe", "hunchun", "yanbian", "jilin", "china"},
		"namyang":        {"onsong", "north-hamgyong", "north-korea"},
		"hyesan":         {"ryanggang", "north-korea"},
		"manpo":          {"chagang", "north-korea"},
		"sinuiju":        {"north-pyongan", "north-korea"},
		"heilongjiang":   {"china"},
		"south-korea":    nil,
	} {
		for i := range want {
			want[i] = "places/" + want[i]
		}
		if got := chain(t, place(t, "places/"+name)); !slices.Equal(got, want) {
			t.Errorf("%s lies in %v, want %v", name, got, want)
		}
	}
}

func TestEveryChainEndsAtACountry(t *testing.T) {
	for _, p := range gazetteer.Places() {
		outermost := p
		if in := chain(t, p); len(in) > 0 {
			outermost = place(t, in[len(in)-1])
		}
		if outermost.GetKind() != tumenv1.PlaceKind_PLACE_KIND_COUNTRY {
			t.Errorf("%s ends at %s, which is no country", p.GetName(), outermost.GetName())
		}
	}
}

// kilometres between two points, on a sphere.
func kilometres(a, b *tumenv1.Location) float64 {
	radians := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	dLat, dLon := radians(b.GetLatitude()-a.GetLatitude()), radians(b.GetLongitude()-a.GetLongitude())
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(radians(a.GetLatitude()))*math.Cos(radians(b.GetLatitude()))*math.Pow(math.Sin(dLon/2), 2)
	return 2 * 6371 * math.Asin(math.Sqrt(h))
}

func TestCirclesReachWhatTheyMustReach(t *testing.T) {
	for _, p := range gazetteer.Places() {
		at := p.GetLocation()
		if at == nil {
			continue
		}
		if la, lo := at.GetLatitude(), at.GetLongitude(); la < 40 || la > 43.5 || lo < 124 || lo > 131 {
			t.Errorf("%s at %v, %v is not on this border", p.GetName(), la, lo)
		}
		if at.GetSaidBy() == "" {
			t.Errorf("%s has a point that nobody said", p.GetName())
		}
		if outer := place(t, p.GetContainedIn()).GetLocation(); outer != nil && kilometres(at, outer)*1000 > float64(outer.GetRadiusM()) {
			t.Errorf("%s is %.0f km from %s, which contains it", p.GetName(), kilometres(at, outer), p.GetContainedIn())
		}
		for _, town := range p.GetConnects() {
			if other := place(t, town).GetLocation(); other != nil && kilometres(at, other)*1000 > float64(at.GetRadiusM()) {
				t.Errorf("the circle of %s does not reach %s, %.0f km away", p.GetName(), town, kilometres(at, other))
			}
		}
	}
}

func TestEveryPlaceHasItsNameInThreeScripts(t *testing.T) {
	for _, p := range gazetteer.Places() {
		if p.GetNames()[0].GetLanguage() != "en" {
			t.Errorf("%s: the first name is not English", p.GetName())
		}
		scripts := map[string]*unicode.RangeTable{"en": unicode.Latin, "ko": unicode.Hangul, "zh-Hans": unicode.Han, "zh-Latn": unicode.Latin, "ko-Latn": unicode.Latin}
		found := map[string]bool{}
		said := map[string]bool{}
		for _, n := range p.GetNames() {
			found[n.GetLanguage()] = true
			if key := n.GetLanguage() + n.GetText(); said[key] {
				t.Errorf("%s is called %s twice", p.GetName(), n.GetText())
			} else {
				said[key] = true
			}
			for _, r := range n.GetText() {
				if unicode.IsLetter(r) && !unicode.Is(scripts[n.GetLanguage()], r) {
					t.Errorf("%s: %q is not written in the script of %s", p.GetName(), n.GetText(), n.GetLanguage())
				}
			}
		}
		if !found["en"] || !found["ko"] || !found["zh-Hans"] {
			t.Errorf("%s has names in %v only", p.GetName(), found)
		}
	}
	for name, texts := range map[string][]string{
		"hunchun": {"Hunchun", "훈춘", "珲春"}, "tumen": {"Tumen", "투먼", "도문", "图们"}, "dandong": {"Dandong", "단둥", "丹东"},
		"changbai": {"Changbai", "창바이", "장백", "长白"}, "nanping": {"Nanping", "남평", "南坪"}, "jian": {"Ji'an", "집안", "集安"},
		"sinuiju": {"Sinuiju", "신의주", "新义州"}, "onsong": {"Onsong", "Onsŏng", "온성"}, "north-korea": {"North Korea", "북한", "朝鲜"},
		"jilin": {"Jilin", "吉林", "지린성"}, "liaoning": {"Liaoning", "辽宁", "랴오닝성"},
	} {
		for _, text := range texts {
			if !slices.ContainsFunc(place(t, "places/"+name).GetNames(), func(n *tumenv1.PlaceName) bool { return n.GetText() == text }) {
				t.Errorf("%s is not called %s", name, text)
			}
		}
	}
}

func TestTermsAreThoseOfTheCodeLists(t *testing.T) {
	const acts, kinds, statuses = tumenv1.Vocabulary_VOCABULARY_ACTS, tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS, tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES
	type want struct {
		huridocs          string
		lasting, personal bool
	}
	lists := map[tumenv1.Vocabulary]map[string]want{
		acts: {
			"arrest": {huridocs: "030101"}, "detention": {huridocs: "030102", lasting: true},
			"enforced-disappearance": {huridocs: "030103", lasting: true}, "abduction": {huridocs: "030104"},
			"house-arrest": {huridocs: "030105", lasting: true}, "mass-round-up": {huridocs: "030107"},
			"deportation": {huridocs: "330101"}, "denial-of-asylum": {huridocs: "330103"}, "refoulement": {huridocs: "380101"},
			"death-in-detention": {huridocs: "010106010"}, "death-in-transport": {huridocs: "010106030"},
			"transfer": {}, "border-handover": {}, "release": {}, "sentencing": {}, "torture": {}, "sexual-violence": {},
			"forced-abortion": {}, "forced-labour": {lasting: true}, "trafficking": {}, "execution": {},
		},
		kinds: {
			"ngo-statement": {}, "ngo-report": {}, "news": {}, "government-statement": {}, "un-statement": {}, "analysis": {},
			"interview": {personal: true}, "witness": {personal: true}, "relative": {personal: true},
			"court-document": {}, "official-document": {}, "social-media": {}, "satellite-image": {}, "photo": {}, "video": {},
			"academic": {}, "other": {},
		},
		statuses: {
			"still-missing": {huridocs: "0103"}, "found-free": {huridocs: "010401"}, "found-in-prison": {huridocs: "010402"},
			"held": {huridocs: "0202"}, "held-arbitrarily": {huridocs: "020204"}, "deported": {huridocs: "0302"},
			"released": {}, "deceased": {}, "unknown": {},
		},
	}
	total := 0
	for list, codes := range lists {
		total += len(codes)
		for code, want := range codes {
			term, ok := gazetteer.Term(list, code)
			if !ok {
				t.Errorf("no term %s in %s", code, list)
				continue
			}
			if term.GetHuridocsCode() != want.huridocs || term.GetLasting() != want.lasting || term.GetPersonal() != want.personal {
				t.Errorf("%s: HURIDOCS %q, lasting %v, personal %v; want %+v", code, term.GetHuridocsCode(), term.GetLasting(), term.GetPersonal(), want)
			}
		}
	}
	if got := len(gazetteer.Terms()); got != total {
		t.Errorf("%d terms, want %d", got, total)
	}
	if _, ok := gazetteer.Term(kinds, "refoulement"); ok {
		t.Error("an act is found among the kinds of source")
	}
}

func TestTermNamesSayListAndCode(t *testing.T) {
	segments := map[tumenv1.Vocabulary]string{1: "acts", 2: "source-kinds", 3: "custody-statuses"}
	for _, term := range gazetteer.Terms() {
		if want := "vocabularies/" + segments[term.GetVocabulary()] + "/terms/" + term.GetCode(); term.GetName() != want {
			t.Errorf("%s should be called %s", term.GetName(), want)
		}
		var languages []string
		for _, n := range term.GetNames() {
			languages = append(languages, n.GetLanguage())
		}
		if !slices.Equal(languages, []string{"en", "ko", "zh-Hans"}) {
			t.Errorf("%s has labels in %v", term.GetName(), languages)
		}
	}
}

// Every record must be one that the contract would take, and readable by name.
func TestRecordsKeepTheContract(t *testing.T) {
	var all []proto.Message
	seen := map[string]bool{}
	for _, p := range gazetteer.Places() {
		all = append(all, p, &tumenv1.GetPlaceRequest{Name: p.GetName()})
		if seen[p.GetName()] {
			t.Errorf("%s is there twice", p.GetName())
		}
		seen[p.GetName()] = true
	}
	for _, term := range gazetteer.Terms() {
		all = append(all, term, &tumenv1.GetTermRequest{Name: term.GetName()})
		if seen[term.GetName()] {
			t.Errorf("%s is there twice", term.GetName())
		}
		seen[term.GetName()] = true
	}
	for _, m := range all {
		if err := protovalidate.Validate(m); err != nil {
			t.Errorf("%v: %v", m, err)
		}
	}
}

func TestContainersComeFirst(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, p := range gazetteer.Places() {
		if !seen[p.GetContainedIn()] {
			t.Errorf("%s stands before %s, which contains it", p.GetName(), p.GetContainedIn())
		}
		seen[p.GetName()] = true
	}
}

func TestListsAreTheCallersOwn(t *testing.T) {
	gazetteer.Places()[0] = nil
	gazetteer.Terms()[0] = nil
	if gazetteer.Places()[0] == nil || gazetteer.Terms()[0] == nil {
		t.Error("a caller changed the list of all callers")
	}
	for _, name := range []string{"", "hunchun", "places/", "places/nowhere"} {
		if _, ok := gazetteer.Place(name); ok {
			t.Errorf("a place is called %q", name)
		}
	}
}
