package service_test

import (
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	tumenv1 "tumen/proto/tumen/v1"
)

// somebodySaysNo: a person of the case had agreed to be recorded and shared, and takes
// that back. From that moment on nobody is shown who they are, in no revision; the
// office is told where they have gone; and once a second member confirms, they are gone.
// What others took home before still convinces.
func (s *story) somebodySaysNo() {
	i := &identities{review: &review{october: s.sharing.october, first: s.hana, second: s.min}}
	i.person = s.agreed(i)
	s.clear(s.noor)
	everybody := []*member{s.kim, s.lee, s.noor, s.hana}
	for _, m := range everybody { // Kim recorded it, and Noor is cleared
		if told := s.toldWho(i, m); told != (m == s.kim || m == s.noor) {
			s.t.Errorf("%s is told who it is: %v", m.name, told)
		}
	}
	gone := s.takesHome(s.noor, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: caseOf(s.sharing.october), Purpose: forShare}, Disclose: []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT, identity}})
	s.convinces(gone)
	_, err := s.kim.cases.CreateIntervention(s.ctx, &tumenv1.CreateInterventionRequest{Parent: caseOf(s.sharing.october), Reason: "recorded", Intervention: &tumenv1.Intervention{
		Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST, Addressee: "the embassy", Date: "2026-01", Disclosed: []string{i.person}}})
	ok(s.t, err)

	reach := i.withdraws(i.person, &tumenv1.Withdrawal{})
	for _, m := range everybody {
		if s.toldWho(i, m) {
			s.t.Errorf("%s is told who said no", m.name)
		}
	}
	if len(reach.GetExports()) != 1 || reach.GetExports()[0].GetMember() != s.noor.name || reach.GetExportsWithheld() != 0 {
		s.t.Errorf("they have gone in %v", reach.GetExports())
	}
	if len(reach.GetInterventions()) != 1 || reach.GetInterventions()[0].GetAddressee() != "the embassy" {
		s.t.Errorf("they were disclosed by %v", reach.GetInterventions())
	}

	s.erasure = reach.GetErasure().GetName()
	erase := func(m *member) error {
		_, err := m.erasures.ConfirmErasure(s.ctx, &tumenv1.ConfirmErasureRequest{Name: s.erasure, Etag: erasureEtag(i, reach), Reason: "agreed"})
		return err
	}
	refused(s.t, erase(s.kim), codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	ok(s.t, erase(s.hana))
	for _, m := range everybody {
		_, err = m.persons.GetPerson(forPurpose(s.ctx), &tumenv1.GetPersonRequest{Name: i.person})
		refused(s.t, err, codes.NotFound, "ERASED")
	}
	s.convinces(s.export)
	s.convinces(gone)
	s.grewOutOf(s.export)
}

// agreed is a person of the case, who has agreed to be recorded and shared.
func (s *story) agreed(i *identities) string {
	s.t.Helper()
	s.apply(s.kim, false,
		doc("P1", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: secret}}}}}), named("S1"))
	s.involve("I1", "E1", "P1")
	i.releases(s.names["P1"], forRecord, forShare)
	return s.names["P1"]
}

// clear gives a member the clearance for identities: Ada proposes it and Ben agrees.
func (s *story) clear(m *member) {
	s.t.Helper()
	_, err := s.office.update(s.office.ada, &tumenv1.Member{Clearances: []tumenv1.Protection{identity}}, m.name, "clearances")
	ok(s.t, err)
	ok(s.t, s.office.confirm(s.office.ben, m.name))
}

// toldWho says whether a member with a purpose is told the name of the person by the
// person's record, by any of its revisions, by the list, or by what claims and findings
// say.
func (s *story) toldWho(i *identities, m *member) bool {
	s.t.Helper()
	purpose := forPurpose(s.ctx)
	revisions, err := m.records.ListRevisions(s.ctx, &tumenv1.ListRevisionsRequest{Name: i.person})
	ok(s.t, err)
	var told []bool
	for _, r := range revisions.GetRevisions() {
		got, err := m.records.GetRevision(purpose, &tumenv1.GetRevisionRequest{Name: i.person, Revision: r.GetRevision()})
		ok(s.t, err)
		told = append(told, strings.Contains(protojson.Format(got), secret))
	}
	for method, body := range map[string]string{
		"PersonService/GetPerson": `{"name":"` + i.person + `"}`, "PersonService/ListPersons": `{}`,
		"ClaimService/ListClaims": `{"parent":"` + caseOf(s.sharing.october) + `","page_size":1000}`, "RecordService/GetRecord": `{"name":"` + s.names["N-S1"] + `"}`,
	} {
		answer, err := asked(s.t, purpose, m.conn, method, []string{body})
		ok(s.t, err)
		told = append(told, strings.Contains(answer, secret))
	}
	for _, t := range told {
		if t != told[0] {
			s.t.Errorf("%s is told by some ways and not by others: %v", m.name, told)
		}
	}
	return told[0]
}

// grewOutOf checks that the ledger of today has grown out of the one that an export
// stands under.
func (s *story) grewOutOf(home *takenHome) {
	s.t.Helper()
	before := openCheckpoint(s.t, home.header)
	p, err := tumenv1.NewLedgerServiceClient(s.sora.conn).ProveConsistency(s.ctx, &tumenv1.ProveConsistencyRequest{FromSize: before.N})
	ok(s.t, err)
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(before.N), uint64(p.GetToSize()), p.GetHashes(), before.Hash[:], p.GetToRoot()); err != nil {
		s.t.Error(err)
	}
}
