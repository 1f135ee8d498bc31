package service_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// cleared is a case worker with clearances, who may be shown so many identities a day.
func (w *world) cleared(handle string, budget int32, classes ...tumenv1.Protection) *member {
	w.t.Helper()
	return w.enrol("ngo", &tumenv1.Member{Handle: handle, DisplayName: handle, Roles: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}, Clearances: classes, IdentityBudget: budget})
}

const sourceIdentity = tumenv1.Protection_PROTECTION_SOURCE_IDENTITY

// forPurpose states a purpose with the calls of a context.
func forPurpose(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "tumen-purpose", "to warn the family")
}

// tells says whether a member is told the secret by any way of reading a record.
func (i *identities) tells(ctx context.Context, m *member, name string) bool {
	i.t.Helper()
	got, err := m.records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
	ok(i.t, err)
	first, err := m.records.GetRevision(ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: 1})
	ok(i.t, err)
	told := strings.Contains(protojson.Format(got), secret)
	if inFirst := strings.Contains(protojson.Format(first), secret); inFirst != told {
		i.t.Errorf("%s is told by the record: %v, and by its first revision: %v", name, told, inFirst)
	}
	return told
}

// agrees sets the terms on which a person or source is known here.
func (i *identities) agrees(name string, basis tumenv1.ReleaseBasis) {
	i.t.Helper()
	terms := []*tumenv1.Release{{Purpose: tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD, Basis: basis}}
	mask := &fieldmaskpb.FieldMask{Paths: []string{"releases"}}
	got, err := i.worker.records.GetRecord(i.ctx, &tumenv1.GetRecordRequest{Name: name})
	ok(i.t, err)
	if p := got.GetRecord().GetPerson(); p != nil {
		_, err = i.worker.persons.UpdatePerson(i.ctx, &tumenv1.UpdatePersonRequest{Person: &tumenv1.Person{Name: name, Etag: p.GetEtag(), Releases: terms}, Reason: "asked again", UpdateMask: mask})
	} else {
		_, err = i.worker.sources.UpdateSource(i.ctx, &tumenv1.UpdateSourceRequest{Source: &tumenv1.Source{Name: name, Etag: got.GetRecord().GetSource().GetEtag(), Releases: terms}, Reason: "asked again", UpdateMask: mask})
	}
	ok(i.t, err)
}

// TestIdentityIsShownToWhoIsClearedForAPurpose, on the terms of who is concerned,
// whatever revision is asked for; and that is in the ledger.
func TestIdentityIsShownToWhoIsClearedForAPurpose(t *testing.T) {
	i := startIdentities(t)
	both := i.cleared("both", 0, identity, sourceIdentity)
	persons := i.cleared("persons", 0, identity)
	none := i.cleared("none", 0)
	purpose := forPurpose(i.ctx)
	for _, tc := range []struct {
		who    *member
		ctx    context.Context
		person bool
		source bool
	}{{both, purpose, true, true}, {both, i.ctx, false, false}, {persons, purpose, true, false}, {none, purpose, false, false}} {
		for name, want := range map[string]bool{i.person: tc.person, i.nameClaim: tc.person, i.src: tc.source} {
			if got := i.tells(tc.ctx, tc.who, name); got != want {
				t.Errorf("%s is told %s: %v", tc.who.name, name, got)
			}
		}
	}
	// No file takes it along: who agreed to be recorded has not agreed to that.
	matter, err := both.exchange.ExportMatter(purpose, &tumenv1.ExportMatterRequest{Name: caseOf(i.october)})
	ok(t, err)
	for {
		piece, err := matter.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		ok(t, err)
		nothingOf(t, "a matter's file", piece, nil)
	}
	cleared := i.enrol("ngo", &tumenv1.Member{Handle: "reviewing", Roles: []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}, Clearances: []tumenv1.Protection{identity, sourceIdentity}})
	export, err := tumenv1.NewExportServiceClient(cleared.conn).ExportRecords(purpose, &tumenv1.ExportRecordsRequest{
		Query: &tumenv1.ExportQuery{Case: caseOf(i.october), Purpose: tumenv1.ReleasePurpose_RELEASE_PURPOSE_PUBLISH}, Reason: "to look", Disclose: []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT, identity, sourceIdentity}})
	ok(t, err)
	for {
		piece, err := export.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		ok(t, err)
		if strings.Contains(string(piece.GetRecord().GetLine()), "Unseen") {
			t.Errorf("an export tells %s", piece.GetRecord().GetLine())
		}
	}
	shown := disclosures(t, both)
	if len(shown) != 6 || shown[0].Purpose != "to warn the family" || len(disclosures(t, none)) != 0 {
		t.Errorf("in the ledger: %+v", shown)
	}

	// Where it was refused or withdrawn, nobody sees it, of no revision; not even who
	// wrote it.
	for _, basis := range []tumenv1.ReleaseBasis{tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED, tumenv1.ReleaseBasis_RELEASE_BASIS_WITHDRAWN} {
		i.agrees(i.person, basis)
		i.agrees(i.src, basis)
		for _, name := range []string{i.person, i.nameClaim, i.src} {
			for _, m := range []*member{both, i.worker} {
				if i.tells(purpose, m, name) {
					t.Errorf("%v: %s is told %s", basis, m.name, name)
				}
			}
		}
	}
	i.agrees(i.person, tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT)
	if !i.tells(purpose, both, i.person) || !i.tells(purpose, both, i.nameClaim) {
		t.Error("given again, it is not shown")
	}
}

