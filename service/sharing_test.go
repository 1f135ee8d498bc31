package service_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

const (
	headline    = tumenv1.GrantLevel_GRANT_LEVEL_HEADLINE
	content     = tumenv1.GrantLevel_GRANT_LEVEL_CONTENT
	identities_ = tumenv1.GrantLevel_GRANT_LEVEL_IDENTITY
	partnerRole = tumenv1.Role_ROLE_PARTNER
)

// sharing is the matter of October, all of it AMBER, of "ngo", and a partner
// organisation.
type sharing struct {
	*october
	partner  *member
	grantsOf map[*member]tumenv1.GrantServiceClient
	now      time.Time
}

func startSharing(t *testing.T) *sharing {
	t.Helper()
	x := &sharing{now: time.Now(), grantsOf: map[*member]tumenv1.GrantServiceClient{}}
	w := startAt(t, nil, func() time.Time { return x.now })
	x.october = &october{world: w, worker: w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), names: map[string]string{}, keys: map[string]string{}}
	x.apply(x.worker, false, amber(octoberDocuments())...)
	_, err := w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "partners", DisplayName: "Partners"}})
	ok(t, err)
	x.partner = w.memberOf("partners", "pak", partnerRole)
	return x
}

// amber marks documents AMBER.
func amber(docs []*tumenv1.MatterDocument) []*tumenv1.MatterDocument {
	for _, d := range docs {
		d.GetRecord().ProtoReflect().Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			rec := v.Message()
			rec.Set(rec.Descriptor().Fields().ByName("marking"), protoreflect.ValueOfEnum(tumenv1.Marking_MARKING_AMBER.Number()))
			return true
		})
	}
	return docs
}

func (x *sharing) grants(m *member) tumenv1.GrantServiceClient {
	if x.grantsOf[m] == nil {
		x.grantsOf[m] = tumenv1.NewGrantServiceClient(m.conn)
	}
	return x.grantsOf[m]
}

func organisationOf(m *member) string { name, _, _ := strings.Cut(m.name, "/members/"); return name }

// share grants the matter.
func (x *sharing) share(to string, level tumenv1.GrantLevel, lasts time.Duration) (*tumenv1.Grant, error) {
	out, err := x.grants(x.worker).CreateGrant(x.ctx, &tumenv1.CreateGrantRequest{Parent: caseOf(x.october), Reason: "agreed on the phone", Grant: &tumenv1.Grant{
		Grantee: to, Level: level, Purpose: "a joint submission", ExpireTime: timestamppb.New(x.now.Add(lasts)),
	}})
	return out.GetGrant(), err
}

