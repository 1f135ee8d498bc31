package service_test

import (
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// refused says whether an error has a code and a reason, and mentions words.
func refused(t testing.TB, err error, code codes.Code, reason string, words ...string) {
	t.Helper()
	s := status.Convert(err)
	if s.Code() != code {
		t.Fatalf("code %s (%v), want %s", s.Code(), err, code)
	}
	var info *errdetails.ErrorInfo
	text := s.Message()
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				text += " " + v.GetField() + ": " + v.GetDescription()
			}
		}
	}
	if info.GetDomain() != "tumen" || info.GetReason() != reason {
		t.Fatalf("reason %q of %q, want %q of tumen (%v)", info.GetReason(), info.GetDomain(), reason, err)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not mention %q", text, w)
		}
	}
}

// review is the matter with two reviewers.
type review struct {
	*october
	first, second *member
}

func startReview(t testing.TB) *review {
	o := loadOctober(t)
	return &review{o, o.member("reviewer", tumenv1.Role_ROLE_REVIEWER), o.member("reviewer-2", tumenv1.Role_ROLE_REVIEWER)}
}

func (r *review) open(f *tumenv1.Finding) *tumenv1.Finding {
	r.t.Helper()
	out, err := r.first.findings.OpenFinding(r.ctx, &tumenv1.OpenFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "to be weighed"})
	ok(r.t, err)
	return out.GetFinding()
}

func (r *review) propose(f *tumenv1.Finding, c *tumenv1.Conclusion) (*tumenv1.Finding, error) {
	out, err := r.first.findings.ProposeFinding(r.ctx, &tumenv1.ProposeFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "weighed", Conclusion: c})
	return out.GetFinding(), err
}

func (r *review) approve(m *member, f *tumenv1.Finding) (*tumenv1.Finding, error) {
	seen, err := m.findings.GetFinding(r.ctx, &tumenv1.GetFindingRequest{Name: f.GetName()})
	ok(r.t, err)
	out, err := m.findings.ApproveFinding(r.ctx, &tumenv1.ApproveFindingRequest{Name: f.GetName(), Etag: seen.GetFinding().GetEtag(), Reason: "agreed"})
	return out.GetFinding(), err
}

func (r *review) corroborated() *tumenv1.Conclusion {
	return &tumenv1.Conclusion{
		Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Confidence: tumenv1.Confidence_CONFIDENCE_MODERATE,
		Standard: tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS, Rationale: "Two networks of contacts report it.",
		AddressedDenials: []*tumenv1.AddressedDenial{{Origin: r.names["S7"], Rationale: "It denies that there are defectors, not that people were sent back."}},
		Independence:     []*tumenv1.Independence{{A: r.names["S1"], B: r.names["S4"], Why: "JFNK's contacts are brokers; the Missionary Union's are pastors."}},
	}
}

// grade gives S4 a grade, by somebody.
func (r *review) grade(m *member, key string, grade tumenv1.Reliability) {
	r.t.Helper()
	s, err := m.sources.GetSource(r.ctx, &tumenv1.GetSourceRequest{Name: r.names[key]})
	ok(r.t, err)
	s.GetSource().Reliability, s.GetSource().ReliabilityReason = grade, "an example"
	_, err = m.sources.UpdateSource(r.ctx, &tumenv1.UpdateSourceRequest{Source: s.GetSource(), Reason: "graded",
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"reliability", "reliability_reason"}}})
	ok(r.t, err)
}

