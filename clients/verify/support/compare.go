package support

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is something in a stored support that does not follow from the
// evidence.
type Difference struct {
	Member string // such as "supporting.at_least"
	Reason string
}

// mostDifferences is where a comparison ends.
const mostDifferences = 10

// Compare works out the support anew and says in what a stored one differs. The
// order of lists and the words of flags are not compared.
//
// In two things a stored support may choose: by which ties it says that origins are
// joined, which have to join them; and which of the claims whose origin is not
// known count, which have to be as many as can have an origin each.
func Compare(e *Evidence, stored *Support) ([]Difference, error) {
	a, err := assess(e)
	if err != nil {
		return nil, err
	}
	c := &comparison{assessment: a, short: slices.ContainsFunc(stored.Flags, func(f Flag) bool { return f.Kind == ListingShortened })}
	c.standing("supporting", a.standings[Asserts], &stored.Supporting)
	c.standing("denying", a.standings[Denies], &stored.Denying)
	c.standing("not_confirming", a.standings[DoesNotConfirm], &stored.NotConfirming)
	c.allValues(stored.Values)
	c.agreements(stored.Agreement)
	c.allFlags(stored.Flags)
	if a.work.left <= 0 {
		return nil, ErrLarge
	}
	return c.found, nil
}

type comparison struct {
	*assessment
	found []Difference
	short bool // the stored support says that it lists values with their counts alone
}

func (c *comparison) differ(member, format string, args ...any) {
	if len(c.found) < mostDifferences {
		c.found = append(c.found, Difference{member, fmt.Sprintf(format, args...)})
	}
}

// number compares two numbers.
func (c *comparison) number(member string, stored, given int) {
	if stored != given {
		c.differ(member, "is %d, and what is shown gives %d", stored, given)
	}
}

// names compares two lists whose order does not matter.
func (c *comparison) names(member string, stored, given []string) {
	c.lines(member, stored, given)
}

// lines compares lists whose items are said in a line each.
func (c *comparison) lines(member string, stored, given []string) {
	count := map[string]int{}
	for _, s := range given {
		count[s]++
	}
	for _, s := range stored {
		if count[s]--; count[s] < 0 {
			c.differ(member, "names %s, which does not follow from what is shown", s)
			return
		}
	}
	for _, s := range given {
		if count[s] > 0 {
			c.differ(member, "leaves out %s", s)
			return
		}
	}
}

func (c *comparison) standing(member string, w *weighed, stored *Standing) {
	c.number(member+".at_least", stored.AtLeast, w.AtLeast)
	c.number(member+".at_most", stored.AtMost, w.AtMost)
	c.names(member+".claims", stored.Claims, w.Claims)
	c.groups(member+".groups", w, stored.Groups)
	c.unresolved(member, w, stored)
	var cycles, given []string
	for _, s := range stored.Cycles {
		cycles = append(cycles, inOrder(s))
	}
	for _, s := range w.Cycles {
		given = append(given, inOrder(s))
	}
	c.lines(member+".cycles", cycles, given)
	c.number(member+".best_reliability", int(stored.Reliability), int(w.Reliability))
	c.number(member+".best_credibility", int(stored.Credibility), int(w.Credibility))
}

func inOrder(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), " and ")
}

// groups compares the origins with what fell to them, and how they are joined.
func (c *comparison) groups(member string, w *weighed, stored []Group) {
	said := func(groups []Group) (lines []string) {
		for _, g := range groups {
			var origins []string
			for _, o := range g.Origins {
				origins = append(origins, fmt.Sprintf("%s (basis %d, grounded %v, by %s)", o.Source, o.Basis, o.Grounded, inOrder(o.Claims)))
			}
			lines = append(lines, fmt.Sprintf("%s: %d known apart, grounded %v", inOrder(origins), g.KnownDistinct, g.Grounded))
		}
		return lines
	}
	before := len(c.found)
	c.lines(member, said(stored), said(w.Groups))
	if len(c.found) > before {
		return
	}
	for _, g := range stored {
		if !c.joined(g) {
			c.differ(member+".joints", "do not join %s by ties that are shown", g.Origins[0].Source)
		}
	}
}

