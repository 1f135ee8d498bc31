package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// withdraws has the worker record a withdrawal of a person, and returns where they have
// gone.
func (i *identities) withdraws(name string, w *tumenv1.Withdrawal) *tumenv1.WithdrawalReach {
	i.t.Helper()
	_, reach, err := i.withdrawsAs(i.worker, name, w)
	ok(i.t, err)
	return reach
}

func (i *identities) withdrawsAs(m *member, name string, w *tumenv1.Withdrawal) (*tumenv1.Person, *tumenv1.WithdrawalReach, error) {
	i.t.Helper()
	p, err := m.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: name})
	ok(i.t, err)
	out, err := tumenv1.NewReleaseServiceClient(m.conn).WithdrawPersonRelease(i.ctx, &tumenv1.WithdrawPersonReleaseRequest{Name: name, Etag: p.GetPerson().GetEtag(), Reason: "told by phone", Withdrawal: w})
	return out.GetPerson(), out.GetReach(), err
}

// termsTold are the terms of the person as the worker is shown them.
func (i *identities) termsTold() string {
	i.t.Helper()
	p, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(i.t, err)
	var all []string
	for _, r := range p.GetPerson().GetReleases() {
		all = append(all, strings.TrimPrefix(r.GetPurpose().String(), "RELEASE_PURPOSE_")+"="+strings.TrimPrefix(r.GetBasis().String(), "RELEASE_BASIS_"))
	}
	return strings.Join(all, " ")
}

