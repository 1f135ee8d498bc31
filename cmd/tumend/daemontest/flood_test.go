package daemontest_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// BenchmarkServedMeanwhile measures how long the calls of one organisation take while
// nothing else goes on, and while another floods the server: half and 99 in 100 of them
// are done in p50-µs and p99-µs.
func BenchmarkServedMeanwhile(b *testing.B) {
	for _, tc := range []struct {
		name  string
		flood func(ctx context.Context, s *siege)
	}{
		{"quiet", func(ctx context.Context, _ *siege) { <-ctx.Done() }},
		{"a member lists as fast as they can", listing},
		{"a stranger opens calls and takes them back", resetting},
	} {
		b.Run(tc.name, func(b *testing.B) {
			s := besiege(b)
			for range 200 {
				newCase(b, s.bystander, "to be listed")
			}
			ctx, stop := context.WithCancel(b.Context())
			var flooding sync.WaitGroup
			for range 8 {
				flooding.Go(func() { tc.flood(ctx, s) })
			}
			for _, op := range []struct {
				name string
				call func() error
			}{
				{"list", func() error {
					_, err := s.bystander.Cases.ListCases(b.Context(), &tumenv1.ListCasesRequest{PageSize: 50})
					return err
				}},
				{"write", func() error {
					_, err := s.bystander.Cases.CreateCase(b.Context(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "t"}, Reason: "r"})
					return err
				}},
			} {
				b.Run(op.name, func(b *testing.B) {
					var took []time.Duration
					for b.Loop() {
						start := time.Now()
						if err := op.call(); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(start))
						// As people do, and within what an office may ask for.
						time.Sleep(5 * time.Millisecond)
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
				})
			}
			stop()
			flooding.Wait()
		})
	}
}

// listing lists without any pause, over and over refused.
func listing(ctx context.Context, s *siege) {
	conn, err := client.Dial(ctx, s.attacker)
	if err != nil {
		return
	}
	defer conn.Close()
	var callers sync.WaitGroup
	for range 32 {
		callers.Go(func() {
			for ctx.Err() == nil {
				_, _ = conn.Cases.ListCases(ctx, &tumenv1.ListCasesRequest{PageSize: 50})
			}
		})
	}
	callers.Wait()
}

// resetting opens calls without a token and takes them back, on connection after
// connection.
func resetting(ctx context.Context, s *siege) {
	for ctx.Err() == nil {
		w, err := connected(s.attacker)
		if err != nil {
			return
		}
		go func() { _ = w.readUntil(func(http2.Frame) bool { return ctx.Err() != nil }) }()
		for ctx.Err() == nil && err == nil {
			var stream uint32
			if stream, err = w.open(getCase, ""); err == nil {
				err = w.WriteRSTStream(stream, http2.ErrCodeCancel)
			}
		}
		w.conn.Close()
	}
}
