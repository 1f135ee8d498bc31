package service

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/corroboration"
	"tumen/service/fault"
	"tumen/service/records"
	"tumen/service/verification"
)

// findings is the VerificationService.
type findings struct {
	tumenv1.UnimplementedVerificationServiceServer
	*Server
}

// GetFinding implements tumenv1.VerificationServiceServer.
func (s findings) GetFinding(ctx context.Context, req *tumenv1.GetFindingRequest) (*tumenv1.GetFindingResponse, error) {
	r, err := get[*tumenv1.Finding](ctx, s.Server, req.GetName())
	return &tumenv1.GetFindingResponse{Finding: r}, err
}

// OpenFinding implements tumenv1.VerificationServiceServer.
func (s findings) OpenFinding(ctx context.Context, req *tumenv1.OpenFindingRequest) (*tumenv1.OpenFindingResponse, error) {
	r, err := s.step(ctx, req, verification.Open, nil)
	return &tumenv1.OpenFindingResponse{Finding: r}, err
}

// ProposeFinding implements tumenv1.VerificationServiceServer.
func (s findings) ProposeFinding(ctx context.Context, req *tumenv1.ProposeFindingRequest) (*tumenv1.ProposeFindingResponse, error) {
	r, err := s.step(ctx, req, verification.Propose, func(c *change, f *tumenv1.Finding) error { return c.propose(f, req.GetConclusion()) })
	return &tumenv1.ProposeFindingResponse{Finding: r}, err
}

// ApproveFinding implements tumenv1.VerificationServiceServer.
func (s findings) ApproveFinding(ctx context.Context, req *tumenv1.ApproveFindingRequest) (*tumenv1.ApproveFindingResponse, error) {
	r, err := s.step(ctx, req, verification.Approve, (*change).approve)
	return &tumenv1.ApproveFindingResponse{Finding: r}, err
}

// ReturnFinding implements tumenv1.VerificationServiceServer.
func (s findings) ReturnFinding(ctx context.Context, req *tumenv1.ReturnFindingRequest) (*tumenv1.ReturnFindingResponse, error) {
	r, err := s.step(ctx, req, verification.Return, func(_ *change, f *tumenv1.Finding) error {
		f.Proposer, f.ProposeTime = "", nil
		return nil
	})
	return &tumenv1.ReturnFindingResponse{Finding: r}, err
}

// ReopenFinding implements tumenv1.VerificationServiceServer.
func (s findings) ReopenFinding(ctx context.Context, req *tumenv1.ReopenFindingRequest) (*tumenv1.ReopenFindingResponse, error) {
	r, err := s.step(ctx, req, verification.Reopen, func(c *change, f *tumenv1.Finding) error {
		f.Proposer, f.ProposeTime, f.Approver, f.ApproveTime = "", nil, "", nil
		f.ApprovedSupport, f.ApprovedEvidence = nil, nil
		return c.MarkStale(f.GetName(), false)
	})
	return &tumenv1.ReopenFindingResponse{Finding: r}, err
}

// step takes a finding from one state to the next. act checks the guards and
// sets what the step decides; the state is set before it runs.
func (s findings) step(ctx context.Context, req targetRequest, action verification.Action, act func(*change, *tumenv1.Finding) error) (*tumenv1.Finding, error) {
	return written[*tumenv1.Finding](ctx, s.Server, req, func(c *change) (records.Record, error) {
		rec, err := c.target(records.Finding, req.GetName(), req.GetEtag())
		if err != nil {
			return nil, err
		}
		before := rec.(*tumenv1.Finding)
		if err := verification.CheckReason(action, req.GetReason()); err != nil {
			return nil, err
		}
		proposed := before.GetConclusion().GetOutcome()
		if p, ok := req.(*tumenv1.ProposeFindingRequest); ok {
			proposed = p.GetConclusion().GetOutcome()
		}
		next, err := verification.Next(before.GetState(), action, proposed)
		if err != nil {
			return nil, err
		}
		after := proto.Clone(before).(*tumenv1.Finding)
		if act != nil {
			if err := act(c, after); err != nil {
				return nil, err
			}
		}
		after.State = next
		return after, c.Put(after)
	})
}

