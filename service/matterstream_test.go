package service_test

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// sendMatter sends pieces as they are.
func sendMatter(o *october, m *member, pieces ...*tumenv1.ApplyMatterRequest) (*tumenv1.ApplyMatterResponse, error) {
	stream, err := m.exchange.ApplyMatter(o.ctx)
	ok(o.t, err)
	for _, p := range pieces {
		if stream.Send(p) != nil {
			break // the error shows at the end
		}
	}
	return stream.CloseAndRecv()
}

func header(id string) *tumenv1.ApplyMatterRequest {
	return &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "sent", RequestId: id}}}
}

func piece(d *tumenv1.MatterDocument) *tumenv1.ApplyMatterRequest {
	return &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: d}}
}

func TestAMatterIsAHeaderAndThenDocuments(t *testing.T) {
	o := loadOctober(t)
	d := piece(source("A", "news", "x", own))
	for name, c := range map[string]struct {
		pieces []*tumenv1.ApplyMatterRequest
		reason string
	}{
		"nothing":           {nil, "HEADER_MISSING"},
		"no header":         {[]*tumenv1.ApplyMatterRequest{d}, "HEADER_MISSING"},
		"two headers":       {[]*tumenv1.ApplyMatterRequest{header(""), header("")}, "HEADER_REPEATED"},
		"a piece of nought": {[]*tumenv1.ApplyMatterRequest{header(""), {}}, "DOCUMENT_MISSING"},
		"no reason":         {[]*tumenv1.ApplyMatterRequest{{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{}}}}, "STRING_MIN_LEN"},
	} {
		_, err := sendMatter(o, o.worker, c.pieces...)
		t.Log(name)
		refused(t, err, codes.InvalidArgument, c.reason)
	}
	out, err := sendMatter(o, o.worker, header(""))
	ok(t, err)
	if !out.GetApplied() || len(out.GetDocuments()) != 0 {
		t.Errorf("no documents: %v", out)
	}
}

func TestARepeatedMatterIsAppliedOnce(t *testing.T) {
	o, counting := counted(t)
	const id = "6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a14"
	pieces := []*tumenv1.ApplyMatterRequest{header(id), piece(source("S1", "ngo-statement", "JFNK, Seoul", own)), piece(source("N1", "news", "new", own)), piece(source("S2", "news", "a newspaper", unstated))}
	first, err := sendMatter(o, o.worker, pieces...)
	ok(t, err)
	if first.GetCreated() != 1 || first.GetUpdated() != 1 || first.GetUnchanged() != 1 {
		t.Fatalf("first: %v", first)
	}
	before := counting.Counts()
	again, err := sendMatter(o, o.worker, pieces...)
	ok(t, err)
	if !proto.Equal(first, again) {
		t.Errorf("first %v\nagain %v", first, again)
	}
	if d := counting.Counts().Sub(before); d.Puts != 0 {
		t.Errorf("the repeated matter wrote: %+v", d)
	}
	_, err = sendMatter(o, o.worker, append(pieces, piece(source("N2", "news", "another", own)))...)
	refused(t, err, codes.InvalidArgument, "REQUEST_ID_REUSED")
}

func TestAnExportedMatterAppliesUnchanged(t *testing.T) {
	o := loadOctober(t)
	// Beside the matter as it was sent: records without keys, with several ids, a
	// code and a place of one's own, a person, a tie of persons.
	_, err := o.worker.terms.CreateTerm(o.ctx, &tumenv1.CreateTermRequest{Reason: "recorded", Term: &tumenv1.Term{
		Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "night-raid", Names: []*tumenv1.TermLabel{{Language: "en", Text: "night raid"}}}})
	ok(t, err)
	place, err := o.worker.places.CreatePlace(o.ctx, &tumenv1.CreatePlaceRequest{Reason: "recorded", Place: &tumenv1.Place{
		Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: "places/hunchun"}})
	ok(t, err)
	e, err := o.worker.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: caseOf(o), Reason: "recorded", Event: &tumenv1.Event{
		Act: "night-raid", Follows: []string{o.names["E2"]}, Places: []*tumenv1.PlaceValue{{Place: place.GetPlace().GetName()}, {Place: "places/tumen"}},
		Labels: map[string]string{"batch": "one"}, ExternalIds: []*tumenv1.ExternalId{{Issuer: "ngo", Id: "E77"}, {Issuer: "archive.org", Id: "77"}, {Issuer: "ngo", Id: "E78"}}}})
	ok(t, err)
	person, err := o.worker.persons.CreatePerson(o.ctx, &tumenv1.CreatePersonRequest{Reason: "recorded", Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: "Kim"}}}})
	ok(t, err)
	_, err = o.worker.cases.CreateInvolvement(o.ctx, &tumenv1.CreateInvolvementRequest{Parent: caseOf(o), Reason: "recorded", Involvement: &tumenv1.Involvement{
		Event: e.GetEvent().GetName(), Who: &tumenv1.Involvement_Person{Person: person.GetPerson().GetName()}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}})
	ok(t, err)
	_, err = o.worker.cases.CreateIntervention(o.ctx, &tumenv1.CreateInterventionRequest{Parent: caseOf(o), Reason: "recorded", Intervention: &tumenv1.Intervention{
		Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST, Events: []string{e.GetEvent().GetName()}}})
	ok(t, err)
	reviewer := o.member("reviewer", tumenv1.Role_ROLE_REVIEWER)
	for _, m := range []*member{o.worker, reviewer} {
		docs := o.exported(m)
		if want := len(octoberDocuments()) + 6 - 1; len(docs) != want { // S5 is relayed by nobody and claims nothing
			t.Errorf("%d documents, want %d: %v", len(docs), want, kindsOf(docs))
		}
		for _, dry := range []bool{true, false} {
			out, err := applyMatter(o.world, m, dry, docs...)
			ok(t, err)
			if int(out.GetUnchanged()) != len(docs) || len(out.GetFaults()) > 0 {
				t.Errorf("%d of %d unchanged: %v", out.GetUnchanged(), len(docs), faultsOf(out))
			}
			for _, d := range out.GetDocuments() {
				if d.GetUpdated() || d.GetCreated() {
					t.Errorf("changed: %v", d)
				}
			}
		}
	}
}

