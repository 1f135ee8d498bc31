package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// faultOf describes a fault: document, field and reason.
func faultsOf(out *tumenv1.ApplyMatterResponse) []string {
	var all []string
	for _, f := range out.GetFaults() {
		all = append(all, fmt.Sprintf("%d %s %s", f.GetDocument(), f.GetField(), f.GetReason()))
	}
	return all
}

func caseDoc(key, title string) *tumenv1.MatterDocument {
	return doc(key, &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: title}}})
}

func in(name string, d *tumenv1.MatterDocument) *tumenv1.MatterDocument {
	d.Case = name
	return d
}

func keyed(key string, d *tumenv1.MatterDocument) *tumenv1.MatterDocument {
	d.Key = key
	return d
}

func TestEveryFaultOfAMatterIsTold(t *testing.T) {
	o, counting := counted(t)
	_, theirs := stranger(o)
	low := claim("S1", "E1", count, asserts, people(&tumenv1.Count{Low: proto.Int64(9), High: proto.Int64(8)}))
	retold := claim("S1", "E1", occurrence, denies, nil)
	for _, c := range []struct {
		name string
		docs []*tumenv1.MatterDocument
		want []string
	}{
		{"nothing in a document", []*tumenv1.MatterDocument{{Key: "A"}}, []string{"0 record RECORD_MISSING"}},
		{"a kind that no matter holds", []*tumenv1.MatterDocument{doc("A", &tumenv1.Record{Record: &tumenv1.Record_Finding{Finding: &tumenv1.Finding{}}})}, []string{"0 record KIND_NOT_APPLIED"}},
		{"a key twice", []*tumenv1.MatterDocument{source("A", "news", "x", own), source("A", "news", "y", own)}, []string{"1 key KEY_REPEATED"}},
		{"a key and the name of the same record", []*tumenv1.MatterDocument{source("S1", "ngo-statement", "x", own), keyed(o.names["S1"], source("", "news", "y", own))}, []string{"1 key KEY_REPEATED"}},
		{"a key of another kind", []*tumenv1.MatterDocument{source("E1", "news", "x", own)}, []string{"0 key WRONG_KIND"}},
		{"a reference to nothing", []*tumenv1.MatterDocument{source("A", "news", "x", relayed, "B", "ngo:B", "elsewhere:B")}, []string{
			"0 relays[0].source REFERENCE_NOT_FOUND", "0 relays[1].source REFERENCE_NOT_FOUND", "0 relays[2].source REFERENCE_NOT_FOUND"}},
		{"a reference of the wrong kind", []*tumenv1.MatterDocument{source("A", "news", "x", relayed, "E1")}, []string{"0 relays[0].source WRONG_KIND"}},
		{"no case", []*tumenv1.MatterDocument{event("A", "arrest", "2023")}, []string{"0 case CASE_MISSING"}},
		{"two cases", []*tumenv1.MatterDocument{caseDoc("K1", "x"), caseDoc("K2", "y"), event("A", "arrest", "2023"), in("K2", event("B", "arrest", "2023"))}, []string{"2 case CASE_MISSING"}},
		{"a case that is a source", []*tumenv1.MatterDocument{in(o.names["S1"], event("A", "arrest", "2023")), in("S1", event("B", "arrest", "2023"))}, []string{"0 case REFERENCE_NOT_FOUND", "1 case REFERENCE_NOT_FOUND"}},
		{"another organisation's case", []*tumenv1.MatterDocument{in(theirs.GetName(), event("A", "arrest", "2023"))}, []string{"0 case REFERENCE_NOT_FOUND"}},
		{"a record that would move", []*tumenv1.MatterDocument{caseDoc("K1", "x"), in("K1", event("E1", "refoulement", "2023-10-09"))}, []string{"1 case OTHER_CASE"}},
		{"a faulty case is not blamed on what lies in it", []*tumenv1.MatterDocument{caseDoc("E1", "x"), event("A", "arrest", "2023")}, []string{"0 key WRONG_KIND"}},
		{"a faulty source is not blamed on its claims", []*tumenv1.MatterDocument{source("A", "no-such-kind", "x", own), claim("A", "E1", occurrence, asserts, nil)}, []string{"0 kind UNKNOWN_CODE"}},
		{"values, dates and acts", []*tumenv1.MatterDocument{low, in("october-2023", event("A", "no-such-act", "2023-02-30"))}, []string{"0 value.count COUNT_ORDER", "1 act UNKNOWN_CODE", "1 time.edtf INVALID_DATE"}},
		{"a changed stance", []*tumenv1.MatterDocument{retold}, []string{"0 stance IMMUTABLE"}},
		{"a built-in place", []*tumenv1.MatterDocument{doc("places/hunchun", &tumenv1.Record{Record: &tumenv1.Record_Place{Place: &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "x"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_CITY}}})}, []string{"0 key NOT_THE_OWNER"}},
		{"confirmed by nobody", []*tumenv1.MatterDocument{graded(claim("S10", "E5", occurrence, asserts, nil))}, []string{"0 credibility NOT_CONFIRMED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			unwritten(t, o.worker, counting, func() {
				out, err := applyMatter(o.world, o.worker, true, c.docs...)
				ok(t, err)
				if got := faultsOf(out); !slices.Equal(got, c.want) {
					t.Errorf("got  %q\nwant %q", got, c.want)
				}
				if out.GetApplied() || int(out.GetCreated()+out.GetUpdated()+out.GetUnchanged()) >= len(c.docs) {
					t.Errorf("what would be done: %d created, %d updated, %d unchanged", out.GetCreated(), out.GetUpdated(), out.GetUnchanged())
				}
				_, err = applyMatter(o.world, o.worker, false, append([]*tumenv1.MatterDocument{source("Fine", "news", "fine", own)}, c.docs...)...)
				refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "documents[")
			})
		})
	}
}

