package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

// story is one server on which several organisations work. Kim of "ngo" records the
// matter of October; Yuna of "second" records a case of her own; Pak is of a partner
// organisation.
type story struct {
	*sharing
	office         *bureau // of "ngo"
	kim, lee, noor *member // its case workers; Noor is cleared for identities later on
	hana, min      *member // its reviewers
	sora           *member // its auditor
	yuna           *member
	pak            *member
	ours           *dossier // the matter of October
	hers           *dossier // Yuna's case

	found   *tumenv1.Finding // what was decided in the third chapter
	export  *takenHome       // what the auditor took home in the fourth
	erasure string           // of whom the seventh is about
}

// TestTwoOfficesAPartnerAndAnAuditorOnOneServer is a story. Each chapter begins where
// the one before it ended.
func TestTwoOfficesAPartnerAndAnAuditorOnOneServer(t *testing.T) {
	s := openStory(t)
	s.theyMoveIn()
	s.aCaseIsShared()
	s.twoAccountsOfOneContact()
	s.theAuditorComes()
	s.theCaseGoesRed()
	s.aGrantExpiresAndAnotherIsRevoked()
	s.somebodySaysNo()
	s.anAdministratorIsBribed()
	s.aMemberIsSuspended()
	s.sound()
}

func openStory(t *testing.T) *story {
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w := startAt(t, nil, c.Now)
	for _, handle := range []string{"second", "partners"} {
		_, err := w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: handle, DisplayName: handle}})
		ok(t, err)
	}
	return &story{
		sharing: &sharing{october: &october{world: w, names: map[string]string{}, keys: map[string]string{}}, grantsOf: map[*member]tumenv1.GrantServiceClient{}, now: c.Now()},
		office:  &bureau{world: w, clock: c, called: map[string]string{}},
	}
}

// later lets time pass.
func (s *story) later(d time.Duration) {
	s.office.clock.forward(d)
	s.now = s.office.clock.Now()
}

// theyMoveIn: two offices have nothing of each other, and a partner has nothing at all.
func (s *story) theyMoveIn() {
	s.office.ada, s.office.ben = s.member("ada", administrator), s.member("ben", administrator)
	s.kim, s.lee, s.noor = s.hired("kim", worker), s.hired("lee", worker), s.hired("noor", worker)
	s.hana, s.min = s.hired("hana", reviewer), s.hired("min", reviewer)
	s.sora = s.hired("sora", tumenv1.Role_ROLE_AUDITOR)
	s.yuna, s.pak = s.memberOf("second", "yuna", worker), s.memberOf("partners", "pak", partnerRole)
	s.worker, s.partner = s.kim, s.pak

	s.apply(s.kim, false, amber(octoberDocuments())...)
	s.ours = s.dossierOf(s.kim, "ngo", caseOf(s.sharing.october))
	own := &october{world: s.world, names: map[string]string{}, keys: map[string]string{}}
	own.apply(s.yuna, false,
		doc("october-2023", &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: "Hers", PrincipalEvent: "E1"}}}),
		event("E1", "refoulement", "2023-10-09"), source("S1", "ngo-statement", "A contact of hers", unstated), claim("S1", "E1", occurrence, asserts, nil))
	s.hers = s.dossierOf(s.yuna, "second", caseOf(own))

	for _, m := range []*member{s.kim, s.lee, s.hana} {
		s.findsItInEveryWay(m, s.ours)
		s.findsNothing(m, s.hers)
	}
	s.findsItInEveryWay(s.yuna, s.hers)
	s.findsNothing(s.yuna, s.ours)
	for _, m := range []*member{s.pak, s.sora, s.office.ada} { // a partner, an auditor before anything is decided, an administrator
		s.findsNothing(m, s.ours)
		s.findsNothing(m, s.hers)
	}
}

// hired is somebody whom Ada invites, who enrols, and tells Ben by telephone what their
// token is called.
func (s *story) hired(handle string, roles ...tumenv1.Role) *member {
	s.t.Helper()
	_, code := s.office.invite(s.office.ada, handle, roles...)
	m, err := s.office.enrolBy(code)
	ok(s.t, err)
	refused(s.t, listCases(s.world, m), codes.PermissionDenied, "NOT_CONFIRMED")
	ok(s.t, s.office.confirm(s.office.ben, m.name))
	return m
}

// dossier is what is to be known of a case to ask for it: the names of records in it,
// its reference, and whose it is.
type dossier map[string]string

// dossierOf reads a case as one of its workers, and begins the review of a finding.
func (s *story) dossierOf(m *member, organisation, name string) *dossier {
	s.t.Helper()
	c, err := m.cases.GetCase(s.ctx, &tumenv1.GetCaseRequest{Name: name})
	ok(s.t, err)
	claims, err := m.claims.ListClaims(s.ctx, &tumenv1.ListClaimsRequest{Parent: name})
	ok(s.t, err)
	findings, err := m.findings.ListFindings(s.ctx, &tumenv1.ListFindingsRequest{Parent: name, Subject: c.GetCase().GetPrincipalEvent(), Aspect: occurrence})
	ok(s.t, err)
	f := findings.GetFindings()[0]
	_, err = m.findings.OpenFinding(s.ctx, &tumenv1.OpenFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "to be weighed"})
	ok(s.t, err)
	first := claims.GetMatches()[0].GetClaim()
	return &dossier{
		"owner": c.GetCase().GetOwner(), "issuer": organisation, "case": name, "reference": c.GetCase().GetReference(), "event": c.GetCase().GetPrincipalEvent(),
		"claim": first.GetName(), "source": first.GetSource(), "finding": f.GetName(),
	}
}

