package verification

import (
	"fmt"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// Records are records of the evidence, by name.
type Records struct {
	Claims  map[string]*tumenv1.Claim
	Sources map[string]*tumenv1.Source
	Ties    map[string]*tumenv1.Tie
}

// EvidenceOf is what approval stores of the evidence: name and revision of the
// active claims on the aspect, of their sources and the origins behind them, and
// of the ties that joined origins, each once, sorted by name. It is also what
// the contributors of a finding are taken from (see [Situation]).
func EvidenceOf(claims map[string]*tumenv1.Claim, sources map[string]*tumenv1.Source, ties map[string]*tumenv1.Tie) []*tumenv1.Evidence {
	revisions := make(map[string]int64, len(claims)+len(sources)+len(ties))
	for name, c := range claims {
		revisions[name] = c.GetRevision()
	}
	for name, s := range sources {
		revisions[name] = s.GetRevision()
	}
	for name, t := range ties {
		revisions[name] = t.GetRevision()
	}
	evidence := make([]*tumenv1.Evidence, 0, len(revisions))
	for _, name := range sortedKeys(revisions) {
		evidence = append(evidence, &tumenv1.Evidence{Name: name, Revision: revisions[name]})
	}
	return evidence
}

// ChangedEvidence picks the claims and sources of a finding's stored evidence
// whose current revision differs: what a caller has to read as it was approved
// before it asks [Stale]. In the order in which they were stored.
func ChangedEvidence(f *tumenv1.Finding, current Records) []*tumenv1.Evidence {
	var changed []*tumenv1.Evidence
	for _, e := range f.GetApprovedEvidence() {
		revision, there := int64(0), false
		if c := current.Claims[e.GetName()]; c != nil {
			revision, there = c.GetRevision(), true
		} else if s := current.Sources[e.GetName()]; s != nil {
			revision, there = s.GetRevision(), true
		}
		if there && revision != e.GetRevision() {
			changed = append(changed, e)
		}
	}
	return changed
}

// notEvidence are the fields of a claim that say nothing of what was said, how
// it is known or how it is graded. Every other field is evidence, those that the
// contract will add included.
var notEvidence = map[string]bool{
	"name": true, "etag": true, "owner": true, "marking": true, "external_ids": true, "labels": true, "free_of_identities": true, "submission": true,
	"revision": true, "create_time": true, "update_time": true, "creator": true, "updater": true,
	"change_reason": true, "withheld": true,
	"subjects": true,                                                                 // the caller asks only whether it still bears on this one
	"state":    true, "superseded_by": true, "supersedes": true, "delete_time": true, // reported as such
	"credibility":        true, // reported as a grade
	"credibility_reason": true, "notes": true,
}

// claimChanges says what of a claim differs that matters to a finding.
func claimChanges(then, now *tumenv1.Claim) []string {
	var changes []string
	if then.GetCredibility() != now.GetCredibility() {
		changes = append(changes, fmt.Sprintf("credibility of %s is %s, approved at %s",
			now.GetName(), gradeNumber(now.GetCredibility()), gradeNumber(then.GetCredibility())))
	}
	var fields []string
	a, b := then.ProtoReflect(), now.ProtoReflect()
	for all, i := a.Descriptor().Fields(), 0; i < all.Len(); i++ {
		field := all.Get(i)
		name := string(field.Name())
		if notEvidence[name] {
			continue
		}
		if a.Has(field) != b.Has(field) || !a.Get(field).Equal(b.Get(field)) {
			fields = append(fields, name)
		}
	}
	if len(fields) > 0 {
		changes = append(changes, fmt.Sprintf("%s was changed: %s", now.GetName(), strings.Join(fields, ", ")))
	}
	return changes
}

// sourceChanges says what of a source differs that matters to a finding: its
// grade, its basis and what it says of its contacts, on which the independence
// of origins was argued. Whom it relays and what it is tied to matter through
// the recomputed support. A title, an address or who speaks for it doesn't.
func sourceChanges(then, now *tumenv1.Source) []string {
	var changes []string
	name := now.GetName()
	if then.GetReliability() != now.GetReliability() {
		changes = append(changes, fmt.Sprintf("reliability of %s is %s, approved at %s",
			name, gradeLetter(now.GetReliability()), gradeLetter(then.GetReliability())))
	}
	if then.GetBasis() != now.GetBasis() {
		changes = append(changes, fmt.Sprintf("basis of %s is %s, approved as %s", name, basisWords(now.GetBasis()), basisWords(then.GetBasis())))
	}
	if then.GetContactNote() != now.GetContactNote() {
		changes = append(changes, fmt.Sprintf("what %s says of its contacts was changed", name))
	}
	return changes
}

func basisWords(b tumenv1.Basis) string { return enumWords(b.String(), "BASIS_") }
