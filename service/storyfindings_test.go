package service_test

import (
	"strings"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

// twoAccountsOfOneContact: the partner sends what two groups say, behind which is one
// contact. Kim, who can't know, accepts both. They don't corroborate each other until a
// reviewer separates them, and somebody else agrees with what is concluded then.
func (s *story) twoAccountsOfOneContact() {
	first, err := submissionsOf(s.pak).CreateSubmission(s.ctx, &tumenv1.CreateSubmissionRequest{Organisation: organisationOf(s.kim), Reason: "new to us", Submission: s.account("A shelter's network")})
	ok(s.t, err)
	taken, err := s.accept(first.GetSubmission().GetName(), nil)
	ok(s.t, err)
	arrest, event, shelter := taken.GetResults()[0], taken.GetResults()[1], taken.GetResults()[2]
	second, err := submissionsOf(s.pak).CreateSubmission(s.ctx, &tumenv1.CreateSubmissionRequest{Organisation: organisationOf(s.kim), Reason: "confirmed", Submission: s.account("A church's network")})
	ok(s.t, err)
	taken, err = s.accept(second.GetSubmission().GetName(), func(req *tumenv1.AcceptSubmissionRequest) { req.IntoCase, req.IntoEvent = arrest, event })
	ok(s.t, err)
	church := taken.GetResults()[0]

	f := s.about(s.hana, arrest, event)
	if got := span(f.GetSupport().GetSupporting()); got != "1-2" {
		s.t.Errorf("two accounts of one partner support it %s times", got)
	}
	review := &review{october: s.sharing.october, first: s.hana, second: s.min}
	concluded := &tumenv1.Conclusion{
		Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Confidence: tumenv1.Confidence_CONFIDENCE_MODERATE,
		Standard: tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS, Rationale: "Two networks of contacts report it.",
		Independence: []*tumenv1.Independence{{A: shelter, B: church, Why: "One is of pastors, the other of brokers."}},
	}
	_, err = review.propose(review.open(f), concluded)
	refused(s.t, err, codes.FailedPrecondition, "ORIGINS_TOO_FEW", "there is at least 1")

	separated := &tumenv1.CreateTieRequest{Reason: "asked in person", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SEPARATED, A: shelter, B: s.standsFor(shelter), Grounds: "met both"}}
	_, err = s.kim.sources.CreateTie(s.ctx, separated)
	refused(s.t, err, codes.PermissionDenied, "REVIEWER_SEPARATES")
	_, err = s.hana.sources.CreateTie(s.ctx, separated)
	ok(s.t, err)
	s.caughtUp()
	f, err = review.propose(s.about(s.hana, arrest, event), concluded)
	ok(s.t, err)
	_, err = review.approve(s.hana, f)
	refused(s.t, err, codes.FailedPrecondition, "APPROVER_PROPOSED")
	s.found, err = review.approve(s.min, f)
	ok(s.t, err)
	if got := span(s.found.GetApprovedSupport().GetSupporting()); got != "2-2" {
		s.t.Errorf("it was approved as supported %s times", got)
	}
	s.seen(map[*member]tumenv1.GrantLevel{s.pak: content, s.yuna: headline}) // of October, and nothing new
	_, err = s.pak.cases.GetCase(s.ctx, &tumenv1.GetCaseRequest{Name: arrest})
	refused(s.t, err, codes.NotFound, "NOT_FOUND") // not even who proposed it
}

// account is what the partner sends of an arrest, always by the same contact.
func (s *story) account(title string) *tumenv1.Submission {
	return &tumenv1.Submission{
		SourceContact: secret,
		ProposedCase:  &tumenv1.ProposedCase{Title: "Two at Longjing", Act: "detention", Time: &tumenv1.Time{Edtf: "2024-01"}},
		Source:        &tumenv1.SubmittedSource{Kind: "ngo-statement", Title: title, Basis: own},
		Claims:        []*tumenv1.SubmittedClaim{{Aspect: occurrence, Stance: asserts, Quote: &tumenv1.Quote{Text: "seen at night"}}},
	}
}

// about is the finding on whether an event happened.
func (s *story) about(m *member, parent, event string) *tumenv1.Finding {
	s.t.Helper()
	out, err := m.findings.ListFindings(s.ctx, &tumenv1.ListFindingsRequest{Parent: parent, Subject: event, Aspect: occurrence})
	ok(s.t, err)
	return out.GetFindings()[0]
}

// standsFor is the source that stands for whatever the partner has sent who sent this one:
// the two are tied.
func (s *story) standsFor(source string) string {
	s.t.Helper()
	out, err := s.kim.sources.ListTies(s.ctx, &tumenv1.ListTiesRequest{Record: source})
	ok(s.t, err)
	return out.GetTies()[0].GetB()
}

// theAuditorComes: Sora sees what was decided and what that rests on, and nothing that
// is under review; what she takes home convinces whoever has the key of the ledger.
func (s *story) theAuditorComes() {
	arrest, _, _ := strings.Cut(s.found.GetName(), "/findings/")
	rests := []string{arrest, s.found.GetName(), s.found.GetSubject()}
	for _, e := range s.found.GetApprovedEvidence() {
		rests = append(rests, e.GetName())
	}
	for _, name := range rests {
		if _, err := s.sora.records.GetRecord(s.ctx, &tumenv1.GetRecordRequest{Name: name}); err != nil {
			s.t.Errorf("an auditor reads %s: %v", name, err)
		}
		if len(entries(s.t, s.sora, &tumenv1.ListLedgerEntriesRequest{Record: name})) == 0 {
			s.t.Errorf("the ledger tells an auditor nothing of %s", name)
		}
	}
	if len(rests) < 7 { // two claims, and their two sources
		s.t.Errorf("it rests on %v", rests)
	}
	s.findsNothing(s.sora, s.ours) // which is under review
	sent, err := s.kim.cases.GetCase(s.ctx, &tumenv1.GetCaseRequest{Name: arrest})
	ok(s.t, err)
	_, err = submissionsOf(s.sora).GetSubmission(s.ctx, &tumenv1.GetSubmissionRequest{Name: sent.GetCase().GetSubmission()})
	refused(s.t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")

	s.export = s.takesHome(s.sora, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: arrest}})
	s.convinces(s.export)
	var done []string
	for _, e := range entries(s.t, s.sora, &tumenv1.ListLedgerEntriesRequest{Record: s.found.GetName()}) {
		for _, step := range []string{"OpenFinding", "ProposeFinding", "ApproveFinding"} {
			if strings.Contains(e.GetEntry(), "VerificationService/"+step) {
				done = append(done, step+" by "+entryTells(s.t, e, "member"))
			}
		}
	}
	if got, want := strings.Join(done, ", "), "OpenFinding by "+s.hana.name+", ProposeFinding by "+s.hana.name+", ApproveFinding by "+s.min.name; got != want {
		s.t.Errorf("the ledger tells an auditor: %s", got)
	}
}

// convinces checks an export with the key that the server shows today.
func (s *story) convinces(home *takenHome) {
	s.t.Helper()
	c, err := tumenv1.NewLedgerServiceClient(s.min.conn).GetCheckpoint(s.ctx, &tumenv1.GetCheckpointRequest{})
	ok(s.t, err)
	report := home.verified(s.t, c.GetVerifierKey())
	for _, failure := range report.Failures {
		s.t.Error(failure.String())
	}
	if len(report.Checks) < 5 {
		s.t.Errorf("little was checked: %v", report.Checks)
	}
}
