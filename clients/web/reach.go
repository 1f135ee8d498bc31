package web

import (
	"net/http"

	tumenv1 "tumen/proto/tumen/v1"
)

// reachPage is what is left for people to do once somebody has withdrawn: to call those
// whom the identity has reached.
type reachPage struct {
	Called, Back string
	Shelf        *shelf
	Reach        *tumenv1.WithdrawalReach
	Missing      string // why no erasure was asked for though it is needed
}

// showReach is the answer to a withdrawal: it holds already.
func (v *visit) showReach(t *taking, reach *tumenv1.WithdrawalReach) error {
	p := &reachPage{Called: t.Called, Back: t.next(nil), Shelf: v.shelf(), Reach: reach, Missing: reach.GetErasureMissing()}
	if said, ok := v.say().Refusal(p.Missing, nil); ok {
		p.Missing = said
	}
	if err := v.members(v.context(), p.Shelf); err != nil {
		return err
	}
	return v.render(http.StatusOK, "reach", v.say().Say("reach.title"), p)
}
