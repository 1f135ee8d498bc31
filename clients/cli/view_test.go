package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was printed with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		try(t, os.MkdirAll(filepath.Dir(path), 0o755))
		try(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	try(t, err)
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, got)
	}
}

func external(id string) []*tumenv1.ExternalId {
	return []*tumenv1.ExternalId{{Issuer: "other", Id: "x-" + id}, {Issuer: "ngo", Id: id}}
}

// tangled is a case with everything in it that evidence can be: ties known and
// possible, relays that lead nowhere or round, and text that plays tricks.
func tangled() *matterView {
	v := newMatterView("ngo")
	v.matter = &tumenv1.Case{
		Name: "cases/c", Reference: "2026-K7QF4", Title: "Returns \u202e(reported)", Marking: tumenv1.Marking_MARKING_AMBER_STRICT,
		State: tumenv1.CaseState_CASE_STATE_OPEN, Urgency: tumenv1.Urgency_URGENCY_URGENT, FollowUpDate: "2026-12-01",
		Headline: &tumenv1.Headline{Text: "occurrence: corroborated", Event: "cases/c/events/e1"},
		Summary:  "First line.\nSecond \x1b[31mline.", Withheld: []*tumenv1.Withheld{{Protection: tumenv1.Protection_PROTECTION_IDENTITY, Fields: 2}},
	}
	v.terms = map[string]*tumenv1.Term{
		"refoulement": {Code: "refoulement", Names: []*tumenv1.TermLabel{{Text: "Rückführung", Language: "de"}, {Text: "Forced return", Language: "en"}}},
		"detention":   {Code: "detention", Lasting: true},
	}
	v.called = called{"places/hunchun": "Hunchun"}
	v.events = []*tumenv1.Event{
		{Name: "cases/c/events/e0", Act: "arrest", ExternalIds: external("E0")},
		{Name: "cases/c/events/e1", Act: "refoulement", Title: "훈춘 송환", ExternalIds: external("E1"), Time: &tumenv1.Time{Edtf: "2023-10", Words: "autumn"},
			UsedTime: &tumenv1.UsedTime{Time: &tumenv1.Time{Edtf: "2023-10-09", Night: true, TimeOfDay: "19:30", TimeOfDayApproximate: true}, Basis: tumenv1.TimeBasis_TIME_BASIS_FINDING},
			Places:   []*tumenv1.PlaceValue{{Place: "places/hunchun", Part: tumenv1.PlacePart_PLACE_PART_VIA}, {Words: "over the bridge"}},
			People:   &tumenv1.Count{Low: proto.Int64(501)}, PossiblySameAs: []string{"cases/c/events/e2"}, UncoveredClaims: []string{"cases/c/claims/c1"}},
		{Name: "cases/c/events/e2", Act: "detention", ExternalIds: external("E2"), Time: &tumenv1.Time{Edtf: "2020~/2023-10"}},
	}
	for key, who := range map[string]string{"S1": "Justice", "S2": "Daily", "S3": "Radio", "S4": "Mission", "S5": "Ministry", "S10": "Blog"} {
		v.sources["sources/"+key] = &tumenv1.Source{Name: "sources/" + key, Publisher: who, ExternalIds: external(key)}
	}
	v.sources["sources/S1"].Reliability = tumenv1.Reliability_RELIABILITY_B
	v.ties["ties/known"] = &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SAME_WITNESS}
	v.persons["persons/p"] = &tumenv1.Person{Name: "persons/p", Reference: "P-AAAAA", Withheld: []*tumenv1.Withheld{{Protection: tumenv1.Protection_PROTECTION_IDENTITY}}}
	v.involvements = []*tumenv1.Involvement{
		{Name: "cases/c/involvements/i", ExternalIds: external("I1"), Event: "cases/c/events/e1", Who: &tumenv1.Involvement_Person{Person: "persons/p"},
			Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM, CustodyStatus: "held"},
	}
	v.interventions = []*tumenv1.Intervention{
		{Kind: tumenv1.InterventionKind_INTERVENTION_KIND_URGENT_APPEAL, By: "A", Addressee: "B", Date: "2023-10-13", Summary: "Asked.", Answer: "Denied.", AnswerDate: "2023-11", NextDate: "2026-12-01"},
	}
	tangledFindings(v)
	v.sortEvents()
	return v
}

