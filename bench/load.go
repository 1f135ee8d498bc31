package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// operation is one call by one of the callers, numbered from 0.
type operation func(ctx context.Context, caller int) error

// warmUp is how long callers run before anything counts: connections are made
// and caches filled by then.
const warmUp = 500 * time.Millisecond

// rate has so many callers call without a pause and returns how many calls were
// answered a second, over the given time after warming up. The first error of
// any caller ends it.
func rate(ctx context.Context, callers int, length time.Duration, do operation) (float64, error) {
	var answered atomic.Int64
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var over atomic.Bool
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for !over.Load() && ctx.Err() == nil {
				if err := do(ctx, caller); err != nil {
					stop(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	pause(ctx, warmUp)
	from, before := time.Now(), answered.Load()
	pause(ctx, length)
	took, calls := time.Since(from), answered.Load()-before
	over.Store(true)
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return float64(calls) / took.Seconds(), nil
}

// rateOf is rate over a number of calls instead of a time, for stores that must
// not grow by much while they are measured.
func rateOf(ctx context.Context, callers, calls int, do operation) (float64, error) {
	var begun atomic.Int64
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	from := time.Now()
	for caller := range callers {
		all.Go(func() {
			for begun.Add(1) <= int64(calls) && ctx.Err() == nil {
				if err := do(ctx, caller); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return float64(calls) / time.Since(from).Seconds(), nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// median of one or more figures; with an even number, the mean of the middle two.
func median(figures []float64) (float64, error) {
	if len(figures) == 0 {
		return 0, errors.New("nothing was measured")
	}
	s := slices.Sorted(slices.Values(figures))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2, nil
	}
	return s[len(s)/2], nil
}
