package verification

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// Countable says whether a claim may count towards a guard at all: it stands,
// its source is known and not deleted, it is not graded 5 and its source is not
// graded E. Not graded, 6 and F are unknown, not bad, and may count; a grade
// that the contract does not know may not.
//
// Who computes the support of a value for the guards filters the claims with it
// first (see [Situation]). Support that is shown, and denials that must be
// addressed, are not filtered.
func Countable(claim *tumenv1.Claim, source *tumenv1.Source) bool {
	if !standing(claim) || !reliable(source) || claim.GetSource() != source.GetName() {
		return false
	}
	c := claim.GetCredibility()
	return known(tumenv1.Credibility_name, c) && c != tumenv1.Credibility_CREDIBILITY_IMPROBABLE
}

// reliable says whether what comes from a source may count.
func reliable(s *tumenv1.Source) bool {
	r := s.GetReliability()
	return s != nil && s.GetDeleteTime() == nil &&
		known(tumenv1.Reliability_name, r) && r != tumenv1.Reliability_RELIABILITY_E
}

// CheckCredibility says whether a claim may be graded so. Grade 1, confirmed by
// other independent sources, is accepted only while at least 2 independent
// origins stand: support is that of the claim's own stance and, where it states
// a value, of that value, the claim itself included; nil is none.
//
// Errors: fault.Invalid CREDIBILITY_UNKNOWN for a number that the contract does
// not have; fault.Refused CREDIBILITY_NOT_CONFIRMED with metadata at_least.
func CheckCredibility(c tumenv1.Credibility, support *tumenv1.StanceSupport) error {
	if !known(tumenv1.Credibility_name, c) {
		return fault.Field("claim.credibility", "CREDIBILITY_UNKNOWN", "%d is not a grade of credibility; grades are 1 to 6", int32(c))
	}
	if c == tumenv1.Credibility_CREDIBILITY_CONFIRMED && support.GetAtLeast() < 2 {
		return fault.New(fault.Refused, "CREDIBILITY_NOT_CONFIRMED",
			"credibility 1 means confirmed by other independent sources: at least 2 independent origins are needed, on the recorded links it is at least %d; grade it 2 or 3, or record what confirms it",
			support.GetAtLeast()).With("at_least", decimal(int(support.GetAtLeast())))
	}
	return nil
}

// tally is who counts towards a guard for one value.
type tally struct {
	atLeast  int                 // groups with a grounded origin that counts
	groupOf  map[string]int      // grounded origins that count, with their group
	grounded []string            // the same, in the order of the support
	fell     map[string][]string // claims that count, by the origin (grounded or not) they fell to
	claims   []string            // those claims, each once
}

// count recomputes, from the groups that corroboration found, how many
// independent origins count towards a guard. An origin counts if its source may
// count, no claim of its own here takes another stance, a claim that counts fell
// to it, and, where claims of its own fell to it, one of those counts: else a
// repetition would bring back what is graded out. Whether it is grounded is read
// from the claims that count, for the same reason.
func (w *weighing) count(support *tumenv1.StanceSupport) tally {
	t := tally{groupOf: map[string]int{}, fell: map[string][]string{}}
	seen := map[string]bool{}
	for i, group := range support.GetGroups() {
		counts := false
		for _, origin := range group.GetOrigins() {
			claims := w.counting(origin)
			if len(claims) == 0 {
				continue
			}
			name := origin.GetSource()
			t.fell[name] = claims
			for _, c := range claims {
				if !seen[c] {
					seen[c] = true
					t.claims = append(t.claims, c)
				}
			}
			if _, twice := t.groupOf[name]; !twice && origin.GetGrounded() && w.groundedBy(name, claims) {
				t.groupOf[name] = i
				t.grounded = append(t.grounded, name)
				counts = true
			}
		}
		if counts {
			t.atLeast++
		}
	}
	t.atLeast = min(t.atLeast, int(support.GetAtLeast()))
	return t
}

// counting lists the claims by which an asserting origin counts; none if it
// doesn't.
func (w *weighing) counting(origin *tumenv1.Origin) []string {
	name := origin.GetSource()
	if !reliable(w.Sources[name]) {
		return nil
	}
	ownCounts, own := false, false
	for _, c := range w.bySource[name] {
		if c.GetStance() != tumenv1.Stance_STANCE_ASSERTS {
			return nil
		}
		own = true
		ownCounts = ownCounts || Countable(c, w.Sources[name])
	}
	if own && !ownCounts {
		return nil
	}
	var claims []string
	ownFell, ownFellCounts := false, false
	for _, claim := range origin.GetClaims() {
		c := w.Claims[claim]
		if !w.speaks(c) || c.GetStance() != tumenv1.Stance_STANCE_ASSERTS {
			continue
		}
		isOwn := c.GetSource() == name
		ownFell = ownFell || isOwn
		if Countable(c, w.Sources[c.GetSource()]) {
			claims = append(claims, claim)
			ownFellCounts = ownFellCounts || isOwn
		}
	}
	if ownFell && !ownFellCounts {
		return nil
	}
	return claims
}

// groundedBy says whether an origin is first-hand or has contacts of its own by
// its own claims among these; without any, by what it says of itself.
func (w *weighing) groundedBy(origin string, claims []string) bool {
	own := w.ownAmong(origin, claims)
	if len(own) == 0 {
		return grounded(w.Sources[origin].GetBasis())
	}
	for _, c := range own {
		if grounded(w.basis(w.Claims[c])) {
			return true
		}
	}
	return false
}

// ownAmong picks an origin's own claims.
func (w *weighing) ownAmong(origin string, claims []string) []string {
	var own []string
	for _, c := range claims {
		if w.Claims[c].GetSource() == origin {
			own = append(own, c)
		}
	}
	return own
}

// basis is on what a claim rests: its own word, else its source's.
func (w *weighing) basis(c *tumenv1.Claim) tumenv1.Basis {
	if b := c.GetBasis(); b != tumenv1.Basis_BASIS_UNSPECIFIED {
		return b
	}
	return w.Sources[c.GetSource()].GetBasis()
}

func grounded(b tumenv1.Basis) bool {
	return b == tumenv1.Basis_BASIS_FIRST_HAND || b == tumenv1.Basis_BASIS_OWN_CONTACTS
}

// graded says whether a source's reliability is A or better down to worst.
func graded(s *tumenv1.Source, worst tumenv1.Reliability) bool {
	r := s.GetReliability()
	return r >= tumenv1.Reliability_RELIABILITY_A && r <= worst
}

// credible says whether a claim's credibility is 1 down to worst. Grade 1 is
// taken for what it says only while at least 2 independent origins count.
func (w *weighing) credible(c *tumenv1.Claim, worst tumenv1.Credibility) bool {
	g := c.GetCredibility()
	if g == tumenv1.Credibility_CREDIBILITY_CONFIRMED && w.forValue.atLeast < 2 {
		return false
	}
	return g >= tumenv1.Credibility_CREDIBILITY_CONFIRMED && g <= worst
}
