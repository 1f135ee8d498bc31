package service_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// secret stands in every protected field.
const secret = "Kim Unseen"

// identities is the matter with a person, a personal source, a capture and
// claims that name the person; all of it recorded by the worker.
type identities struct {
	*review
	person, src, nameClaim, capture string
}

func startIdentities(t testing.TB) *identities {
	i := &identities{review: startReview(t)}
	release := []*tumenv1.Release{{Purpose: tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD, Basis: tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT, Explanation: secret}}
	i.apply(i.worker, false,
		doc("P1", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{
			Names: []*tumenv1.PersonName{{Text: secret}}, Birth: &tumenv1.Birth{Edtf: "1987", Words: secret}, LastSeen: secret, SafeContact: secret, Notes: secret,
			Documents: []string{secret}, Releases: release, Sex: tumenv1.Sex_SEX_FEMALE, Relations: []*tumenv1.Relation{{Person: "P2", Kind: "mother", Words: secret}}}}}),
		doc("P2", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{}}}),
		doc("SP", &tumenv1.Record{Record: &tumenv1.Record_Source{Source: &tumenv1.Source{Kind: "ngo-statement", Title: "a witness", Basis: own,
			ProtectedNames: []*tumenv1.PersonName{{Text: secret}}, ProtectedContact: secret, ProtectedNotes: secret, Releases: release}}}),
		named("S1"), named("S4"), named("SP"),
	)
	capture, err := upload(i.october, i.worker, i.names["S1"], &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, FileName: secret}, []byte("x"), nil)
	ok(t, err)
	i.person, i.src, i.nameClaim, i.capture = i.names["P1"], i.names["SP"], i.names["N-S1"], capture.GetName()
	return i
}

// named is a claim that the person bears the name.
func named(source string) *tumenv1.MatterDocument {
	d := doc("N-"+source, &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: &tumenv1.Claim{
		Source: source, Subjects: []string{"P1"}, Aspect: tumenv1.Aspect_ASPECT_NAME, Stance: asserts,
		ProtectedValue: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: secret}}}}}})
	d.Case = "october-2023"
	return d
}

// nothingOf fails where an answer or an error holds the secret.
func nothingOf(t *testing.T, what string, m proto.Message, err error) {
	t.Helper()
	text := told(err)
	if m != nil {
		text += protojson.Format(m)
	}
	if strings.Contains(text, "Unseen") || strings.Contains(text, "1987") {
		t.Errorf("%s tells: %s", what, text)
	}
}

func (i *identities) export(m *member) []*tumenv1.MatterDocument {
	i.t.Helper()
	stream, err := m.exchange.ExportMatter(i.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(i.october)})
	ok(i.t, err)
	var out []*tumenv1.MatterDocument
	for {
		d, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		ok(i.t, err)
		if d := d.GetDocument(); d != nil {
			out = append(out, d)
		}
	}
}

