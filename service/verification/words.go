package verification

import (
	"fmt"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

var stateWords = map[tumenv1.FindingState]string{
	tumenv1.FindingState_FINDING_STATE_REPORTED:               "reported",
	tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW:           "under review",
	tumenv1.FindingState_FINDING_STATE_PROPOSED:               "proposed",
	tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE: "credible, single source",
	tumenv1.FindingState_FINDING_STATE_CORROBORATED:           "corroborated",
	tumenv1.FindingState_FINDING_STATE_VERIFIED:               "verified",
	tumenv1.FindingState_FINDING_STATE_DISPUTED:               "disputed",
	tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE:       "found inaccurate",
	tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE:           "unverifiable",
}

var aspectWords = map[tumenv1.Aspect]string{
	tumenv1.Aspect_ASPECT_OCCURRENCE:     "occurrence",
	tumenv1.Aspect_ASPECT_TIME:           "time",
	tumenv1.Aspect_ASPECT_PLACE:          "place",
	tumenv1.Aspect_ASPECT_COUNT:          "count",
	tumenv1.Aspect_ASPECT_COMPOSITION:    "composition",
	tumenv1.Aspect_ASPECT_RESPONSIBILITY: "responsibility",
	tumenv1.Aspect_ASPECT_PARTICIPATION:  "participation",
	tumenv1.Aspect_ASPECT_CUSTODY_STATUS: "custody status",
	tumenv1.Aspect_ASPECT_NAME:           "name",
	tumenv1.Aspect_ASPECT_BIRTH:          "birth",
	tumenv1.Aspect_ASPECT_IDENTITY:       "identity",
	tumenv1.Aspect_ASPECT_RELATION:       "relation",
}

// Words gives a state in words for people; for a number that the contract does
// not know, "unknown state N".
func Words(s tumenv1.FindingState) string {
	if w, ok := stateWords[s]; ok {
		return w
	}
	return fmt.Sprintf("unknown state %d", int32(s))
}

// AspectWords gives an aspect in words for people; for a number that the
// contract does not know, "unknown aspect N".
func AspectWords(a tumenv1.Aspect) string {
	if w, ok := aspectWords[a]; ok {
		return w
	}
	return fmt.Sprintf("unknown aspect %d", int32(a))
}

// Headline gives an aspect with how far it has come: "occurrence: corroborated".
func Headline(a tumenv1.Aspect, s tumenv1.FindingState) string {
	return AspectWords(a) + ": " + Words(s)
}

// stateCode is the state's name in the contract without its prefix, for
// programs: "CORROBORATED"; an unknown number is printed as such.
func stateCode(s tumenv1.FindingState) string {
	return strings.TrimPrefix(s.String(), "FINDING_STATE_")
}

func gradeLetter(r tumenv1.Reliability) string {
	if r == tumenv1.Reliability_RELIABILITY_UNSPECIFIED {
		return "not graded"
	}
	return strings.TrimPrefix(r.String(), "RELIABILITY_")
}

func gradeNumber(c tumenv1.Credibility) string {
	if c == tumenv1.Credibility_CREDIBILITY_UNSPECIFIED {
		return "not graded"
	}
	return fmt.Sprint(int32(c))
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
