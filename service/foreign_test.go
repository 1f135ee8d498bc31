package service_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestNobodyBuildsOnWhatIsSharedWithThem: records of one organisation rest on no other's.
// They would pass on what was never theirs to share, speak in evidence that its owner
// can't see, and keep who has withdrawn from being erased.
func TestNobodyBuildsOnWhatIsSharedWithThem(t *testing.T) {
	x := startSharing(t)
	const amber = tumenv1.Marking_MARKING_AMBER
	p, err := x.worker.persons.CreatePerson(x.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{Marking: amber, Names: []*tumenv1.PersonName{{Text: secret}}}, Reason: "r"})
	ok(t, err)
	person := p.GetPerson().GetName()
	involve := func(m *member, in, event string) error {
		_, err := m.cases.CreateInvolvement(x.ctx, &tumenv1.CreateInvolvementRequest{Parent: in, Reason: "r", Involvement: &tumenv1.Involvement{
			Marking: amber, Event: event, Who: &tumenv1.Involvement_Person{Person: person}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM,
		}})
		return err
	}
	ok(t, involve(x.worker, caseOf(x.october), x.names["E1"]))
	_, err = x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)

	other := x.memberOf("partners", "worker", tumenv1.Role_ROLE_CASE_WORKER)
	made, err := other.cases.CreateCase(x.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "theirs", Marking: amber}, Reason: "r"})
	ok(t, err)
	theirs := made.GetCase().GetName()
	happened, err := other.cases.CreateEvent(x.ctx, &tumenv1.CreateEventRequest{Parent: theirs, Reason: "r", Event: &tumenv1.Event{Act: "detention", Marking: amber}})
	ok(t, err)
	event := happened.GetEvent().GetName()
	said, err := other.sources.CreateSource(x.ctx, &tumenv1.CreateSourceRequest{Source: &tumenv1.Source{Kind: "ngo-statement", Title: "t", Marking: amber, Basis: own}, Reason: "r"})
	ok(t, err)
	claims := func(c *tumenv1.Claim) error {
		c.Stance, c.Marking = asserts, amber
		_, err := other.claims.CreateClaim(x.ctx, &tumenv1.CreateClaimRequest{Parent: theirs, Reason: "r", Claim: c})
		return err
	}
	for what, err := range map[string]error{
		"a claim of their source": claims(&tumenv1.Claim{Source: x.names["S6"], Subjects: []string{event}, Aspect: occurrence}),
		"a claim on their person": claims(&tumenv1.Claim{
			Source: said.GetSource().GetName(), Subjects: []string{person}, Aspect: tumenv1.Aspect_ASPECT_NAME,
			ProtectedValue: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: "a guess"}}},
		}),
		"an involvement of their person": involve(other, theirs, event),
		"a tie of their sources": func() error {
			_, err := other.sources.CreateTie(x.ctx, &tumenv1.CreateTieRequest{Reason: "r", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SEPARATED, A: x.names["S6"], B: x.names["S4"], Grounds: "g"}})
			return err
		}(),
		"a relay of their source": func() error {
			_, err := other.sources.CreateSource(x.ctx, &tumenv1.CreateSourceRequest{Reason: "r", Source: &tumenv1.Source{Kind: "news", Title: "t", Basis: relayed, Relays: []*tumenv1.Relay{{Source: x.names["S6"], Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES}}}})
			return err
		}(),
	} {
		t.Run(what, func(t *testing.T) { refused(t, err, codes.InvalidArgument, "OTHER_ORGANISATION") })
	}

	_, err = x.admin.CreateOrganisation(x.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "third", DisplayName: "Third"}})
	ok(t, err)
	third := x.memberOf("third", "tina", partnerRole)
	_, err = x.grants(other).CreateGrant(x.ctx, &tumenv1.CreateGrantRequest{Parent: theirs, Reason: "r", Grant: &tumenv1.Grant{Grantee: organisationOf(third), Level: content, Purpose: "p", ExpireTime: timestamppb.New(x.now.Add(time.Hour))}})
	ok(t, err)
	_, err = third.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: x.names["S6"]})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = third.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: person})
	refused(t, err, codes.NotFound, "NOT_FOUND")

	now, err := x.worker.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: person})
	ok(t, err)
	_, err = x.worker.erasures.ErasePerson(x.ctx, &tumenv1.ErasePersonRequest{Name: person, Etag: now.GetPerson().GetEtag(), Reason: "asked for it"})
	ok(t, err)
	x.sound()
}

// TestWhatIsSharedNamesNothingElse: neither that the same is in a case which is not shared,
// nor when that is found out.
func TestWhatIsSharedNamesNothingElse(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	shown := func(m *member) *tumenv1.Event {
		t.Helper()
		got, err := m.cases.GetEvent(x.ctx, &tumenv1.GetEventRequest{Name: x.names["E1"]})
		ok(t, err)
		return got.GetEvent()
	}
	suspects := func(event string) {
		t.Helper()
		_, err := x.worker.cases.UpdateEvent(x.ctx, &tumenv1.UpdateEventRequest{Reason: "r", Event: &tumenv1.Event{Name: x.names["E1"], Etag: shown(x.worker).GetEtag(), PossiblySameAs: []string{event}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"possibly_same_as"}}})
		ok(t, err)
	}
	before := shown(x.partner)
	made, err := x.worker.cases.CreateCase(x.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "another", Marking: red}, Reason: "r"})
	ok(t, err)
	other, err := x.worker.cases.CreateEvent(x.ctx, &tumenv1.CreateEventRequest{Parent: made.GetCase().GetName(), Reason: "r", Event: &tumenv1.Event{Act: "detention", Marking: red}})
	ok(t, err)
	suspects(other.GetEvent().GetName())
	if after := shown(x.partner); len(after.GetPossiblySameAs()) > 0 || after.GetEtag() != before.GetEtag() {
		t.Errorf("tells of another case: %v, was %v", after, before)
	}
	suspects(x.names["E3"])
	if after := shown(x.partner); len(after.GetPossiblySameAs()) != 1 || after.GetEtag() == before.GetEtag() {
		t.Errorf("what is shared, too, is not named: %v", after)
	}
	relaying, err := x.partner.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: x.names["S14"]})
	ok(t, err)
	if r := relaying.GetSource().GetRelays(); len(r) != 1 || r[0].GetSource() != x.names["S6"] { // nothing here is S11's
		t.Errorf("relays %v", relaying.GetSource().GetRelays())
	}
}