func (o *october) exported(m *member) []*tumenv1.MatterDocument {
	o.t.Helper()
	stream, err := m.exchange.ExportMatter(o.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(o)})
	ok(o.t, err)
	var docs []*tumenv1.MatterDocument
	for {
		out, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return docs
		}
		ok(o.t, err)
		if d := out.GetDocument(); d != nil {
			docs = append(docs, d)
		}
	}
}

// large is a matter of n documents: one case, five events, some sources, claims.
func large(n int) []*tumenv1.MatterDocument {
	docs := []*tumenv1.MatterDocument{caseDoc("L", "large")}
	for i := range 5 {
		docs = append(docs, event(fmt.Sprintf("L-E%d", i), "refoulement", "2023-10-09"))
	}
	for i := range n / 5 {
		docs = append(docs, source(fmt.Sprintf("L-S%d", i), "news", "x", own))
	}
	for i := len(docs); i < n; i++ {
		d := claim(fmt.Sprintf("L-S%d", i%(n/5)), fmt.Sprintf("L-E%d", i%5), count, asserts, atLeast(int64(i%700)))
		docs = append(docs, in("", keyed(fmt.Sprintf("L-C%d", i), d)))
	}
	return docs
}

func TestTenThousandDocumentsAreAMatterAndOneMoreIsNot(t *testing.T) {
	o := loadOctober(t)
	docs := large(10_000)
	applied := docs
	if raceDetector {
		applied = large(1000) // make test applies all of them in a run without it
	}
	start := time.Now()
	out := o.apply(o.worker, false, applied...)
	t.Logf("applied in %v", time.Since(start))
	if out.GetCreated() != int32(len(applied)) {
		t.Fatalf("%d created", out.GetCreated())
	}
	start = time.Now()
	if out = o.apply(o.worker, false, applied...); out.GetUnchanged() != int32(len(applied)) {
		t.Errorf("again: %d unchanged", out.GetUnchanged())
	}
	t.Logf("again in %v", time.Since(start))
	_, err := applyMatter(o.world, o.worker, true, append(docs, source("one-more", "news", "x", own))...)
	refused(t, err, codes.ResourceExhausted, "MATTER_TOO_LARGE")
}

func TestAMatterAndSingleClaimsGoTogether(t *testing.T) {
	o := loadOctober(t)
	var done sync.WaitGroup
	for g := range 4 {
		done.Go(func() {
			for i := range 10 {
				_, err := o.worker.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(o), Reason: "recorded",
					Claim: &tumenv1.Claim{Source: o.names["S1"], Subjects: []string{o.names["E5"]}, Aspect: count, Stance: asserts, Value: atLeast(int64(g*10 + i))}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for g := range 2 {
		done.Go(func() {
			for i := range 5 {
				d := keyed(fmt.Sprintf("G%d-%d", g, i), claim("S6", "E5", count, asserts, atLeast(50)))
				if _, err := applyMatter(o.world, o.worker, false, d, keyed(d.GetKey()+"-place", claim("S6", "E5", onPlace, asserts, placeWords("x")))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	out, err := o.worker.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(o), Subject: o.names["E5"]})
	ok(t, err)
	if len(out.GetFindings()) != 2 {
		t.Errorf("%d findings on E5, want one for each aspect", len(out.GetFindings()))
	}
	claims, err := o.worker.claims.ListClaims(o.ctx, &tumenv1.ListClaimsRequest{Parent: caseOf(o), Subject: o.names["E5"], PageSize: 1000})
	ok(t, err)
	if len(claims.GetMatches()) != 60 {
		t.Errorf("%d claims on E5, want 60", len(claims.GetMatches()))
	}
}

// kindsOf counts documents by what they hold.
func kindsOf(docs []*tumenv1.MatterDocument) map[string]int {
	kinds := map[string]int{}
	for _, d := range docs {
		kinds[fmt.Sprintf("%T", d.GetRecord().GetRecord())]++
	}
	return kinds
}

func TestClaimsOnADecidedFindingAreWeighedOnce(t *testing.T) {
	o, counting := counted(t)
	r := &review{o, o.member("reviewer", tumenv1.Role_ROLE_REVIEWER), o.member("reviewer-2", tumenv1.Role_ROLE_REVIEWER)}
	f := r.decided()
	apply := func(from, n int) int {
		t.Helper()
		var docs []*tumenv1.MatterDocument
		for i := range n {
			docs = append(docs, keyed(fmt.Sprintf("D%d", from+i), claim("S10", "E1", occurrence, unsure, nil)))
		}
		before := counting.Counts()
		o.apply(o.worker, false, docs...)
		return counting.Counts().Sub(before).RowsRead
	}
	few, many := apply(0, 100), apply(100, 400)
	if many > 8*few {
		t.Errorf("%d rows read for 100 claims, %d for 400", few, many)
	}
	r.isStale(f.GetName(), true)
}
