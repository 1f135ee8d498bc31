// Package verification is how a finding comes to its outcome: the table of
// state × action, the guard of each outcome, who may approve, and when an
// approved outcome has become stale. It is pure: everything it needs is given
// to it, read from one snapshot by the caller, and nothing is changed.
//
// A guard never counts sources; it counts independent origins, as
// service/corroboration found them, and leaves out of them whatever is graded 5
// or comes from a source graded E.
package verification

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// Situation is all that the guards look at. Everything in it comes from one
// snapshot and is complete: guards see everything, whatever the actor may see.
type Situation struct {
	// Finding: its state (before the action), subject, aspect and proposer; for a
	// person its protected_value where the conclusion has none, so who proposes
	// clears there what an earlier proposal left.
	Finding *tumenv1.Finding
	// Conclusion that is proposed now, or the stored one when approving; nil
	// means Finding.conclusion.
	Conclusion *tumenv1.Conclusion
	// Support of the aspect: every stance, over all active claims.
	Support *tumenv1.Support
	// ForValue is the support of the conclusion's value: only claims that entail
	// it. Where the conclusion has no value (an occurrence never has one), nil or
	// the support of those who assert.
	//
	// Compute it over the claims for which [Countable] holds, so that its ranges
	// are those that the guards count. The guards do not rely on that: they leave
	// out by themselves the claims and origins that never count, and where the
	// numbers differ take the lower one.
	ForValue *tumenv1.StanceSupport
	// Claims are all active claims on the aspect, by name, whatever their stance
	// and grade.
	Claims map[string]*tumenv1.Claim
	// Sources are those of the claims and all origins in Support, by name.
	Sources map[string]*tumenv1.Source
	// Actor is the member who proposes or approves.
	Actor string
	// Contributors says, by member, which records of the evidence that member
	// recorded, graded or linked: the author of any revision of what [EvidenceOf]
	// lists. Needed for approving, where nil is an error; a member without an
	// entry contributed nothing.
	Contributors map[string][]string
}

// weighing is a situation with what the guards look up again and again.
type weighing struct {
	Situation
	outcome  tumenv1.FindingState
	bySource map[string][]*tumenv1.Claim // active claims here, by their source
	forValue tally                       // who counts for the conclusion's value
}

// weigh prepares a situation. It fails (fault.Internal) where the caller left
// out what no rule can do without, so that a mistake there never opens a guard.
func weigh(s Situation) (*weighing, error) {
	if s.Conclusion == nil {
		s.Conclusion = s.Finding.GetConclusion()
	}
	for _, need := range []struct {
		missing bool
		what    string
	}{
		{s.Finding == nil, "finding"},
		{s.Finding.GetSubject() == "", "subject of the finding"},
		{s.Conclusion == nil, "conclusion"},
		{s.Support == nil, "support"},
		{s.Actor == "", "actor"},
	} {
		if need.missing {
			return nil, fault.New(fault.Internal, "SITUATION_INCOMPLETE", "the %s is missing", need.what)
		}
	}
	w := &weighing{Situation: s, outcome: s.Conclusion.GetOutcome(), bySource: map[string][]*tumenv1.Claim{}}
	for _, name := range sortedKeys(s.Claims) {
		if c := s.Claims[name]; w.speaks(c) {
			w.bySource[c.GetSource()] = append(w.bySource[c.GetSource()], c)
		}
	}
	support := s.ForValue
	if support == nil && !givesValue(s) {
		support = s.Support.GetSupporting()
	}
	w.forValue = w.count(support)
	return w, nil
}

// givesValue says whether a value is determined, be it a person's.
func givesValue(s Situation) bool {
	return s.Conclusion.GetValue().GetKind() != nil || protectedValue(s).GetKind() != nil
}

// protectedValue is the value determined for a person: in a proposal it stands
// in the conclusion, from where it is kept in the finding.
func protectedValue(s Situation) *tumenv1.ProtectedValue {
	if v := s.Conclusion.GetProtectedValue(); v != nil {
		return v
	}
	return s.Finding.GetProtectedValue()
}

// speaks says whether a claim stands and is about the finding's subject and
// aspect.
func (w *weighing) speaks(c *tumenv1.Claim) bool { return speaksTo(w.Finding, c) }

func speaksTo(f *tumenv1.Finding, c *tumenv1.Claim) bool {
	if !standing(c) || c.GetAspect() != f.GetAspect() {
		return false
	}
	for _, subject := range c.GetSubjects() {
		if subject == f.GetSubject() {
			return true
		}
	}
	return false
}

// standing says whether a claim is active and not deleted. A claim without a
// state is not.
func standing(c *tumenv1.Claim) bool {
	return c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE && c.GetDeleteTime() == nil
}