func tangledFindings(v *matterView) {
	claim := func(name, source string, value *tumenv1.Value, relays ...string) string {
		v.claims["cases/c/claims/"+name] = &tumenv1.Claim{Name: "cases/c/claims/" + name, Source: "sources/" + source, Value: value, Relays: relays, ExternalIds: external(strings.ToUpper(name))}
		return "cases/c/claims/" + name
	}
	count := func(low int64) *tumenv1.Value {
		return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: &low, Words: "more than that"}}}
	}
	own := tumenv1.Basis_BASIS_OWN_CONTACTS
	v.findings = []*tumenv1.Finding{{
		Name: "cases/c/findings/f", Subject: "cases/c/events/e1", Aspect: tumenv1.Aspect_ASPECT_COUNT,
		State: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Stale: true, StaleReasons: []string{"a new claim: cases/0123456789abcdefghjkmnpqrs/claims/0123456789abcdefghjkmnpqrs"},
		Support: &tumenv1.Support{
			Supporting: &tumenv1.StanceSupport{AtLeast: 2, AtMost: 4,
				Claims: []string{claim("c10", "S10", count(501), "sources/S2"), claim("c1", "S1", count(501)), claim("c3", "S3", count(601)), claim("c4", "S4", nil), "cases/c/claims/unseen"},
				Groups: []*tumenv1.OriginGroup{
					{Origins: []*tumenv1.Origin{{Source: "sources/S4", Basis: own}, {Source: "sources/S1", Basis: own}}, Grounded: true, KnownDistinct: 2,
						Joints: []*tumenv1.Joint{{A: "sources/S4", B: "sources/S1", Ties: []string{"ties/x", "ties/y"}, Through: []string{"sources/S3"}}}},
					{Origins: []*tumenv1.Origin{{Source: "sources/S2", Basis: own}, {Source: "sources/S3", Basis: own}}, Grounded: true, KnownDistinct: 1,
						Joints: []*tumenv1.Joint{{A: "sources/S2", B: "sources/S3", Known: true, Ties: []string{"ties/known"}}}},
					{Origins: []*tumenv1.Origin{{Source: "sources/S5"}}, KnownDistinct: 1},
				},
				Unresolved: []*tumenv1.Unresolved{{Claim: "cases/c/claims/c10", Source: "sources/S10", PossibleOrigins: []string{"sources/S5", "sources/S2"}, Counted: true}},
				LeftOut: []*tumenv1.LeftOut{
					{Source: "sources/S10", Reason: tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE, Origins: []string{"sources/S5"}},
					{Source: "sources/S3", Reason: tumenv1.LeftOutReason_LEFT_OUT_REASON_DIFFERS_FROM_ORIGIN, Origins: []string{"sources/S1"}},
				},
				Cycles: []*tumenv1.Cycle{{Sources: []string{"sources/S10", "sources/S3"}}},
			},
			Denying: &tumenv1.StanceSupport{AtLeast: 1, AtMost: 1, Claims: []string{claim("c5", "S5", nil)}, Groups: []*tumenv1.OriginGroup{
				{Origins: []*tumenv1.Origin{{Source: "sources/S5", Basis: tumenv1.Basis_BASIS_OFFICIAL_STATEMENT}}, KnownDistinct: 1}}},
			Values: []*tumenv1.ValueSupport{
				{Label: "at least 501", Determined: true, Support: &tumenv1.StanceSupport{AtLeast: 2, AtMost: 3, Groups: []*tumenv1.OriginGroup{{Origins: []*tumenv1.Origin{{Source: "sources/S1"}}}}}},
				{Label: "via places/hunchun", Support: &tumenv1.StanceSupport{AtLeast: 1, AtMost: 1}},
			},
			Agreement: []*tumenv1.Agreement{
				{Label: "at least 501", AtLeast: 2, AtMost: 3},
				{Label: "501-600", AtLeast: 2, AtMost: 4, Origins: []string{"sources/S4", "sources/S10", "sources/S1"}},
			},
			Flags: []*tumenv1.Flag{{Kind: tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS, Source: "sources/S3", Origin: "sources/S1"}, {Kind: tumenv1.FlagKind_FLAG_KIND_CONTRADICTS_ITSELF, Source: "sources/S10"}},
		},
		Conclusion: &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Value: count(501), Confidence: tumenv1.Confidence_CONFIDENCE_MODERATE,
			Standard: tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS, Rationale: "Two say so.\nNeither repeats the other.",
			AddressedDenials: []*tumenv1.AddressedDenial{{Origin: "sources/S5", Rationale: "It denies the word."}},
			Independence:     []*tumenv1.Independence{{A: "sources/S1", B: "sources/S2", Why: "Other towns."}}},
		Proposer: "organisations/o/members/m", ProposeTime: &timestamppb.Timestamp{Seconds: 1_700_000_000}, Approver: "organisations/o/members/n",
		ApprovedSupport: &tumenv1.Support{Supporting: &tumenv1.StanceSupport{AtLeast: 2, AtMost: 2}},
	}}
}

