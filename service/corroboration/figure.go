package corroboration

import tumenv1 "tumen/proto/tumen/v1"

// Figure is the count of people that can be taken from claims.
type Figure struct {
	// Low is the highest lower bound that at least two origins entail, nil
	// where there is none.
	Low *int64
	// High is the lowest upper bound that at least two origins entail, nil
	// (open) where there is none.
	High *int64
	// LowOrigins and HighOrigins are the sources that those bounds rest on.
	LowOrigins, HighOrigins []string
	// LowSingle and HighSingle are the best bounds that any origin entails,
	// were one enough: where they say more than Low and High, they rest on
	// one source. Nil where no claim bounds that side.
	LowSingle, HighSingle *int64
	// LowSingleOrigins and HighSingleOrigins are the sources that those rest
	// on.
	LowSingleOrigins, HighSingleOrigins []string
}

// FigureOf takes the count from the support of a finding on a count.
func FigureOf(s *tumenv1.Support) Figure { return Figure{} }
