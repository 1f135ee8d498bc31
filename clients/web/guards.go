package web

import (
	"strings"

	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// guard is one thing that can be done with a finding, and what stands against it: as far
// as this reader sees the evidence. The server asks again, of all of it.
type guard struct {
	Action   string // "propose", for forms
	Called   string
	Against  []string
	Needed   []string // what its form has to say
	Outcomes []outcomeGuard
}

// outcomeGuard is what stands against proposing an outcome.
type outcomeGuard struct {
	Outcome tumenv1.FindingState
	Against []string
	Needed  []string
}

// decided are the outcomes, in the order in which they are offered.
var decided = []tumenv1.FindingState{
	tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE,
	tumenv1.FindingState_FINDING_STATE_CORROBORATED,
	tumenv1.FindingState_FINDING_STATE_VERIFIED,
	tumenv1.FindingState_FINDING_STATE_DISPUTED,
	tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE,
	tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE,
}

// guards are those of each action that the member's roles know of.
func (v *visit) guards(s *shelf, f *tumenv1.Finding) []guard {
	w := v.say()
	g := &weighing{shelf: s, finding: f, words: w, self: v.session.self.GetMember().GetName()}
	var all []guard
	for _, one := range []struct {
		action, method string
		while          []tumenv1.FindingState
		look           func(*guard)
	}{
		{"open", "OpenFinding", []tumenv1.FindingState{tumenv1.FindingState_FINDING_STATE_REPORTED}, nil},
		{"propose", "ProposeFinding", []tumenv1.FindingState{tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW}, g.proposing},
		{"approve", "ApproveFinding", []tumenv1.FindingState{tumenv1.FindingState_FINDING_STATE_PROPOSED}, g.approving},
		{"return", "ReturnFinding", []tumenv1.FindingState{tumenv1.FindingState_FINDING_STATE_PROPOSED}, g.withReason},
		{"reopen", "ReopenFinding", decided, g.withReason},
	} {
		if !v.may("VerificationService/" + one.method) {
			continue
		}
		next := guard{Action: one.action, Called: w.Say("guard." + one.action)}
		if !among(one.while, f.GetState()) {
			next.Against = append(next.Against, g.otherState(one.while))
		}
		if one.look != nil {
			one.look(&next)
		}
		if len(next.Against) > 0 {
			next.Needed = nil // of what can't be done now, it matters why not
		}
		all = append(all, next)
	}
	return all
}

func among(states []tumenv1.FindingState, s tumenv1.FindingState) bool {
	for _, one := range states {
		if one == s {
			return true
		}
	}
	return false
}

// weighing is a finding as its guards look at it.
type weighing struct {
	shelf   *shelf
	finding *tumenv1.Finding
	words   *wording.Words
	self    string
}

func (g *weighing) otherState(while []tumenv1.FindingState) string {
	now := g.words.Enum(g.finding.GetState())
	if len(while) > 1 {
		return g.words.Say("guard.not_decided", "state", now)
	}
	return g.words.Say("guard.other_state", "state", now, "needed", g.words.Enum(while[0]))
}

func (g *weighing) withReason(next *guard) {
	next.Needed = append(next.Needed, g.words.Say("guard.need_reason"))
}

func (g *weighing) proposing(next *guard) {
	next.Needed = append(next.Needed, g.words.Say("guard.need_rationale"))
	for _, outcome := range decided {
		one := outcomeGuard{Outcome: outcome}
		one.Against, one.Needed = g.against(outcome), g.needed(outcome)
		next.Outcomes = append(next.Outcomes, one)
	}
}

// approving: nobody decides on their own work, and the guard of the outcome still holds.
func (g *weighing) approving(next *guard) {
	if g.finding.GetState() != tumenv1.FindingState_FINDING_STATE_PROPOSED {
		return
	}
	if g.finding.GetProposer() == g.self {
		next.Against = append(next.Against, g.words.Say("guard.you_proposed"))
	}
	if own := g.ownEvidence(); len(own) > 0 {
		next.Against = append(next.Against, g.words.Say("guard.you_contributed", "records", strings.Join(own, "; ")))
	}
	next.Against = append(next.Against, g.against(g.finding.GetConclusion().GetOutcome())...)
}