func TestTwoReviewersDecide(t *testing.T) {
	r := startReview(t)
	third := r.member("reviewer-3", tumenv1.Role_ROLE_REVIEWER)
	r.grade(third, "S4", tumenv1.Reliability_RELIABILITY_B)
	f := r.open(r.finding(r.first, "E1", occurrence))

	silent := r.corroborated()
	silent.AddressedDenials = nil
	_, err := r.propose(f, silent)
	refused(t, err, codes.FailedPrecondition, "DENIAL_NOT_ADDRESSED", r.names["S7"])
	vague := r.corroborated()
	vague.Independence = nil
	_, err = r.propose(f, vague)
	if status.Code(err) != codes.FailedPrecondition {
		t.Fatalf("without independence: %v", err)
	}
	c := r.open(r.finding(r.first, "E1", count))
	lone := r.corroborated()
	lone.Value = atMost(600)
	_, err = r.propose(c, lone)
	if status.Code(err) != codes.FailedPrecondition {
		t.Fatalf("for a value of one origin: %v", err)
	}

	f, err = r.propose(f, r.corroborated())
	ok(t, err)
	if len(f.GetConclusion().GetIndependence()) != 1 {
		t.Error("why the contacts differ is not shown with the finding")
	}
	_, err = r.approve(r.first, f)
	refused(t, err, codes.FailedPrecondition, "APPROVER_PROPOSED")
	_, err = r.approve(third, f)
	if status.Code(err) != codes.FailedPrecondition {
		t.Fatalf("by who graded S4: %v", err)
	}
	f, err = r.approve(r.second, f)
	ok(t, err)
	if span(f.GetApprovedSupport().GetSupporting()) != "2-4" || f.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED {
		t.Errorf("approved: %s on %s", f.GetState(), span(f.GetApprovedSupport().GetSupporting()))
	}
	shown, err := r.worker.cases.GetCase(r.ctx, &tumenv1.GetCaseRequest{Name: r.names["october-2023"]})
	ok(t, err)
	if got := shown.GetCase().GetHeadline().GetText(); got != "occurrence: corroborated" {
		t.Errorf("headline %q", got)
	}
	r.historyTells(f.GetName(), "VerificationService/ApproveFinding", "VerificationService/ProposeFinding", "VerificationService/OpenFinding")
}

// historyTells checks the newest steps of a record's history, newest first.
func (r *review) historyTells(name string, methods ...string) {
	r.t.Helper()
	out, err := r.worker.records.ListRevisions(r.ctx, &tumenv1.ListRevisionsRequest{Name: name})
	ok(r.t, err)
	for i, want := range methods {
		rev := out.GetRevisions()[i]
		if rev.GetMethod() != want || rev.GetMember() == "" || rev.GetReason() == "" {
			r.t.Errorf("step %d: %v, want %s with its author", i, rev, want)
		}
	}
}

func TestADecidedFindingGoesStale(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*review)
	}{
		{"by a new denial", func(r *review) {
			r.apply(r.worker, false, claim("S10", "E1", occurrence, denies, nil))
		}},
		{"by a new tie", func(r *review) {
			tie := &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SAME_CONTACT, A: "S1", B: "S4"}
			r.apply(r.worker, false, doc("T2", &tumenv1.Record{Record: &tumenv1.Record_Tie{Tie: tie}}))
		}},
		{"by a regraded source", func(r *review) { r.grade(r.worker, "S1", tumenv1.Reliability_RELIABILITY_E) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startReview(t)
			f, err := r.propose(r.open(r.finding(r.first, "E1", occurrence)), r.corroborated())
			ok(t, err)
			_, err = r.approve(r.second, f)
			ok(t, err)
			if f := r.finding(r.first, "E1", occurrence); f.GetStale() {
				t.Fatalf("stale from the start: %v", f.GetStaleReasons())
			}
			c.change(r)
			if f := r.finding(r.first, "E1", occurrence); !f.GetStale() || len(f.GetStaleReasons()) == 0 || f.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED {
				t.Errorf("stale %v (%v) in state %s", f.GetStale(), f.GetStaleReasons(), f.GetState())
			}
			q, err := r.first.findings.ListReviewQueue(r.ctx, &tumenv1.ListReviewQueueRequest{})
			ok(t, err)
			if len(q.GetFindings()) != 1 || q.GetFindings()[0].GetName() != f.GetName() {
				t.Errorf("queue: %d findings", len(q.GetFindings()))
			}
			stale, err := r.first.cases.ListEvents(r.ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Stale: true})
			ok(t, err)
			if len(stale.GetMatches()) != 1 || stale.GetMatches()[0].GetEvent().GetName() != r.names["E1"] {
				t.Errorf("events with a stale finding: %d", len(stale.GetMatches()))
			}
		})
	}
}
