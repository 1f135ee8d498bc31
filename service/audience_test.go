package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// audience changes who may read the matter.
func (o *october) audience(as tumenv1.CaseAudience, marking tumenv1.Marking, assignees ...*member) {
	o.t.Helper()
	c, err := o.worker.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	ok(o.t, err)
	c.Case.Audience, c.Case.Marking, c.Case.Assignees = as, marking, nil
	for _, m := range assignees {
		c.Case.Assignees = append(c.Case.Assignees, m.name)
	}
	_, err = o.worker.cases.UpdateCase(o.ctx, &tumenv1.UpdateCaseRequest{Case: c.GetCase(), Reason: "closer", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"audience", "marking", "assignees"}}})
	ok(o.t, err)
}

// reads says whether a member is shown the matter, by each of the ways to it: all of
// them agree.
func (o *october) reads(m *member) bool {
	o.t.Helper()
	found := func(err error) bool {
		o.t.Helper()
		if err != nil {
			refused(o.t, err, codes.NotFound, "NOT_FOUND")
		}
		return err == nil
	}
	_, err := m.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	shown := found(err)
	agrees := func(what string, got bool) {
		o.t.Helper()
		if got != shown {
			o.t.Errorf("%s: the case is shown: %v, and %s: %v", m.name, shown, what, got)
		}
	}
	claimName := o.names["C-S4-E1-"+occurrence.String()]
	_, err = m.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: claimName})
	agrees("a claim", found(err))
	_, err = m.records.ListRevisions(o.ctx, &tumenv1.ListRevisionsRequest{Name: claimName})
	agrees("its history", found(err))
	cases, err := m.cases.ListCases(o.ctx, &tumenv1.ListCasesRequest{})
	ok(o.t, err)
	agrees("the list of cases", len(cases.GetMatches()) > 0)
	claims, err := m.claims.ListClaims(o.ctx, &tumenv1.ListClaimsRequest{Parent: "cases/-"})
	ok(o.t, err)
	agrees("the list of claims", len(claims.GetMatches()) > 0)
	findings, err := m.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: "cases/-"})
	ok(o.t, err)
	agrees("the list of findings", len(findings.GetFindings()) > 0)
	_, err = m.cases.ListEvents(o.ctx, &tumenv1.ListEventsRequest{Parent: caseOf(o)})
	agrees("its events", found(err))
	stream, err := m.exchange.ExportMatter(o.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(o)})
	ok(o.t, err)
	agrees("the matter", found(drained(stream.Recv)))
	return shown
}

// TestWhoReadsACase: all workers of its owner, or who is assigned to it, from the next
// call on; and a RED one nobody else, not even who audits.
func TestWhoReadsACase(t *testing.T) {
	o := loadOctober(t)
	worker, reviewer := o.member("other", tumenv1.Role_ROLE_CASE_WORKER), o.member("reviewer", tumenv1.Role_ROLE_REVIEWER)
	auditor := o.member("auditor", tumenv1.Role_ROLE_AUDITOR) // nothing has been decided
	const all, assigned, amber = tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED, tumenv1.Marking_MARKING_AMBER
	for _, step := range []struct {
		name      string
		audience  tumenv1.CaseAudience
		marking   tumenv1.Marking
		assignees []*member
		readers   []*member
	}{
		{"opened", all, amber, nil, []*member{worker, reviewer}},
		{"to the assigned", assigned, amber, []*member{worker}, []*member{worker}},
		{"to others", assigned, amber, []*member{reviewer}, []*member{reviewer}},
		{"RED", all, red, []*member{worker}, []*member{worker}},
		{"opened again", all, amber, nil, []*member{worker, reviewer}},
	} {
		o.audience(step.audience, step.marking, step.assignees...)
		for _, m := range []*member{worker, reviewer, auditor, o.worker} {
			want := m == o.worker // who recorded it
			for _, r := range step.readers {
				want = want || r == m
			}
			if got := o.reads(m); got != want {
				t.Errorf("%s: %s reads it: %v", step.name, m.name, got)
			}
		}
	}
	o.sound()
}

