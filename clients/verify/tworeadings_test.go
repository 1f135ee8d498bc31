package verify

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"tumen/clients/verify/support"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
	"tumen/service/encoding"
)

// The rules of support are read twice, by the server and here. These tests hold the
// two readings against each other: on small matters in which relays, ties, stances
// and values collide often, what the server stores is what is worked out here.

// bothWays is evidence for both readings.
type bothWays struct {
	corroboration.Evidence
	inside map[string]string // what contains a place
}

func (m *bothWays) contains(outer, inner string) bool {
	for range mostContainers {
		if inner == outer || inner == "" {
			return inner == outer
		}
		inner = m.inside[inner]
	}
	return false
}

// encodedFields are the fields of a record as an export discloses them.
func encodedFields(rec proto.Message) shown {
	b, err := encoding.Append(nil, rec)
	if err != nil {
		panic(err)
	}
	s := shown{map[string][]byte{}, map[string]bool{}}
	for name, value := range encoding.Fields(b) {
		s.fields[name] = slices.Clone(value)
	}
	return s
}

// fatal is what a property and a test have in common here.
type fatal interface{ Fatalf(string, ...any) }

// here reads the evidence as the verifier reads it from records.
func (m *bothWays) here(t fatal) *support.Evidence {
	f := newFacts(nil)
	e := &support.Evidence{Lasting: m.Lasting, Sources: map[string]*support.Source{}, Contains: m.contains}
	for _, c := range m.Claims {
		fact := f.claimOf(c.GetName(), encodedFields(c))
		if !fact.bears || !fact.speaks || !fact.says {
			t.Fatalf("a claim that is shown is not read: %v", c)
		}
		e.Claims = append(e.Claims, &fact.claim)
	}
	for name, s := range m.Sources {
		fact := f.sourceOf(name, encodedFields(s))
		e.Sources[name] = &fact.source
	}
	for _, tie := range m.Ties {
		fact := f.tieOf(tie.GetName(), encodedFields(tie))
		e.Ties = append(e.Ties, &fact.tie)
	}
	finding := encodedFields(&tumenv1.Finding{Conclusion: &tumenv1.Conclusion{Value: m.Value}, ProtectedValue: m.Protected})
	g := &gathering{missing: map[string]map[string]bool{}}
	if err := (&approval{shown: finding}).determined(g); err != nil || len(g.missing) > 0 {
		t.Fatalf("%v %v", err, g.missing)
	}
	e.Determined = g.out.Determined
	return e
}

