package verification

import (
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// CheckPropose says whether the actor's conclusion may be proposed: the finding
// is under review, and the guard of the outcome holds.
//
// Errors: fault.Refused. STATE_FORBIDS_ACTION and NOT_AN_OUTCOME as from [Next].
// Where the guard does not hold, the message says everything that is missing,
// which origin it concerns and what to do; the reason is that of the first. In
// the metadata: guard (the outcome's code: CORROBORATED), action, missing (all
// reasons, comma-separated), at_least (independent origins that count for the
// value), and where they apply origin and record (names, comma-separated, at
// most 10). Reasons, in this order:
//
//   - ASPECT_UNKNOWN, CONFIDENCE_UNKNOWN, STANDARD_UNKNOWN, LIKELIHOOD_UNKNOWN
//   - RATIONALE_MISSING
//   - VALUE_NOT_TAKEN, VALUE_MISSING, VALUE_DOES_NOT_FIT, VALUE_NOT_READABLE
//   - ORIGIN_NOT_GROUNDED, GRADE_TOO_LOW (credible, single source)
//   - ORIGINS_TOO_FEW, INDEPENDENCE_MISSING (corroborated, verified)
//   - INDEPENDENCE_SAME_ORIGIN, INDEPENDENCE_NOT_COUNTED, INDEPENDENCE_TIED,
//     INDEPENDENCE_NOT_EXPLAINED (wherever independence is stated)
//   - DIRECT_EVIDENCE_MISSING, STANDARD_TOO_LOW (verified)
//   - DENIAL_NOT_ADDRESSED (credible, corroborated, verified)
//   - DENIAL_NOT_STANDING (wherever denials are addressed)
//   - NOTHING_DISPUTES_IT (disputed)
//   - CONTRARY_MISSING, CONTRARY_ONLY_OFFICIAL (found inaccurate)
//   - CONTRARY_NOT_STANDING, CONTRARY_DOES_NOT_CONTRADICT (wherever contrary
//     claims are named)
//   - TRIED_MISSING (unverifiable)
//   - LIKELIHOOD_CONTRADICTS_OUTCOME, LIKELIHOOD_CONTRADICTS_STANDARD
//
// fault.Internal SITUATION_INCOMPLETE means that the caller left something out.
func CheckPropose(s Situation) error {
	w, err := weigh(s)
	if err != nil {
		return err
	}
	if _, err := Next(w.Finding.GetState(), Propose, w.outcome); err != nil {
		return err
	}
	return refusal(Propose, w.outcome, w.forValue.atLeast, w.gaps())
}

// CheckApprove says whether the actor may approve the proposal: the finding is
// proposed, the actor is another than its proposer and has recorded, graded or
// linked nothing that it rests on, and the guard of the outcome still holds.
//
// Errors as from [CheckPropose], and before those of the guard: PROPOSER_UNKNOWN,
// APPROVER_PROPOSED, APPROVER_CONTRIBUTED (metadata record: to what).
func CheckApprove(s Situation) error {
	w, err := weigh(s)
	if err != nil {
		return err
	}
	if s.Contributors == nil {
		return fault.New(fault.Internal, "SITUATION_INCOMPLETE", "who contributed to the evidence is missing")
	}
	if _, err := Next(w.Finding.GetState(), Approve, w.outcome); err != nil {
		return err
	}
	return refusal(Approve, w.outcome, w.forValue.atLeast, append(w.approverGaps(), w.gaps()...))
}

// approverGaps: no one decides on their own work.
func (w *weighing) approverGaps() []gap {
	var gaps []gap
	switch w.Finding.GetProposer() {
	case "":
		gaps = append(gaps, missing("PROPOSER_UNKNOWN", "the proposal does not say who made it; return it and propose again"))
	case w.Actor:
		gaps = append(gaps, missing("APPROVER_PROPOSED", "you proposed it; another reviewer has to approve it"))
	}
	if did := w.Contributors[w.Actor]; len(did) > 0 {
		gaps = append(gaps, missing("APPROVER_CONTRIBUTED",
			"you recorded, graded or linked what it rests on (%s); a reviewer who did not has to approve it", listed(did, ", ")).naming(did...))
	}
	return gaps
}

// gaps lists what the conclusion misses, in the order of CheckPropose.
func (w *weighing) gaps() []gap {
	gaps := w.scaleGaps()
	if blank(w.Conclusion.GetRationale()) {
		gaps = append(gaps, missing("RATIONALE_MISSING", "say why: the rationale is empty"))
	}
	gaps = append(gaps, w.valueGaps()...)
	switch w.outcome {
	case tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE:
		gaps = append(gaps, w.singleSourceGaps()...)
	case tumenv1.FindingState_FINDING_STATE_CORROBORATED, tumenv1.FindingState_FINDING_STATE_VERIFIED:
		gaps = append(gaps, w.corroborationGaps()...)
	}
	gaps = append(gaps, w.independenceGaps()...)
	if w.outcome == tumenv1.FindingState_FINDING_STATE_VERIFIED {
		gaps = append(gaps, w.verificationGaps()...)
	}
	if Affirms(w.outcome) {
		gaps = append(gaps, w.denialGaps()...)
	}
	gaps = append(gaps, w.addressedGaps()...)
	if w.outcome == tumenv1.FindingState_FINDING_STATE_DISPUTED {
		gaps = append(gaps, w.disputeGaps()...)
	}
	gaps = append(gaps, w.contraryGaps()...)
	if w.outcome == tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE && blank(w.Conclusion.GetTried()) {
		gaps = append(gaps, missing("TRIED_MISSING", "say what was tried to verify it"))
	}
	return append(gaps, likelihoodGaps(w.Conclusion)...)
}

// scaleGaps refuses numbers that the contract does not have.
func (w *weighing) scaleGaps() []gap {
	c := w.Conclusion
	var gaps []gap
	if a := w.Finding.GetAspect(); !known(tumenv1.Aspect_name, a) || a == tumenv1.Aspect_ASPECT_UNSPECIFIED {
		gaps = append(gaps, missing("ASPECT_UNKNOWN", "the finding is on no known aspect (%d)", int32(a)))
	}
	for _, scale := range []struct {
		known        bool
		reason, name string
		number       int32
	}{
		{known(tumenv1.Confidence_name, c.GetConfidence()), "CONFIDENCE_UNKNOWN", "confidence", int32(c.GetConfidence())},
		{known(tumenv1.StandardOfProof_name, c.GetStandard()), "STANDARD_UNKNOWN", "standard of proof", int32(c.GetStandard())},
		{known(tumenv1.Likelihood_name, c.GetLikelihood()), "LIKELIHOOD_UNKNOWN", "likelihood", int32(c.GetLikelihood())},
	} {
		if !scale.known {
			gaps = append(gaps, missing(scale.reason, "%d is no known %s", scale.number, scale.name))
		}
	}
	return gaps
}

// singleSourceGaps: one grounded origin for the value, graded A–C and 1–3.
func (w *weighing) singleSourceGaps() []gap {
	if w.forValue.atLeast < 1 {
		return []gap{missing("ORIGIN_NOT_GROUNDED",
			"no origin that is first-hand or reports from its own contacts supports the value (what is graded 5 or comes from a source graded E does not count)")}
	}
	for _, origin := range w.forValue.grounded {
		if w.gradedFor(origin, tumenv1.Reliability_RELIABILITY_C, tumenv1.Credibility_CREDIBILITY_POSSIBLY_TRUE) {
			return nil
		}
	}
	var grades []string
	for _, origin := range w.forValue.grounded {
		grades = append(grades, w.gradesOf(origin))
	}
	return []gap{missing("GRADE_TOO_LOW",
		"a grounded origin graded A to C, with a claim graded 1 to 3, is needed (1 only while at least 2 independent origins stand); there is %s", listed(grades, ", ")).
		about(w.forValue.grounded...)}
}

// gradedFor says whether an origin is at least so reliable and a claim by which
// it counts at least so credible. Its own claims decide; only where it has none
// do those that relay it, and then what relays it must be as reliable.
func (w *weighing) gradedFor(origin string, reliability tumenv1.Reliability, credibility tumenv1.Credibility) bool {
	if !graded(w.Sources[origin], reliability) {
		return false
	}
	for _, name := range w.deciding(origin) {
		c := w.Claims[name]
		if w.credible(c, credibility) && graded(w.Sources[c.GetSource()], reliability) {
			return true
		}
	}
	return false
}

func (w *weighing) deciding(origin string) []string {
	fell := w.forValue.fell[origin]
	if own := w.ownAmong(origin, fell); len(own) > 0 {
		return own
	}
	return fell
}

func (w *weighing) gradesOf(origin string) string {
	var numbers []string
	for _, name := range w.deciding(origin) {
		numbers = appendNew(numbers, gradeNumber(w.Claims[name].GetCredibility()))
	}
	return origin + " (" + gradeLetter(w.Sources[origin].GetReliability()) + "; " + strings.Join(numbers, ", ") + ")"
}

// corroborationGaps: at least 2 independent origins for the value, and two of
// them named.
func (w *weighing) corroborationGaps() []gap {
	var gaps []gap
	if w.forValue.atLeast < 2 {
		g := missing("ORIGINS_TOO_FEW",
			"at least 2 independent grounded origins for the value are needed, on the recorded links there is at least %d%s (what is graded 5 or comes from a source graded E does not count)",
			w.forValue.atLeast, inParentheses(w.forValue.grounded))
		gaps = append(gaps, g.about(w.forValue.grounded...))
	}
	if len(w.Conclusion.GetIndependence()) == 0 {
		gaps = append(gaps, missing("INDEPENDENCE_MISSING",
			"name two of the origins and say why their contacts differ%s", inParentheses(w.forValue.grounded)).
			about(w.forValue.grounded...))
	}
	return gaps
}

// independenceGaps: whoever states that two origins are independent names two
// that count for the value, in different groups, and says why. A statement that
// goes against the recorded links is refused under every outcome: it would be
// shown with the finding.
func (w *weighing) independenceGaps() []gap {
	var gaps []gap
	for _, pair := range w.Conclusion.GetIndependence() {
		a, b := pair.GetA(), pair.GetB()
		if a == b {
			gaps = append(gaps, missing("INDEPENDENCE_SAME_ORIGIN", "%s is named twice; name two origins", a).about(a))
			continue
		}
		counted := true
		for _, origin := range []string{a, b} {
			if _, ok := w.forValue.groupOf[origin]; !ok {
				counted = false
				gaps = append(gaps, missing("INDEPENDENCE_NOT_COUNTED",
					"%s is not among the grounded origins that count for the value%s", origin, inParentheses(w.forValue.grounded)).about(origin))
			}
		}
		if counted && w.forValue.groupOf[a] == w.forValue.groupOf[b] {
			gaps = append(gaps, missing("INDEPENDENCE_TIED",
				"%s and %s are tied, so they count as one; name origins of different groups, or record first that these two are separated", a, b).about(a, b))
		}
		if blank(pair.GetWhy()) {
			gaps = append(gaps, missing("INDEPENDENCE_NOT_EXPLAINED", "say why the contacts of %s and %s differ", a, b).about(a, b))
		}
	}
	return gaps
}

// verificationGaps: one entailing claim is first-hand or an examined document or
// image, graded A–B and 1–2; the standard is at least reasonable grounds.
func (w *weighing) verificationGaps() []gap {
	var gaps []gap
	if !w.directEvidence() {
		gaps = append(gaps, missing("DIRECT_EVIDENCE_MISSING",
			"one claim that entails the value has to be first-hand, or an examined document or image (capture, examiner and method), from a source graded A or B and itself graded 1 or 2"))
	}
	if w.Conclusion.GetStandard() < tumenv1.StandardOfProof_STANDARD_OF_PROOF_REASONABLE_GROUNDS {
		gaps = append(gaps, missing("STANDARD_TOO_LOW", "the standard of proof has to be at least reasonable grounds to believe"))
	}
	return gaps
}

func (w *weighing) directEvidence() bool {
	for _, name := range w.forValue.claims {
		c := w.Claims[name]
		direct := w.basis(c) == tumenv1.Basis_BASIS_FIRST_HAND || examined(c)
		if direct && w.credible(c, tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE) &&
			graded(w.Sources[c.GetSource()], tumenv1.Reliability_RELIABILITY_B) {
			return true
		}
	}
	return false
}

// examined says whether a claim cites a capture, the examiner and the method.
func examined(c *tumenv1.Claim) bool {
	e := c.GetExamination()
	return !blank(e.GetCapture()) && !blank(e.GetExaminer()) && !blank(e.GetMethod())
}

func inParentheses(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + listed(names, ", ") + ")"
}
