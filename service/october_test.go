package service_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// october is the October 2023 matter as one of its case workers records it.
type october struct {
	*world
	worker *member
	names  map[string]string // key -> name
	keys   map[string]string // name -> key
}

// doc is one document of a matter.
func doc(key string, rec *tumenv1.Record) *tumenv1.MatterDocument {
	return &tumenv1.MatterDocument{Key: key, Record: rec}
}

func source(key, kind, title string, basis tumenv1.Basis, relays ...string) *tumenv1.MatterDocument {
	s := &tumenv1.Source{Kind: kind, Title: title, Basis: basis}
	for _, r := range relays {
		s.Relays = append(s.Relays, &tumenv1.Relay{Source: r, Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES})
	}
	return doc(key, &tumenv1.Record{Record: &tumenv1.Record_Source{Source: s}})
}

func event(key, act, when string) *tumenv1.MatterDocument {
	return doc(key, &tumenv1.Record{Record: &tumenv1.Record_Event{Event: &tumenv1.Event{Act: act, Title: key, Time: &tumenv1.Time{Edtf: when}}}})
}

// claim is a claim of a source on an event, keyed C-source-event-aspect.
func claim(source, event string, aspect tumenv1.Aspect, stance tumenv1.Stance, value *tumenv1.Value, relays ...string) *tumenv1.MatterDocument {
	c := &tumenv1.Claim{Source: source, Subjects: []string{event}, Aspect: aspect, Stance: stance, Value: value, Relays: relays}
	d := doc("C-"+source+"-"+event+"-"+aspect.String(), &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: c}})
	d.Case = "october-2023"
	return d
}

const (
	occurrence = tumenv1.Aspect_ASPECT_OCCURRENCE
	onTime     = tumenv1.Aspect_ASPECT_TIME
	onPlace    = tumenv1.Aspect_ASPECT_PLACE
	count      = tumenv1.Aspect_ASPECT_COUNT
	asserts    = tumenv1.Stance_STANCE_ASSERTS
	denies     = tumenv1.Stance_STANCE_DENIES
	unsure     = tumenv1.Stance_STANCE_DOES_NOT_CONFIRM
	own        = tumenv1.Basis_BASIS_OWN_CONTACTS
	official   = tumenv1.Basis_BASIS_OFFICIAL_STATEMENT
	relayed    = tumenv1.Basis_BASIS_RELAYED
	unstated   = tumenv1.Basis_BASIS_NOT_STATED
)

func people(c *tumenv1.Count) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: c}}
}

func atLeast(n int64) *tumenv1.Value { return people(&tumenv1.Count{Low: &n}) }
func atMost(n int64) *tumenv1.Value  { return people(&tumenv1.Count{High: &n}) }
func exactly(n int64) *tumenv1.Value { return people(&tumenv1.Count{Low: &n, Best: &n, High: &n}) }

func about(n int64) *tumenv1.Value {
	return people(&tumenv1.Count{Low: proto.Int64(n - n/10), Best: &n, High: proto.Int64(n + n/10), TolerancePercent: proto.Int32(10), Words: "about"})
}

func when(edtf string) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{Edtf: edtf}}}
}

func via(places ...string) *tumenv1.Value {
	v := &tumenv1.Places{}
	for _, p := range places {
		v.Places = append(v.Places, &tumenv1.PlaceValue{Place: "places/" + p, Part: tumenv1.PlacePart_PLACE_PART_VIA})
	}
	return &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: v}}
}

func placeWords(words string) *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{{Words: words}}}}}
}

