package service_test

import (
	"fmt"
	"math/rand"
	"sync"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/clients/verify"
	tumenv1 "tumen/proto/tumen/v1"
)

// disorder does to a matter what people do over the years, in any order: findings
// are decided and reopened while claims, sources and ties come, change and go.
type disorder struct {
	*review
	rand *rand.Rand
}

func (d *disorder) one(from ...string) string { return from[d.rand.Intn(len(from))] }

func (d *disorder) source() string { return d.names[fmt.Sprintf("S%d", 1+d.rand.Intn(14))] }

func (d *disorder) basis() tumenv1.Basis { return tumenv1.Basis(1 + d.rand.Intn(5)) }

// claims are those on E1 or E2.
func (d *disorder) claims() []*tumenv1.Claim {
	out, err := d.worker.claims.ListClaims(d.ctx, &tumenv1.ListClaimsRequest{Parent: caseOf(d.october), State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, PageSize: 1000})
	ok(d.t, err)
	var list []*tumenv1.Claim
	for _, m := range out.GetMatches() {
		list = append(list, m.GetClaim())
	}
	return list
}

// step does one thing. What the rules refuse is not done.
func (d *disorder) step() {
	all := d.claims()
	some := all[d.rand.Intn(len(all))]
	switch d.rand.Intn(9) {
	case 0, 1:
		d.record()
	case 2:
		_, _ = d.worker.claims.RetractClaim(d.ctx, &tumenv1.RetractClaimRequest{Name: some.GetName(), Etag: some.GetEtag(), Reason: "withdrawn"})
	case 3:
		_, _ = d.worker.claims.SupersedeClaim(d.ctx, &tumenv1.SupersedeClaimRequest{Name: some.GetName(), Etag: some.GetEtag(), Reason: "said otherwise",
			Replacement: &tumenv1.Claim{Source: some.GetSource(), Subjects: some.GetSubjects(), Aspect: some.GetAspect(), Stance: tumenv1.Stance(1 + d.rand.Intn(3)), Value: some.GetValue()}})
	case 4:
		some.Basis, some.Credibility, some.CredibilityReason = d.basis(), tumenv1.Credibility(2+d.rand.Intn(5)), "an example"
		_, _ = d.worker.claims.UpdateClaim(d.ctx, &tumenv1.UpdateClaimRequest{Claim: some, Reason: "graded", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"basis", "credibility", "credibility_reason"}}})
	case 5:
		s, err := d.worker.sources.GetSource(d.ctx, &tumenv1.GetSourceRequest{Name: d.source()})
		ok(d.t, err)
		s.GetSource().Basis, s.GetSource().Relays = d.basis(), []*tumenv1.Relay{{Source: d.source(), Kind: tumenv1.RelayKind_RELAY_KIND_CITES}}
		_, _ = d.worker.sources.UpdateSource(d.ctx, &tumenv1.UpdateSourceRequest{Source: s.GetSource(), Reason: "learned", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"basis", "relays"}}})
	case 6:
		_, _ = d.worker.sources.CreateTie(d.ctx, &tumenv1.CreateTieRequest{Reason: "learned", Tie: &tumenv1.Tie{A: d.source(), B: d.source(), Kind: tumenv1.TieKind(1 + d.rand.Intn(4)), Grounds: "an example"}})
	case 7:
		ties, err := d.worker.sources.ListTies(d.ctx, &tumenv1.ListTiesRequest{})
		ok(d.t, err)
		if list := ties.GetTies(); len(list) > 0 {
			t := list[d.rand.Intn(len(list))]
			_, _ = d.worker.sources.DeleteTie(d.ctx, &tumenv1.DeleteTieRequest{Name: t.GetName(), Etag: t.GetEtag(), Reason: "a mistake"})
		}
	default:
		d.settle()
	}
}

