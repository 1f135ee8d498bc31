package verification

import (
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// denialGaps: every denying origin has to be weighed. Grades don't matter here:
// what never helps a guard can still stand against it.
func (w *weighing) denialGaps() []gap {
	addressed := map[string]bool{}
	for _, a := range w.Conclusion.GetAddressedDenials() {
		if !blank(a.GetRationale()) {
			addressed[a.GetOrigin()] = true
		}
	}
	var open []string
	for _, origin := range w.deniers() {
		if !addressed[origin] {
			open = append(open, origin)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return []gap{missing("DENIAL_NOT_ADDRESSED",
		"the denial by %s stands; say for each how it was weighed", listed(open, ", ")).about(open...)}
}

// addressedGaps: who is said to deny has to. A statement on a denial that nobody
// made is refused under every outcome: it would be shown with the finding.
func (w *weighing) addressedGaps() []gap {
	if len(w.Conclusion.GetAddressedDenials()) == 0 {
		return nil
	}
	standing := w.deniers()
	var idle []string
	for _, a := range w.Conclusion.GetAddressedDenials() {
		if !slices.Contains(standing, a.GetOrigin()) {
			idle = appendNew(idle, a.GetOrigin())
		}
	}
	if len(idle) == 0 {
		return nil
	}
	return []gap{missing("DENIAL_NOT_STANDING",
		"no denial by %s stands; name only origins that deny%s", listed(idle, ", "), inParentheses(standing)).about(idle...)}
}

// deniers lists the denying origins: those that corroboration counted, for a
// claim whose origin is not known its source, and the source of every standing
// denial that appears in neither (one that contradicts itself, say), so that
// none is lost. Sorted.
func (w *weighing) deniers() []string {
	denying := w.Support.GetDenying()
	names, told := map[string]bool{}, map[string]bool{}
	for _, group := range denying.GetGroups() {
		for _, origin := range group.GetOrigins() {
			names[origin.GetSource()] = true
			for _, c := range origin.GetClaims() {
				told[c] = true
			}
		}
	}
	for _, left := range denying.GetLeftOut() {
		if left.GetReason() == tumenv1.LeftOutReason_LEFT_OUT_REASON_REPEATS_COUNTED_ORIGIN {
			told[left.GetClaim()] = true
		}
	}
	for _, u := range denying.GetUnresolved() {
		source := u.GetSource()
		if source == "" {
			source = w.Claims[u.GetClaim()].GetSource()
		}
		names[source] = true
		told[u.GetClaim()] = true
	}
	for source, claims := range w.bySource {
		for _, c := range claims {
			if c.GetStance() == tumenv1.Stance_STANCE_DENIES && !told[c.GetName()] {
				names[source] = true
			}
		}
	}
	delete(names, "")
	return sortedSet(names)
}

// disputeGaps: an active denial, or a disagreeing value. Whether the evidence
// settles it is the reviewer's judgement, in the rationale.
func (w *weighing) disputeGaps() []gap {
	v := w.values()
	for _, name := range sortedKeys(w.Claims) {
		if w.denies(name) || v.disagrees(name) {
			return nil
		}
	}
	return []gap{missing("NOTHING_DISPUTES_IT",
		"no active denial stands and no value disagrees (what is graded 5 or comes from a source graded E does not count)")}
}

// denies says whether a claim is a standing denial that may count. Its origin
// must not be graded E either, nor be left out because it takes another stance.
func (w *weighing) denies(name string) bool {
	c := w.Claims[name]
	if !w.mayCount(c) || c.GetStance() != tumenv1.Stance_STANCE_DENIES {
		return false
	}
	denying := w.Support.GetDenying()
	for _, u := range denying.GetUnresolved() {
		if u.GetClaim() == name {
			return true
		}
	}
	for _, origin := range originsOf(denying, name) {
		if reliable(w.Sources[origin.GetSource()]) {
			return true
		}
	}
	return false
}

func (w *weighing) mayCount(c *tumenv1.Claim) bool {
	return w.speaks(c) && Countable(c, w.Sources[c.GetSource()])
}

// contraryGaps: each claim that is named as contrary stands, and contradicts;
// for found inaccurate one has to go beyond what an authority says for itself.
//
// Which authority is accused is not recorded, so every origin that is an
// official statement is taken as possibly its own; it may add to contrary
// evidence, never be all of it, whether it denies or gives another value. A
// claim whose origin is not known may go back to such a statement, and is not
// enough either.
func (w *weighing) contraryGaps() []gap {
	var gaps []gap
	inaccurate := w.outcome == tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE
	named := w.Conclusion.GetContrary()
	if inaccurate && len(named) == 0 {
		return []gap{missing("CONTRARY_MISSING", "name the claims that show it wrong")}
	}
	v := w.values()
	beyond := false
	for _, name := range named {
		c := w.Claims[name]
		switch {
		case !w.speaks(c):
			gaps = append(gaps, missing("CONTRARY_NOT_STANDING",
				"%s is not an active claim on this aspect", name).naming(name))
		case c.GetStance() != tumenv1.Stance_STANCE_DENIES && !v.differs(name):
			gaps = append(gaps, missing("CONTRARY_DOES_NOT_CONTRADICT",
				"%s neither denies it nor gives a value that disagrees", name).naming(name))
		default:
			beyond = beyond || w.beyondAuthority(name)
		}
	}
	if inaccurate && !beyond {
		gaps = append(gaps, missing("CONTRARY_ONLY_OFFICIAL",
			"contrary evidence beyond what an authority says is needed: a claim whose origin is known and no official statement (what is graded 5 or comes from a source graded E does not count)").
			naming(named...))
	}
	return gaps
}

// beyondAuthority says whether a contrary claim counts and goes back to an origin
// that does not speak for an authority.
func (w *weighing) beyondAuthority(name string) bool {
	c := w.Claims[name]
	if !w.mayCount(c) || w.basis(c) == tumenv1.Basis_BASIS_OFFICIAL_STATEMENT {
		return false
	}
	support := w.Support.GetSupporting()
	if c.GetStance() == tumenv1.Stance_STANCE_DENIES {
		support = w.Support.GetDenying()
	}
	for _, origin := range originsOf(support, name) {
		source := w.Sources[origin.GetSource()]
		if reliable(source) && origin.GetBasis() != tumenv1.Basis_BASIS_OFFICIAL_STATEMENT &&
			(origin.GetBasis() != tumenv1.Basis_BASIS_UNSPECIFIED || source.GetBasis() != tumenv1.Basis_BASIS_OFFICIAL_STATEMENT) {
			return true
		}
	}
	return false
}

// originsOf lists the counted origins that a claim fell to.
func originsOf(support *tumenv1.StanceSupport, claim string) []*tumenv1.Origin {
	var origins []*tumenv1.Origin
	for _, group := range support.GetGroups() {
		for _, origin := range group.GetOrigins() {
			for _, c := range origin.GetClaims() {
				if c == claim {
					origins = append(origins, origin)
				}
			}
		}
	}
	return origins
}

// comparison is which asserted values agree: two claims do where one of the
// maximal agreeing sets has both. Claims in no set (flagged relays, words alone)
// neither agree nor disagree.
type comparison struct {
	w        *weighing
	sets     map[string]map[int]bool // the sets of each claim
	entails  []string                // claims in a set that count and entail the determined value
	measured []string                // claims in a set that count
}

func (w *weighing) values() comparison {
	v := comparison{w: w, sets: map[string]map[int]bool{}}
	for i, set := range w.Support.GetAgreement() {
		for _, name := range set.GetClaims() {
			if v.sets[name] == nil {
				v.sets[name] = map[int]bool{}
			}
			v.sets[name][i] = true
		}
	}
	determined := map[string]bool{}
	if givesValue(w.Situation) {
		for _, name := range w.forValue.claims {
			determined[name] = true
		}
	}
	for _, name := range sortedKeys(v.sets) {
		if c := w.Claims[name]; w.mayCount(c) && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS {
			v.measured = append(v.measured, name)
			if determined[name] {
				v.entails = append(v.entails, name)
			}
		}
	}
	return v
}

// disagrees says whether a claim that counts differs.
func (v comparison) disagrees(name string) bool {
	return v.w.mayCount(v.w.Claims[name]) && v.differs(name)
}

// differs says whether a claim asserts a value that agrees with none of those
// that entail the determined value; where no value is determined, or none that
// counts entails it, whether it disagrees with any other that counts.
func (v comparison) differs(name string) bool {
	if v.sets[name] == nil || v.w.Claims[name].GetStance() != tumenv1.Stance_STANCE_ASSERTS {
		return false
	}
	if len(v.entails) > 0 {
		for _, other := range v.entails {
			if other == name || v.together(name, other) {
				return false
			}
		}
		return true
	}
	for _, other := range v.measured {
		if other != name && !v.together(name, other) {
			return true
		}
	}
	return false
}

func (v comparison) together(a, b string) bool {
	for set := range v.sets[a] {
		if v.sets[b][set] {
			return true
		}
	}
	return false
}