func octoberDocuments() []*tumenv1.MatterDocument {
	return []*tumenv1.MatterDocument{
		doc("october-2023", &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: "The October 2023 repatriations", PrincipalEvent: "E1"}}}),
		event("E1", "refoulement", "2023-10-09"), event("E2", "detention", "2020~/2023-10"), event("E3", "refoulement", "2023-08-29"),
		event("E4", "refoulement", "2023-09-18"), event("E5", "refoulement", "2021-07"),
		source("S1", "ngo-statement", "JFNK", own), source("S2", "news", "a newspaper", unstated), source("S3", "news", "KBS World", relayed, "S1"),
		source("S4", "ngo-statement", "J.M. Missionary Union", own), source("S5", "news", "Radio Free Asia", relayed, "S4", "S1"),
		source("S6", "ngo-report", "Human Rights Watch", own), source("S7", "government-statement", "Chinese foreign ministry", official),
		source("S8", "government-statement", "Unification ministry", official), source("S9", "news", "Yonhap", relayed, "S8", "S2", "S10"),
		source("S10", "un-statement", "Special rapporteur", official), source("S11", "news", "SCMP", relayed, "S1", "S7", "S8", "S10", "S12"),
		source("S12", "government-statement", "South Korean ambassador", official), source("S13", "ngo-report", "TJWG", unstated),
		source("S14", "analysis", "International IDEA", relayed, "S6", "S11"),
		doc("T1", &tumenv1.Record{Record: &tumenv1.Record_Tie{Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: "S6", B: "S4", Grounds: "a missionary with contacts"}}}),
		claim("S1", "E1", occurrence, asserts, nil), claim("S1", "E1", onTime, asserts, when("2023-10-09")),
		claim("S1", "E1", onPlace, asserts, via("dandong", "hunchun")), claim("S1", "E1", count, asserts, about(600)),
		claim("S2", "E1", count, asserts, about(600)), claim("S3", "E1", count, asserts, atLeast(601), "S1"),
		claim("S4", "E1", occurrence, asserts, nil), claim("S4", "E1", onTime, asserts, when("2023-10-09")),
		claim("S4", "E1", onPlace, asserts, via("tumen", "hunchun", "changbai", "dandong", "nanping")), claim("S4", "E1", count, asserts, atLeast(501)),
		claim("S6", "E1", occurrence, asserts, nil), claim("S6", "E1", onPlace, asserts, placeWords("five border crossings")), claim("S6", "E1", count, asserts, atLeast(501)),
		claim("S6", "E3", occurrence, asserts, nil), claim("S6", "E3", count, asserts, exactly(80)),
		claim("S6", "E4", occurrence, asserts, nil), claim("S6", "E4", count, asserts, exactly(40)),
		claim("S4", "E3", occurrence, asserts, nil), claim("S4", "E4", occurrence, asserts, nil),
		claim("S7", "E1", occurrence, denies, nil), claim("S8", "E1", occurrence, asserts, nil),
		claim("S8", "E1", onPlace, asserts, placeWords("the three northeastern provinces")), claim("S8", "E1", count, unsure, nil),
		claim("S9", "E1", count, asserts, about(600), "S2"), claim("S10", "E2", count, asserts, atLeast(2001)),
		claim("S12", "E1", occurrence, unsure, nil), claim("S13", "E1", count, asserts, atMost(600)),
		claim("S14", "E1", count, asserts, atLeast(501), "S6"),
	}
}

// loadOctober applies the matter through the API.
func loadOctober(t testing.TB) *october {
	t.Helper()
	w := start(t, nil)
	o := &october{world: w, worker: w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), names: map[string]string{}, keys: map[string]string{}}
	out := o.apply(o.worker, false, octoberDocuments()...)
	if !out.GetApplied() {
		t.Fatal("not applied")
	}
	return o
}

// apply applies documents and remembers their names.
func (o *october) apply(m *member, validateOnly bool, docs ...*tumenv1.MatterDocument) *tumenv1.ApplyMatterResponse {
	o.t.Helper()
	out, err := applyMatter(o.world, m, validateOnly, docs...)
	ok(o.t, err)
	for _, d := range out.GetDocuments() {
		o.names[d.GetKey()], o.keys[d.GetName()] = d.GetName(), d.GetKey()
	}
	return out
}

func applyMatter(w *world, m *member, validateOnly bool, docs ...*tumenv1.MatterDocument) (*tumenv1.ApplyMatterResponse, error) {
	stream, err := m.exchange.ApplyMatter(w.ctx)
	if err != nil {
		return nil, err
	}
	send := func(r *tumenv1.ApplyMatterRequest) { _ = stream.Send(r) } // the error shows at the end
	send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{ValidateOnly: validateOnly, Reason: "first report"}}})
	for _, d := range docs {
		send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: d}})
	}
	return stream.CloseAndRecv()
}

// finding reads the finding on an aspect of a keyed event.
func (o *october) finding(m *member, event string, aspect tumenv1.Aspect) *tumenv1.Finding {
	o.t.Helper()
	out, err := m.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: o.names["october-2023"], Subject: o.names[event], Aspect: aspect})
	ok(o.t, err)
	if len(out.GetFindings()) != 1 {
		o.t.Fatalf("%d findings on %s of %s", len(out.GetFindings()), aspect, event)
	}
	return out.GetFindings()[0]
}