// stored is a support as a finding stores it.
func stored(t fatal, s *tumenv1.Support) *support.Support {
	raw := encodedFields(&tumenv1.Finding{ApprovedSupport: s}).fields["approved_support"]
	if raw == nil {
		return &support.Support{}
	}
	out, err := readSupport(raw)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

func (m *bothWays) assess() *tumenv1.Support {
	m.Contains = m.contains
	return corroboration.Assess(m.Evidence)
}

func pick[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

// anyEvidence draws a small matter on any aspect.
func anyEvidence(t *rapid.T) *bothWays {
	m := &bothWays{inside: map[string]string{"places/town": "places/county", "places/county": "places/land", "places/city": "places/land"}}
	m.Aspect = tumenv1.Aspect(rapid.IntRange(1, 12).Draw(t, "aspect"))
	m.Sources = map[string]*tumenv1.Source{}
	m.Lasting = m.Aspect == tumenv1.Aspect_ASPECT_TIME && rapid.Bool().Draw(t, "lasting")
	n := rapid.IntRange(1, 8).Draw(t, "sources")
	source := func(i int) string { return fmt.Sprintf("sources/s%d", i) }
	some := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, min(n, 3), rapid.ID[int])
	basis := func(label string) tumenv1.Basis {
		return tumenv1.Basis(pick(t, label, 4, 4, 4, 0, 1, 2, 3, 5))
	}
	for i := range n {
		s := &tumenv1.Source{Name: source(i), Basis: basis("basis"), Reliability: tumenv1.Reliability(rapid.IntRange(0, 6).Draw(t, "reliability"))}
		for _, to := range some.Draw(t, "relays") {
			s.Relays = append(s.Relays, &tumenv1.Relay{Source: source(to), Kind: tumenv1.RelayKind_RELAY_KIND_CITES})
		}
		if rapid.IntRange(0, 12).Draw(t, "missing") > 0 {
			m.Sources[s.Name] = s
		}
	}
	for i := range rapid.IntRange(0, 9).Draw(t, "claims") {
		from := rapid.IntRange(0, n-1).Draw(t, "source")
		c := &tumenv1.Claim{
			Name: fmt.Sprintf("cases/a/claims/s%d-%d", from, i), Source: source(from), Aspect: m.Aspect, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE,
			Stance:      tumenv1.Stance(pick(t, "stance", 1, 1, 1, 1, 2, 3)),
			Credibility: tumenv1.Credibility(rapid.IntRange(0, 6).Draw(t, "credibility")),
		}
		if rapid.IntRange(0, 3).Draw(t, "says its basis") == 0 {
			c.Basis = basis("claim's basis")
		}
		if rapid.Bool().Draw(t, "names") {
			for _, to := range some.Draw(t, "named") {
				c.Relays = append(c.Relays, source(to))
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "says something") > 0 {
			c.Value, c.ProtectedValue = anyValue(t, m.Aspect)
		}
		m.Claims = append(m.Claims, c)
	}
	if rapid.Bool().Draw(t, "determined") {
		m.Value, m.Protected = anyValue(t, m.Aspect)
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "ties") {
		a, b := rapid.IntRange(0, n).Draw(t, "a"), rapid.IntRange(0, n).Draw(t, "b")
		if a != b {
			m.Ties = append(m.Ties, &tumenv1.Tie{Name: fmt.Sprintf("ties/t%d", i), A: source(a), B: source(b), Kind: tumenv1.TieKind(rapid.IntRange(1, 4).Draw(t, "tie"))})
		}
	}
	return m
}

// anyValue draws one of a few values of an aspect, so that many are equal, entail
// each other, or meet.
func anyValue(t *rapid.T, aspect tumenv1.Aspect) (*tumenv1.Value, *tumenv1.ProtectedValue) {
	word := func(label string, from ...string) string { return pick(t, label, from...) }
	switch aspect {
	case tumenv1.Aspect_ASPECT_TIME:
		at := &tumenv1.Time{Edtf: anyDate(t), Night: rapid.IntRange(0, 3).Draw(t, "night") == 0, Words: word("words", "", "", "at night")}
		if rapid.IntRange(0, 3).Draw(t, "clock") == 0 {
			at.TimeOfDay, at.TimeOfDayApproximate = word("time", "19:00", "20:00"), rapid.Bool().Draw(t, "about")
			at.UtcOffset = word("offset", "", "+08:00", "+09:00")
		}
		return &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: at}}, nil
	case tumenv1.Aspect_ASPECT_PLACE:
		places := &tumenv1.Places{}
		for range rapid.IntRange(1, 2).Draw(t, "places") {
			places.Places = append(places.Places, &tumenv1.PlaceValue{
				Place: word("place", "", "places/town", "places/county", "places/land", "places/city", "places/sea"), Part: tumenv1.PlacePart(rapid.IntRange(0, 2).Draw(t, "part")),
			})
		}
		return &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: places}}, nil
	case tumenv1.Aspect_ASPECT_COUNT:
		c := &tumenv1.Count{Words: word("words", "", "hundreds")}
		if rapid.Bool().Draw(t, "low") {
			c.Low = proto.Int64(rapid.Int64Range(0, 6).Draw(t, "at least"))
		}
		if rapid.Bool().Draw(t, "high") {
			c.High = proto.Int64(rapid.Int64Range(c.GetLow(), 7).Draw(t, "at most"))
		}
		return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: c}}, nil
	case tumenv1.Aspect_ASPECT_COMPOSITION:
		c := &tumenv1.Composition{Group: word("group", "women", "children")}
		if rapid.Bool().Draw(t, "low") {
			c.LowPercent = proto.Float64(pick(t, "at least", 0, 12.5, 60, 70.0/3))
		}
		if rapid.Bool().Draw(t, "high") {
			c.HighPercent = proto.Float64(pick(t, "at most", 60, 75, 100.0))
		}
		return &tumenv1.Value{Kind: &tumenv1.Value_Composition{Composition: c}}, nil
	case tumenv1.Aspect_ASPECT_RESPONSIBILITY:
		return &tumenv1.Value{Kind: &tumenv1.Value_Responsibility{Responsibility: &tumenv1.Responsibility{
			Authority: word("authority", "", "the ministry", " the ministry", "the bureau"), Attitude: tumenv1.OfficialAttitude(rapid.IntRange(0, 3).Draw(t, "attitude")),
		}}}, nil
	case tumenv1.Aspect_ASPECT_CUSTODY_STATUS:
		return &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{
			Status: word("status", "", "held", "released"), Whereabouts: tumenv1.Whereabouts(rapid.IntRange(0, 2).Draw(t, "whereabouts")),
		}}}, nil
	case tumenv1.Aspect_ASPECT_PARTICIPATION:
		return &tumenv1.Value{Kind: &tumenv1.Value_Participation{Participation: &tumenv1.Participation{Role: tumenv1.InvolvementRole(rapid.IntRange(0, 3).Draw(t, "role"))}}}, nil
	case tumenv1.Aspect_ASPECT_NAME:
		return nil, &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{
			Text: word("text", "김", "김 ", "Kim"), Kind: tumenv1.NameKind(rapid.IntRange(0, 2).Draw(t, "kind")),
		}}}
	case tumenv1.Aspect_ASPECT_BIRTH:
		return nil, &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Birth{Birth: &tumenv1.Birth{Edtf: anyDate(t)}}}
	case tumenv1.Aspect_ASPECT_IDENTITY:
		return nil, &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Identity{Identity: &tumenv1.IdentityValue{SameAs: word("same as", "", "persons/a", "persons/b")}}}
	case tumenv1.Aspect_ASPECT_RELATION:
		return nil, &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Relation{Relation: &tumenv1.Relation{
			Person: word("person", "", "persons/a", "persons/b"), Kind: word("kind", "mother", "sister"),
		}}}
	}
	return nil, nil
}

