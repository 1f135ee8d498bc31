package verification

import (
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// A likelihood is that of what was reported being so. Each outcome and each
// standard leaves a range of bands; the numbers of the contract rise with the
// band, from almost no chance (1) to almost certain (7).
type bands struct {
	lowest, highest tumenv1.Likelihood
	why             string
}

// ofOutcome: an outcome that affirms says "rather so than not", so a likelihood
// that does not lie wholly above one half contradicts it; found inaccurate says
// "rather not so", the mirror image; disputed and unverifiable say that the
// evidence does not settle it, which neither of the outermost bands agrees with.
var ofOutcome = map[tumenv1.FindingState]bands{
	tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE: aboveHalf,
	tumenv1.FindingState_FINDING_STATE_CORROBORATED:           aboveHalf,
	tumenv1.FindingState_FINDING_STATE_VERIFIED:               aboveHalf,
	tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE:       belowHalf,
	tumenv1.FindingState_FINDING_STATE_DISPUTED:               unsettled,
	tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE:           unsettled,
}

var (
	aboveHalf = bands{
		tumenv1.Likelihood_LIKELIHOOD_LIKELY, tumenv1.Likelihood_LIKELIHOOD_ALMOST_CERTAIN,
		"the outcome says that it is so, which needs a likelihood above one half",
	}
	belowHalf = bands{
		tumenv1.Likelihood_LIKELIHOOD_ALMOST_NO_CHANCE, tumenv1.Likelihood_LIKELIHOOD_UNLIKELY,
		"the outcome says that it is not so, which needs a likelihood below one half",
	}
	unsettled = bands{
		tumenv1.Likelihood_LIKELIHOOD_VERY_UNLIKELY, tumenv1.Likelihood_LIKELIHOOD_VERY_LIKELY,
		"the outcome says that the evidence does not settle it, which near certainty contradicts",
	}
)

// floorOf: what a standard, once met, leaves at least. Reasonable suspicion
// needs more than a bare possibility; reasonable grounds may fall short of one
// half, but not by far; the balance of probabilities is above one half; clear
// and convincing, and beyond reasonable doubt, are the two highest bands.
var floorOf = map[tumenv1.StandardOfProof]tumenv1.Likelihood{
	tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_SUSPICION:     tumenv1.Likelihood_LIKELIHOOD_VERY_UNLIKELY,
	tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS:       tumenv1.Likelihood_LIKELIHOOD_UNLIKELY,
	tumenv1.StandardOfProof_STANDARD_OF_PROOF_BALANCE_OF_PROBABILITIES: tumenv1.Likelihood_LIKELIHOOD_LIKELY,
	tumenv1.StandardOfProof_STANDARD_OF_PROOF_CLEAR_AND_CONVINCING:     tumenv1.Likelihood_LIKELIHOOD_VERY_LIKELY,
	tumenv1.StandardOfProof_STANDARD_OF_PROOF_BEYOND_REASONABLE_DOUBT:  tumenv1.Likelihood_LIKELIHOOD_ALMOST_CERTAIN,
}

// ofStandard is the range that a standard leaves. For found inaccurate the
// standard is met by the inaccuracy, so that the range is turned round.
func ofStandard(s tumenv1.StandardOfProof, outcome tumenv1.FindingState) (bands, bool) {
	floor, ok := floorOf[s]
	if !ok {
		return bands{}, false
	}
	const lowest, highest = tumenv1.Likelihood_LIKELIHOOD_ALMOST_NO_CHANCE, tumenv1.Likelihood_LIKELIHOOD_ALMOST_CERTAIN
	why := "the standard of proof " + standardWords(s) + " says otherwise"
	if outcome == tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE {
		return bands{lowest, lowest + highest - floor, why}, true
	}
	return bands{floor, highest, why}, true
}

// likelihoodGaps: a likelihood is optional; one that is given must not
// contradict outcome or standard.
func likelihoodGaps(c *tumenv1.Conclusion) []gap {
	l := c.GetLikelihood()
	if l == tumenv1.Likelihood_LIKELIHOOD_UNSPECIFIED || !known(tumenv1.Likelihood_name, l) {
		return nil // unknown numbers are a gap of their own
	}
	var gaps []gap
	if b, ok := ofOutcome[c.GetOutcome()]; ok && !b.has(l) {
		gaps = append(gaps, missing("LIKELIHOOD_CONTRADICTS_OUTCOME",
			"likelihood %s contradicts the outcome: %s; choose %s, or leave it out", likelihoodWords(l), b.why, b.words()))
	}
	if b, ok := ofStandard(c.GetStandard(), c.GetOutcome()); ok && !b.has(l) {
		gaps = append(gaps, missing("LIKELIHOOD_CONTRADICTS_STANDARD",
			"likelihood %s contradicts the standard: %s; choose %s, or leave it out", likelihoodWords(l), b.why, b.words()))
	}
	return gaps
}

func (b bands) has(l tumenv1.Likelihood) bool { return l >= b.lowest && l <= b.highest }

func (b bands) words() string {
	if b.lowest == b.highest {
		return likelihoodWords(b.lowest)
	}
	return likelihoodWords(b.lowest) + " to " + likelihoodWords(b.highest)
}

func likelihoodWords(l tumenv1.Likelihood) string { return enumWords(l.String(), "LIKELIHOOD_") }

func standardWords(s tumenv1.StandardOfProof) string {
	return enumWords(s.String(), "STANDARD_OF_PROOF_")
}

func enumWords(name, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", " "))
}