func TestIdentityIsShownToItsAuthorAndNobodyElse(t *testing.T) {
	i := startIdentities(t)
	reviewer := i.member("reader", tumenv1.Role_ROLE_REVIEWER)
	for name, fields := range map[string]int32{i.person: 8, i.src: 4, i.nameClaim: 1, i.capture: 1} {
		own, err := i.worker.records.GetRecord(i.ctx, &tumenv1.GetRecordRequest{Name: name})
		ok(t, err)
		if !strings.Contains(protojson.Format(own), secret) {
			t.Errorf("%s: the author is not shown it: %v", name, own)
		}
		for _, m := range []*member{i.first, reviewer} {
			got, err := m.records.GetRecord(i.ctx, &tumenv1.GetRecordRequest{Name: name})
			ok(t, err)
			nothingOf(t, name, got, nil)
			rec := got.GetRecord().ProtoReflect()
			withheld := rec.Get(rec.WhichOneof(rec.Descriptor().Oneofs().ByName("record"))).Message().Interface().(stored).GetWithheld()
			if len(withheld) != 1 || withheld[0].GetFields() != fields {
				t.Errorf("%s: withheld %v, want %d fields", name, withheld, fields)
			}
			old, err := m.records.GetRevision(i.ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: 1})
			ok(t, err)
			nothingOf(t, name+" as it was", old, nil)
			history, err := m.records.ListRevisions(i.ctx, &tumenv1.ListRevisionsRequest{Name: name})
			ok(t, err)
			for _, hidden := range []string{"names", "birth", "notes", "relations", "releases", "protected_contact", "protected_value", "file_name"} {
				if slices.Contains(history.GetRevisions()[0].GetChangedFields(), hidden) {
					t.Errorf("%s: the history names %s", name, hidden)
				}
			}
		}
	}
	persons, err := i.first.persons.ListPersons(i.ctx, &tumenv1.ListPersonsRequest{})
	nothingOf(t, "persons", persons, err)
	sources, err := i.first.sources.ListSources(i.ctx, &tumenv1.ListSourcesRequest{PageSize: 100})
	nothingOf(t, "sources", sources, err)
	captures, err := i.first.sources.ListCaptures(i.ctx, &tumenv1.ListCapturesRequest{Parent: "sources/-"})
	nothingOf(t, "captures", captures, err)
	claims, err := i.first.claims.ListClaims(i.ctx, &tumenv1.ListClaimsRequest{Parent: caseOf(i.october), PageSize: 1000})
	nothingOf(t, "claims", claims, err)
	for _, d := range i.export(i.first) {
		nothingOf(t, "the exported matter", d, nil)
	}
	own := 0
	for _, d := range i.export(i.worker) {
		if strings.Contains(protojson.Format(d), secret) {
			own++
		}
	}
	if own != 5 {
		t.Errorf("the author's own export tells of %d records with identity, want 5", own)
	}
}

func TestAWithheldFieldIsNotOverwritten(t *testing.T) {
	i := startIdentities(t)
	p, err := i.first.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	update := func(path string) error {
		_, err := i.first.persons.UpdatePerson(i.ctx, &tumenv1.UpdatePersonRequest{Reason: "changed", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}},
			Person: &tumenv1.Person{Name: i.person, Etag: p.GetPerson().GetEtag(), Sex: tumenv1.Sex_SEX_MALE, Notes: "guess"}})
		return err
	}
	refused(t, update("notes"), codes.PermissionDenied, "FIELD_WITHHELD", "notes")
	refused(t, update("birth.edtf"), codes.PermissionDenied, "FIELD_WITHHELD", "birth")
	ok(t, update("sex"))
	own, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if own.GetPerson().GetNotes() != secret || own.GetPerson().GetSex() != tumenv1.Sex_SEX_MALE {
		t.Errorf("now: %v", own)
	}
}

func TestAHiddenChangeMovesNoEtag(t *testing.T) {
	i := startIdentities(t)
	before, err := i.first.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	own, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	own.GetPerson().Notes = "another " + secret
	_, err = i.worker.persons.UpdatePerson(i.ctx, &tumenv1.UpdatePersonRequest{Person: own.GetPerson(), Reason: "more", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
	ok(t, err)
	after, err := i.first.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if before.GetPerson().GetEtag() != after.GetPerson().GetEtag() {
		t.Error("the etag moved")
	}
	history, err := i.first.records.ListRevisions(i.ctx, &tumenv1.ListRevisionsRequest{Name: i.person})
	ok(t, err)
	if changed := history.GetRevisions()[0].GetChangedFields(); len(changed) != 0 {
		t.Errorf("the history tells that %v changed", changed)
	}
}

func TestAFindingOnANameTellsNoName(t *testing.T) {
	i := startIdentities(t)
	list := func(m *member) *tumenv1.Finding {
		t.Helper()
		out, err := m.findings.ListFindings(i.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(i.october), Subject: i.person, Aspect: tumenv1.Aspect_ASPECT_NAME})
		ok(t, err)
		return out.GetFindings()[0]
	}
	f := i.open(list(i.first))
	nothingOf(t, "the finding", f, nil)
	if span(f.GetSupport().GetSupporting()) != "3-3" {
		t.Errorf("supported by %s", span(f.GetSupport().GetSupporting()))
	}
	var told []string
	for _, guess := range []string{"Somebody Else", secret} {
		_, err := i.propose(f, i.nameIs(guess))
		refused(t, err, codes.FailedPrecondition, "EVIDENCE_WITHHELD")
		told = append(told, status.Convert(err).Message())
	}
	if told[0] != told[1] {
		t.Errorf("the answers tell which name is right: %q", told)
	}
	nothingOf(t, "the finding", list(i.second), nil)
}

// nameIs is the conclusion that the person bears a name.
func (i *identities) nameIs(name string) *tumenv1.Conclusion {
	c := i.corroborated()
	c.AddressedDenials = nil
	c.ProtectedValue = &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: name}}}
	return c
}

