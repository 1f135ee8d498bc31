package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tumen/storage"
)

// BenchmarkGetBesideCommits is one View with one Get while another commits without
// a pause: what a read waits for a commit that it saw to be synced.
func BenchmarkGetBesideCommits(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { readBesideCommits(b, callers) })
	}
}

func readBesideCommits(b *testing.B, callers int) {
	s := benchmarkStore(b, 20_000)
	stop, ended := make(chan struct{}), make(chan error)
	var commits atomic.Int64
	go func() {
		random := rand.New(rand.NewPCG(3, 4))
		for n := uint64(20_000); ; {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if err := s.Update(context.Background(), func(w storage.Writer) error {
				for range 64 {
					if err := recordRows(w, n, random); err != nil {
						return err
					}
					n++
				}
				return nil
			}); err != nil {
				ended <- err
				return
			}
			commits.Add(1)
		}
	}()
	var mu sync.Mutex
	var took []time.Duration
	b.ResetTimer()
	var readers sync.WaitGroup
	for caller := range callers {
		readers.Go(func() {
			var mine []time.Duration
			for n := caller; n < b.N; n += callers {
				began := time.Now()
				if err := s.View(context.Background(), func(r storage.Reader) error {
					_, err := r.Get(binary.BigEndian.AppendUint64([]byte("record"), uint64(n)*7919%20_000))
					return err
				}); err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	readers.Wait()
	elapsed := b.Elapsed()
	b.StopTimer()
	close(stop)
	if err := <-ended; err != nil {
		b.Error(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(commits.Load())/elapsed.Seconds(), "commits/s")
}
