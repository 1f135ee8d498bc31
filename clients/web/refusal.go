package web

import (
	"cmp"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
)

// reasonPrefix is that of the ids under which the catalogues have the reasons for which the
// server refuses something.
const reasonPrefix = "refusal."

// reasonWords is a reason of the server's in the reader's language; empty where the
// catalogues don't have it.
func (v *visit) reasonWords(reason string) string {
	if id := reasonPrefix + strings.ToLower(reason); reason != "" && v.say().Knows(id) {
		return v.say().Say(id)
	}
	return ""
}

// refusedWords is why the server refused, in the reader's language where the catalogues
// have it, else in its own words.
func (v *visit) refusedWords(e *client.Error) string {
	return cmp.Or(v.reasonWords(e.Reason), e.Message, v.say().Say("layout.internal"))
}

// guardFields are the fields of a proposal that the reasons of guards are about.
var guardFields = map[string]string{
	"RATIONALE_MISSING": "rationale", "STANDARD_TOO_LOW": "standard", "STANDARD_UNKNOWN": "standard", "CONFIDENCE_UNKNOWN": "confidence",
	"LIKELIHOOD_UNKNOWN": "likelihood", "LIKELIHOOD_CONTRADICTS_OUTCOME": "likelihood", "LIKELIHOOD_CONTRADICTS_STANDARD": "likelihood",
	"NOT_AN_OUTCOME": "outcome", "NOTHING_DISPUTES_IT": "outcome", "TRIED_MISSING": "tried",
	"CONTRARY_MISSING": "contrary", "CONTRARY_ONLY_OFFICIAL": "contrary", "CONTRARY_NOT_STANDING": "contrary", "CONTRARY_DOES_NOT_CONTRADICT": "contrary",
	"DENIAL_NOT_ADDRESSED": "addressed_denials[0].rationale", "DENIAL_NOT_STANDING": "addressed_denials[0].origin",
	"INDEPENDENCE_MISSING": "independence[0].a", "INDEPENDENCE_SAME_ORIGIN": "independence[0].a", "INDEPENDENCE_NOT_COUNTED": "independence[0].a",
	"INDEPENDENCE_TIED": "independence[0].a", "INDEPENDENCE_NOT_EXPLAINED": "independence[0].why",
}

// refusedStep is what stands against a step: each field that is wrong, each reason of a
// guard with the records that it concerns, or why else the server refuses.
func (v *visit) refusedStep(t *taking, e *client.Error) []entry.Fault {
	if len(e.Violations) > 0 {
		prefix := t.field
		if prefix != "" {
			prefix += "."
		}
		return violations(prefix, e)
	}
	var faults []entry.Fault
	for reason := range strings.SplitSeq(cmp.Or(e.Metadata["missing"], e.Reason), ",") {
		path := guardFields[reason]
		if t.form.Leaf(path) == nil {
			path = ""
		}
		if words := v.reasonWords(reason); words != "" {
			faults = append(faults, entry.Fault{Path: path, Problem: entry.Refused, Words: words})
		}
	}
	if len(faults) == 0 {
		return []entry.Fault{{Problem: entry.Refused, Words: v.refusedWords(e)}}
	}
	if concerned := v.concerned(t, e); concerned != "" {
		faults = append(faults, entry.Fault{Problem: entry.Refused, Words: v.say().Say("refusal.concerns", "records", concerned)})
	}
	return faults
}

// concerned is what the records are called that a guard's refusal is about.
func (v *visit) concerned(t *taking, e *client.Error) string {
	var all []string
	for _, names := range []string{e.Metadata["origin"], e.Metadata["record"]} {
		for name := range strings.SplitSeq(names, ",") {
			if labels.KindOf(name) != "" {
				all = append(all, t.shelf.Label(name))
			}
		}
	}
	return strings.Join(all, "; ")
}