func TestACaseForAPerson(t *testing.T) {
	var b strings.Builder
	tangled().render(&output{w: &b})
	golden(t, "case.txt", b.String())
}

func TestACaseOnANarrowTerminal(t *testing.T) {
	var b strings.Builder
	tangled().render(&output{w: &b, width: 72})
	golden(t, "case-72.txt", b.String())
	for line := range strings.Lines(b.String()) {
		if displayWidth(strings.TrimSuffix(line, "\n")) > 72 {
			t.Errorf("wider than the terminal: %s", line)
		}
	}
}

// The server lists by name, and names are another in each store: what a person
// is shown must not depend on it.
func TestTheOrderOfNamesIsNotSeen(t *testing.T) {
	var want strings.Builder
	many := []string{"supporting: sources/0123456789abcdefghjkmnpqrs is a new origin", "denying: independent origins 1 to 1, approved at 0 to 0", "flags: 1 that were not approved, 0 gone"}
	matter := func() *matterView {
		v := tangled()
		v.findings[0].StaleReasons = append(v.findings[0].StaleReasons, many...)
		return v
	}
	matter().render(&output{w: &want})
	rapid.Check(t, func(t *rapid.T) {
		v := matter()
		shuffle(t, v.findings[0].GetSupport().ProtoReflect())
		v.findings[0].StaleReasons = rapid.Permutation(v.findings[0].StaleReasons).Draw(t, "reasons")
		var got strings.Builder
		v.render(&output{w: &got})
		if got.String() != want.String() {
			t.Fatalf("in another order:\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

// shuffle puts all lists in a message into another order.
func shuffle(t *rapid.T, m protoreflect.Message) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsList():
			list := v.List()
			for i := range list.Len() {
				if fd.Message() != nil {
					shuffle(t, list.Get(i).Message())
				}
				j := rapid.IntRange(i, list.Len()-1).Draw(t, "place")
				a, b := list.Get(i), list.Get(j)
				list.Set(i, b)
				list.Set(j, a)
			}
		case fd.Message() != nil && !fd.IsMap():
			shuffle(t, v.Message())
		}
		return true
	})
}

func TestTotalsForAPerson(t *testing.T) {
	var b strings.Builder
	v := tangled()
	v.total(&output{w: &b}, &tumenv1.Total{
		Act: "refoulement", Low: 541, NamedPersons: 3,
		ByOutcome: []*tumenv1.OutcomeTotal{{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Low: 501, High: proto.Int64(600), Events: 1}, {Low: 40, Events: 2}},
		Contributions: []*tumenv1.Contribution{
			{Event: "cases/c/events/e1", Title: "훈춘 송환", Low: 501, High: proto.Int64(600), Basis: tumenv1.CountBasis_COUNT_BASIS_FINDING, Dating: tumenv1.Dating_DATING_DATED_SO, Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Counted: true, Sources: []string{"sources/S10", "sources/S4"}},
			{Event: "cases/c/events/e0", Low: 40, High: proto.Int64(40), Basis: tumenv1.CountBasis_COUNT_BASIS_CLAIMS, Dating: tumenv1.Dating_DATING_MAY_BE, WithinEvent: "cases/c/events/e1", SingleSource: true, Sources: []string{"sources/S4"}, Explanation: "the highest bound that two origins entail"},
		},
		Overlaps: []*tumenv1.Overlap{{Events: []string{"cases/c/events/e1", "cases/c/events/e2"}}},
		Method:   "Lows are added.", Notes: []string{"One figure rests on one source."},
	})
	golden(t, "count.txt", b.String())
}

func TestCountsInWords(t *testing.T) {
	n := func(i int64) *int64 { return &i }
	tests := map[string]*tumenv1.Count{
		"":                        nil,
		"at least 501":            {Low: n(501)},
		"at most 600":             {High: n(600)},
		"540 to 660":              {Low: n(540), High: n(660)},
		"80":                      {Low: n(80), Best: n(80), High: n(80)},
		"12 (at least 10)":        {Low: n(10), Best: n(12)},
		"7":                       {Best: n(7)},
		"“hundreds”":              {Words: "hundreds"},
		"at least 501 “over 500”": {Low: n(501), Words: "over 500"},
		"40":                      {Low: n(40), High: n(40), Words: "40"},
		"about 600 (540 to 660, ± 10 %) “about 600”": {Low: n(540), Best: n(600), High: n(660), TolerancePercent: proto.Int32(10), Words: "about 600"},
	}
	for want, c := range tests {
		if got := countWords(c); strings.TrimSpace(got) != want {
			t.Errorf("%v: %q, want %q", c, got, want)
		}
	}
}

func TestASourceThatAddsNothingIsToldOnce(t *testing.T) {
	v := tangled()
	unsure := tumenv1.LeftOutReason_LEFT_OUT_REASON_UNRESOLVED_RELAY
	s := &tumenv1.StanceSupport{AtLeast: 1, AtMost: 1, Claims: []string{"cases/c/claims/c10"},
		Unresolved: []*tumenv1.Unresolved{{Claim: "a", Source: "sources/S10", PossibleOrigins: []string{"sources/S1", "sources/S5"}}, {Claim: "b", Source: "sources/S2", Counted: true}},
		LeftOut: []*tumenv1.LeftOut{
			{Claim: "a", Source: "sources/S10", Reason: unsure, Origins: []string{"sources/S1"}}, {Claim: "a", Source: "sources/S10", Reason: unsure},
			{Claim: "b", Source: "sources/S2", Reason: tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE, Origins: []string{"sources/S5"}},
		}}
	var b strings.Builder
	v.stance(&output{w: &b}, "supported by", s)
	want := "    supported by at least 1, at most 1 independent origin on the recorded links\n" +
		"      ? S2 Daily: whom it repeats is not known; not S5, with another stance; adds to at most\n" +
		"      ? S10 Blog: whom it repeats is not known; perhaps S1, S5; adds nothing\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestAValueIsMarkedByWhatHasBecomeOfTheConclusion(t *testing.T) {
	corroborated := &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED}
	for state, want := range map[tumenv1.FindingState]string{
		tumenv1.FindingState_FINDING_STATE_CORROBORATED: " (as determined)",
		tumenv1.FindingState_FINDING_STATE_PROPOSED:     " (as proposed)",
		tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW: " (as before this review)",
	} {
		if got := determinedAs(&tumenv1.Finding{State: state, Conclusion: corroborated}); got != want {
			t.Errorf("%v: %q", state, got)
		}
	}
}

func TestBetweenIsAMomentAndFromIsADuration(t *testing.T) {
	v := tangled()
	for _, c := range []struct{ act, time, want string }{
		{"detention", "2020~/2023-10", "from 2020~ to 2023-10"},
		{"refoulement", "2020~/2023-10", "between 2020~ and 2023-10"},
		{"detention", "2020", "2020, lasts"},
		{"detention", "2020/..", "2020/.., lasts"},
		{"refoulement", "2020", "2020"},
	} {
		if got := v.eventTime(&tumenv1.Event{Act: c.act, Time: &tumenv1.Time{Edtf: c.time}}); got != c.want {
			t.Errorf("%s %s: %s", c.act, c.time, got)
		}
	}
}