// waysToACase are the ways to ask for what is in a dossier: a call, and what of the
// dossier the answer tells; where that is empty, that there is an answer tells enough.
var waysToACase = []struct{ method, body, tells string }{
	{"CaseService/GetCase", `{"name":"$case"}`, "case"},
	{"RecordService/GetRecord", `{"name":"$event"}`, "event"},
	{"RecordService/GetRecord", `{"name":"$claim"}`, "claim"},
	{"RecordService/GetRecord", `{"name":"$source"}`, "source"},
	{"RecordService/GetRecord", `{"name":"$finding"}`, "finding"},
	{"RecordService/GetRevision", `{"name":"$claim","revision":"1"}`, "claim"},
	{"RecordService/ListRevisions", `{"name":"$case"}`, ""},
	{"RecordService/FindRecord", `{"reference":"$reference"}`, "case"},
	{"RecordService/FindRecord", `{"external_id":{"issuer":"$issuer","id":"october-2023"}}`, "case"},
	{"CaseService/ListCases", `{}`, "case"},
	{"CaseService/ListCases", `{"owner":"$owner"}`, "case"},
	{"CaseService/ListEvents", `{"parent":"$case"}`, "event"},
	{"CaseService/ListEvents", `{"parent":"cases/-","owner":"$owner","within":"2023"}`, "event"},
	{"ClaimService/ListClaims", `{"parent":"$case"}`, "claim"},
	{"ClaimService/ListClaims", `{"parent":"cases/-","owner":"$owner"}`, "claim"},
	{"VerificationService/ListFindings", `{"parent":"$case"}`, "finding"},
	{"VerificationService/ListFindings", `{"parent":"cases/-"}`, "finding"},
	{"VerificationService/ListReviewQueue", `{}`, "finding"},
	{"SourceService/ListSources", `{"owner":"$owner"}`, "source"},
	{"SourceService/ListSources", `{"case":"$case"}`, "source"},
	{"StatisticsService/CountPeople", `{}`, "event"},
	{"StatisticsService/CountPeople", `{"case":"$case"}`, "event"},
	{"ExchangeService/ExportMatter", `{"name":"$case"}`, ""},
	{"ExportService/ExportRecords", `{"query":{"case":"$case"},"reason":"for a court"}`, "case"},
	{"ExportService/ExportRecords", `{"query":{"finding_states":["FINDING_STATE_UNDER_REVIEW"]},"reason":"for a court"}`, "finding"},
	{"GrantService/ListGrants", `{"parent":"$case"}`, ""},
	{"LedgerService/ListLedgerEntries", `{"record":"$claim"}`, "claim"},
}

// finds lists the ways by which a member finds something of a case. Whoever doesn't is
// told what they are told of a case that never was, or that such a call isn't theirs.
func (s *story) finds(m *member, of *dossier) (found []string) {
	s.t.Helper()
	for _, way := range waysToACase {
		body, none, names := of.fillIn(way.body)
		answer, err := asked(s.t, s.ctx, m.conn, way.method, []string{body})
		if err == nil && strings.Contains(answer, (*of)[way.tells]) {
			found = append(found, way.method+" "+way.body)
		}
		if err == nil || reasonOf(err) == "ROLE_NOT_ALLOWED" {
			continue
		}
		if _, never := asked(s.t, s.ctx, m.conn, way.method, []string{none}); told(err, names...) != told(never, names...) {
			s.t.Errorf("%s by %s %s is told %s, and of what never was %s", m.name, way.method, body, told(err), told(never))
		}
	}
	return found
}

// fillIn puts what is in the dossier into a call, and into the same call what never was.
func (d *dossier) fillIn(call string) (body, none string, names []string) {
	body = placeholder.ReplaceAllStringFunc(call, func(key string) string { return (*d)[key[1:]] })
	none = placeholder.ReplaceAllStringFunc(call, func(key string) string {
		name := notThere((*d)[key[1:]], len(names))
		names = append(names, (*d)[key[1:]], name)
		return name
	})
	return body, none, names
}

func (s *story) findsNothing(m *member, of *dossier) {
	s.t.Helper()
	if found := s.finds(m, of); len(found) > 0 {
		s.t.Errorf("%s finds what is not theirs by %s", m.name, strings.Join(found, ", "))
	}
}

func (s *story) findsItInEveryWay(m *member, of *dossier) {
	s.t.Helper()
	found := s.finds(m, of)
	for _, way := range waysToACase {
		if !slices.Contains(found, way.method+" "+way.body) {
			s.t.Errorf("%s doesn't find their own case by %s %s", m.name, way.method, way.body)
		}
	}
}