// joined says whether the joints of a group join all of its origins, as few as do
// it, by known ties as far as these go.
func (c *comparison) joined(g Group) bool {
	all, known := joined{}, 0
	for _, j := range g.Joints {
		leads, isKnown := c.bonds.leads(j)
		if !leads || isKnown != j.Known || all.first(j.A) == all.first(j.B) || !g.has(j.A) || !g.has(j.B) {
			return false
		}
		all.join(j.A, j.B)
		if isKnown {
			known++
		}
	}
	return len(g.Joints) == len(g.Origins)-1 && known == len(g.Origins)-g.KnownDistinct
}

func (g Group) has(source string) bool {
	return slices.ContainsFunc(g.Origins, func(o Origin) bool { return o.Source == source })
}

// unresolved compares the claims whose origin is not known, and then what is left
// out, in which those stand that do not count.
func (c *comparison) unresolved(member string, w *weighed, stored *Standing) {
	said := func(list []Unresolved) (lines []string) {
		for _, u := range list {
			lines = append(lines, fmt.Sprintf("%s of %s, perhaps from %s", u.Claim, u.Source, inOrder(u.PossibleOrigins)))
		}
		return lines
	}
	c.lines(member+".unresolved", said(stored.Unresolved), said(w.Unresolved))
	left := slices.Clone(w.LeftOut)
	var counted []int
	for _, i := range w.count.open {
		name := w.web.claims[i].Name
		if slices.ContainsFunc(stored.Unresolved, func(u Unresolved) bool { return u.Claim == name && u.Counted }) {
			counted = append(counted, i)
		} else {
			left = append(left, w.web.notCounted(w.count, i))
		}
	}
	among := !slices.ContainsFunc(counted, func(i int) bool { return !slices.Contains(w.count.waiting, i) })
	if !among || len(counted) != w.count.pairs || w.web.pairs(counted) != w.count.pairs {
		c.differ(member+".unresolved", "counts %d claims, and as many as can have an origin of their own are %d", len(counted), w.count.pairs)
	}
	c.leftOut(member+".left_out", w, stored.LeftOut, left)
}

func (c *comparison) leftOut(member string, w *weighed, stored, given []LeftOut) {
	said := func(list []LeftOut, chosen bool) (lines []string) {
		for _, l := range list {
			origins := inOrder(l.Origins)
			if l.Reason == DiffersFromOrigin { // one of those that it differs from
				from := w.differing[l.Claim]
				origins = "one of " + inOrder(from)
				if chosen && (len(l.Origins) != 1 || !slices.Contains(from, l.Origins[0])) {
					origins = inOrder(l.Origins)
				}
			}
			lines = append(lines, fmt.Sprintf("%s of %s for reason %d (%s)", l.Claim, l.Source, l.Reason, origins))
		}
		return lines
	}
	c.lines(member, said(stored, true), said(given, false))
}

func (c *comparison) allValues(stored []ValueSupport) {
	apart := slices.ContainsFunc(c.values, func(w *weighedValue) bool { return w.whole != nil })
	at, keys := map[string][]int{}, make([]string, len(stored))
	for i := range stored {
		keys[i] = stored[i].key(apart)
		at[keys[i]] = append(at[keys[i]], i)
	}
	for _, w := range c.values {
		key := w.storedKey()
		if len(at[key]) == 0 {
			c.differ("values", "leave out %s", w.name())
			continue
		}
		c.value(w, &stored[at[key][0]])
		at[key] = at[key][1:]
	}
	for i := range stored {
		if slices.Contains(at[keys[i]], i) {
			c.differ("values", "have %q, which no claim states and the finding does not determine, or have it twice", stored[i].Label)
		}
	}
}

// name of a value; a person's has no words.
func (w *weighedValue) name() string {
	if w.label == "" {
		return "what " + strings.Join(w.assertedBy, " and ") + " says"
	}
	return w.label
}

// storedKey is what a stored value has to be found by. A person's says nothing but
// who states it.
func (w *weighedValue) storedKey() string {
	switch {
	case w.part != nil && w.part.kind.personal() || w.whole != nil && w.whole.Personal:
		return fmt.Sprintf("a person's, %v, by %s", w.determined, inOrder(w.assertedBy))
	case w.whole != nil:
		return "whole " + w.whole.Text
	}
	return "part " + w.key
}

