package verification

import (
	"fmt"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// maxReasons limits how many reasons of staleness are told.
const maxReasons = 100

// Stale says in what a decided finding differs from what was approved; empty
// means that it is not stale, and so does any state that is no outcome. The
// outcome never changes by itself.
//
// Now is the support recomputed for the finding's conclusion, in the same way as
// when it was approved; current has all active claims on the aspect with their
// sources, origins and ties, as EvidenceOf was given them (claims that are no
// longer active may be among them, to say what became of them); approved has the
// records that [ChangedEvidence] lists, in the revision that was approved. A
// changed record that is missing from approved counts as a difference.
//
// What makes a finding stale:
//   - recomputed support: a range, the origins, their bases and groups, unknown
//     origins and cycles of any stance; the same of the determined value; the
//     range of any other value that was asserted; what agrees; flags;
//   - a grade: of any claim or source in the evidence;
//   - evidence: a claim on the aspect that is new (be it one that repeats what is
//     counted, or doesn't confirm), retracted, superseded, deleted, no longer on
//     this subject and aspect, or changed in what it says or how it is known; a
//     source that was deleted or changed in its basis or in what it says of its
//     contacts.
//
// What doesn't: labels, markings, external ids, notes and the reasons of grades;
// a source's title, publisher, address, protected identity and releases; relays
// and ties that change no support.
//
// The reasons carry names, numbers and the labels of values; at most 100.
func Stale(f *tumenv1.Finding, now *tumenv1.Support, current, approved Records) []string {
	if !Outcome(f.GetState()) {
		return nil
	}
	then := f.GetApprovedSupport()
	var reasons []string
	switch {
	case then == nil:
		reasons = append(reasons, "no support was stored when it was approved")
	case now == nil:
		reasons = append(reasons, "the support could not be recomputed")
	default:
		reasons = supportChanges(then, now)
	}
	reasons = append(reasons, evidenceChanges(f, now, current, approved)...)
	if len(reasons) > maxReasons {
		reasons = append(reasons[:maxReasons-1:maxReasons-1], fmt.Sprintf("and %d more", len(reasons)-maxReasons+1))
	}
	return reasons
}

// evidenceChanges compares records.
func evidenceChanges(f *tumenv1.Finding, now *tumenv1.Support, current, approved Records) []string {
	var reasons []string
	stored := map[string]int64{}
	for _, e := range f.GetApprovedEvidence() {
		stored[e.GetName()] = e.GetRevision()
	}
	for _, name := range sortedKeys(current.Claims) {
		if _, ok := stored[name]; !ok && speaksTo(f, current.Claims[name]) {
			reasons = append(reasons, fmt.Sprintf("%s is new (%s)", name, stanceWords(current.Claims[name].GetStance())))
		}
	}
	needed := neededSources(now, current)
	for _, name := range sortedKeys(stored) {
		at := stored[name]
		switch {
		case strings.Contains(name, "/claims/"):
			reasons = append(reasons, claimDiffers(f, name, at, current.Claims[name], approved.Claims[name])...)
		case strings.HasPrefix(name, "sources/"):
			if s := current.Sources[name]; s != nil || needed[name] {
				reasons = append(reasons, sourceDiffers(name, at, s, approved.Sources[name])...)
			}
		}
	}
	return reasons
}

func claimDiffers(f *tumenv1.Finding, name string, at int64, now, then *tumenv1.Claim) []string {
	switch {
	case now == nil:
		return []string{name + " no longer stands"}
	case now.GetDeleteTime() != nil:
		return []string{name + " was deleted"}
	case !standing(now):
		return []string{fmt.Sprintf("%s is %s", name, enumWords(now.GetState().String(), "CLAIM_STATE_"))}
	case !speaksTo(f, now):
		return []string{name + " no longer speaks to this aspect of this subject"}
	case now.GetRevision() == at:
		return nil
	case then == nil, then.GetRevision() != at:
		return []string{revised(name, now.GetRevision(), at)}
	}
	return claimChanges(then, now)
}

func sourceDiffers(name string, at int64, now, then *tumenv1.Source) []string {
	switch {
	case now == nil:
		return []string{name + " is missing"}
	case now.GetDeleteTime() != nil:
		return []string{name + " was deleted"}
	case now.GetRevision() == at:
		return nil
	case then == nil, then.GetRevision() != at:
		return []string{revised(name, now.GetRevision(), at)}
	}
	return sourceChanges(then, now)
}

func revised(name string, now, at int64) string {
	return fmt.Sprintf("%s was changed: revision %d, approved at %d", name, now, at)
}

// neededSources are the sources without which the evidence can't be compared.
func neededSources(now *tumenv1.Support, current Records) map[string]bool {
	needed := map[string]bool{}
	for _, c := range current.Claims {
		if standing(c) {
			needed[c.GetSource()] = true
		}
	}
	for _, stance := range []*tumenv1.StanceSupport{now.GetSupporting(), now.GetDenying(), now.GetNotConfirming()} {
		for name := range outlineOf(stance).origins {
			needed[name] = true
		}
	}
	return needed
}

// supportChanges compares the support that was stored with the recomputed one.
func supportChanges(then, now *tumenv1.Support) []string {
	var reasons []string
	for _, stance := range []struct {
		words     string
		then, now *tumenv1.StanceSupport
	}{
		{"supporting", then.GetSupporting(), now.GetSupporting()},
		{"denying", then.GetDenying(), now.GetDenying()},
		{"not confirming", then.GetNotConfirming(), now.GetNotConfirming()},
	} {
		reasons = append(reasons, stanceChanges(stance.words, stance.then, stance.now)...)
	}
	reasons = append(reasons, valueChanges(then.GetValues(), now.GetValues())...)
	reasons = append(reasons, setChanges("what agrees", agreements(then), agreements(now))...)
	return append(reasons, setChanges("flags", flags(then), flags(now))...)
}

// stanceChanges compares ranges, origins, groups, unknown origins and cycles.
func stanceChanges(words string, then, now *tumenv1.StanceSupport) []string {
	var reasons []string
	if a, b := rangeOf(then), rangeOf(now); a != b {
		reasons = append(reasons, fmt.Sprintf("%s: independent origins %s, approved at %s", words, b, a))
	}
	a, b := outlineOf(then), outlineOf(now)
	for _, name := range sortedKeys(b.origins) {
		if _, ok := a.origins[name]; !ok {
			reasons = append(reasons, fmt.Sprintf("%s: %s is a new origin", words, name))
		}
	}
	var regrouped []string
	for _, name := range sortedKeys(a.origins) {
		was := a.origins[name]
		is, ok := b.origins[name]
		switch {
		case !ok:
			reasons = append(reasons, fmt.Sprintf("%s: %s is no longer an origin", words, name))
			continue
		case was.basis != is.basis:
			reasons = append(reasons, fmt.Sprintf("%s: basis of %s is %s, approved as %s", words, name, is.basis, was.basis))
		case was.claims != is.claims:
			reasons = append(reasons, fmt.Sprintf("%s: other claims go back to %s", words, name))
		}
		if was.group != is.group {
			regrouped = append(regrouped, name)
		}
	}
	if len(regrouped) > 0 {
		reasons = append(reasons, fmt.Sprintf("%s: grouped otherwise: %s", words, listed(regrouped, ", ")))
	}
	reasons = append(reasons, setChanges(words+", unknown origins", a.unknown, b.unknown)...)
	return append(reasons, setChanges(words+", cycles", a.cycles, b.cycles)...)
}

// valueChanges compares what supports the determined value in full, and the
// range of every other value that was asserted then and is now. Values that came
// or went did so with their claims.
func valueChanges(then, now []*tumenv1.ValueSupport) []string {
	var reasons []string
	current := map[string]*tumenv1.ValueSupport{}
	for _, v := range now {
		current[valueKey(v)] = v
	}
	for _, was := range then {
		is := current[valueKey(was)]
		name := was.GetLabel()
		if name == "" {
			name = "a value"
		}
		switch {
		case was.GetDetermined():
			reasons = append(reasons, stanceChanges("the determined value", was.GetSupport(), is.GetSupport())...)
		case is != nil && rangeOf(was.GetSupport()) != rangeOf(is.GetSupport()):
			reasons = append(reasons, fmt.Sprintf("%s: independent origins %s, approved at %s",
				name, rangeOf(is.GetSupport()), rangeOf(was.GetSupport())))
		}
	}
	return reasons
}

func valueKey(v *tumenv1.ValueSupport) string {
	if v.GetDetermined() {
		return "determined"
	}
	return v.GetLabel() + "\x00" + sortedList(v.GetAssertedBy())
}

func setChanges(words string, then, now map[string]bool) []string {
	came, went := 0, 0
	for k := range now {
		if !then[k] {
			came++
		}
	}
	for k := range then {
		if !now[k] {
			went++
		}
	}
	if came+went == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %d that were not approved, %d gone", words, came, went)}
}

func sortedList(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(names, ",")
}

func stanceWords(s tumenv1.Stance) string { return enumWords(s.String(), "STANCE_") }
