package corroboration_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

// anyMatter draws a small matter on a count: few enough sources that relays,
// ties and stances collide often.
func anyMatter(t *rapid.T) *matter {
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	n := rapid.IntRange(1, 8).Draw(t, "sources")
	key := func(i int) string { return fmt.Sprintf("s%d", i) }
	some := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, min(n, 3), rapid.ID[int])
	bases := rapid.SampledFrom([]tumenv1.Basis{relayed, relayed, relayed, firstHand, ownContacts, official, notStated, 0})
	keys := func(list []int) (k []string) {
		for _, i := range list {
			k = append(k, key(i))
		}
		return k
	}
	for i := range n {
		basis := bases.Draw(t, "basis")
		var relays []string
		if basis == relayed {
			relays = keys(some.Draw(t, "relays"))
		}
		if rapid.IntRange(0, 15).Draw(t, "missing") > 0 {
			m.source(key(i), basis, relays...)
		}
	}
	stances := rapid.SampledFrom([]tumenv1.Stance{asserts, asserts, asserts, asserts, denies, doesNotConfirm})
	for i := range rapid.IntRange(0, 9).Draw(t, "claims") {
		s := key(rapid.IntRange(0, n-1).Draw(t, "source"))
		c := m.claim(s+fmt.Sprintf(".%d", i), stances.Draw(t, "stance"), nil)
		if rapid.IntRange(0, 3).Draw(t, "says its basis") == 0 {
			c.Basis = bases.Draw(t, "claim basis")
		}
		if rapid.Bool().Draw(t, "names") {
			for _, r := range some.Draw(t, "named") {
				c.Relays = append(c.Relays, source(key(r)))
			}
		}
		switch rapid.IntRange(0, 3).Draw(t, "value") {
		case 0:
			c.Value = low(rapid.Int64Range(1, 6).Draw(t, "low"))
		case 1:
			c.Value = high(rapid.Int64Range(1, 6).Draw(t, "high"))
		case 2:
			from := rapid.Int64Range(1, 6).Draw(t, "from")
			c.Value = fromTo(from, rapid.Int64Range(from, 7).Draw(t, "to"))
		}
	}
	kinds := rapid.SampledFrom([]tumenv1.TieKind{
		tumenv1.TieKind_TIE_KIND_SAME_WITNESS, tumenv1.TieKind_TIE_KIND_SAME_CONTACT,
		tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, tumenv1.TieKind_TIE_KIND_SEPARATED,
	})
	for range rapid.IntRange(0, 4).Draw(t, "ties") {
		a, b := rapid.IntRange(0, n).Draw(t, "a"), rapid.IntRange(0, n).Draw(t, "b")
		if a != b {
			m.tie(kinds.Draw(t, "tie"), key(a), key(b))
		}
	}
	return m
}

func (m *matter) slowly(stance tumenv1.Stance, among func(*slow, *tumenv1.Claim) bool) string {
	s := &slow{m: m, stance: stance}
	for _, c := range m.Claims {
		if c.Stance == stance && (among == nil || among(s, c)) {
			s.claims = append(s.claims, c)
		}
	}
	atLeast, atMost := s.counts()
	return fmt.Sprintf("%d to %d", atLeast, atMost)
}

// agreesWithSlow compares the bounds of all stances and of all bounds stated.
func agreesWithSlow(t interface{ Fatalf(string, ...any) }, m *matter) {
	s := m.assess()
	for stance, got := range map[tumenv1.Stance]*tumenv1.StanceSupport{
		asserts: s.GetSupporting(), denies: s.GetDenying(), doesNotConfirm: s.GetNotConfirming(),
	} {
		if want := m.slowly(stance, nil); ranged(got) != want {
			t.Fatalf("%v: got %s, want %s: %v", stance, ranged(got), want, got)
		}
		addsUp(t, got)
	}
	for _, v := range s.GetValues() {
		bound := v.GetValue().GetCount()
		want := m.slowly(asserts, func(s *slow, c *tumenv1.Claim) bool {
			said := c.Value.GetCount()
			return said != nil && !s.differs(c) &&
				(bound.Low == nil || said.Low != nil && *said.Low >= *bound.Low) &&
				(bound.High == nil || said.High != nil && *said.High <= *bound.High)
		})
		if got := ranged(v.GetSupport()); got != want {
			t.Fatalf("%s: got %s, want %s: %v", v.GetLabel(), got, want, v)
		}
		if again := ranged(corroboration.ValueFor(m.Evidence, v.GetValue())); again != want {
			t.Fatalf("%s alone: got %s, want %s", v.GetLabel(), again, want)
		}
		addsUp(t, v.GetSupport())
	}
}

// addsUp holds an explanation against its own counts.
func addsUp(t interface{ Fatalf(string, ...any) }, s *tumenv1.StanceSupport) {
	atLeast, atMost := 0, len(s.GetCycles())
	for _, g := range s.GetGroups() {
		atMost += int(g.GetKnownDistinct())
		grounded := false
		for _, o := range g.GetOrigins() {
			grounded = grounded || o.GetGrounded()
			if len(o.GetClaims()) == 0 {
				t.Fatalf("no claim fell to %s: %v", o.GetSource(), s)
			}
		}
		if grounded != g.GetGrounded() {
			t.Fatalf("group is grounded as its origins are: %v", g)
		}
		if grounded {
			atLeast++
		}
		if len(g.GetJoints()) != len(g.GetOrigins())-1 {
			t.Fatalf("%d joints for %d origins: %v", len(g.GetJoints()), len(g.GetOrigins()), g)
		}
	}
	for _, u := range s.GetUnresolved() {
		if u.GetCounted() {
			atMost++
		}
	}
	if atLeast == 0 && atMost > 0 {
		atLeast = 1
	}
	if got := fmt.Sprintf("%d to %d", atLeast, atMost); got != ranged(s) {
		t.Fatalf("the explanation gives %s, the counts say %s: %v", got, ranged(s), s)
	}
}

func TestAgreesWithSlowReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agreesWithSlow(t, anyMatter(t)) })
}

// Many more matters than a property usually sees, the same in every run.
func TestAgreesWithSlowReadingOnManyMatters(t *testing.T) {
	matters := rapid.Custom(anyMatter)
	for seed := range 4000 {
		agreesWithSlow(t, matters.Example(seed))
	}
}