// key is that of a stored value; apart says that the determined one is none of the
// parts that claims state.
func (s *ValueSupport) key(apart bool) string {
	switch {
	case s.Value == nil:
		return fmt.Sprintf("a person's, %v, by %s", s.Determined, inOrder(s.AssertedBy))
	case !(apart && s.Determined) && len(s.Value.parts) == 1 && !s.Value.Worded && !s.Value.vague:
		return "part " + s.Value.parts[0].key
	}
	return "whole " + s.Value.Text
}

func (c *comparison) value(w *weighedValue, stored *ValueSupport) {
	member := fmt.Sprintf("values[%s]", w.name())
	if stored.Label != w.label {
		c.differ(member+".label", "reads %q, and the value is %q", stored.Label, w.label)
	}
	if stored.Determined != w.determined {
		c.differ(member+".determined", "is %v, and the finding says otherwise", stored.Determined)
	}
	c.names(member+".asserted_by", stored.AssertedBy, w.assertedBy)
	s := &stored.Support
	if c.short && len(s.Claims)+len(s.Groups)+len(s.LeftOut)+len(s.Unresolved)+len(s.Cycles) == 0 {
		count := c.asserted.web.count(c.asserted.entailing(w.entails))
		c.number(member+".support.at_least", s.AtLeast, count.atLeast())
		c.number(member+".support.at_most", s.AtMost, count.atMost())
		return
	}
	c.standing(member+".support", c.asserted.supportOf(w.entails), s)
}

func (c *comparison) agreements(stored []Agreement) {
	said := func(value *Value, label string, atLeast, atMost int) string {
		keys := "none"
		if value != nil {
			keys = strings.Join(value.keys(), ", ")
			if value.Worded {
				keys += " with words"
			}
		}
		return fmt.Sprintf("%q with at least %d and at most %d (value %s)", label, atLeast, atMost, keys)
	}
	with := func(line string, claims, origins []string) string {
		return line + " of " + inOrder(claims) + " from " + inOrder(origins)
	}
	// Where the listing is short, a set may stand with its counts alone.
	var all, given []string
	bare, full := map[string]int{}, map[string]bool{}
	for _, s := range stored {
		line := said(s.Value, s.Label, s.AtLeast, s.AtMost)
		if c.short && len(s.Claims)+len(s.Origins) == 0 {
			bare[line]++
		} else {
			line = with(line, s.Claims, s.Origins)
			full[line] = true
		}
		all = append(all, line)
	}
	for _, a := range c.agreement {
		value := a.value
		if a.personal {
			value = nil
		}
		line := said(value, a.label, a.atLeast, a.atMost)
		if whole := with(line, a.names, a.origins); bare[line] > 0 && !full[whole] {
			bare[line]--
		} else {
			line = whole
		}
		given = append(given, line)
	}
	c.lines("agreement", all, given)
}

// allFlags compares what a reader is told, word for word left aside.
func (c *comparison) allFlags(stored []Flag) {
	say := func(f Flag) string {
		return fmt.Sprintf("flag %d on claim %q of source %q", f.Kind, f.Claim, f.Source)
	}
	var all, given []string
	for _, f := range stored {
		switch f.Kind {
		case ListingShortened:
		case RelayDiffers:
			all = append(all, say(f)+" for "+f.Origin)
		default:
			all = append(all, say(f))
		}
	}
	for _, f := range c.flags {
		given = append(given, say(f))
	}
	for i := range c.asserted.differs {
		claim := c.webs[Asserts].claims[i]
		line := say(Flag{Kind: RelayDiffers, Claim: claim.Name, Source: claim.Source}) + " for "
		named, anyOf := c.relayFlags(i)
		for _, s := range anyOf {
			if slices.Contains(all, line+s) {
				named = []string{s}
			}
		}
		for _, s := range named {
			given = append(given, line+s)
		}
		if len(named) == 0 && len(anyOf) > 0 {
			given = append(given, line+anyOf[0])
		}
	}
	c.lines("flags", all, given)
}