// anyDate draws an expression of the kinds that there are, close to each other.
func anyDate(t *rapid.T) string {
	sign := func() string { return pick(t, "sign", "", "", "", "?", "~", "%") }
	single := func() string {
		year := pick(t, "year", "2023", "2023", "2024", "202X", "20X3", "-0004", "Y12345")
		if year == "Y12345" {
			return year + sign()
		}
		switch rapid.IntRange(0, 4).Draw(t, "fields") {
		case 0:
			return sign() + year
		case 1:
			return year + sign() + "-" + pick(t, "season", "21", "23", "24") + sign()
		case 2:
			return year + "-" + sign() + pick(t, "month", "10", "02", "XX", "1X") + sign()
		}
		return year + "-" + pick(t, "month", "10", "11", "XX", "0X", "02") + "-" + sign() + pick(t, "day", "09", "10", "28", "XX", "X1", "1X") + sign()
	}
	switch rapid.IntRange(0, 7).Draw(t, "form") {
	case 0:
		return single() + "/" + single()
	case 1:
		return pick(t, "end", "", "..") + "/" + single()
	case 2:
		return single() + "/" + pick(t, "end", "", "..")
	case 3:
		return "[" + single() + "," + single() + "]"
	case 4:
		return "[" + pick(t, "year", "2022", "2023") + ".." + pick(t, "year", "", "2023", "2024") + "]"
	case 5:
		return "2023-10-09T19:30:00" + pick(t, "zone", "", "Z", "+09:00")
	}
	return single()
}