func TestANameIsProposedByWhoRecordedItAndNotApprovedBlindly(t *testing.T) {
	i := startIdentities(t)
	author := i.member("author", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER)
	docs := []*tumenv1.MatterDocument{doc("P9", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{}}})}
	for _, source := range []string{"S1", "S4"} {
		d := named(source)
		d.Key = "P9-" + source
		d.GetRecord().GetClaim().Subjects = []string{"P9"}
		docs = append(docs, d)
	}
	i.apply(author, false, docs...)
	i.first = author
	f := i.open(i.finding(author, "P9", tumenv1.Aspect_ASPECT_NAME))
	_, err := i.propose(f, i.nameIs("Somebody Else"))
	if err == nil {
		t.Error("proposed a name that nobody claims")
	}
	if strings.Contains(told(err), "Somebody") {
		t.Errorf("the refusal repeats the name: %s", told(err))
	}
	nothingOf(t, "the refusal", nil, err)
	f, err = i.propose(f, i.nameIs(secret))
	ok(t, err)
	seen, err := i.second.findings.GetFinding(i.ctx, &tumenv1.GetFindingRequest{Name: f.GetName()})
	nothingOf(t, "the proposal", seen, err)
	_, err = i.approve(i.second, f)
	refused(t, err, codes.FailedPrecondition, "EVIDENCE_WITHHELD")
	nothingOf(t, "the refused approval", nil, err)
	old, err := i.second.records.GetRevision(i.ctx, &tumenv1.GetRevisionRequest{Name: f.GetName(), Revision: f.GetRevision()})
	nothingOf(t, "its history", old, err)
}

func TestErrorsTellNothingOfWhatIsWithheld(t *testing.T) {
	i := startIdentities(t)
	_, err := i.worker.persons.CreatePerson(i.ctx, &tumenv1.CreatePersonRequest{Reason: "recorded", Person: &tumenv1.Person{
		Names: []*tumenv1.PersonName{{Text: secret, Script: secret}}, Birth: &tumenv1.Birth{Edtf: "1987-02-30 " + secret}}})
	if status.Code(err) != codes.InvalidArgument {
		t.Fatal(err)
	}
	if strings.Contains(told(err), "Unseen") {
		t.Errorf("an error repeats what was sent: %s", told(err))
	}
	_, err = i.worker.persons.CreatePerson(i.ctx, &tumenv1.CreatePersonRequest{Reason: "recorded", Person: &tumenv1.Person{Birth: &tumenv1.Birth{Edtf: "Unseen 1987"}}})
	refused(t, err, codes.InvalidArgument, "INVALID_DATE", "person.birth.edtf")
	if strings.Contains(told(err), "Unseen") {
		t.Errorf("an error repeats what was sent: %s", told(err))
	}
	_, err = applyMatter(i.world, i.first, false, named("S1"))
	refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "protected_value", "withheld")
	nothingOf(t, "the refused matter", nil, err)
}
