package corroboration_test

import (
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

const (
	firstHand   = tumenv1.Basis_BASIS_FIRST_HAND
	ownContacts = tumenv1.Basis_BASIS_OWN_CONTACTS
	official    = tumenv1.Basis_BASIS_OFFICIAL_STATEMENT
	relayed     = tumenv1.Basis_BASIS_RELAYED
	notStated   = tumenv1.Basis_BASIS_NOT_STATED

	asserts        = tumenv1.Stance_STANCE_ASSERTS
	denies         = tumenv1.Stance_STANCE_DENIES
	doesNotConfirm = tumenv1.Stance_STANCE_DOES_NOT_CONFIRM
)

// matter builds evidence from short names: source "S1" is sources/S1, its
// claim is claims/S1 or, for further ones, claims/S1.2 and so on.
type matter struct{ corroboration.Evidence }

func newMatter(aspect tumenv1.Aspect) *matter {
	return &matter{corroboration.Evidence{Aspect: aspect, Sources: make(map[string]*tumenv1.Source)}}
}

func source(key string) string { return "sources/" + key }

func (m *matter) source(key string, basis tumenv1.Basis, relays ...string) *tumenv1.Source {
	s := &tumenv1.Source{Name: source(key), Basis: basis}
	for _, r := range relays {
		s.Relays = append(s.Relays, &tumenv1.Relay{
			Source: source(r), Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES,
		})
	}
	m.Sources[s.Name] = s
	return s
}

func (m *matter) claim(key string, stance tumenv1.Stance, value *tumenv1.Value, relays ...string) *tumenv1.Claim {
	c := &tumenv1.Claim{
		Name: "claims/" + key, Source: source(key), Aspect: m.Aspect,
		Stance: stance, Value: value, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE,
	}
	if before, _, further := strings.Cut(key, "."); further {
		c.Source = source(before)
	}
	for _, r := range relays {
		c.Relays = append(c.Relays, source(r))
	}
	m.Claims = append(m.Claims, c)
	return c
}

func (m *matter) tie(kind tumenv1.TieKind, a, b string) {
	m.Ties = append(m.Ties, &tumenv1.Tie{
		Name: "ties/" + a + "-" + b + "-" + kind.String(), Kind: kind, A: source(a), B: source(b),
	})
}

func (m *matter) possibly(a, b string) { m.tie(tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, a, b) }
func (m *matter) contact(a, b string)  { m.tie(tumenv1.TieKind_TIE_KIND_SAME_CONTACT, a, b) }
func (m *matter) separate(a, b string) { m.tie(tumenv1.TieKind_TIE_KIND_SEPARATED, a, b) }

func (m *matter) assess() *tumenv1.Support { return corroboration.Assess(m.Evidence) }

// october is the matter of cases/october-2023.md with the sources as they
// stand there, for one aspect of event E1.
func october(aspect tumenv1.Aspect) *matter {
	m := newMatter(aspect)
	m.source("S1", ownContacts)
	m.source("S2", notStated)
	m.source("S3", relayed, "S1")
	m.source("S4", ownContacts)
	m.source("S5", relayed, "S4", "S1")
	m.source("S6", ownContacts)
	m.source("S7", official)
	m.source("S8", official)
	m.source("S9", relayed, "S8", "S2", "S10")
	m.source("S10", official)
	m.source("S11", relayed, "S1", "S7", "S8", "S10", "S12")
	m.source("S12", official)
	m.source("S13", notStated)
	m.source("S14", relayed, "S6", "S11")
	m.possibly("S6", "S4")
	m.Contains = octoberContains
	return m
}

// octoberContains knows the towns of the matter and their provinces.
func octoberContains(outer, inner string) bool {
	province := map[string]string{
		"places/hunchun": "places/jilin", "places/tumen": "places/jilin", "places/changbai": "places/jilin",
		"places/nanping": "places/jilin", "places/dandong": "places/liaoning",
	}
	return outer == inner || province[inner] == outer
}

func octoberOccurrence() *matter {
	m := october(tumenv1.Aspect_ASPECT_OCCURRENCE)
	for _, s := range []string{"S1", "S4", "S6", "S8"} {
		m.claim(s, asserts, nil)
	}
	m.claim("S7", denies, nil)
	m.claim("S12", doesNotConfirm, nil)
	return m
}

func octoberCount() *matter {
	m := october(tumenv1.Aspect_ASPECT_COUNT)
	m.claim("S1", asserts, about600())
	m.claim("S2", asserts, about600())
	m.claim("S3", asserts, low(601), "S1")
	m.claim("S4", asserts, low(501))
	m.claim("S6", asserts, low(501))
	m.claim("S8", doesNotConfirm, nil)
	m.claim("S9", asserts, about600(), "S2")
	m.claim("S13", asserts, high(600))
	m.claim("S14", asserts, low(501), "S6")
	return m
}

func octoberPlace() *matter {
	m := october(tumenv1.Aspect_ASPECT_PLACE)
	m.claim("S1", asserts, places(via("dandong"), via("hunchun"), from("jilin"), from("liaoning")))
	m.claim("S4", asserts, places(via("tumen"), via("hunchun"), via("changbai"), via("dandong"), via("nanping")))
	m.claim("S6", asserts, places(&tumenv1.PlaceValue{Words: "five border crossings"}))
	m.claim("S8", asserts, places(at("jilin"), at("liaoning"), at("heilongjiang")))
	return m
}

func count(low, high *int64) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: low, High: high}}}
}

func low(n int64) *tumenv1.Value           { return count(&n, nil) }
func high(n int64) *tumenv1.Value          { return count(nil, &n) }
func fromTo(from, to int64) *tumenv1.Value { return count(&from, &to) }
func about600() *tumenv1.Value             { return fromTo(540, 660) }
func via(key string) *tumenv1.PlaceValue   { return place(key, tumenv1.PlacePart_PLACE_PART_VIA) }
func from(key string) *tumenv1.PlaceValue  { return place(key, tumenv1.PlacePart_PLACE_PART_FROM) }
func at(key string) *tumenv1.PlaceValue    { return place(key, tumenv1.PlacePart_PLACE_PART_UNSPECIFIED) }
func place(key string, part tumenv1.PlacePart) *tumenv1.PlaceValue {
	return &tumenv1.PlaceValue{Place: "places/" + key, Part: part}
}

func places(list ...*tumenv1.PlaceValue) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: list}}}
}

func when(edtf string) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{Edtf: edtf}}}
}

// short takes the collection off each name and sorts.
func short(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		_, list[i], _ = strings.Cut(n, "/")
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// countedOrigins are the origins in the groups.
func countedOrigins(s *tumenv1.StanceSupport) string {
	var names []string
	for _, g := range s.GetGroups() {
		for _, o := range g.GetOrigins() {
			names = append(names, o.GetSource())
		}
	}
	return short(names)
}

func valueLabelled(s *tumenv1.Support, label string) *tumenv1.ValueSupport {
	for _, v := range s.GetValues() {
		if v.GetLabel() == label {
			return v
		}
	}
	return nil
}

// leftOut are the reasons why a claim is left out, with the origins concerned.
func leftOut(s *tumenv1.StanceSupport, claim string) string {
	var reasons []string
	for _, l := range s.GetLeftOut() {
		if l.GetClaim() == "claims/"+claim {
			why := strings.ToLower(strings.TrimPrefix(l.GetReason().String(), "LEFT_OUT_REASON_"))
			reasons = append(reasons, strings.TrimSpace(why+" "+short(l.GetOrigins())))
		}
	}
	return strings.Join(reasons, "; ")
}
