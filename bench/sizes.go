package main

import (
	"context"
	"errors"
	"time"
)

// Rows that compare a large store with a small one, each with its own server.

// callsBySize is how many writes one run of writesBySize makes: few, so that the
// small store stays small.
const callsBySize = 2000

// twoSizes starts both servers, once; nil where there is none to start.
func (l *lab) twoSizes(ctx context.Context) (large, small *server) {
	if l.small == nil {
		l.small = l.filled(ctx, "small", smallStore)
	}
	if l.small != nil && l.large == nil {
		l.large = l.filled(ctx, "large", l.claims)
	}
	return l.large, l.small
}

// nothing stands for the figure of a row whose other side was not measured.
func nothing(context.Context) (float64, error) { return 0, nil }

func writesBySize() row {
	return row{
		name: "size-write", work: "durable write, 64 callers, large store", against: "the same, 10,000 claims", unit: "calls/s", target: 0.8,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			large, small := l.twoSizes(ctx)
			if large == nil {
				return nil, nothing, nil
			}
			of := func(s *server) sample {
				return func(ctx context.Context) (float64, error) { return rateOf(ctx, 64, callsBySize, s.write) }
			}
			return of(large), of(small), nil
		},
	}
}

func memoryBySize() row {
	return row{
		name: "size-memory", work: "resident memory without page cache, large store", against: "the same, 10,000 claims", unit: "MB", target: 2, atMost: true, once: true,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			large, small := l.twoSizes(ctx)
			if large == nil {
				return nil, nothing, nil
			}
			of := func(s *server) sample {
				return func(ctx context.Context) (float64, error) {
					// What filling left behind is no part of serving.
					if _, err := l.restart(ctx, s); err != nil {
						return 0, err
					}
					if _, err := rateOf(ctx, 64, callsBySize, s.write); err != nil {
						return 0, err
					}
					bytes, err := s.resident()
					return bytes / 1e6, err
				}
			}
			return of(large), of(small), nil
		},
	}
}

func diskPerClaim() row {
	return row{
		name: "disk", work: "disk per claim, large store", against: "its plain JSON", unit: "KB", target: 4, atMost: true, once: true,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			large, _ := l.twoSizes(ctx)
			if large == nil {
				return nil, nothing, nil
			}
			ours := func(context.Context) (float64, error) {
				bytes, err := large.size()
				return float64(bytes) / float64(int64(large.claims)+large.written.Load()) / 1e3, err
			}
			plain := func(context.Context) (float64, error) {
				if large.claims == 0 {
					return 0, errors.New("no claim was recorded")
				}
				return float64(large.plain) / float64(large.claims) / 1e3, nil
			}
			return ours, plain, nil
		},
	}
}

// coldOpen compares with one second, so that its ratio is the seconds taken.
func coldOpen() row {
	return row{
		name: "open", work: "start over the large store, page cache cold", against: "1 second", unit: "s", target: 2, atMost: true,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			large, _ := l.twoSizes(ctx)
			if large == nil {
				return nil, nothing, nil
			}
			ours := func(ctx context.Context) (float64, error) {
				took, err := l.restart(ctx, large)
				return took.Seconds(), err
			}
			return ours, func(context.Context) (float64, error) { return time.Second.Seconds(), nil }, nil
		},
	}
}