// sees is what a member is shown of the matter: nothing, the headline, or its content.
// All the ways to it have to agree.
func (x *sharing) sees(m *member) tumenv1.GrantLevel {
	x.t.Helper()
	c, err := m.cases.GetCase(x.ctx, &tumenv1.GetCaseRequest{Name: caseOf(x.october)})
	shown := err == nil
	if err != nil {
		refused(x.t, err, codes.NotFound, "NOT_FOUND")
	}
	claimName := x.names["C-S4-E1-"+occurrence.String()]
	_, err = m.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: claimName})
	inside := err == nil
	agrees := func(what string, got, want bool) {
		x.t.Helper()
		if got != want {
			x.t.Errorf("the case is shown: %v, what lies in it: %v; and %s: %v", shown, inside, what, got)
		}
	}
	found := func(err error) bool {
		x.t.Helper()
		if err != nil {
			refused(x.t, err, codes.NotFound, "NOT_FOUND")
		}
		return err == nil
	}
	owner := organisationOf(x.worker)
	list, err := m.cases.ListCases(x.ctx, &tumenv1.ListCasesRequest{Owner: owner})
	ok(x.t, err)
	agrees("the list of cases", len(list.GetMatches()) == 1, shown)
	within, err := m.cases.ListEvents(x.ctx, &tumenv1.ListEventsRequest{Parent: caseOf(x.october)})
	agrees("the parent of its events", found(err), shown)
	agrees("its events", len(within.GetMatches()) == 5, inside)
	events, err := m.cases.ListEvents(x.ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Owner: owner, Within: "2023"})
	ok(x.t, err)
	agrees("the list of events", len(events.GetMatches()) > 0, inside)
	claims, err := m.claims.ListClaims(x.ctx, &tumenv1.ListClaimsRequest{Parent: "cases/-", Owner: owner})
	ok(x.t, err)
	agrees("the list of claims", len(claims.GetMatches()) == 28, inside)
	sources, err := m.sources.ListSources(x.ctx, &tumenv1.ListSourcesRequest{Owner: owner})
	ok(x.t, err)
	agrees("the list of sources", len(sources.GetSources()) == 12, inside) // no claim is of S5 or S11
	_, err = m.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: x.names["S6"]})
	agrees("a source", found(err), inside)
	_, err = m.sources.GetTie(x.ctx, &tumenv1.GetTieRequest{Name: x.names["T1"]})
	agrees("a tie", found(err), inside)
	byReference, err := m.records.FindRecord(x.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_Reference{Reference: x.reference()}})
	agrees("its reference", found(err) && len(byReference.GetNames()) == 1, shown)
	mine, err := x.grants(m).ListGrants(x.ctx, &tumenv1.ListGrantsRequest{Parent: "cases/-", ToMe: true})
	ok(x.t, err)
	agrees("a grant to them", len(mine.GetGrants()) > 0, shown)
	if shown && c.GetCase().GetHeadline().GetText() == "" {
		x.t.Error("a case is shown without its headline")
	}
	switch {
	case inside:
		return content
	case shown:
		if c.GetCase().GetHeadline().GetEvent() != "" || c.GetCase().GetPrincipalEvent() != "" {
			x.t.Error("a headline names what lies in the case")
		}
		return headline
	}
	return 0
}

func (x *sharing) reference() string {
	x.t.Helper()
	c, err := x.worker.cases.GetCase(x.ctx, &tumenv1.GetCaseRequest{Name: caseOf(x.october)})
	ok(x.t, err)
	return c.GetCase().GetReference()
}