// record records a claim on E1 or E2.
func (d *disorder) record() {
	subject, aspect := d.names["E1"], []tumenv1.Aspect{occurrence, count, onPlace, onTime}[d.rand.Intn(4)]
	c := &tumenv1.Claim{Source: d.source(), Aspect: aspect, Stance: tumenv1.Stance(1 + d.rand.Intn(3))}
	switch aspect {
	case count:
		c.Value = atLeast(int64(400 + 50*d.rand.Intn(5)))
	case onPlace:
		c.Value = via(d.one("dandong", "hunchun", "quanhe", "yanbian", "jilin", "tumen-namyang"))
	case onTime:
		subject = d.names[d.one("E1", "E2")]
		c.Value = when(d.one("2023-10-09", "2023-10", "2023-10-08~", "2023", "2021/2023-10", "2020~/.."))
	}
	c.Subjects = []string{subject}
	s, err := d.worker.sources.GetSource(d.ctx, &tumenv1.GetSourceRequest{Name: c.Source})
	ok(d.t, err)
	for _, r := range s.GetSource().GetRelays() {
		if d.rand.Intn(2) == 0 {
			c.Relays = append(c.Relays, r.GetSource())
		}
	}
	_, _ = d.worker.claims.CreateClaim(d.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(d.october), Claim: c, Reason: "recorded"})
}

// settle decides a finding, anew if it was decided.
func (d *disorder) settle() {
	list, err := d.first.findings.ListFindings(d.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(d.october), PageSize: 1000})
	ok(d.t, err)
	f := list.GetFindings()[d.rand.Intn(len(list.GetFindings()))]
	_ = d.review.step(d.first, "reopen", f.GetName())
	_ = d.review.step(d.first, "open", f.GetName())
	c := &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, Rationale: "It can't be told.", Tried: "Asked around."}
	switch f.GetAspect() {
	case count:
		c.Value = atLeast(501)
	case onPlace:
		c.Value = via("yanbian")
	case onTime:
		c.Value = when(d.one("2023-10", "2021/2023"))
	}
	proposed, err := d.propose(d.current(d.first, f.GetName()), c)
	if err == nil {
		_, err = d.approve(d.second, proposed)
	}
	if err != nil {
		d.t.Fatalf("%s of %s: %v", f.GetAspect(), f.GetSubject(), err)
	}
}

// TestAnHonestExportIsNeverRefused: whatever was decided when, and whatever came
// after, what was stored is what follows from what held then.
func TestAnHonestExportIsNeverRefused(t *testing.T) {
	for seed := range int64(2) {
		r := startReview(t)
		auditor := r.member("auditor", tumenv1.Role_ROLE_AUDITOR)
		d := &disorder{r, rand.New(rand.NewSource(seed))}
		for range 90 {
			d.step()
		}
		report := r.verified(auditor)
		for _, f := range report.Failures {
			t.Errorf("seed %d: %s", seed, f)
		}
		last := report.Checks[len(report.Checks)-1]
		if last.Name != verify.CheckSupport || last.Count < 3 || len(report.Unproven) > 1 {
			t.Errorf("seed %d: %+v %q", seed, last, report.Unproven)
		}
	}
}

// TestWhatAnApprovalRestsOnStandsBeforeIt: also where claims are recorded and
// withdrawn at the same time by others, whose changes are committed together with it.
func TestWhatAnApprovalRestsOnStandsBeforeIt(t *testing.T) {
	r := startReview(t)
	auditor := r.member("auditor", tumenv1.Role_ROLE_AUDITOR)
	var writers sync.WaitGroup
	for i := range 2 {
		writers.Go(func() {
			for n := range 15 {
				source := r.names[fmt.Sprintf("S%d", 1+(i+n)%14)]
				out, err := r.worker.claims.CreateClaim(r.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(r.october), Reason: "recorded",
					Claim: &tumenv1.Claim{Source: source, Subjects: []string{r.names["E1"]}, Aspect: count, Stance: asserts, Value: atLeast(int64(400 + 50*(n%5)))}})
				if err == nil && n%5 > 0 {
					_, _ = r.worker.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: out.GetClaim().GetName(), Etag: out.GetClaim().GetEtag(), Reason: "withdrawn"})
				}
			}
		})
	}
	name := r.finding(r.first, "E1", count).GetName()
	c := &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, Rationale: "It can't be told.", Tried: "Asked around.", Value: atLeast(501)}
	decide := func() error {
		for _, back := range []string{"return", "reopen", "open"} { // from wherever it is
			_ = r.step(r.first, back, name)
		}
		f, err := r.propose(r.current(r.first, name), c)
		if err == nil {
			_, err = r.approve(r.second, f)
		}
		return err
	}
	for range 10 {
		_ = decide() // it may lose against the others
	}
	writers.Wait()
	ok(t, decide())
	report := r.verified(auditor)
	for _, f := range report.Failures {
		t.Error(f)
	}
	if last := report.Checks[len(report.Checks)-1]; last.Name != verify.CheckSupport || last.Count < 1 {
		t.Errorf("%+v %q", last, report.Unproven)
	}
}
