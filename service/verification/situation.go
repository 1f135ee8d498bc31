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
)

// Situation is all that the guards look at. Everything in it comes from one
// snapshot and is complete: guards see everything, whatever the actor may see.
type Situation struct {
	// Finding as stored: its state, subject, aspect, proposer, and for a person
	// the protected_value of the proposal.
	Finding *tumenv1.Finding
	// Conclusion that is proposed now, or the stored one when approving; nil
	// when approving means Finding.conclusion.
	Conclusion *tumenv1.Conclusion
	// Support of the aspect: every stance, over all active claims.
	Support *tumenv1.Support
	// ForValue is the support of the conclusion's value: only claims that entail
	// it. Where the conclusion has no value (an occurrence never has one), nil or
	// the same as Support.supporting.
	//
	// Compute it over the claims for which [Countable] holds, so that its ranges
	// are those that the guards count. The guards do not rely on it: they leave
	// out by themselves the claims and origins that never count, and take the
	// lower number.
	ForValue *tumenv1.StanceSupport
	// Claims are all active claims on the aspect, by name.
	Claims map[string]*tumenv1.Claim
	// Sources are those of the claims and all origins in Support, by name.
	Sources map[string]*tumenv1.Source
	// Actor is the member who proposes or approves.
	Actor string
	// Contributors says, by member, which records of the evidence that member
	// recorded, graded or linked: every author of any revision of what EvidenceOf
	// lists. Needed for approving; a member without an entry contributed nothing.
	Contributors map[string][]string
}

// CheckPropose says whether the conclusion may be proposed.
func CheckPropose(s Situation) error { return nil }

// CheckApprove says whether the proposal may be approved by the actor.
func CheckApprove(s Situation) error { return nil }

// CheckCredibility says whether a claim may be graded so.
func CheckCredibility(c tumenv1.Credibility, support *tumenv1.StanceSupport) error { return nil }

// Countable says whether a claim may count towards a guard.
func Countable(claim *tumenv1.Claim, source *tumenv1.Source) bool { return false }

// Records are records of the evidence, by name.
type Records struct {
	Claims  map[string]*tumenv1.Claim
	Sources map[string]*tumenv1.Source
	Ties    map[string]*tumenv1.Tie
}

// Stale says in what a decided finding differs from what was approved.
func Stale(f *tumenv1.Finding, now *tumenv1.Support, current, approved Records) []string { return nil }

// EvidenceOf lists records with their revisions, sorted by name.
func EvidenceOf(claims map[string]*tumenv1.Claim, sources map[string]*tumenv1.Source, ties map[string]*tumenv1.Tie) []*tumenv1.Evidence {
	return nil
}