// TestACaseIsSharedAsFarAsItsGrantGoes: with an organisation or one of its members, as
// long as the grant holds and the marking lets it be shared.
func TestACaseIsSharedAsFarAsItsGrantGoes(t *testing.T) {
	x := startSharing(t)
	colleague := x.memberOf("partners", "kim", tumenv1.Role_ROLE_CASE_WORKER)
	external := x.memberOf("ngo", "external", partnerRole) // of the same organisation, and reads nothing of it
	everybody := func(want map[*member]tumenv1.GrantLevel) {
		t.Helper()
		for _, m := range []*member{x.partner, colleague, external} {
			if got := x.sees(m); got != want[m] {
				t.Errorf("%s sees %v, want %v", m.name, got, want[m])
			}
		}
	}
	everybody(nil)
	partners := organisationOf(x.partner)
	first, err := x.share(partners, headline, 30*24*time.Hour)
	ok(t, err)
	if first.GetState() != tumenv1.GrantState_GRANT_STATE_IN_FORCE || first.GetGranteeHandle() != "partners" || first.GetOwnerHandle() != "ngo" {
		t.Errorf("granted: %v", first)
	}
	everybody(map[*member]tumenv1.GrantLevel{x.partner: headline, colleague: headline})
	second, err := x.share(x.partner.name, content, 24*time.Hour)
	ok(t, err)
	_, err = x.share(external.name, content, 24*time.Hour)
	ok(t, err)
	everybody(map[*member]tumenv1.GrantLevel{x.partner: content, colleague: headline, external: content})

	x.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED, tumenv1.Marking_MARKING_AMBER) // which limits the own workers
	everybody(map[*member]tumenv1.GrantLevel{x.partner: content, colleague: headline, external: content})
	for _, marking := range []tumenv1.Marking{tumenv1.Marking_MARKING_AMBER_STRICT, red} {
		x.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, marking)
		everybody(nil)
		got, err := x.grants(x.worker).GetGrant(x.ctx, &tumenv1.GetGrantRequest{Name: first.GetName()})
		ok(t, err)
		if got.GetGrant().GetState() != tumenv1.GrantState_GRANT_STATE_SUSPENDED {
			t.Errorf("with %v: %v", marking, got)
		}
	}
	x.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, tumenv1.Marking_MARKING_GREEN)
	everybody(map[*member]tumenv1.GrantLevel{x.partner: content, colleague: headline, external: content})

	x.now = x.now.Add(25 * time.Hour) // as all of a day's tokens end with it, sign in again
	again := func(handle, org string) *member {
		token, err := x.admin.CreateToken(x.ctx, &tumenv1.CreateTokenRequest{Organisation: org, Member: handle, Lifetime: durationpb.New(time.Hour)})
		ok(t, err)
		m := x.connect(token.GetToken())
		return m
	}
	worker := again("worker", "ngo")
	worker.name = x.worker.name
	x.worker = worker
	if got := x.sees(again("pak", "partners")); got != headline {
		t.Errorf("a day later: %v", got)
	}
	now, err := x.grants(x.worker).GetGrant(x.ctx, &tumenv1.GetGrantRequest{Name: first.GetName()})
	ok(t, err)
	revoke := &tumenv1.RevokeGrantRequest{Name: first.GetName(), Etag: now.GetGrant().GetEtag(), Reason: "no longer needed"}
	revoked, err := x.grants(x.worker).RevokeGrant(x.ctx, revoke)
	ok(t, err)
	if revoked.GetGrant().GetState() != tumenv1.GrantState_GRANT_STATE_REVOKED {
		t.Errorf("revoked: %v", revoked)
	}
	revoke.Etag = revoked.GetGrant().GetEtag()
	_, err = x.grants(x.worker).RevokeGrant(x.ctx, revoke)
	refused(t, err, codes.FailedPrecondition, "ALREADY_REVOKED")
	if got := x.sees(again("pak", "partners")); got != 0 {
		t.Errorf("once revoked: %v", got)
	}
	_, err = x.grants(again("pak", "partners")).GetGrant(x.ctx, &tumenv1.GetGrantRequest{Name: second.GetName()})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	x.sound()
}

// TestWhatAGrantIsRefusedFor.
func TestWhatAGrantIsRefusedFor(t *testing.T) {
	x := startSharing(t)
	partners := organisationOf(x.partner)
	reviewer := x.member("reviewer", tumenv1.Role_ROLE_REVIEWER)
	for name, tc := range map[string]struct {
		to     string
		level  tumenv1.GrantLevel
		lasts  time.Duration
		code   codes.Code
		reason string
	}{
		"without a level":            {partners, 0, time.Hour, codes.InvalidArgument, "ENUM_NOT_IN"},
		"an undefined level":         {partners, 9, time.Hour, codes.InvalidArgument, "ENUM_DEFINED_ONLY"},
		"over already":               {partners, content, -time.Hour, codes.InvalidArgument, "NOT_IN_THE_FUTURE"},
		"without an end to speak of": {partners, content, 800 * 24 * time.Hour, codes.InvalidArgument, "TOO_FAR_AHEAD"},
		"to nobody":                  {"organisations/zzzzzzzzzzzzzzzzzzzzzzzzzz", content, time.Hour, codes.InvalidArgument, "REFERENCE_NOT_FOUND"},
		"to oneself":                 {organisationOf(x.worker), content, time.Hour, codes.InvalidArgument, "OWN_ORGANISATION"},
		"to a colleague":             {reviewer.name, content, time.Hour, codes.InvalidArgument, "OWN_ORGANISATION"},
		"of what one may not know":   {partners, identities_, time.Hour, codes.PermissionDenied, "NOT_CLEARED"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := x.share(tc.to, tc.level, tc.lasts)
			refused(t, err, tc.code, tc.reason)
		})
	}
	x.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, tumenv1.Marking_MARKING_AMBER_STRICT)
	_, err := x.share(partners, headline, time.Hour)
	refused(t, err, codes.FailedPrecondition, "MARKING_FORBIDS_SHARING")
	if got := x.sees(x.partner); got != 0 {
		t.Errorf("the partner sees %v", got)
	}
}

