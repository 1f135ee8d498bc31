package web

import (
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
)

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
		return v.violations(t.form, prefix, nil, e)
	}
	var faults []entry.Fault
	for _, reason := range reasonsOf(e) {
		path := guardFields[reason]
		if t.form.Leaf(path) == nil {
			path = ""
		}
		if words, ok := v.say().Refusal(reason, e.Metadata); ok {
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
