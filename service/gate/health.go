package gate

import (
	"context"
	"sync/atomic"
	"time"

	"tumen/service/fault"
)

// Health and the contract's open methods answer without credentials, so what they may
// hold is bounded: a request that never ends would keep its announced size in memory.
const (
	maxChecks    = 16
	maxWatches   = 32
	checkTimeout = 10 * time.Second
	// maxGuests bounds the calls of open methods; who comes to sign in may have to wait
	// for others who do.
	maxGuests    = 64
	guestTimeout = 30 * time.Second
)

// unknownCallers counts the calls of nobody in particular that are under way.
type unknownCallers struct{ checks, watches, guests atomic.Int32 }

// enter lets an open method's call in, or refuses it while too many are under
// way. The context that it returns ends with the call; a check's in any case
// after a while.
func (u *unknownCallers) enter(ctx context.Context, method string) (context.Context, error) {
	count, most, timeout := &u.checks, int32(maxChecks), checkTimeout
	busy := fault.New(fault.TooLarge, "HEALTH_BUSY", "too many health calls are under way; try again later")
	switch {
	case method == "/grpc.health.v1.Health/Watch":
		count, most, timeout = &u.watches, maxWatches, 0
	case !open[method]:
		count, most, timeout = &u.guests, maxGuests, guestTimeout
		busy = fault.New(fault.TooLarge, "SERVER_BUSY", "too many callers without credentials are here; try again later")
	}
	if count.Add(1) > most {
		count.Add(-1)
		return ctx, busy
	}
	cancel := func() {}
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
	}
	context.AfterFunc(ctx, func() {
		cancel()
		count.Add(-1)
	})
	return ctx, nil
}