func TestTheTwoReadingsGiveTheSameSupport(t *testing.T) {
	rapid.Check(t, agreeOnSupport)
}

// Many more matters than a property usually sees, the same in every run.
func TestTheTwoReadingsGiveTheSameSupportOnManyMatters(t *testing.T) {
	matters := rapid.Custom(anyEvidence)
	for seed := range 1000 {
		m := matters.Example(seed)
		comparesEqual(t, m)
	}
}

func agreeOnSupport(t *rapid.T) { comparesEqual(t, anyEvidence(t)) }

func comparesEqual(t fatal, m *bothWays) {
	given := m.assess()
	differences, err := support.Compare(m.here(t), stored(t, given))
	if err != nil || len(differences) > 0 {
		t.Fatalf("%v %v\n%v\nclaims %v\nsources %v\nties %v\nvalue %v %v lasting %v", err, differences, given, m.Claims, m.Sources, m.Ties, m.Value, m.Protected, m.Lasting)
	}
}

// TestTheTwoReadingsAgreeOnWhatIsListedInPart: of one claim the first fifty origins,
// and of hundreds of values the counts alone.
func TestTheTwoReadingsAgreeOnWhatIsListedInPart(t *testing.T) {
	const many = 270
	m := &bothWays{}
	m.Aspect, m.Sources = tumenv1.Aspect_ASPECT_COUNT, map[string]*tumenv1.Source{}
	article := &tumenv1.Claim{Name: "cases/a/claims/article", Source: "sources/article", Aspect: m.Aspect, Stance: tumenv1.Stance_STANCE_ASSERTS, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE}
	rumour := proto.Clone(article).(*tumenv1.Claim)
	rumour.Name, rumour.Source = "cases/a/claims/rumour", "sources/rumour"
	m.Sources["sources/article"] = &tumenv1.Source{Name: "sources/article", Basis: tumenv1.Basis_BASIS_RELAYED}
	m.Sources["sources/rumour"] = &tumenv1.Source{Name: "sources/rumour", Basis: tumenv1.Basis_BASIS_RELAYED}
	for i := range many {
		c := proto.Clone(article).(*tumenv1.Claim)
		c.Name, c.Source = fmt.Sprintf("cases/a/claims/c%03d", i), fmt.Sprintf("sources/s%03d", i)
		c.Value = &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(int64(i)), High: proto.Int64(int64(i + 5))}}}
		m.Sources[c.Source] = &tumenv1.Source{Name: c.Source, Basis: tumenv1.Basis_BASIS_OWN_CONTACTS}
		m.Claims = append(m.Claims, c)
		article.Relays = append(article.Relays, c.Source)
		silent := fmt.Sprintf("sources/t%03d", i)
		m.Sources[silent] = &tumenv1.Source{Name: silent, Basis: tumenv1.Basis_BASIS_NOT_STATED}
		m.Sources["sources/rumour"].Relays = append(m.Sources["sources/rumour"].Relays, &tumenv1.Relay{Source: silent, Kind: tumenv1.RelayKind_RELAY_KIND_CITES})
	}
	m.Claims = append(m.Claims, article, rumour)
	shortened := 0
	for _, f := range m.assess().GetFlags() {
		if f.GetKind() == tumenv1.FlagKind_FLAG_KIND_LISTING_SHORTENED {
			shortened++
		}
	}
	if shortened < 2 {
		t.Fatalf("only %d lists are shortened", shortened)
	}
	given := stored(t, m.assess())
	for i := range given.Values {
		if len(given.Values[i].Support.Claims) == 0 {
			given.Values[i].Support.AtLeast++
			break
		}
	}
	if differences, err := support.Compare(m.here(t), given); err != nil || len(differences) != 1 {
		t.Errorf("all is the same but one count that stands alone: %v %v", differences, err)
	}
}

