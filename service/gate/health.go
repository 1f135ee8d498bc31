package gate

import (
	"context"
	"sync/atomic"
	"time"

	"tumen/service/fault"
)

// Health answers without credentials, so what it may hold is bounded: a request
// that never ends would keep its announced size in memory.
const (
	maxChecks    = 16
	maxWatches   = 32
	checkTimeout = 10 * time.Second
)

// unknownCallers counts the calls of nobody in particular that are under way.
type unknownCallers struct{ checks, watches atomic.Int32 }

// enter lets an open method's call in, or refuses it while too many are under
// way. The context that it returns ends with the call; a check's in any case
// after a while.
func (u *unknownCallers) enter(ctx context.Context, method string) (context.Context, error) {
	count, most := &u.checks, int32(maxChecks)
	watch := method == "/grpc.health.v1.Health/Watch"
	if watch {
		count, most = &u.watches, maxWatches
	}
	if count.Add(1) > most {
		count.Add(-1)
		return ctx, fault.New(fault.TooLarge, "HEALTH_BUSY", "too many health calls are under way; try again later")
	}
	cancel := func() {}
	if !watch {
		ctx, cancel = context.WithTimeout(ctx, checkTimeout)
	}
	context.AfterFunc(ctx, func() {
		cancel()
		count.Add(-1)
	})
	return ctx, nil
}