func graded(d *tumenv1.MatterDocument) *tumenv1.MatterDocument {
	c := d.GetRecord().GetClaim()
	c.Credibility, c.CredibilityReason = tumenv1.Credibility_CREDIBILITY_CONFIRMED, "sure"
	return d
}

func TestTheErrorOfAMatterStaysSmall(t *testing.T) {
	o := loadOctober(t)
	var docs []*tumenv1.MatterDocument
	for i := range 500 {
		docs = append(docs, source(fmt.Sprintf("A%d", i), "news", "x", relayed, strings.Repeat("long", 10_000)))
	}
	_, err := applyMatter(o.world, o.worker, false, docs...)
	refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "500", "more")
	if n := proto.Size(status.Convert(err).Proto()); n > 8<<10 {
		t.Errorf("an error of %d bytes", n)
	}
}

func TestAppliedTwiceAMatterChangesNothing(t *testing.T) {
	o, counting := counted(t)
	before := counting.Counts()
	out := o.apply(o.worker, false, octoberDocuments()...)
	if out.GetCreated() != 0 || out.GetUpdated() != 0 || int(out.GetUnchanged()) != len(octoberDocuments()) {
		t.Errorf("%d created, %d updated, %d unchanged", out.GetCreated(), out.GetUpdated(), out.GetUnchanged())
	}
	if d := counting.Counts().Sub(before); d.Puts != 0 || d.Deletes != 0 {
		t.Errorf("something was written: %+v", d)
	}
	src, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S1"]})
	ok(t, err)
	if src.GetSource().GetRevision() != 1 {
		t.Errorf("revision %d", src.GetSource().GetRevision())
	}
}

func TestAChangedDocumentUpdatesThatRecordAlone(t *testing.T) {
	o, _ := counted(t)
	docs := octoberDocuments()
	docs[7] = source("S2", "news", "a newspaper of Seoul", unstated) // in place of "a newspaper"
	out := o.apply(o.worker, false, docs[7:]...)
	if out.GetCreated() != 0 || out.GetUpdated() != 1 || int(out.GetUnchanged()) != len(docs)-8 {
		t.Errorf("%d created, %d updated, %d unchanged", out.GetCreated(), out.GetUpdated(), out.GetUnchanged())
	}
	src, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S2"]})
	ok(t, err)
	if src.GetSource().GetTitle() != "a newspaper of Seoul" || src.GetSource().GetRevision() != 2 {
		t.Errorf("now %v", src.GetSource())
	}
	e, err := o.worker.cases.GetEvent(o.ctx, &tumenv1.GetEventRequest{Name: o.names["E1"]})
	ok(t, err)
	if e.GetEvent().GetDeleteTime() != nil || e.GetEvent().GetRevision() != 1 {
		t.Errorf("absent from the file: %v", e.GetEvent())
	}
}

func TestReferencesAreKeysNamesAndIssuedIds(t *testing.T) {
	o := loadOctober(t)
	made, err := o.worker.sources.CreateSource(o.ctx, &tumenv1.CreateSourceRequest{Reason: "recorded",
		Source: &tumenv1.Source{Kind: "news", Title: "by another id", ExternalIds: []*tumenv1.ExternalId{{Issuer: "archive.org", Id: "x:y"}}}})
	ok(t, err)
	out := o.apply(o.worker, false,
		source("R1", "news", "relays", relayed, "R2", "S1", o.names["S2"], "ngo:S3", "archive.org:x:y"), source("R2", "news", "in the matter", own))
	got, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: out.GetDocuments()[0].GetName()})
	ok(t, err)
	want := []string{o.names["R2"], o.names["S1"], o.names["S2"], o.names["S3"], made.GetSource().GetName()}
	for i, r := range got.GetSource().GetRelays() {
		if r.GetSource() != want[i] {
			t.Errorf("relay %d: %s, want %s", i, r.GetSource(), want[i])
		}
	}
}

