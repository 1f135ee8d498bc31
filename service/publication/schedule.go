package publication

import (
	"context"
	"time"
)

const (
	// glance is how often the clock is looked at while a publication is waited for: a
	// timer does not notice that the machine slept, or that its clock was set.
	glance = time.Minute
	// atMost is how late a publication may be. One that is later was missed, and is not
	// made up for: it would tell when the server came back.
	atMost = 2 * glance
)

// onSchedule runs what is due at full multiples of every, by that clock, until ctx is
// done.
func onSchedule(ctx context.Context, clock func() time.Time, every time.Duration, due func()) {
	next := after(clock(), every)
	for {
		now := clock().Round(0) // by the clock on the wall
		switch late := now.Sub(next); {
		case late > atMost || -late > every: // it was missed, or the clock was set back
			next = after(now, every)
		case late >= 0:
			due()
			next = after(clock(), every)
		}
		timer := time.NewTimer(min(next.Sub(clock().Round(0)), glance))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// after is the first full multiple after a time.
func after(t time.Time, every time.Duration) time.Time { return t.Round(0).Truncate(every).Add(every) }
