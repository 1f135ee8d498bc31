package corroboration_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
	tumenv1 "tumen/proto/tumen/v1"
)

// fatal is what properties need of a test.
type fatal interface{ Fatalf(string, ...any) }

// ranges are the bounds of all stances and all values, by what they are of.
func ranges(s *tumenv1.Support) map[string]*tumenv1.StanceSupport {
	all := map[string]*tumenv1.StanceSupport{
		"supporting": s.GetSupporting(), "denying": s.GetDenying(), "not confirming": s.GetNotConfirming(),
	}
	for _, v := range s.GetValues() {
		all[v.GetLabel()] = v.GetSupport()
	}
	return all
}

// raisesNothing holds two supports against each other, bound by bound.
func raisesNothing(t fatal, what string, before, after *tumenv1.Support) {
	was := ranges(before)
	for of, now := range ranges(after) {
		if now.GetAtLeast() > was[of].GetAtLeast() || now.GetAtMost() > was[of].GetAtMost() {
			t.Fatalf("%s raised %s from %s to %s", what, of, ranged(was[of]), ranged(now))
		}
	}
}

func TestLowerNeverAboveUpper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for of, s := range ranges(anyMatter(t).assess()) {
			if s.GetAtLeast() > s.GetAtMost() || s.GetAtLeast() < 0 || (s.GetAtLeast() == 0) != (s.GetAtMost() == 0) {
				t.Fatalf("%s: %s", of, ranged(s))
			}
		}
	})
}

// originsOf are the counted origins of a stance, as keys.
func originsOf(s *tumenv1.StanceSupport) (keys []string) {
	for _, g := range s.GetGroups() {
		for _, o := range g.GetOrigins() {
			keys = append(keys, o.GetSource()[len("sources/"):])
		}
	}
	return keys
}

func TestRelayOfCountedOriginsRaisesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		before := m.assess()
		counted := originsOf(before.GetSupporting())
		if len(counted) == 0 {
			t.Skip("nothing counted")
		}
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(counted), 1, len(counted), rapid.ID[string]).Draw(t, "relays")
		m.source("article", relayed, some...)
		if rapid.Bool().Draw(t, "names them") {
			m.claim("article", asserts, nil, some...)
		} else {
			m.claim("article", asserts, nil)
		}
		raisesNothing(t, "a relay of counted origins", before, m.assess())
	})
}

func TestTieRaisesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		before := m.assess()
		kind := rapid.SampledFrom([]tumenv1.TieKind{
			tumenv1.TieKind_TIE_KIND_SAME_WITNESS, tumenv1.TieKind_TIE_KIND_SAME_CONTACT,
			tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME,
		}).Draw(t, "kind")
		n := len(m.Sources)
		m.tie(kind, fmt.Sprintf("s%d", rapid.IntRange(0, n).Draw(t, "a")), fmt.Sprintf("s%d", rapid.IntRange(0, n).Draw(t, "b")))
		raisesNothing(t, "a tie", before, m.assess())
	})
}

func TestSeparationLowersNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		before := m.assess()
		n := len(m.Sources)
		m.separate(fmt.Sprintf("s%d", rapid.IntRange(0, n).Draw(t, "a")), fmt.Sprintf("s%d", rapid.IntRange(0, n).Draw(t, "b")))
		raisesNothing(t, "taking a separation back", m.assess(), before)
	})
}

func TestOnlyGroundedOriginsRaiseLowerBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		for of, s := range ranges(m.assess()) {
			grounded := 0
			for _, g := range s.GetGroups() {
				for _, o := range g.GetOrigins() {
					if o.GetGrounded() {
						grounded++
					}
				}
			}
			if int(s.GetAtLeast()) > max(1, grounded) {
				t.Fatalf("%s: at least %d with %d grounded origins", of, s.GetAtLeast(), grounded)
			}
		}
		ungrounded := func(b tumenv1.Basis) tumenv1.Basis {
			if b == firstHand || b == ownContacts {
				return official
			}
			return b
		}
		for _, s := range m.Sources {
			s.Basis = ungrounded(s.Basis)
		}
		for _, c := range m.Claims {
			c.Basis = ungrounded(c.Basis)
		}
		for of, s := range ranges(m.assess()) {
			if s.GetAtLeast() > 1 {
				t.Fatalf("%s: at least %d with nobody grounded", of, s.GetAtLeast())
			}
		}
	})
}

func TestCommonReaderTiesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		before := m.assess()
		var all []string
		for name := range m.Sources {
			all = append(all, name[len("sources/"):])
		}
		slices.Sort(all)
		m.source("reader", relayed, all...)
		if !proto.Equal(before, m.assess()) {
			t.Fatalf("a source that relays everybody changed something")
		}
		counted := originsOf(before.GetSupporting())
		if len(counted) == 0 {
			return
		}
		m.claim("reader", asserts, nil, counted...)
		after := m.assess()
		for of, s := range ranges(after) {
			if was := ranges(before)[of]; ranged(s) != ranged(was) {
				t.Fatalf("%s: %s became %s", of, ranged(was), ranged(s))
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		m.Value = fromTo(2, 5)
		before := m.assess()
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		r.Shuffle(len(m.Claims), func(i, j int) { m.Claims[i], m.Claims[j] = m.Claims[j], m.Claims[i] })
		r.Shuffle(len(m.Ties), func(i, j int) { m.Ties[i], m.Ties[j] = m.Ties[j], m.Ties[i] })
		for _, s := range m.Sources {
			r.Shuffle(len(s.Relays), func(i, j int) { s.Relays[i], s.Relays[j] = s.Relays[j], s.Relays[i] })
		}
		for _, c := range m.Claims {
			r.Shuffle(len(c.Relays), func(i, j int) { c.Relays[i], c.Relays[j] = c.Relays[j], c.Relays[i] })
		}
		for _, tie := range m.Ties {
			if r.Intn(2) == 0 {
				tie.A, tie.B = tie.B, tie.A
			}
		}
		if after := m.assess(); !proto.Equal(before, after) {
			t.Fatalf("another order gave\n%v\ninstead of\n%v", after, before)
		}
	})
}

func TestEvidenceIsNotChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatter(t)
		m.Value = low(3)
		before := []proto.Message{proto.Clone(m.Value)}
		now := []proto.Message{m.Value}
		for _, c := range m.Claims {
			before, now = append(before, proto.Clone(c)), append(now, c)
		}
		for _, s := range m.Sources {
			before, now = append(before, proto.Clone(s)), append(now, s)
		}
		for _, tie := range m.Ties {
			before, now = append(before, proto.Clone(tie)), append(now, tie)
		}
		m.assess()
		for i := range before {
			if !proto.Equal(before[i], now[i]) {
				t.Fatalf("changed: %v", now[i])
			}
		}
	})
}

// A source's stance is a whole one: nobody is counted for two.
func TestNobodyIsCountedForTwoStances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyMatter(t).assess()
		spoke := make(map[string]string)
		for _, of := range []string{"supporting", "denying", "not confirming"} {
			for _, u := range ranges(s)[of].GetGroups() {
				for _, o := range u.GetOrigins() {
					if before, ok := spoke[o.GetSource()]; ok && ownClaim(o) {
						t.Fatalf("%s is counted as %s and %s", o.GetSource(), before, of)
					}
					if ownClaim(o) {
						spoke[o.GetSource()] = of
					}
				}
			}
		}
	})
}

// ownClaim says that one of the claims that fell to an origin is its own.
func ownClaim(o *tumenv1.Origin) bool {
	key := o.GetSource()[len("sources/"):]
	return slices.ContainsFunc(o.GetClaims(), func(c string) bool {
		return len(c) > len("claims/")+len(key) && c[:len("claims/")+len(key)+1] == "claims/"+key+"."
	})
}