// TestACaseHasTheAudienceOfItsOrganisation: a case that states no audience has that of its organisation.
func TestACaseHasTheAudienceOfItsOrganisation(t *testing.T) {
	w := start(t, nil)
	_, err := w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "closed", DisplayName: "Closed", DefaultAudience: tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED}})
	ok(t, err)
	for org, want := range map[string]tumenv1.CaseAudience{"ngo": tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, "closed": tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED} {
		m := w.memberOf(org, "worker", tumenv1.Role_ROLE_CASE_WORKER)
		made, err := m.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A case"}, Reason: "reported"})
		ok(t, err)
		if got := made.GetCase().GetAudience(); got != want {
			t.Errorf("of %s: %v", org, got)
		}
	}
}

// TestWhoAuditsReadsWhatWasDecided: the finding, what it is about, and what was said to
// it; nothing of it any more once it is opened again.
func TestWhoAuditsReadsWhatWasDecided(t *testing.T) {
	o, auditor := decidedOctober(t)
	sees := func(key string) bool {
		t.Helper()
		_, err := auditor.records.GetRecord(o.ctx, &tumenv1.GetRecordRequest{Name: o.names[key]})
		if err != nil {
			refused(t, err, codes.NotFound, "NOT_FOUND")
		}
		return err == nil
	}
	claimOn := func(source string, aspect tumenv1.Aspect) string { return "C-" + source + "-E1-" + aspect.String() }
	for key, want := range map[string]bool{
		"october-2023": true, "E1": true, claimOn("S1", count): true, claimOn("S13", count): true, "S1": true, "S6": true, "T1": true,
		"E2": false, claimOn("S1", occurrence): false, claimOn("S4", onPlace): false, "S7": true, "S12": true, "S5": false, // of what is relayed, the source
	} {
		if got := sees(key); got != want {
			t.Errorf("an auditor sees %s: %v", key, got)
		}
	}
	claims, err := auditor.claims.ListClaims(o.ctx, &tumenv1.ListClaimsRequest{Parent: caseOf(o)})
	ok(t, err)
	for _, m := range claims.GetMatches() {
		if m.GetClaim().GetAspect() != count {
			t.Errorf("an auditor lists %s", o.keys[m.GetClaim().GetName()])
		}
	}
	findings, err := auditor.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(o)})
	ok(t, err)
	if len(findings.GetFindings()) != 1 {
		t.Fatalf("an auditor lists %d findings", len(findings.GetFindings()))
	}
	reviewer := o.member("third", tumenv1.Role_ROLE_REVIEWER)
	f := o.finding(reviewer, "E1", count)
	_, err = reviewer.findings.ReopenFinding(o.ctx, &tumenv1.ReopenFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "more is known"})
	ok(t, err)
	if sees("october-2023") || sees(claimOn("S1", count)) || sees("S1") {
		t.Error("an auditor sees what is under review")
	}
}

// TestWhoIsAssignedReadsWhatIsRedBesideACase: a person or a source that is RED and used
// in a case is read by who is assigned to it, also where the case is open to all and
// nothing in it is RED.
func TestWhoIsAssignedReadsWhatIsRedBesideACase(t *testing.T) {
	o := loadOctober(t)
	assigned, other := o.member("assigned", tumenv1.Role_ROLE_CASE_WORKER), o.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	o.person("P1")
	o.involve("I1", "E1", "P1")
	o.hide(o.names["S1"])
	o.hide(o.names["P1"])
	o.audience(tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, tumenv1.Marking_MARKING_AMBER, assigned)
	for _, key := range []string{"S1", "P1"} {
		if _, err := assigned.records.GetRecord(o.ctx, &tumenv1.GetRecordRequest{Name: o.names[key]}); err != nil {
			t.Errorf("%s, by who is assigned: %v", key, err)
		}
		_, err := other.records.GetRecord(o.ctx, &tumenv1.GetRecordRequest{Name: o.names[key]})
		refused(t, err, codes.NotFound, "NOT_FOUND")
	}
}
