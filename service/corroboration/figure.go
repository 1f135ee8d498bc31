package corroboration

import (
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// Figure is the count of people that can be taken from claims.
type Figure struct {
	// Low is the highest lower bound that at least two origins entail, nil
	// where there is none.
	Low *int64
	// High is the lowest upper bound that at least two origins entail, nil
	// (open) where there is none.
	High *int64
	// LowOrigins and HighOrigins are the sources that those bounds rest on,
	// by name.
	LowOrigins, HighOrigins []string
	// LowSingle and HighSingle are the best bounds that any origin entails,
	// were one enough: where they say more than Low and High, they rest on
	// one source. Nil where no claim bounds that side.
	LowSingle, HighSingle *int64
	// LowSingleOrigins and HighSingleOrigins are the sources that those rest
	// on, by name; none where the origin is not known.
	LowSingleOrigins, HighSingleOrigins []string
}

// FigureOf takes the count from the support of a finding on a count.
func FigureOf(s *tumenv1.Support) Figure {
	var f Figure
	f.Low, f.LowOrigins = strongestBound(s, 2, lowOf, func(a, b int64) bool { return a > b })
	f.High, f.HighOrigins = strongestBound(s, 2, highOf, func(a, b int64) bool { return a < b })
	f.LowSingle, f.LowSingleOrigins = strongestBound(s, 1, lowOf, func(a, b int64) bool { return a > b })
	f.HighSingle, f.HighSingleOrigins = strongestBound(s, 1, highOf, func(a, b int64) bool { return a < b })
	return f
}

// lowOf is the bound of a value that is a lower bound alone.
func lowOf(c *tumenv1.Count) *int64 {
	if c == nil || c.High != nil {
		return nil
	}
	return c.Low
}

// highOf is the bound of a value that is an upper bound alone.
func highOf(c *tumenv1.Count) *int64 {
	if c == nil || c.Low != nil {
		return nil
	}
	return c.High
}

func strongestBound(s *tumenv1.Support, enough int32, of func(*tumenv1.Count) *int64,
	stronger func(a, b int64) bool) (*int64, []string) {
	var best *int64
	var rests *tumenv1.StanceSupport
	for _, v := range s.GetValues() {
		bound := of(v.GetValue().GetCount())
		if bound == nil || v.GetSupport().GetAtLeast() < enough || best != nil && !stronger(*bound, *best) {
			continue
		}
		best, rests = copied(bound), v.GetSupport()
	}
	var origins []string
	for _, g := range rests.GetGroups() {
		for _, o := range g.GetOrigins() {
			origins = append(origins, o.GetSource())
		}
	}
	slices.Sort(origins)
	return best, origins
}
