package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// finding prints one aspect: who says what, how far that carries, and what has
// been concluded.
func (v *matterView) finding(out *output, f *tumenv1.Finding) {
	out.line("")
	title := "  " + word(f.GetAspect()) + ": " + words(f.GetState())
	if f.GetStale() {
		title += " — STALE"
	}
	out.heading(title)
	for _, reason := range labels.ReasonsInWords(f.GetStaleReasons(), v.label) {
		out.wrapped("    ! ", visible(reason))
	}
	support := f.GetSupport()
	v.speakers(out, support)
	v.stance(out, spokenTo(support), support.GetSupporting())
	v.stance(out, "denied by", support.GetDenying())
	v.stance(out, "not confirmed by", support.GetNotConfirming())
	v.values(out, support, determinedAs(f))
	for _, text := range sorted(support.GetFlags(), v.flagWords) {
		out.wrapped("    ! ", visible(text))
	}
	v.conclusion(out, f)
	for _, w := range f.GetWithheld() {
		out.line("    withheld from you: %s", visible(withheldWords(w)))
	}
}

// spokenTo keeps two things apart: who speaks to an aspect that has values need
// not support any one of them.
func spokenTo(s *tumenv1.Support) string {
	if len(s.GetValues()) > 0 {
		return "spoken to by"
	}
	return "supported by"
}

// speakers lists every claim on the aspect: who, and what they say.
func (v *matterView) speakers(out *output, support *tumenv1.Support) {
	stances := []struct {
		verb    string
		support *tumenv1.StanceSupport
	}{
		{"asserts", support.GetSupporting()},
		{"denies", support.GetDenying()},
		{"cannot confirm", support.GetNotConfirming()},
	}
	for _, stance := range stances {
		for _, text := range sorted(stance.support.GetClaims(), v.spoken) {
			out.wrapped("    "+pad(stance.verb, 16), visible(text))
		}
	}
}

// spoken is who makes a claim, and what it says.
func (v *matterView) spoken(name string) string {
	c := v.claims[name]
	if c.GetSource() == "" {
		return "(a claim that you cannot see)"
	}
	text := v.sourceLabel(c.GetSource())
	if said := firstOf(valueWords(c.GetValue(), v.called), v.protected(c)); said != "" {
		text += " — " + said
	}
	if len(c.GetRelays()) > 0 {
		text += " — relays " + v.list(c.GetRelays())
	}
	return annotated(text, grades(v.sources[c.GetSource()], c))
}

func (v *matterView) protected(c *tumenv1.Claim) string {
	if text := protectedWords(c.GetProtectedValue()); text != "" {
		return text
	}
	for _, w := range c.GetWithheld() {
		if w.GetProtection() == tumenv1.Protection_PROTECTION_IDENTITY {
			return "(withheld)"
		}
	}
	return ""
}

// grades are both grades in the usual short form: B2; ? for none.
func grades(s *tumenv1.Source, c *tumenv1.Claim) string {
	if s.GetReliability() == 0 && c.GetCredibility() == 0 {
		return ""
	}
	return firstOf(word(s.GetReliability()), "?") + firstOf(word(c.GetCredibility()), "?")
}

// originWords: "at least 2, at most 4 independent origins on the recorded links".
func originWords(s *tumenv1.StanceSupport) string {
	noun := "independent origins"
	if s.GetAtMost() == 1 {
		noun = "independent origin"
	}
	return fmt.Sprintf("at least %d, at most %d %s on the recorded links", s.GetAtLeast(), s.GetAtMost(), noun)
}

// stance says how many independent origins there are, and why.
func (v *matterView) stance(out *output, verb string, s *tumenv1.StanceSupport) {
	if len(s.GetClaims()) == 0 && s.GetAtMost() == 0 {
		return
	}
	out.wrapped("    ", verb+" "+originWords(s))
	grounded := slices.ContainsFunc(s.GetGroups(), (*tumenv1.OriginGroup).GetGrounded)
	for _, text := range sorted(s.GetGroups(), func(g *tumenv1.OriginGroup) string { return v.groupWords(g, grounded) }) {
		out.wrapped("      - ", visible(text))
	}
	unresolved, leftOut, opposed := onceEach(s)
	for _, text := range sorted(unresolved, func(u *tumenv1.Unresolved) string { return v.unresolvedWords(u, opposed[u.GetSource()]) }) {
		out.wrapped("      ? ", visible(text))
	}
	for _, text := range sorted(leftOut, v.leftOutWords) {
		out.wrapped("      · ", visible(text))
	}
	for _, text := range sorted(s.GetCycles(), func(c *tumenv1.Cycle) string { return v.list(c.GetSources()) }) {
		out.wrapped("      ! ", visible("they repeat each other: "+text))
	}
}

