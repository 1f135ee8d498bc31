package corroboration_test

import (
	"fmt"
	"math/rand"
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
