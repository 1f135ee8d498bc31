package verification

import (
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// Lower and upper bound of each band in per cent (ICD-203).
var percent = map[tumenv1.Likelihood][2]int{1: {1, 5}, 2: {5, 20}, 3: {20, 45}, 4: {45, 55}, 5: {55, 80}, 6: {80, 95}, 7: {95, 99}}

// atLeastPercent is what each standard leaves at the least of a band's bounds.
var atLeastPercent = map[tumenv1.StandardOfProof]int{0: 0, 1: 5, 2: 20, 3: 50, 4: 80, 5: 95}

func TestLikelihoodAgainstOutcomeAndStandard(t *testing.T) {
	for outcome := tumenv1.FindingState(4); outcome <= 9; outcome++ {
		for standard, floor := range atLeastPercent {
			for l, band := range percent {
				low, high := band[0], band[1]
				if outcome == tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE {
					low, high = 100-band[1], 100-band[0] // of its being wrong
				}
				fitsOutcome := low > 50
				if !Affirms(outcome) && outcome != tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE {
					fitsOutcome = low >= 5 && high <= 95
				}
				fitsStandard := low >= floor
				var got []string
				for _, g := range likelihoodGaps(&tumenv1.Conclusion{Outcome: outcome, Standard: standard, Likelihood: l}) {
					got = append(got, g.reason)
				}
				var want []string
				if !fitsOutcome {
					want = append(want, "LIKELIHOOD_CONTRADICTS_OUTCOME")
				}
				if !fitsStandard {
					want = append(want, "LIKELIHOOD_CONTRADICTS_STANDARD")
				}
				if len(got) != len(want) || (len(got) > 0 && got[0] != want[0]) {
					t.Errorf("%s, %s, %s: got %v, want %v", Words(outcome), standard, l, got, want)
				}
			}
			if gaps := likelihoodGaps(&tumenv1.Conclusion{Outcome: outcome, Standard: standard}); gaps != nil {
				t.Errorf("%s, %s: no likelihood was given, yet %v", Words(outcome), standard, gaps)
			}
		}
	}
}
