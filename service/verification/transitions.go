package verification

import (
	"fmt"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// Action is what a member does to a finding.
type Action int

// The actions. The zero Action is none and is refused.
const (
	Open    Action = iota + 1 // open review: case worker or reviewer
	Propose                   // propose an outcome and a value: reviewer
	Approve                   // approve the proposal: another reviewer
	Return                    // return the proposal to review: reviewer, with a reason
	Reopen                    // open the review of a decided finding again: reviewer, with a reason
)

var actionWords = map[Action]string{
	Open:    "open review",
	Propose: "propose",
	Approve: "approve",
	Return:  "return",
	Reopen:  "reopen",
}

// String gives the action in the words of the state table.
func (a Action) String() string {
	if w, ok := actionWords[a]; ok {
		return w
	}
	return fmt.Sprintf("unknown action %d", int(a))
}

// Every state, in the order of the contract, and every action: the table is
// walked in these orders so that messages are always the same.
var (
	allStates = []tumenv1.FindingState{
		tumenv1.FindingState_FINDING_STATE_REPORTED,
		tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW,
		tumenv1.FindingState_FINDING_STATE_PROPOSED,
		tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE,
		tumenv1.FindingState_FINDING_STATE_CORROBORATED,
		tumenv1.FindingState_FINDING_STATE_VERIFIED,
		tumenv1.FindingState_FINDING_STATE_DISPUTED,
		tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE,
		tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE,
	}
	allActions = []Action{Open, Propose, Approve, Return, Reopen}
)

// Outcome says whether a state is an outcome, that is, decided. Unspecified
// and unknown states are not.
func Outcome(s tumenv1.FindingState) bool {
	switch s {
	case tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE,
		tumenv1.FindingState_FINDING_STATE_CORROBORATED,
		tumenv1.FindingState_FINDING_STATE_VERIFIED,
		tumenv1.FindingState_FINDING_STATE_DISPUTED,
		tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE,
		tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE:
		return true
	}
	return false
}

// Affirms says whether an outcome says that it is so: credible (single
// source), corroborated or verified. These need a value where the aspect takes
// one, and every standing denial addressed.
func Affirms(s tumenv1.FindingState) bool {
	switch s {
	case tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE,
		tumenv1.FindingState_FINDING_STATE_CORROBORATED,
		tumenv1.FindingState_FINDING_STATE_VERIFIED:
		return true
	}
	return false
}

// possible lists the actions that the table has for a state.
func possible(s tumenv1.FindingState) []Action {
	switch {
	case s == tumenv1.FindingState_FINDING_STATE_REPORTED:
		return []Action{Open}
	case s == tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW:
		return []Action{Propose}
	case s == tumenv1.FindingState_FINDING_STATE_PROPOSED:
		return []Action{Approve, Return}
	case Outcome(s):
		return []Action{Reopen}
	}
	return nil
}

// Next gives the state that an action leads to. Proposed is the outcome that is
// proposed (Propose) or that was (Approve); the other actions ignore it.
//
// Errors, all of kind fault.Refused: STATE_FORBIDS_ACTION for every pair that
// the table does not have, unknown states and actions included, with metadata
// state, action and possible (comma-separated, possibly empty); NOT_AN_OUTCOME
// where proposed is none. With an error the state is FINDING_STATE_UNSPECIFIED;
// without one it never is.
func Next(state tumenv1.FindingState, action Action, proposed tumenv1.FindingState) (tumenv1.FindingState, error) {
	const none = tumenv1.FindingState_FINDING_STATE_UNSPECIFIED
	if !contains(possible(state), action) {
		return none, forbidden(state, action)
	}
	switch action {
	case Propose, Approve:
		if !Outcome(proposed) {
			return none, fault.New(fault.Refused, "NOT_AN_OUTCOME",
				"cannot %s %q: it is not an outcome; the outcomes are %s", action, Words(proposed), outcomeList()).
				With("outcome", stateCode(proposed))
		}
		if action == Approve {
			return proposed, nil
		}
		return tumenv1.FindingState_FINDING_STATE_PROPOSED, nil
	case Open, Return, Reopen:
		return tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW, nil
	}
	return none, forbidden(state, action)
}

func forbidden(state tumenv1.FindingState, action Action) *fault.Error {
	can := make([]string, 0, 2)
	for _, a := range possible(state) {
		can = append(can, a.String())
	}
	said := "nothing"
	if len(can) > 0 {
		said = strings.Join(can, " or ")
	}
	return fault.New(fault.Refused, "STATE_FORBIDS_ACTION",
		"a finding that is %s does not allow %q; possible is: %s", Words(state), action, said).
		With("state", stateCode(state)).
		With("action", action.String()).
		With("possible", strings.Join(can, ","))
}

// CheckReason checks the reason that Return and Reopen need: it must say
// something. Error: fault.Refused, REASON_MISSING.
func CheckReason(action Action, reason string) error {
	if (action == Return || action == Reopen) && blank(reason) {
		return fault.New(fault.Refused, "REASON_MISSING", "to %s a finding, say why", action).
			With("action", action.String())
	}
	return nil
}

func contains(actions []Action, a Action) bool {
	for _, x := range actions {
		if x == a {
			return true
		}
	}
	return false
}

func outcomeList() string {
	var out []string
	for _, s := range allStates {
		if Outcome(s) {
			out = append(out, Words(s))
		}
	}
	return strings.Join(out, "; ")
}
