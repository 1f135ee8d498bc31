package verification

import (
	"fmt"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// The table of the design, written out: 0 unspecified, 1 reported, 2 under
// review, 3 proposed, 4 to 9 outcomes. O stands for the proposed outcome.
const O = -1

var table = map[int32]map[Action]int32{
	1: {Open: 2},
	2: {Propose: 3},
	3: {Approve: O, Return: 2},
	4: {Reopen: 2},
	5: {Reopen: 2},
	6: {Reopen: 2},
	7: {Reopen: 2},
	8: {Reopen: 2},
	9: {Reopen: 2},
}

func TestEveryStateActionAndOutcome(t *testing.T) {
	for state := int32(-1); state <= 11; state++ {
		for action := Action(-1); action <= 7; action++ {
			for outcome := int32(-1); outcome <= 11; outcome++ {
				s, o := tumenv1.FindingState(state), tumenv1.FindingState(outcome)
				next, err := Next(s, action, o)
				want, allowed := table[state][action]
				if want == O {
					want = outcome
				}
				name := fmt.Sprintf("%s, %s, %s", Words(s), action, Words(o))
				switch {
				case !allowed:
					f := fault.Of(err)
					if f == nil || f.Kind != fault.Refused || f.Reason != "STATE_FORBIDS_ACTION" {
						t.Errorf("%s: got %v, %v, want STATE_FORBIDS_ACTION", name, next, err)
						continue
					}
					for _, part := range []string{Words(s), action.String()} {
						if !strings.Contains(f.Message, part) {
							t.Errorf("%s: %q does not name %q", name, f.Message, part)
						}
					}
					for a := range table[state] {
						if !strings.Contains(f.Message, a.String()) || !strings.Contains(f.Metadata["possible"], a.String()) {
							t.Errorf("%s: %q does not say that %q is possible", name, f.Message, a)
						}
					}
				case (action == Propose || action == Approve) && (outcome < 4 || outcome > 9):
					if f := fault.Of(err); f == nil || f.Kind != fault.Refused || f.Reason != "NOT_AN_OUTCOME" {
						t.Errorf("%s: got %v, %v, want NOT_AN_OUTCOME", name, next, err)
					}
				case err != nil || next != tumenv1.FindingState(want):
					t.Errorf("%s: got %v, %v, want %v", name, next, err, tumenv1.FindingState(want))
				case next == 0:
					t.Errorf("%s: leads to no state", name)
				}
				if err != nil && next != 0 {
					t.Errorf("%s: refused, yet %v", name, next)
				}
			}
		}
	}
}

func TestTableKnowsEveryStateOfTheContract(t *testing.T) {
	for number := range tumenv1.FindingState_name {
		s := tumenv1.FindingState(number)
		if number != 0 && len(possible(s)) == 0 {
			t.Errorf("%s is a dead end", s)
		}
		if Outcome(s) != (number >= 4) {
			t.Errorf("Outcome(%s) = %t", s, Outcome(s))
		}
		if number != 0 && strings.HasPrefix(Words(s), "unknown") {
			t.Errorf("%s has no words", s)
		}
	}
	for number := range tumenv1.Aspect_name {
		if number != 0 && strings.HasPrefix(AspectWords(tumenv1.Aspect(number)), "unknown") {
			t.Errorf("%s has no words", tumenv1.Aspect(number))
		}
	}
}

func TestReturnAndReopenNeedAReason(t *testing.T) {
	for _, a := range allActions {
		needs := a == Return || a == Reopen
		if err := CheckReason(a, " \n"); (err != nil) != needs {
			t.Errorf("%s without a reason: %v", a, err)
		}
		if err := CheckReason(a, "new evidence"); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

func TestWords(t *testing.T) {
	for _, row := range []struct{ got, want string }{
		{Headline(tumenv1.Aspect_ASPECT_OCCURRENCE, tumenv1.FindingState_FINDING_STATE_CORROBORATED), "occurrence: corroborated"},
		{Headline(tumenv1.Aspect_ASPECT_CUSTODY_STATUS, tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE), "custody status: credible, single source"},
		{Words(tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE), "found inaccurate"},
		{Words(77), "unknown state 77"},
		{AspectWords(77), "unknown aspect 77"},
		{Action(9).String(), "unknown action 9"},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
}
