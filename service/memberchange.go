package service

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// What one administrator changes at once, and what takes two.

// usualBudget is that of members of whom nothing else is said.
const usualBudget = 200

// budgetOf is on how many records a member may be shown who somebody is, on the day of
// a moment: what somebody else has released for that day is in it.
func budgetOf(m *tumenv1.Member, at time.Time) int64 {
	budget := int64(cmp.Or(m.GetIdentityBudget(), usualBudget))
	if release := m.GetBudgetRelease(); release != nil && release.GetDay().AsTime().Equal(dayOf(at)) {
		budget += int64(release.GetRecords())
	}
	return budget
}

// mostReleased bounds what is added to a budget on a day.
const mostReleased = 1000

// release adds to a member's budget of the day.
func release(m *tumenv1.Member, by string, n int32, now time.Time) error {
	today := &tumenv1.BudgetRelease{Day: timestamppb.New(dayOf(now)), Records: n, Releaser: by}
	if before := m.GetBudgetRelease(); before.GetDay().AsTime().Equal(dayOf(now)) {
		today.Records += before.GetRecords()
	}
	if today.Records > mostReleased {
		return fault.Field("records", "RELEASED_TOO_MUCH", "with what was released before, that would be more than 1,000 records on one day")
	}
	m.BudgetRelease = today
	return nil
}

// ceiling is the highest marking that a member is shown; the higher, the smaller its
// number.
func ceiling(m tumenv1.Marking) tumenv1.Marking { return cmp.Or(m, tumenv1.Marking_MARKING_RED) }

// divide splits what a member is to be into what takes effect at once, and what gives
// them more than they have: that is taken out of wanted, and nil where it is nothing.
func divide(had, wanted *tumenv1.Member) *tumenv1.PendingChange {
	more := new(tumenv1.PendingChange)
	wanted.Roles, more.Roles = parted(wanted.GetRoles(), had.GetRoles())
	wanted.Clearances, more.Clearances = parted(wanted.GetClearances(), had.GetClearances())
	if ceiling(wanted.GetHighestMarking()) < ceiling(had.GetHighestMarking()) {
		more.HighestMarking, wanted.HighestMarking = ceiling(wanted.GetHighestMarking()), had.GetHighestMarking()
	}
	if want := cmp.Or(wanted.GetIdentityBudget(), usualBudget); want > cmp.Or(had.GetIdentityBudget(), usualBudget) {
		more.IdentityBudget, wanted.IdentityBudget = want, had.GetIdentityBudget()
	}
	if len(more.Roles)+len(more.Clearances) == 0 && more.HighestMarking == 0 && more.IdentityBudget == 0 {
		return nil
	}
	return more
}

// parted divides what is wanted into what there was and what is new.
func parted[E comparable](wanted, had []E) (old, fresh []E) {
	for _, e := range wanted {
		if slices.Contains(had, e) {
			old = append(old, e)
		} else {
			fresh = append(fresh, e)
		}
	}
	return old, fresh
}

// widens says whether a pending change gives a member more than they have, besides that
// they enrol anew.
func widens(p *tumenv1.PendingChange) bool { return p.GetProposer() != "" }

// propose lets what gives a member more wait for another administrator.
func propose(m *tumenv1.Member, more *tumenv1.PendingChange, by string, now time.Time) error {
	if widens(m.GetPending()) {
		return fault.New(fault.Refused, "CHANGE_PENDING", "something waits for %s already: have another administrator confirm it, or reject it, and propose this then", m.GetHandle())
	}
	if p := m.GetPending(); p != nil {
		more.Enrolment, more.Enroller, more.EnrolTime = p.GetEnrolment(), p.GetEnroller(), p.GetEnrolTime()
	}
	more.Proposer, more.ProposeTime = by, timestamppb.New(now)
	m.Pending = more
	return nil
}

// confirm lets what waits take effect.
func confirm(m *tumenv1.Member) {
	p := m.GetPending()
	m.Roles = together(m.GetRoles(), p.GetRoles())
	m.Clearances = together(m.GetClearances(), p.GetClearances())
	m.HighestMarking = cmp.Or(p.GetHighestMarking(), m.GetHighestMarking())
	m.IdentityBudget = cmp.Or(p.GetIdentityBudget(), m.GetIdentityBudget())
	m.Pending = nil
}

// together are the members of both lists, in order.
func together[E cmp.Ordered](a, b []E) []E {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

func errNothingPending(m *tumenv1.Member) error {
	return fault.New(fault.Refused, "NOTHING_PENDING", "nothing waits for %s", m.GetHandle())
}
