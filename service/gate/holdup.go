package gate

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// Who is refused may ask again as fast as they can, and so may anybody who asks for
// health. Refusing takes little, and a flood of little takes the processors from those
// who work. So beyond some such calls a second each waits for its answer, in the
// goroutine that reads its connection: whatever else comes by that connection waits with
// it, and nobody else.

const (
	strangersPerSecond = 100 // of all that come without a valid credential, or for health
	holdStrangers      = 100 * time.Millisecond
	holdMembers        = 10 * time.Millisecond // whose organisation has asked too often
)

// holdups say when a call has to wait.
type holdups struct {
	strangers *rate.Limiter
	stopping  <-chan struct{} // closed: nobody waits any more
}

func newHoldups(stopping <-chan struct{}) *holdups {
	return &holdups{rate.NewLimiter(strangersPerSecond, burstSeconds*strangersPerSecond), stopping}
}

// stranger holds up a call of somebody who is not known, if there are too many of them.
func (h *holdups) stranger(ctx context.Context) {
	if !h.strangers.Allow() {
		h.pause(ctx, holdStrangers)
	}
}

// member holds up a call that is refused because its organisation calls too often.
func (h *holdups) member(ctx context.Context) { h.pause(ctx, holdMembers) }

// pause waits so long, or until ctx is done or the server is stopping.
func (h *holdups) pause(ctx context.Context, how time.Duration) {
	timer := time.NewTimer(how)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-h.stopping:
	}
}
