package service_test

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"

	tumenv1 "tumen/proto/tumen/v1"
)

// typical is a claim of about 1 KB and 15 fields.
func typical(o *october, n int64) *tumenv1.Claim {
	text := strings.Repeat("they were put on buses after dark and taken across. ", 10)
	return &tumenv1.Claim{
		Source: o.names["S1"], Subjects: []string{o.names["E5"]}, Aspect: count, Stance: asserts, Value: atLeast(n%1000 + 1),
		Basis: own, SaidOn: "2023-10-11", Speaker: "a spokesperson", Quote: &tumenv1.Quote{Text: text, Language: "ko"},
		Credibility: tumenv1.Credibility_CREDIBILITY_POSSIBLY_TRUE, CredibilityReason: "an example", Notes: text,
		Labels: map[string]string{"batch": "bench"},
	}
}

// Over TLS, client and server in one process, by the number of callers.
func BenchmarkCreateClaim(b *testing.B) {
	for _, callers := range []int{1, 64, 256} {
		b.Run(map[int]string{1: "1", 64: "64", 256: "256"}[callers], func(b *testing.B) {
			o := loadOctober(b)
			m := make([]*member, 4)
			for i := range m {
				m[i] = o.connect(o.worker.token)
			}
			var n, c atomic.Int64
			b.SetParallelism((callers + 1) / 2)
			b.ReportAllocs()
			b.ResetTimer()
			before := processorTime(b)
			defer func() {
				b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-µs/op")
			}()
			run := func(client *member) {
				k := n.Add(1)
				_, err := client.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: o.names["october-2023"], Claim: typical(o, k), RequestId: uuid.NewString(), Reason: "recorded"})
				if err != nil {
					b.Error(err)
				}
			}
			if callers == 1 {
				for b.Loop() {
					run(m[0])
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				client := m[c.Add(1)%4]
				for pb.Next() {
					run(client)
				}
			})
		})
	}
}

// processorTime is what this process has used so far, in microseconds: on a
// machine with other work it tells more than the clock.
func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	ok(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return (u.Utime.Sec+u.Stime.Sec)*1e6 + u.Utime.Usec + u.Stime.Usec
}

func BenchmarkGetClaim(b *testing.B) {
	o := loadOctober(b)
	made, err := o.worker.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: o.names["october-2023"], Claim: typical(o, 1), Reason: "recorded"})
	ok(b, err)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := o.worker.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: made.GetClaim().GetName()}); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkListClaims lists a page of 20 claims about one subject.
func BenchmarkListClaims(b *testing.B) {
	o := loadOctober(b)
	for i := range 25 {
		_, err := o.worker.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: o.names["october-2023"], Claim: typical(o, int64(i)), Reason: "recorded"})
		ok(b, err)
	}
	ask := &tumenv1.ListClaimsRequest{Parent: o.names["october-2023"], Subject: o.names["E5"], PageSize: 20}
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			page, err := o.worker.claims.ListClaims(o.ctx, ask)
			if err != nil || len(page.GetMatches()) != 20 {
				b.Error(len(page.GetMatches()), err)
			}
		}
	})
}