// TestWhatIsSharedIsReadAndNoMore: nobody outside changes it, sees its history, takes it
// away, learns who works on it, or what its organisation calls it.
func TestWhatIsSharedIsReadAndNoMore(t *testing.T) {
	x := startSharing(t)
	other := x.memberOf("partners", "worker", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	name := x.names["C-S4-E1-"+occurrence.String()]
	c, err := other.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: name})
	ok(t, err)
	claim := c.GetClaim()
	if claim.GetCreator() != "" || claim.GetUpdater() != "" || claim.GetChangeReason() != "" || len(claim.GetExternalIds()) > 0 || claim.GetCreateTime().AsTime().Truncate(24*time.Hour) != claim.GetCreateTime().AsTime() {
		t.Errorf("tells %v", claim)
	}
	for _, w := range claim.GetWithheld() {
		if w.GetFields() != 0 {
			t.Errorf("tells how much is withheld: %v", w)
		}
	}
	claim.Notes = "changed"
	_, err = other.claims.UpdateClaim(x.ctx, &tumenv1.UpdateClaimRequest{Claim: claim, Reason: "r", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
	refused(t, err, codes.PermissionDenied, "NOT_THE_OWNER")
	_, err = other.cases.CreateEvent(x.ctx, &tumenv1.CreateEventRequest{Parent: caseOf(x.october), Event: &tumenv1.Event{Act: "detention"}, Reason: "r"})
	refused(t, err, codes.PermissionDenied, "NOT_THE_OWNER")
	_, err = other.records.ListRevisions(x.ctx, &tumenv1.ListRevisionsRequest{Name: name})
	refused(t, err, codes.PermissionDenied, "NOT_THE_OWNER")
	_, err = other.records.GetRevision(x.ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: 1})
	refused(t, err, codes.PermissionDenied, "NOT_THE_OWNER")
	stream, err := other.exchange.ExportMatter(x.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(x.october)})
	ok(t, err)
	refused(t, drained(stream.Recv), codes.NotFound, "NOT_FOUND")
	owner := organisationOf(x.worker)
	_, err = other.cases.ListCases(x.ctx, &tumenv1.ListCasesRequest{Owner: owner, ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: "october-2023"}})
	refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION")
	_, err = other.cases.ListCases(x.ctx, &tumenv1.ListCasesRequest{Owner: owner, Assignee: x.worker.name})
	refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION")
	external := x.memberOf("ngo", "external", partnerRole) // who reads nothing of their own organisation but by a grant
	_, err = x.share(external.name, headline, time.Hour)
	ok(t, err)
	_, err = external.cases.ListCases(x.ctx, &tumenv1.ListCasesRequest{Assignee: x.worker.name})
	refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION")
	_, err = x.share(external.name, content, time.Hour)
	ok(t, err)
	_, err = external.records.FindRecord(x.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: "S6"}}})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = other.sources.ListSources(x.ctx, &tumenv1.ListSourcesRequest{Owner: owner, ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: "S1"}})
	refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION")
	entries, err := tumenv1.NewLedgerServiceClient(other.conn).ListLedgerEntries(x.ctx, &tumenv1.ListLedgerEntriesRequest{})
	ok(t, err)
	for _, e := range entries.GetEntries() {
		if strings.HasPrefix(e.GetRecord(), "cases/") || strings.HasPrefix(e.GetRecord(), "sources/") {
			t.Errorf("the ledger tells of %s", e.GetRecord())
		}
	}
	// What is marked so stays, whatever the case is.
	got, err := x.worker.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: name})
	ok(t, err)
	got.Claim.Marking = tumenv1.Marking_MARKING_AMBER_STRICT
	_, err = x.worker.claims.UpdateClaim(x.ctx, &tumenv1.UpdateClaimRequest{Claim: got.GetClaim(), Reason: "closer", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"marking"}}})
	ok(t, err)
	_, err = other.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: name})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	found, err := other.findings.ListFindings(x.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(x.october), Subject: x.names["E1"], Aspect: occurrence})
	ok(t, err)
	left, err := external.cases.GetCase(x.ctx, &tumenv1.GetCaseRequest{Name: caseOf(x.october)})
	ok(t, err)
	for _, w := range slices.Concat(found.GetFindings()[0].GetWithheld(), left.GetCase().GetWithheld()) {
		if w.GetFields() != 0 {
			t.Errorf("tells how much it rests on that is withheld: %v", w)
		}
	}
	if !slices.ContainsFunc(found.GetFindings()[0].GetWithheld(), func(w *tumenv1.Withheld) bool { return w.GetProtection() == tumenv1.Protection_PROTECTION_CONTENT }) {
		t.Error("doesn't tell that some of what it rests on is withheld")
	}
}