func TestAMatterMayBringItsOwnCodesAndPlaces(t *testing.T) {
	o := loadOctober(t)
	place := func(name, inside string) *tumenv1.Record {
		return &tumenv1.Record{Record: &tumenv1.Record_Place{Place: &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: name}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: inside}}}
	}
	e := in("october-2023", event("E9", "night-raid", "2023-10-01/2023-10-09"))
	e.GetRecord().GetEvent().Places = []*tumenv1.PlaceValue{{Place: "cell", Part: tumenv1.PlacePart_PLACE_PART_AT}}
	docs := []*tumenv1.MatterDocument{
		e, doc("cell", place("a cell", "camp")), doc("camp", place("a camp", "places/hunchun")),
		doc("raid", &tumenv1.Record{Record: &tumenv1.Record_Term{Term: &tumenv1.Term{Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "night-raid", Lasting: true, Names: []*tumenv1.TermLabel{{Language: "en", Text: "night raid"}}}}}),
	}
	checked := o.apply(o.worker, true, docs...)
	if len(checked.GetFaults()) > 0 || checked.GetCreated() != 4 {
		t.Fatalf("checked: %v", checked)
	}
	o.apply(o.worker, false, docs...)
	found, err := o.worker.cases.ListEvents(o.ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Place: "places/hunchun", OngoingIn: "2023-10-05"})
	ok(t, err)
	if len(found.GetMatches()) != 1 || found.GetMatches()[0].GetEvent().GetName() != o.names["E9"] {
		t.Errorf("found %v", found.GetMatches())
	}
	again := o.apply(o.worker, false, docs...)
	if again.GetUnchanged() != 4 {
		t.Errorf("again: %d unchanged", again.GetUnchanged())
	}
}

func TestTwoCasesInOneMatter(t *testing.T) {
	o := loadOctober(t)
	out := o.apply(o.worker, false, caseDoc("K1", "one"), caseDoc("K2", "two"), in("K1", event("A", "arrest", "2023")), in("K2", event("B", "arrest", "2023")))
	for i, parent := range map[int]string{2: o.names["K1"], 3: o.names["K2"]} {
		if name := out.GetDocuments()[i].GetName(); !strings.HasPrefix(name, parent+"/events/") {
			t.Errorf("document %d is %s", i, name)
		}
	}
	again := o.apply(o.worker, false, event("A", "arrest", "2023"), in(o.names["K2"], event("B", "arrest", "2023")))
	if again.GetUnchanged() != 2 {
		t.Errorf("by key alone: %v", again)
	}
}

func TestWhatTheApplierCannotSeeIsNotCleared(t *testing.T) {
	i := startIdentities(t)
	bare := doc("P1", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{Sex: tumenv1.Sex_SEX_OTHER}}})
	out := i.apply(i.first, false, bare)
	if out.GetUpdated() != 1 {
		t.Fatalf("%v", out)
	}
	p, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if p.GetPerson().GetNotes() != secret || len(p.GetPerson().GetNames()) != 1 || p.GetPerson().GetSex() != tumenv1.Sex_SEX_OTHER {
		t.Errorf("now %v", p.GetPerson())
	}
	out = i.apply(i.worker, false, proto.Clone(bare).(*tumenv1.MatterDocument))
	p, err = i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if out.GetUpdated() != 0 || p.GetPerson().GetNotes() != secret {
		t.Errorf("what the author's own document does not mention: %v", p.GetPerson())
	}
	out = i.apply(i.worker, false, emptying(bare, "notes"))
	p, err = i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if out.GetUpdated() != 1 || p.GetPerson().GetNotes() != "" || len(p.GetPerson().GetNames()) != 1 {
		t.Errorf("what the author's own document empties: %v", p.GetPerson())
	}
}

func TestAClaimThatNoLongerStandsIsNotChangedByItsKey(t *testing.T) {
	o := loadOctober(t)
	d := func() *tumenv1.MatterDocument { return claim("S13", "E1", count, asserts, atMost(600)) }
	c, err := o.worker.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: o.names[d().GetKey()]})
	ok(t, err)
	_, err = o.worker.claims.RetractClaim(o.ctx, &tumenv1.RetractClaimRequest{Name: c.GetClaim().GetName(), Etag: c.GetClaim().GetEtag(), Reason: "withdrawn"})
	ok(t, err)
	if out := o.apply(o.worker, false, d()); out.GetUnchanged() != 1 {
		t.Errorf("the same document: %v", out)
	}
	other := d()
	other.GetRecord().GetClaim().Value = atMost(700)
	out := o.apply(o.worker, true, other)
	if got := faultsOf(out); !slices.Equal(got, []string{"0 key CLAIM_NOT_ACTIVE"}) {
		t.Errorf("a changed one: %q", got)
	}
}
