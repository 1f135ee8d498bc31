package corroboration_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

// large makes a matter of n sources with a claim each and ten links per
// source: half of the sources are relayed, half of those name whom they relay.
// Each claim says one of so many different counts.
func large(n, different int) *matter {
	r := rand.New(rand.NewSource(1))
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	key := func(i int) string { return fmt.Sprintf("s%06d", i) }
	bases := []tumenv1.Basis{firstHand, ownContacts, official, notStated}
	for i := range n {
		from := int64(500 + r.Intn(different))
		v := fromTo(from, from+int64(r.Intn(different+1)))
		if i%2 == 0 {
			m.source(key(i), bases[r.Intn(len(bases))])
			m.claim(key(i), asserts, v)
			continue
		}
		var relays []string
		for range 18 {
			relays = append(relays, key(r.Intn(n)))
		}
		m.source(key(i), relayed, relays...)
		if i%4 == 1 {
			m.claim(key(i), asserts, v)
		} else {
			m.claim(key(i), asserts, v, relays[:3]...)
		}
	}
	for range n {
		a, b := r.Intn(n), r.Intn(n)
		switch {
		case a == b:
		case r.Intn(8) == 0:
			m.contact(key(a), key(b))
		case r.Intn(8) == 0:
			m.possibly(key(a), key(b))
		}
	}
	return m
}

// scarce makes a matter of n unresolved claims that share few possible
// origins, none of them counted: the hardest to pair.
func scarce(n, origins int) *matter {
	r := rand.New(rand.NewSource(1))
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	for i := range origins {
		m.source(fmt.Sprintf("o%d", i), ownContacts)
	}
	for i := range n {
		var relays []string
		for range 10 {
			relays = append(relays, fmt.Sprintf("o%d", r.Intn(origins)))
		}
		m.source(fmt.Sprintf("a%d", i), relayed, relays...)
		m.claim(fmt.Sprintf("a%d", i), asserts, nil)
	}
	return m
}

// Allocations are counted, not time: they would grow with the square of the
// sources if anything were listed or followed anew for each of them.
func TestGrowsLinearly(t *testing.T) {
	cost := func(m *matter) float64 {
		return testing.AllocsPerRun(1, func() { corroboration.Assess(m.Evidence) })
	}
	small, big := cost(large(2000, 20)), cost(large(16000, 20))
	if big > 8*1.5*small {
		t.Errorf("%v allocations for 2,000 sources, %v for 16,000", small, big)
	}
}

// What can't all be listed is counted all the same, and the support says so.
func TestShortensWhatIsListedNotWhatIsCounted(t *testing.T) {
	const n = 1000
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	for i := range n {
		key := fmt.Sprintf("s%04d", i)
		m.source(key, ownContacts)
		m.claim(key, asserts, fromTo(int64(i+1), int64(i+1)))
	}
	s := m.assess()
	if len(s.GetValues()) != 2*n || len(s.GetAgreement()) != n {
		t.Fatalf("%d values and %d agreeing sets", len(s.GetValues()), len(s.GetAgreement()))
	}
	for i, v := range s.GetValues()[:n] {
		if want := fmt.Sprintf("%d to %d", n-i, n-i); ranged(v.GetSupport()) != want {
			t.Fatalf("%s: %s, want %s", v.GetLabel(), ranged(v.GetSupport()), want)
		}
	}
	last := s.GetFlags()[len(s.GetFlags())-1]
	if last.GetKind() != tumenv1.FlagKind_FLAG_KIND_LISTING_SHORTENED || !strings.Contains(last.GetText(), "counts alone") {
		t.Errorf("flags: %v", s.GetFlags())
	}
	f := corroboration.FigureOf(s)
	if f.Low == nil || *f.Low != n-1 || f.High == nil || *f.High != 2 {
		t.Fatalf("figure: %v", f)
	}
	want(t, "low rests on", short(f.LowOrigins), "s0998 s0999")
	want(t, "high rests on", short(f.HighOrigins), "s0000 s0001")
	want(t, "lowest single", short(f.LowSingleOrigins), "s0999")
}

func TestNamesOnlyTheFirstOfManyPossibleOrigins(t *testing.T) {
	const n = 120
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("s%03d", i))
		m.source(all[i], ownContacts)
	}
	m.source("article", relayed, all...)
	m.claim("article", asserts, nil)
	s := m.assess()
	u := s.GetSupporting().GetUnresolved()[0]
	if len(u.GetPossibleOrigins()) != 50 || u.GetPossibleOrigins()[49] != source("s049") || len(s.GetFlags()) != 1 {
		t.Errorf("unresolved %v, flags %v", u, s.GetFlags())
	}
	m.claim(all[n-1], asserts, nil)
	want(t, "the last counts as well", ranged(m.assess().GetSupporting()), "1 to 1")
}

// A chain of relays as long as the matter ends, and without deep recursion.
func TestLongChain(t *testing.T) {
	const n = 100000
	m := newMatter(tumenv1.Aspect_ASPECT_OCCURRENCE)
	for i := range n {
		m.source(fmt.Sprintf("s%d", i), relayed, fmt.Sprintf("s%d", i+1))
	}
	m.source(fmt.Sprintf("s%d", n), firstHand)
	m.claim("s0", asserts, nil)
	want(t, "possible", ranged(m.assess().GetSupporting()), "1 to 1")
	for i := 1; i < n; i++ {
		m.claim(fmt.Sprintf("s%d", i), asserts, nil, fmt.Sprintf("s%d", i+1))
	}
	s := m.assess().GetSupporting()
	want(t, "bounds", ranged(s), "1 to 1")
	want(t, "origin", countedOrigins(s), fmt.Sprintf("s%d", n))
}

func BenchmarkAssess(b *testing.B) {
	for _, c := range []struct {
		name string
		m    *matter
	}{
		{"sources=1000/values=20", large(1000, 20)},
		{"sources=10000/values=20", large(10000, 20)},
		{"sources=10000/values=10000", large(10000, 10000)},
		{"sources=100000/values=20", large(100000, 20)},
		{"unresolved=10000/origins=1000", scarce(10000, 1000)},
		{"unresolved=10000/origins=9000", scarce(10000, 9000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				corroboration.Assess(c.m.Evidence)
			}
		})
	}
}
