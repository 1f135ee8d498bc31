package records

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage/storagetest"
)

// desk is what the claims of a benchmark are about: cases with an event each, on
// whose occurrence there is a finding, and sources.
type desk struct {
	*office
	events, sources []string
}

func openDesk(t testing.TB, o *office, n int) *desk {
	t.Helper()
	d := &desk{office: o}
	for done := 0; done < n; done += 500 {
		o.do(func(tx *Tx) error {
			for i := done; i < min(n, done+500); i++ {
				c := &tumenv1.Case{Title: "a case", Reference: fmt.Sprintf("2026-%05d", i)}
				if err := tx.Create(c, ""); err != nil {
					return err
				}
				e := anEvent("arrest", "2023-10-09", "places/hunchun")
				if err := tx.Create(e, c.GetName()); err != nil {
					return err
				}
				f := &tumenv1.Finding{Subject: e.GetName(), Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, State: tumenv1.FindingState_FINDING_STATE_REPORTED}
				if err := tx.Create(f, c.GetName()); err != nil {
					return err
				}
				s := &tumenv1.Source{Kind: "ngo-report", Title: "a report"}
				if err := tx.Create(s, ""); err != nil {
					return err
				}
				d.events, d.sources = append(d.events, e.GetName()), append(d.sources, s.GetName())
			}
			return nil
		})
	}
	return d
}

// aClaim is a claim of fifteen fields and about 1 KB.
func aClaim(source, event string) *tumenv1.Claim {
	return &tumenv1.Claim{
		Source: source, Subjects: []string{event}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS,
		State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE, Marking: tumenv1.Marking_MARKING_AMBER, Basis: tumenv1.Basis_BASIS_OWN_CONTACTS,
		SaidOn: "2023-10-11", Speaker: "a spokesperson", Notes: strings.Repeat("note ", 70),
		Quote:  &tumenv1.Quote{Text: strings.Repeat("as written ", 40), Language: "ko"},
		Labels: map[string]string{"batch": "october"}, Credibility: tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE, CredibilityReason: "consistent",
	}
}

// addClaim is what recording one claim asks of this package: the author, the
// case, the source and the event are read, and the finding that there is.
func (d *desk) addClaim(n int, request string) (Result, error) {
	event, source := d.events[n%len(d.events)], d.sources[(n*7)%len(d.sources)]
	claim := aClaim(source, event)
	a := d.author()
	a.RequestID, a.Payload = request, make([]byte, 32)
	return d.store.Change(context.Background(), a, func(tx *Tx) error {
		for _, name := range []string{d.member, ParentOf(event), source, event} {
			if _, err := tx.Read(name); err != nil {
				return err
			}
		}
		c := proto.Clone(claim).(*tumenv1.Claim)
		if err := tx.Create(c, ParentOf(event)); err != nil {
			return err
		}
		if _, err := tx.FindingOn(event, c.GetAspect()); err != nil {
			return err
		}
		tx.Names(c.GetName())
		return nil
	})
}

// requestID is a UUID of version 7, as of one call each millisecond.
func requestID(random *rand.Rand, n int) string {
	return fmt.Sprintf("%08x-%04x-7%03x-a4f7-%012x", (1<<40+n)>>16, n&0xffff, random.IntN(1<<12), random.Uint64()>>16)
}

// BenchmarkClaim is one claim a turn, by 1, 64 and 256 callers.
func BenchmarkClaim(b *testing.B) {
	for _, callers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			counting := storagetest.NewCounting(boltStore(b))
			d := openDesk(b, openOffice(b, counting), 500)
			before := counting.Counts()
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for caller := range callers {
				wg.Go(func() {
					random := rand.New(rand.NewPCG(1, uint64(caller)))
					for n := caller; n < b.N; n += callers {
						if _, err := d.addClaim(random.IntN(1<<30), requestID(random, n)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			spent := counting.Counts().Sub(before)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
			b.ReportMetric(float64(spent.Puts)/float64(b.N), "puts/claim")
			b.ReportMetric(float64(spent.RowsRead)/float64(b.N), "rows-read/claim")
			b.ReportMetric(float64(b.N)/float64(spent.Commits), "claims/commit")
		})
	}
}