// TestTextsAreSharedOnceTheyAreMarkedFree: until somebody has read them through, and
// again when they have changed, they are not shown outside; nor are bytes.
func TestTextsAreSharedOnceTheyAreMarkedFree(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	name := x.names["C-S4-E1-"+occurrence.String()]
	read := func() *tumenv1.Claim {
		t.Helper()
		c, err := x.worker.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: name})
		ok(t, err)
		return c.GetClaim()
	}
	write := func(change func(*tumenv1.Claim), paths ...string) {
		t.Helper()
		c := read()
		change(c)
		_, err := x.worker.claims.UpdateClaim(x.ctx, &tumenv1.UpdateClaimRequest{Claim: c, Reason: "told by a cousin", UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		ok(t, err)
	}
	shown := func() string {
		t.Helper()
		c, err := x.partner.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: name})
		ok(t, err)
		return protojson.Format(c)
	}
	mark := func() {
		t.Helper()
		c := read()
		_, err := x.worker.records.MarkFreeOfIdentities(x.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: name, Etag: c.GetEtag(), Reason: "read through"})
		ok(t, err)
	}
	write(func(c *tumenv1.Claim) { c.Quote, c.Notes = &tumenv1.Quote{Text: "first words"}, "noted" }, "quote", "notes")
	if got := shown(); strings.Contains(got, "first words") || strings.Contains(got, "noted") || !strings.Contains(got, "PROTECTION_IDENTITY") {
		t.Errorf("unread: %s", got)
	}
	mark()
	if got := shown(); !strings.Contains(got, "first words") || !strings.Contains(got, "noted") || strings.Contains(got, "cousin") {
		t.Errorf("marked: %s", got)
	}
	write(func(c *tumenv1.Claim) { c.Credibility, c.SaidOn = tumenv1.Credibility(3), "2023-10-11" }, "said_on")
	if got := shown(); !strings.Contains(got, "first words") || !strings.Contains(got, "2023-10-11") {
		t.Errorf("no text was changed: %s", got)
	}
	write(func(c *tumenv1.Claim) { c.Notes = "another note" }, "notes")
	if got := shown(); strings.Contains(got, "first words") || strings.Contains(got, "note") {
		t.Errorf("changed: %s", got)
	}
	mark()
	if got := shown(); !strings.Contains(got, "another note") {
		t.Errorf("marked again: %s", got)
	}
	_, err = x.worker.claims.UpdateClaim(x.ctx, &tumenv1.UpdateClaimRequest{Claim: &tumenv1.Claim{Name: name, Etag: read().GetEtag(), FreeOfIdentities: false}, Reason: "r", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"free_of_identities"}}})
	refused(t, err, codes.InvalidArgument, "MASK_OUTPUT_ONLY")
	p, err := x.worker.persons.CreatePerson(x.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{Notes: "n"}, Reason: "r"})
	ok(t, err)
	_, err = x.worker.records.MarkFreeOfIdentities(x.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: p.GetPerson().GetName(), Etag: p.GetPerson().GetEtag(), Reason: "r"})
	refused(t, err, codes.InvalidArgument, "NO_FREE_TEXT")
	_, err = x.partner.records.MarkFreeOfIdentities(x.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: name, Etag: "e", Reason: "r"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

// TestIdentityIsSharedOnItsTerms: at IDENTITY, with who is cleared and states a purpose,
// where the person has agreed to be shared with partners.
func TestIdentityIsSharedOnItsTerms(t *testing.T) {
	x := startSharing(t)
	granter, half := x.cleared("granter", 0, identity, sourceIdentity), x.cleared("half", 0, identity)
	cleared := x.enrol("partners", &tumenv1.Member{Handle: "cleared", DisplayName: "C", Roles: []tumenv1.Role{partnerRole}, Clearances: []tumenv1.Protection{identity}})
	const record, share = tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD, tumenv1.ReleasePurpose_RELEASE_PURPOSE_SHARE_WITH_PARTNERS
	const own, refusedBasis = tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT, tumenv1.ReleaseBasis_RELEASE_BASIS_WITHDRAWN
	p, err := x.worker.persons.CreatePerson(x.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{Marking: tumenv1.Marking_MARKING_AMBER, Names: []*tumenv1.PersonName{{Text: secret}}}, Reason: "r"})
	ok(t, err)
	person := p.GetPerson().GetName()
	_, err = x.worker.cases.CreateInvolvement(x.ctx, &tumenv1.CreateInvolvementRequest{Parent: caseOf(x.october), Reason: "r", Involvement: &tumenv1.Involvement{
		Marking: tumenv1.Marking_MARKING_AMBER, Event: x.names["E1"], Who: &tumenv1.Involvement_Person{Person: person}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM,
	}})
	ok(t, err)
	told := func(ctx context.Context, m *member) string {
		t.Helper()
		got, err := m.persons.GetPerson(ctx, &tumenv1.GetPersonRequest{Name: person})
		if err != nil {
			refused(t, err, codes.NotFound, "NOT_FOUND")
			return "nothing"
		}
		list, err := m.persons.ListPersons(ctx, &tumenv1.ListPersonsRequest{Owner: organisationOf(x.worker)})
		ok(t, err)
		in := strings.Contains(protojson.Format(got), secret)
		if listed := strings.Contains(protojson.Format(list), secret); len(list.GetPersons()) != 1 || listed != in {
			t.Errorf("the person tells %v, and the list %v", in, listed)
		}
		if in {
			return "who"
		}
		return "that there is somebody"
	}
	agrees := func(terms ...*tumenv1.Release) {
		t.Helper()
		got, err := x.worker.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: person})
		ok(t, err)
		_, err = x.worker.persons.UpdatePerson(x.ctx, &tumenv1.UpdatePersonRequest{Person: &tumenv1.Person{Name: person, Etag: got.GetPerson().GetEtag(), Releases: terms}, Reason: "asked", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"releases"}}})
		ok(t, err)
	}
	expect := func(ctx context.Context, m *member, want string) {
		t.Helper()
		if got := told(ctx, m); got != want {
			t.Errorf("%s is told %s, want %s", m.name, got, want)
		}
	}
	purpose := forPurpose(x.ctx)
	agrees(&tumenv1.Release{Purpose: record, Basis: own}, &tumenv1.Release{Purpose: share, Basis: own})
	expect(purpose, cleared, "nothing")
	first, err := x.share(organisationOf(cleared), content, time.Hour)
	ok(t, err)
	expect(purpose, cleared, "that there is somebody")
	_, err = x.grants(half).CreateGrant(x.ctx, &tumenv1.CreateGrantRequest{Parent: caseOf(x.october), Reason: "r", Grant: &tumenv1.Grant{Grantee: organisationOf(cleared), Level: identities_, Purpose: "search", ExpireTime: timestamppb.New(x.now.Add(time.Hour))}})
	refused(t, err, codes.PermissionDenied, "NOT_CLEARED")
	_, err = x.grants(granter).CreateGrant(x.ctx, &tumenv1.CreateGrantRequest{Parent: caseOf(x.october), Reason: "r", Grant: &tumenv1.Grant{Grantee: organisationOf(cleared), Level: identities_, Purpose: "search", ExpireTime: timestamppb.New(x.now.Add(time.Hour))}})
	ok(t, err)
	expect(purpose, cleared, "who")
	expect(x.ctx, cleared, "that there is somebody")     // no purpose
	expect(purpose, x.partner, "that there is somebody") // not cleared
	agrees(&tumenv1.Release{Purpose: record, Basis: own})
	expect(purpose, cleared, "that there is somebody")
	agrees(&tumenv1.Release{Purpose: record, Basis: own}, &tumenv1.Release{Purpose: share, Basis: refusedBasis})
	expect(purpose, cleared, "that there is somebody")
	expect(purpose, granter, "who") // inside, where it was agreed to
	agrees(&tumenv1.Release{Purpose: record, Basis: refusedBasis}, &tumenv1.Release{Purpose: share, Basis: own})
	expect(purpose, cleared, "that there is somebody")
	expect(purpose, granter, "that there is somebody")
	_ = first
}