// onceEach tells of each source once why it adds nothing of its own: as one that
// may add, with what it may go back to, where any of its claims does; else by the
// first reason. opposed are, by source, those of what it may go back to that take
// another stance.
func onceEach(s *tumenv1.StanceSupport) (unresolved []*tumenv1.Unresolved, leftOut []*tumenv1.LeftOut, opposed map[string][]string) {
	told := map[string]bool{}
	opposed = map[string][]string{}
	open := slices.Clone(s.GetUnresolved())
	slices.SortStableFunc(open, func(a, b *tumenv1.Unresolved) int { return first(a.GetCounted(), b.GetCounted()) })
	for _, u := range open {
		if !told[u.GetSource()] {
			told[u.GetSource()] = true
			unresolved = append(unresolved, u)
		}
	}
	for _, l := range s.GetLeftOut() {
		if l.GetReason() == tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE {
			opposed[l.GetSource()] = l.GetOrigins()
		}
		if !told[l.GetSource()] {
			told[l.GetSource()] = true
			leftOut = append(leftOut, l)
		}
	}
	return unresolved, leftOut, opposed
}

func (v *matterView) unresolvedWords(u *tumenv1.Unresolved, opposed []string) string {
	text := v.sourceLabel(u.GetSource()) + ": whom it repeats is not known"
	may := slices.DeleteFunc(slices.Clone(u.GetPossibleOrigins()), func(s string) bool { return slices.Contains(opposed, s) })
	if len(may) > 0 {
		text += "; perhaps " + v.list(may)
	}
	if len(opposed) > 0 {
		text += "; not " + v.list(opposed) + ", with another stance"
	}
	if u.GetCounted() {
		return text + "; adds to at most"
	}
	return text + "; adds nothing"
}

// sorted turns items into sentences, in the order of the keys they begin with:
// the server's order is that of names, which tell a reader nothing.
func sorted[T any](items []T, words func(T) string) []string {
	var texts []string
	for _, item := range items {
		texts = append(texts, words(item))
	}
	slices.SortFunc(texts, labels.Compare)
	return texts
}

// groupWords: "S4 J.M. Missionary Union (own contacts), S6 … — S4 and S6 are
// possibly the same contact".
func (v *matterView) groupWords(g *tumenv1.OriginGroup, someGrounded bool) string {
	text := strings.Join(sorted(g.GetOrigins(), func(o *tumenv1.Origin) string {
		return annotated(v.sourceLabel(o.GetSource()), basisWords(o.GetBasis()))
	}), "; ")
	for _, joint := range sorted(g.GetJoints(), v.jointWords) {
		text += " — " + joint
	}
	switch {
	case g.GetGrounded():
	case someGrounded:
		text += " — not grounded, so only towards at most"
	default:
		text += " — not grounded"
	}
	if g.GetKnownDistinct() > 1 {
		text += fmt.Sprintf(" — counted as 1 in at least, as %d in at most", g.GetKnownDistinct())
	}
	return text
}

func basisWords(b tumenv1.Basis) string {
	if b == tumenv1.Basis_BASIS_UNSPECIFIED || b == tumenv1.Basis_BASIS_NOT_STATED {
		return "basis not stated"
	}
	return words(b)
}

// jointWords says what joins two origins.
func (v *matterView) jointWords(j *tumenv1.Joint) string {
	how := "are possibly the same contact"
	if j.GetKnown() {
		how = "are known to share one origin"
		if len(j.GetTies()) == 1 {
			how = "have the " + words(v.ties[j.GetTies()[0]].GetKind())
		}
	}
	text := strings.Join(sorted([]string{j.GetA(), j.GetB()}, v.label), " and ") + " " + how
	if len(j.GetThrough()) > 0 {
		text += " through " + v.list(j.GetThrough())
	}
	return text
}

func (v *matterView) leftOutWords(l *tumenv1.LeftOut) string {
	source, origins := v.sourceLabel(l.GetSource()), v.list(l.GetOrigins())
	switch l.GetReason() {
	case tumenv1.LeftOutReason_LEFT_OUT_REASON_REPEATS_COUNTED_ORIGIN:
		return source + " adds nothing: it repeats " + firstOf(origins, "an origin that is counted")
	case tumenv1.LeftOutReason_LEFT_OUT_REASON_ORIGIN_TAKES_ANOTHER_STANCE:
		return source + " does not count: " + firstOf(origins, "its origin") + " itself takes another stance"
	case tumenv1.LeftOutReason_LEFT_OUT_REASON_UNRESOLVED_RELAY:
		return source + " does not count: whom it repeats is not known"
	case tumenv1.LeftOutReason_LEFT_OUT_REASON_DOES_NOT_ENTAIL:
		return source + " does not say so much"
	case tumenv1.LeftOutReason_LEFT_OUT_REASON_DIFFERS_FROM_ORIGIN:
		return source + " stands apart: it says something else than " + firstOf(origins, "the one it repeats")
	case tumenv1.LeftOutReason_LEFT_OUT_REASON_CYCLE:
		return source + " does not count: what it repeats leads back to itself"
	}
	return source + " does not count"
}