// changed draws evidence that differs in one thing.
func changed(t *rapid.T, m *bothWays) *bothWays {
	other := *m
	other.Claims, other.Ties, other.Sources = slices.Clone(m.Claims), slices.Clone(m.Ties), map[string]*tumenv1.Source{}
	for name, s := range m.Sources {
		other.Sources[name] = s
	}
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		if n := len(other.Ties); n > 0 {
			other.Ties = other.Ties[:n-1]
		}
	case 1:
		for name, s := range other.Sources {
			if name == pick(t, "changed source", "sources/s0", "sources/s1", "sources/s2") {
				s = proto.Clone(s).(*tumenv1.Source)
				s.Basis, s.Reliability = tumenv1.Basis(rapid.IntRange(1, 5).Draw(t, "other basis")), tumenv1.Reliability(rapid.IntRange(1, 6).Draw(t, "other grade"))
				other.Sources[name] = s
			}
		}
	case 2:
		other.Value, other.Protected = anyValue(t, m.Aspect)
	default:
		if len(other.Claims) == 0 {
			break
		}
		at := rapid.IntRange(0, len(other.Claims)-1).Draw(t, "changed claim")
		c := proto.Clone(other.Claims[at]).(*tumenv1.Claim)
		switch rapid.IntRange(0, 4).Draw(t, "of the claim") {
		case 0:
			c.Stance = tumenv1.Stance(rapid.IntRange(1, 3).Draw(t, "other stance"))
		case 1:
			c.Basis = tumenv1.Basis(rapid.IntRange(1, 5).Draw(t, "other basis"))
		case 2:
			c.Relays = []string{"sources/s0"}
		case 3:
			c.Value, c.ProtectedValue = anyValue(t, m.Aspect)
		default:
			other.Claims = slices.Delete(other.Claims, at, at+1)
			return &other
		}
		other.Claims[at] = c
	}
	return &other
}

// compared leaves of a support what is compared one to one.
func compared(s *tumenv1.Support) *tumenv1.Support {
	s = proto.Clone(s).(*tumenv1.Support)
	standings := []*tumenv1.StanceSupport{s.GetSupporting(), s.GetDenying(), s.GetNotConfirming()}
	for _, v := range s.GetValues() {
		standings = append(standings, v.GetSupport())
	}
	for _, standing := range standings {
		for _, g := range standing.GetGroups() {
			g.Joints = nil
		}
		for _, u := range standing.GetUnresolved() {
			u.Counted = false
		}
		standing.LeftOut = slices.DeleteFunc(standing.LeftOut, func(l *tumenv1.LeftOut) bool {
			return l.GetReason() == tumenv1.LeftOutReason_LEFT_OUT_REASON_UNRESOLVED_RELAY || l.GetReason() == tumenv1.LeftOutReason_LEFT_OUT_REASON_DIFFERS_FROM_ORIGIN
		})
	}
	for _, f := range s.GetFlags() {
		f.Text = ""
	}
	inOrder(s.Values)
	inOrder(s.Agreement)
	return s
}

// inOrder sorts messages: the order of a person's values follows what they say,
// which does not stand in a support.
func inOrder[M proto.Message](list []M) {
	slices.SortFunc(list, func(a, b M) int { return bytes.Compare(encodedMessage(a), encodedMessage(b)) })
}

func encodedMessage(m proto.Message) []byte {
	b, _ := proto.MarshalOptions{Deterministic: true}.Marshal(m) // a message has an encoding
	return b
}

// TestASupportOfOtherEvidenceIsRefused: what the server gives for evidence that
// differs in one thing, and so in the support, is not taken for this.
func TestASupportOfOtherEvidenceIsRefused(t *testing.T) {
	different := 0
	rapid.Check(t, func(t *rapid.T) {
		m := anyEvidence(t)
		other := changed(t, m)
		given := other.assess()
		if proto.Equal(compared(given), compared(m.assess())) {
			return
		}
		different++
		differences, err := support.Compare(m.here(t), stored(t, given))
		if err != nil || len(differences) == 0 {
			t.Fatalf("%v %v\nfor\n%v\nand not\n%v", err, differences, given, m.assess())
		}
	})
	if different == 0 {
		t.Error("nothing differed in any support")
	}
}