// TestNothingRestsOnWhatIsOnlyShared: outside, nobody ties or claims anything about it,
// as that would change what its owner is told.
func TestNothingRestsOnWhatIsOnlyShared(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	other := x.memberOf("partners", "reviewer", tumenv1.Role_ROLE_REVIEWER)
	source, err := other.sources.CreateSource(x.ctx, &tumenv1.CreateSourceRequest{Source: &tumenv1.Source{Kind: "news", Title: "ours"}, Reason: "r"})
	ok(t, err)
	own, err := other.cases.CreateCase(x.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "ours"}, Reason: "r"})
	ok(t, err)
	event, err := other.cases.CreateEvent(x.ctx, &tumenv1.CreateEventRequest{Parent: own.GetCase().GetName(), Event: &tumenv1.Event{Act: "detention"}, Reason: "r"})
	ok(t, err)
	for name, write := range map[string]func() error{
		"a tie of theirs": func() error {
			_, err := other.sources.CreateTie(x.ctx, &tumenv1.CreateTieRequest{Reason: "r", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SEPARATED, A: x.names["S1"], B: x.names["S2"], Grounds: "g"}})
			return err
		},
		"a tie to ours": func() error {
			_, err := other.sources.CreateTie(x.ctx, &tumenv1.CreateTieRequest{Reason: "r", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: source.GetSource().GetName(), B: x.names["S2"], Grounds: "g"}})
			return err
		},
		"a claim of their source": func() error {
			_, err := other.claims.CreateClaim(x.ctx, &tumenv1.CreateClaimRequest{Parent: own.GetCase().GetName(), Reason: "r", Claim: &tumenv1.Claim{Source: x.names["S1"], Subjects: []string{event.GetEvent().GetName()}, Aspect: occurrence, Stance: denies}})
			return err
		},
		"what relays theirs": func() error {
			_, err := other.sources.CreateSource(x.ctx, &tumenv1.CreateSourceRequest{Reason: "r", Source: &tumenv1.Source{Kind: "news", Title: "relays", Relays: []*tumenv1.Relay{{Source: x.names["S1"], Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES}}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { refused(t, write(), codes.InvalidArgument, "OTHER_ORGANISATION") })
	}
	x.sound()
}

// TestPlacesAreSharedAsFarAsTheyAreUsed: of an organisation's own places and terms those
// go along that something shared rests on, and no others.
func TestPlacesAreSharedAsFarAsTheyAreUsed(t *testing.T) {
	x := startSharing(t)
	place := func(name, in string) string {
		t.Helper()
		out, err := x.worker.places.CreatePlace(x.ctx, &tumenv1.CreatePlaceRequest{Reason: "r", Place: &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: name}}, Kind: tumenv1.PlaceKind_PLACE_KIND_CITY, ContainedIn: in, Marking: tumenv1.Marking_MARKING_AMBER}})
		ok(t, err)
		return out.GetPlace().GetName()
	}
	term := func(code string) string {
		t.Helper()
		out, err := x.worker.terms.CreateTerm(x.ctx, &tumenv1.CreateTermRequest{Reason: "r", Term: &tumenv1.Term{Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: code, Names: []*tumenv1.TermLabel{{Language: "en", Text: code}}, Marking: tumenv1.Marking_MARKING_AMBER}})
		ok(t, err)
		return out.GetTerm().GetName()
	}
	county := place("a county", "")
	village, shelter := place("a village", county), place("our shelter", county)
	used, unused := term("handed-over"), term("kept-apart")
	_, err := x.worker.cases.CreateEvent(x.ctx, &tumenv1.CreateEventRequest{Parent: caseOf(x.october), Reason: "r", Event: &tumenv1.Event{Act: "handed-over", Places: []*tumenv1.PlaceValue{{Place: village}}, Marking: tumenv1.Marking_MARKING_AMBER}})
	ok(t, err)
	shown := func(want ...string) {
		t.Helper()
		for _, name := range []string{county, village, shelter, used, unused} {
			_, err := x.partner.records.GetRecord(x.ctx, &tumenv1.GetRecordRequest{Name: name})
			if slices.Contains(want, name) {
				ok(t, err)
			} else {
				refused(t, err, codes.NotFound, "NOT_FOUND")
			}
		}
	}
	shown()
	_, err = x.share(x.partner.name, headline, time.Hour)
	ok(t, err)
	shown()
	_, err = x.share(x.partner.name, content, time.Hour)
	ok(t, err)
	shown(county, village, used)
}