// TestAWithdrawalHoldsAtOnce: for its purposes and no other; who records it need not be
// shown the terms. For the purpose of recording, nobody is shown who it is any more, of
// no revision, and an erasure waits for a second member.
func TestAWithdrawalHoldsAtOnce(t *testing.T) {
	i := startIdentities(t)
	both := i.cleared("both", 0, identity, sourceIdentity)
	publish := &tumenv1.Withdrawal{Purposes: []tumenv1.ReleasePurpose{tumenv1.ReleasePurpose_RELEASE_PURPOSE_PUBLISH}, Basis: tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED, GivenBy: secret, GivenOn: "2026-11-27", Explanation: secret}
	shown, reach, err := i.withdrawsAs(both, i.person, publish)
	ok(t, err)
	nothingOf(t, "the answer to who is not shown the person", shown, nil)
	if reach.GetErasure() != nil || reach.GetErasureMissing() != "" || i.termsTold() != "RECORD=OWN_CONSENT PUBLISH=REFUSED" {
		t.Errorf("%v, terms %s", reach, i.termsTold())
	}
	if !i.tells(forPurpose(i.ctx), both, i.person) {
		t.Error("withdrawn for one purpose, it is not shown for another")
	}

	reach = i.withdraws(i.person, &tumenv1.Withdrawal{})
	if got := i.termsTold(); got != "RECORD=WITHDRAWN SHARE_WITH_PARTNERS=WITHDRAWN SUBMIT_CONFIDENTIALLY=WITHDRAWN TRANSMIT_TO_GOVERNMENT=WITHDRAWN PUBLISH=WITHDRAWN USE_IN_PROCEEDINGS=WITHDRAWN" {
		t.Errorf("terms %s", got)
	}
	for _, m := range []*member{both, i.worker} {
		for _, name := range []string{i.person, i.nameClaim} {
			if i.tells(forPurpose(i.ctx), m, name) {
				t.Errorf("%s is told %s", m.name, name)
			}
		}
	}
	if e := reach.GetErasure(); e.GetState() != tumenv1.ErasureState_ERASURE_STATE_REQUESTED || e.GetSubject() != i.person || e.GetRevisions()[0] != 3 {
		t.Errorf("the erasure: %v", e)
	}
	again := i.withdraws(i.person, &tumenv1.Withdrawal{})
	if again.GetErasureMissing() != "ALREADY_REQUESTED" || again.GetErasure().GetName() != reach.GetErasure().GetName() {
		t.Errorf("once more: %v", again)
	}

	// The erasure was asked for as the person was then; it is asked for anew.
	_, err = i.first.erasures.WithdrawErasure(i.ctx, &tumenv1.WithdrawErasureRequest{Name: reach.GetErasure().GetName(), Etag: erasureEtag(i, reach), Reason: "outdated"})
	ok(t, err)
	reach = i.withdraws(i.person, &tumenv1.Withdrawal{Purposes: []tumenv1.ReleasePurpose{tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD}})
	_, err = i.first.erasures.ConfirmErasure(i.ctx, &tumenv1.ConfirmErasureRequest{Name: reach.GetErasure().GetName(), Etag: erasureEtag(i, reach), Reason: "agreed"})
	ok(t, err)
	_, err = i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	refused(t, err, codes.NotFound, "ERASED")
	(&erasing{october: i.october, reviewer: i.first}).reaches(reach.GetErasure().GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	i.sound() // of a store whose epoch is not being turned over
}

// erasureEtag is the etag of an erasure for the first reviewer.
func erasureEtag(i *identities, reach *tumenv1.WithdrawalReach) string {
	i.t.Helper()
	e, err := i.first.erasures.GetErasure(i.ctx, &tumenv1.GetErasureRequest{Name: reach.GetErasure().GetName()})
	ok(i.t, err)
	return e.GetErasure().GetEtag()
}

// TestAWithdrawalIsDoneOnce: repeated under its request id it answers the same; it needs
// the record as last read, and the right to change it.
func TestAWithdrawalIsDoneOnce(t *testing.T) {
	i := startIdentities(t)
	release := tumenv1.NewReleaseServiceClient(i.worker.conn)
	req := &tumenv1.WithdrawPersonReleaseRequest{Name: i.person, Etag: i.etag(), Reason: "told by phone", Withdrawal: &tumenv1.Withdrawal{}, RequestId: "6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a12"}
	first, err := release.WithdrawPersonRelease(i.ctx, req)
	ok(t, err)
	second, err := release.WithdrawPersonRelease(i.ctx, req)
	ok(t, err)
	if !proto.Equal(first, second) || first.GetPerson().GetRevision() != 2 || first.GetReach().GetErasure() == nil {
		t.Errorf("the same call got %v, then %v", first, second)
	}
	req.RequestId = ""
	_, err = release.WithdrawPersonRelease(i.ctx, req)
	refused(t, err, codes.Aborted, "ETAG_STALE")
	req.Name = nowhere
	_, err = release.WithdrawPersonRelease(i.ctx, req)
	refused(t, err, codes.NotFound, "NOT_FOUND")
	req.Name, req.Withdrawal = i.person, nil
	_, err = release.WithdrawPersonRelease(i.ctx, req)
	refused(t, err, codes.InvalidArgument, "REQUIRED", "withdrawal")
	req.Withdrawal = &tumenv1.Withdrawal{Basis: tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT}
	_, err = release.WithdrawPersonRelease(i.ctx, req)
	refused(t, err, codes.InvalidArgument, "ENUM_IN", "withdrawal.basis")
	made, err := i.worker.persons.CreatePerson(i.ctx, &tumenv1.CreatePersonRequest{Reason: "a test", Person: &tumenv1.Person{Notes: secret}})
	ok(t, err)
	deleted, err := i.worker.persons.DeletePerson(i.ctx, &tumenv1.DeletePersonRequest{Name: made.GetPerson().GetName(), Etag: made.GetPerson().GetEtag(), Reason: "a mistake"})
	ok(t, err)
	gone, reach, err := i.withdrawsAs(i.worker, deleted.GetPerson().GetName(), &tumenv1.Withdrawal{})
	ok(t, err)
	if gone.GetDeleteTime() == nil || gone.GetNotes() != "" || reach.GetErasure() == nil {
		t.Errorf("of a deleted person: %v", gone)
	}
	src, err := i.worker.sources.GetSource(i.ctx, &tumenv1.GetSourceRequest{Name: i.src})
	ok(t, err)
	out, err := release.WithdrawSourceRelease(i.ctx, &tumenv1.WithdrawSourceReleaseRequest{Name: i.src, Etag: src.GetSource().GetEtag(), Reason: "a letter", Withdrawal: &tumenv1.Withdrawal{}})
	ok(t, err)
	if len(out.GetReach().GetErasure().GetRecords()) < 1 || len(out.GetSource().GetProtectedNames()) > 0 {
		t.Errorf("a source: %v", out)
	}
}

// TestAWithdrawalSaysWhereTheIdentityHasGone, as far as its author may know, and how
// much they may not; and it holds where they can't ask for the erasure.
func TestAWithdrawalSaysWhereTheIdentityHasGone(t *testing.T) {
	i := startIdentities(t)
	whole := &tumenv1.ExportQuery{Case: caseOf(i.october), Purpose: forShare}
	_, err := i.takes(i.worker, &tumenv1.ExportRecordsRequest{Query: whole, Disclose: []tumenv1.Protection{identity}})
	ok(t, err)
	stream, err := i.worker.exchange.ExportMatter(forPurpose(i.ctx), &tumenv1.ExportMatterRequest{Name: caseOf(i.october)})
	ok(t, err)
	ok(t, drained(stream.Recv))
	for _, marking := range []tumenv1.Marking{tumenv1.Marking_MARKING_AMBER_STRICT, red} {
		_, err = i.worker.cases.CreateIntervention(i.ctx, &tumenv1.CreateInterventionRequest{Parent: caseOf(i.october), Reason: "recorded", Intervention: &tumenv1.Intervention{
			Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST, Addressee: "the embassy", Date: "2026-11", Marking: marking, Disclosed: []string{i.person}}})
		ok(t, err)
	}
	i.mark("N-S1", red)
	other := i.limited("other", tumenv1.Role_ROLE_CASE_WORKER)
	_, reach, err := i.withdrawsAs(other, i.person, &tumenv1.Withdrawal{})
	ok(t, err)
	if len(reach.GetExports()) != 2 || !reach.GetExports()[0].GetMatter() || reach.GetExports()[1].GetMember() != i.worker.name || reach.GetExports()[1].GetReason() != "" {
		t.Errorf("exports: %v", reach.GetExports())
	}
	if len(reach.GetInterventions()) != 1 || reach.GetInterventions()[0].GetAddressee() != "the embassy" || reach.GetInterventionsWithheld() != 1 {
		t.Errorf("interventions: %v, %d withheld", reach.GetInterventions(), reach.GetInterventionsWithheld())
	}
	if reach.GetErasure() != nil || reach.GetErasureMissing() != "PART_WITHHELD" {
		t.Errorf("an erasure was asked for by who doesn't see all that goes: %v", reach)
	}
	if i.tells(forPurpose(i.ctx), i.worker, i.person) {
		t.Error("the withdrawal doesn't hold")
	}
	reach = i.withdraws(i.person, &tumenv1.Withdrawal{})
	if reach.GetErasure() == nil || reach.GetExports()[1].GetReason() != "for the commission" || len(reach.GetInterventions()) != 2 {
		t.Errorf("the maker of the exports is told %v", reach)
	}
}
