package service

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestWhatIsReleasedIsForOneDay, which begins and ends by UTC.
func TestWhatIsReleasedIsForOneDay(t *testing.T) {
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	m := &tumenv1.Member{IdentityBudget: 5, BudgetRelease: &tumenv1.BudgetRelease{Day: timestamppb.New(day), Records: 7}}
	for at, want := range map[time.Time]int64{
		day.Add(-time.Nanosecond): 5, day: 12, day.Add(24*time.Hour - 1): 12, day.Add(24 * time.Hour): 5,
		day.Add(time.Hour).In(time.FixedZone("Seoul", 9*60*60)): 12,
	} {
		if got := budgetOf(m, at); got != want {
			t.Errorf("at %v it is %d, want %d", at, got, want)
		}
	}
	if err := release(m, "organisations/o/members/m", 1000, day.Add(24*time.Hour)); err != nil || m.GetBudgetRelease().GetRecords() != 1000 {
		t.Errorf("on the next day: %v, %v", m, err)
	}
}