// values lists how far each value and bound is carried, and what agrees.
func (v *matterView) values(out *output, s *tumenv1.Support, as string) {
	list := slices.Clone(s.GetValues())
	slices.SortStableFunc(list, func(a, b *tumenv1.ValueSupport) int {
		return cmp.Or(first(a.GetDetermined(), b.GetDetermined()), labels.Compare(v.valueText(a, as), v.valueText(b, as)))
	})
	for i, value := range list {
		if i == 0 {
			out.line("    by value")
		}
		out.wrapped("      - ", visible(v.valueText(value, as)))
	}
	headed := false
	for _, text := range v.agreements(s) {
		if !headed {
			headed = true
			out.line("    what agrees")
		}
		out.wrapped("      - ", visible(text))
	}
}

// determinedAs says how the value of a finding's conclusion is marked among others.
func determinedAs(f *tumenv1.Finding) string {
	switch f.GetState() {
	case f.GetConclusion().GetOutcome():
		return " (as determined)"
	case tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW:
		return " (as before this review)"
	}
	return " (as proposed)"
}

func (v *matterView) valueText(value *tumenv1.ValueSupport, as string) string {
	text := firstOf(v.readable(value.GetLabel()), "as claimed in "+v.list(value.GetAssertedBy()))
	if value.GetDetermined() {
		text += as
	}
	text += fmt.Sprintf(": at least %d, at most %d", value.GetSupport().GetAtLeast(), value.GetSupport().GetAtMost())
	if by := v.originsOf(value.GetSupport()); by != "" {
		text += " — " + by
	}
	return text
}

// agreements are the sets of values that agree, the best supported first.
func (v *matterView) agreements(s *tumenv1.Support) []string {
	list := slices.DeleteFunc(slices.Clone(s.GetAgreement()), func(a *tumenv1.Agreement) bool { return saidAlready(s.GetValues(), a) })
	words := func(a *tumenv1.Agreement) string {
		text := firstOf(v.readable(a.GetLabel()), "claims "+v.list(a.GetClaims()))
		return fmt.Sprintf("%s: at least %d, at most %d — %s", text, a.GetAtLeast(), a.GetAtMost(), v.list(a.GetOrigins()))
	}
	slices.SortStableFunc(list, func(a, b *tumenv1.Agreement) int {
		return cmp.Or(cmp.Compare(b.GetAtLeast(), a.GetAtLeast()), cmp.Compare(b.GetAtMost(), a.GetAtMost()), labels.Compare(words(a), words(b)))
	})
	var texts []string
	for _, a := range list {
		texts = append(texts, words(a))
	}
	return texts
}

// first puts what is so before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// saidAlready says whether an agreement is no more than one of the values, as
// carried as that value is.
func saidAlready(values []*tumenv1.ValueSupport, a *tumenv1.Agreement) bool {
	return slices.ContainsFunc(values, func(value *tumenv1.ValueSupport) bool {
		s := value.GetSupport()
		return a.GetLabel() != "" && value.GetLabel() == a.GetLabel() && s.GetAtLeast() == a.GetAtLeast() && s.GetAtMost() == a.GetAtMost()
	})
}

// originsOf are the handles of all origins counted.
func (v *matterView) originsOf(s *tumenv1.StanceSupport) string {
	var names []string
	for _, g := range s.GetGroups() {
		for _, o := range g.GetOrigins() {
			names = append(names, o.GetSource())
		}
	}
	return v.list(names)
}

func (v *matterView) flagWords(f *tumenv1.Flag) string {
	source := v.sourceLabel(f.GetSource())
	switch f.GetKind() {
	case tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS:
		return source + " differs from what it repeats: " + v.label(f.GetOrigin()) + " said something else"
	case tumenv1.FlagKind_FLAG_KIND_RELAY_CYCLE:
		return source + " repeats what leads back to itself"
	case tumenv1.FlagKind_FLAG_KIND_CONTRADICTS_ITSELF:
		return source + " contradicts itself: it takes more than one stance"
	case tumenv1.FlagKind_FLAG_KIND_OUTSIDE_RECORDED_TIME:
		return source + " gives a time that the event's recorded time does not cover"
	}
	return v.readable(f.GetText())
}

// readable is one of the server's own sentences with what records are called here.
func (v *matterView) readable(text string) string { return labels.InWords(text, v.label) }