// TestAnEtagIsTheSameForEveryPurpose: what was read for one can be changed.
func TestAnEtagIsTheSameForEveryPurpose(t *testing.T) {
	i := startIdentities(t)
	m := i.cleared("both", 0, identity, sourceIdentity)
	plain, err := m.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	with, err := m.persons.GetPerson(forPurpose(i.ctx), &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if plain.GetPerson().GetEtag() != with.GetPerson().GetEtag() || len(with.GetPerson().GetNames()) == 0 || len(plain.GetPerson().GetNames()) > 0 {
		t.Errorf("without a purpose %v, with one %v", plain, with)
	}
	change := &tumenv1.UpdatePersonRequest{
		Person: &tumenv1.Person{Name: i.person, Etag: plain.GetPerson().GetEtag(), LastSeen: "at the border"}, Reason: "told by phone",
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"last_seen"}},
	}
	_, err = m.persons.UpdatePerson(i.ctx, change)
	refused(t, err, codes.PermissionDenied, "FIELD_WITHHELD")
	changed, err := m.persons.UpdatePerson(forPurpose(i.ctx), change)
	ok(t, err)
	if changed.GetPerson().GetLastSeen() != "at the border" {
		t.Errorf("changed: %v", changed)
	}
}

// TestNobodyReadsAllIdentities: a member has a budget of them for a day, and what is
// above it is not shown at all.
func TestNobodyReadsAllIdentities(t *testing.T) {
	i := startIdentities(t)
	m := i.cleared("curious", 2, identity, sourceIdentity)
	purpose := forPurpose(i.ctx)
	for range 2 {
		_, err := m.persons.GetPerson(purpose, &tumenv1.GetPersonRequest{Name: i.person})
		ok(t, err)
	}
	out, err := m.persons.GetPerson(purpose, &tumenv1.GetPersonRequest{Name: i.person})
	refused(t, err, codes.ResourceExhausted, "IDENTITY_BUDGET_SPENT")
	nothingOf(t, "the third", out, err)
	if _, err = m.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person}); err != nil {
		t.Errorf("without identity: %v", err)
	}
	if got := len(disclosures(t, m)); got != 2 {
		t.Errorf("%d disclosures are in the ledger", got)
	}
	other := i.cleared("other", 2, identity)
	if !i.tells(i.ctx, i.worker, i.person) {
		t.Error("the budget of one is that of another")
	}
	_, err = other.persons.GetPerson(purpose, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	i.sound()
}

// TestTwoWhoAreClearedDecideOnAName: who recorded the claims may not approve, and who
// is not shown what they say neither; so it takes two who are cleared.
func TestTwoWhoAreClearedDecideOnAName(t *testing.T) {
	i := startIdentities(t)
	reviewer := func(handle string) *member {
		return i.enrol("ngo", &tumenv1.Member{Handle: handle, Roles: []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}, Clearances: []tumenv1.Protection{identity}})
	}
	i.first, i.second = reviewer("cleared-1"), reviewer("cleared-2")
	plain := i.ctx
	i.ctx = forPurpose(i.ctx)
	f, err := i.propose(i.open(i.onPerson(i.first, onName)), i.nameIs(secret))
	ok(t, err)
	i.ctx = plain
	_, err = i.approve(i.second, f)
	refused(t, err, codes.FailedPrecondition, "EVIDENCE_WITHHELD")
	i.ctx = forPurpose(plain)
	f, err = i.approve(i.second, f)
	ok(t, err)
	if f.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED || f.GetProtectedValue().GetName().GetText() != secret {
		t.Errorf("decided: %v", f)
	}
}