// TestWhoDecidesASubmissionIsToldToNobodyOutside, in the ledger either.
func TestWhoDecidesASubmissionIsToldToNobodyOutside(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	other := x.memberOf("partners", "worker", tumenv1.Role_ROLE_CASE_WORKER)
	sent, err := x.send(other, x.offer("a witness"))
	ok(t, err)
	_, err = x.accept(sent.GetName(), nil)
	ok(t, err)
	entries := func(m *member, record string) int {
		t.Helper()
		out, err := tumenv1.NewLedgerServiceClient(m.conn).ListLedgerEntries(x.ctx, &tumenv1.ListLedgerEntriesRequest{Record: record})
		ok(t, err)
		found := 0
		for _, e := range out.GetEntries() {
			if e.GetRecord() == sent.GetName() {
				found++
			}
		}
		return found
	}
	if got := entries(x.worker, sent.GetName()); got != 2 {
		t.Errorf("whom it is for has %d entries about it, want 2", got)
	}
	for _, record := range []string{sent.GetName(), ""} {
		if got := entries(other, record); got != 0 {
			t.Errorf("who sent it has %d entries about it (record %q)", got, record)
		}
	}
}

// TestAPartnerOfOnesOwnFindsNothingByWhatIsNotShown: neither by external ids, nor by who
// works on it.
func TestAPartnerOfOnesOwnFindsNothingByWhatIsNotShown(t *testing.T) {
	x := startSharing(t)
	external := x.memberOf("ngo", "external", partnerRole)
	x.assign(x.worker)
	_, err := x.share(external.name, content, time.Hour)
	ok(t, err)
	id := &tumenv1.ExternalId{Issuer: "ngo", Id: "S1"}
	_, err = x.worker.records.FindRecord(x.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: id}})
	ok(t, err)
	_, err = external.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: x.names["S1"]})
	ok(t, err)
	_, err = external.records.FindRecord(x.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: id}})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = external.sources.ListSources(x.ctx, &tumenv1.ListSourcesRequest{ExternalId: id})
	refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION")
	_, err = external.cases.ListCases(x.ctx, &tumenv1.ListCasesRequest{Assignee: x.worker.name})
	refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION")
}
