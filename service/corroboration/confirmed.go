package corroboration

import (
	"fmt"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// confirmers is how many independent origins the grade 1, confirmed by other
// independent sources, needs.
const confirmers = 2

// ForClaim is the support of what a claim says: of those who take its stance
// and, where it asserts a value, of those only who entail that.
func ForClaim(e Evidence, c *tumenv1.Claim) *tumenv1.StanceSupport {
	switch {
	case c.GetStance() == denies:
		return Assess(e).GetDenying()
	case c.GetStance() == doesNotConfirm:
		return Assess(e).GetNotConfirming()
	case statesValue(c):
		return supportFor(e, partsOf(c.GetValue(), c.GetProtectedValue()))
	}
	return Assess(e).GetSupporting()
}

func statesValue(c *tumenv1.Claim) bool {
	return c.GetValue() != nil || c.GetProtectedValue() != nil
}

// confirmedClaims are the claims of the stance that are graded 1 and of which may
// be told what they say.
func (g *relayGraph) confirmedClaims() (graded []*reported) {
	for i := range g.claims {
		if c := g.at(int32(i)); c.claim.GetCredibility() == tumenv1.Credibility_CREDIBILITY_CONFIRMED && !c.hidden {
			graded = append(graded, c)
		}
	}
	return graded
}

// unconfirmed flags the claims graded 1 for which too few stand: atLeast says how
// many do for what a claim says.
func (g *relayGraph) unconfirmed(atLeast func(*reported) int) []*tumenv1.Flag {
	var flags []*tumenv1.Flag
	for _, c := range g.confirmedClaims() {
		if n := atLeast(c); n < confirmers {
			flags = append(flags, &tumenv1.Flag{
				Kind:  tumenv1.FlagKind_FLAG_KIND_NOT_CONFIRMED,
				Claim: c.name, Source: g.names[c.source],
				Text: fmt.Sprintf("what %s says is graded 1, confirmed by other independent sources, and has at least %d independent origin now; 2 are needed", g.names[c.source], n),
			})
		}
	}
	return flags
}

// standingFor says how many independent origins there are at least for what an
// asserting claim says; spoken is how many there are for the aspect. Claims that
// say the same are counted once.
func (v *values) standingFor(spoken int) func(*reported) int {
	counted := map[string]int{}
	return func(c *reported) int {
		if !statesValue(c.claim) {
			return spoken
		}
		keys := make([]string, len(c.parts))
		for i := range c.parts {
			keys[i] = c.parts[i].key
		}
		slices.Sort(keys)
		key := strings.Join(keys, "\x00")
		n, known := counted[key]
		if !known {
			whole := partsOf(c.claim.GetValue(), c.claim.GetProtectedValue())
			n = countAll(v.t, v.entailing(v.entailsWhole(whole))).atLeast
			counted[key] = n
		}
		return n
	}
}

// withheldValues says how many claims there are of which it may not be told what
// they say.
func (r *reading) withheldValues() []*tumenv1.Flag {
	n := 0
	for i := range r.claims {
		if r.claims[i].hidden {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	text := "what 1 claim says is withheld from you; values, what agrees and flags are without it"
	if n > 1 {
		text = fmt.Sprintf("what %d claims say is withheld from you; values, what agrees and flags are without it", n)
	}
	return []*tumenv1.Flag{{Kind: tumenv1.FlagKind_FLAG_KIND_VALUES_WITHHELD, Text: text}}
}
