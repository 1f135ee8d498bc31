package corroboration

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// rules is the number of the rules in this package. Whatever changes what Assess gives
// for the same evidence makes another one.
const rules = 1

// Assess says how far the aspect is supported. The answer is the same in
// whatever order the claims, ties and relays come. It never fails: what the
// evidence lacks supports nothing.
func Assess(e Evidence) *tumenv1.Support {
	r := read(e)
	var short shortened
	s := &tumenv1.Support{Rules: rules}
	flagged := make(map[string]bool)
	for _, stance := range []tumenv1.Stance{asserts, denies, doesNotConfirm} {
		g := newRelayGraph(r, stance)
		t := newTally(g)
		out := explain(g, t, g.everyClaim(), &short)
		switch stance {
		case asserts:
			s.Supporting = out
			s.Flags = append(s.Flags, weighValues(g, t, s, &short)...)
		case denies:
			s.Denying = out
		case doesNotConfirm:
			s.NotConfirming = out
		}
		if stance != asserts {
			s.Flags = append(s.Flags, g.unconfirmed(func(*reported) int { return int(out.GetAtLeast()) })...)
		}
		s.Flags = append(s.Flags, g.circles(flagged)...)
	}
	s.Flags = append(append(s.Flags, r.contradictions()...), r.withheldValues()...)
	slices.SortStableFunc(s.Flags, func(a, b *tumenv1.Flag) int {
		return cmp.Or(cmp.Compare(a.GetKind(), b.GetKind()), strings.Compare(a.GetClaim(), b.GetClaim()),
			strings.Compare(a.GetSource(), b.GetSource()), strings.Compare(a.GetOrigin(), b.GetOrigin()))
	})
	s.Flags = append(s.Flags, short.flags()...)
	return s
}

// weighValues fills in what the asserting claims say, and returns the flags on
// them.
func weighValues(g *relayGraph, t *tally, s *tumenv1.Support, short *shortened) []*tumenv1.Flag {
	if len(g.claims) == 0 {
		v := &values{g: g, t: t, short: short}
		s.Values = v.list()
		return nil
	}
	relays := short.relays // the stance has said so already
	v := newValues(g, t, short)
	v.collect()
	v.weigh()
	s.Values = v.list()
	s.Agreement = v.agreement()
	short.relays = relays
	unconfirmed := g.unconfirmed(v.standingFor(int(s.GetSupporting().GetAtLeast())))
	return append(g.differingFlags(v.differs), unconfirmed...)
}

// ValueFor is the support of one value only: of the asserting claims that
// entail it and are no flagged relays. With such a value Assess lists the same
// support as the determined one.
func ValueFor(e Evidence, v *tumenv1.Value) *tumenv1.StanceSupport {
	return supportFor(e, partsOf(v, nil))
}

// ProtectedValueFor is ValueFor for a person's value.
func ProtectedValueFor(e Evidence, v *tumenv1.ProtectedValue) *tumenv1.StanceSupport {
	return supportFor(e, partsOf(nil, v))
}

func supportFor(e Evidence, whole parts) *tumenv1.StanceSupport {
	g := newRelayGraph(read(e), asserts)
	if len(g.claims) == 0 {
		return &tumenv1.StanceSupport{}
	}
	v := newValues(g, newTally(g), &shortened{})
	return v.supportOf(v.entailsWhole(whole))
}

func (g *relayGraph) everyClaim() []int32 {
	all := make([]int32, len(g.claims))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// flags says what was listed in part only.
func (s *shortened) flags() []*tumenv1.Flag {
	var flags []*tumenv1.Flag
	add := func(n int, format string, args ...any) {
		if n > 0 {
			flags = append(flags, &tumenv1.Flag{Kind: tumenv1.FlagKind_FLAG_KIND_LISTING_SHORTENED, Text: fmt.Sprintf(format, args...)})
		}
	}
	add(s.relays, "for %d claims only the first %d origins or possible origins are listed; all are counted", s.relays, mostReached)
	add(s.values, "%d values are listed with their counts alone, without claims and origins", s.values)
	add(s.agreements, "%d agreeing sets are listed with their counts alone, without claims and origins", s.agreements)
	return flags
}