// propose checks a conclusion against its guards and puts it into the finding.
func (c *change) propose(f *tumenv1.Finding, conclusion *tumenv1.Conclusion) error {
	conclusion = proto.Clone(conclusion).(*tumenv1.Conclusion)
	k := &check{view: &c.View, reader: c.reader, record: f}
	visitReferences(conclusion.ProtoReflect(), "conclusion", func(path string, _ []records.Kind, name string) string {
		rec, err := c.Read(name)
		if isMissing(err) || err == nil && !access.Visible(c.reader, rec) {
			k.bad(path, "REFERENCE_NOT_FOUND", "%s does not exist, or is not visible to you", name)
		} else if err != nil {
			k.err = err
		}
		return name
	})
	rule := aspects[f.GetAspect()]
	if got := valueKind(conclusion.GetValue()); got != "" && got != rule.value {
		k.bad("conclusion.value", "ASPECT_MISMATCH", "%s takes %s, not %s", aspectWord(f.GetAspect()), wanted(rule.value), got)
	}
	if got := protectedKind(conclusion.GetProtectedValue()); got != "" && got != rule.protected {
		k.bad("conclusion.protected_value", "ASPECT_MISMATCH", "%s takes %s, not %s", aspectWord(f.GetAspect()), wanted(rule.protected), got)
	}
	k.time("conclusion.value.time", conclusion.GetValue().GetTime())
	k.date("conclusion.protected_value.birth.edtf", conclusion.GetProtectedValue().GetBirth().GetEdtf())
	k.code("conclusion.value.custody.status", tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, conclusion.GetValue().GetCustody().GetStatus(), f.GetConclusion().GetValue().GetCustody().GetStatus())
	if err := cmp.Or(k.err, invalid(k.violations)); err != nil {
		return err
	}
	// The proposer has just written this value; a value proposed before is replaced.
	f.ProtectedValue = nil
	e, err := c.evidenceShown(f)
	if err != nil {
		return err
	}
	f.ProtectedValue = conclusion.GetProtectedValue()
	conclusion.ProtectedValue = nil
	f.Conclusion = conclusion
	situation, err := c.situation(f, e)
	if err != nil {
		return err
	}
	if err := verification.CheckPropose(*situation); err != nil {
		return err
	}
	f.Proposer, f.ProposeTime = c.reader.Member, timestamppb.New(c.Now())
	f.Approver, f.ApproveTime, f.ApprovedSupport, f.ApprovedEvidence = "", nil, nil, nil
	return nil
}

// approve checks the guards once more, and that the approver had no part in what
// the finding rests on, and stores the support.
func (c *change) approve(f *tumenv1.Finding) error {
	e, err := c.evidenceShown(f)
	if err != nil {
		return err
	}
	situation, err := c.situation(f, e)
	if err != nil {
		return err
	}
	if situation.Contributors, err = c.contributors(f, e); err != nil {
		return err
	}
	if err := verification.CheckApprove(*situation); err != nil {
		return err
	}
	f.Approver, f.ApproveTime = c.reader.Member, timestamppb.New(c.Now())
	f.ApprovedSupport, f.ApprovedEvidence = e.support(f), e.revisions()
	return c.MarkStale(f.GetName(), false)
}

// evidenceShown loads what a finding rests on, and refuses who is not shown all
// of it: they would decide blindly, and the answer of a guard would tell them
// whether they had guessed a protected value.
func (c *change) evidenceShown(f *tumenv1.Finding) (*evidence, error) {
	e, err := gather(&c.View, f.GetSubject(), f.GetAspect())
	if err != nil {
		return nil, err
	}
	if _, hidden := e.seenBy(c.View.As(sightOf(c.reader))); hidden > 0 {
		return nil, fault.New(fault.Denied, "EVIDENCE_WITHHELD", "part of what this rests on is withheld from you; somebody who may see all of it has to decide")
	}
	if _, untold := e.toldTo(c.reader); untold > 0 || valueWithheld(c.reader, f) {
		return nil, fault.New(fault.Refused, "EVIDENCE_WITHHELD", "this rests on protected values that are not shown to you; only who is shown all of them can decide")
	}
	return e, nil
}

// situation is what the guards look at.
func (c *change) situation(f *tumenv1.Finding, e *evidence) (*verification.Situation, error) {
	counted := e.countable()
	s := &verification.Situation{
		Finding: f, Conclusion: f.GetConclusion(), Support: e.support(f),
		Claims: e.claims, Sources: e.Sources, Actor: c.reader.Member,
	}
	counted.Value, counted.Protected = f.GetConclusion().GetValue(), f.GetProtectedValue()
	s.ForValue = forConclusion(counted)
	return s, e.failed
}

// forConclusion is the support of the value that a conclusion determines, or of
// the aspect where it determines none.
func forConclusion(e corroboration.Evidence) *tumenv1.StanceSupport {
	if e.Value != nil {
		return corroboration.ValueFor(e, e.Value)
	}
	if e.Protected != nil {
		for _, v := range corroboration.Assess(e).GetValues() {
			if v.GetDetermined() {
				return v.GetSupport()
			}
		}
	}
	return corroboration.Assess(e).GetSupporting()
}
