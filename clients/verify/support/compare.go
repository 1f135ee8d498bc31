package support

import (
	"fmt"
	"slices"
	"strconv"
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
// In three things a stored support may choose: by which ties it says that origins
// are joined, which have to join them; which of the claims whose origin is not known
// count, which have to be as many as can have an origin each; and from which of
// several origins it says that a relay differs.
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
		c.found = append(c.found, Difference{cut(member), cut(fmt.Sprintf(format, args...))})
	}
}

// mostSaid is how much is said of one difference: a group may have thousands of claims.
const mostSaid = 500

func cut(t string) string {
	if r := []rune(t); len(r) > mostSaid {
		return string(r[:mostSaid]) + "…"
	}
	return t
}

// number compares two numbers.
func (c *comparison) number(member string, stored, given int) {
	if stored != given {
		c.differ(member, "is %d, and what is shown gives %d", stored, given)
	}
}

// list compares two lists whose order does not matter, of names or of what is said of
// each item in a line.
func (c *comparison) list(member string, stored, given []string) {
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
	c.list(member+".claims", stored.Claims, w.Claims)
	c.groups(member+".groups", w, stored.Groups)
	c.unresolved(member, w, stored)
	var cycles, given []string
	for _, s := range stored.Cycles {
		cycles = append(cycles, inOrder(s))
	}
	for _, s := range w.Cycles {
		given = append(given, inOrder(s))
	}
	c.list(member+".cycles", cycles, given)
	c.number(member+".best_reliability", int(stored.Reliability), int(w.Reliability))
	c.number(member+".best_credibility", int(stored.Credibility), int(w.Credibility))
}

// inOrder says names in a line that no other names give: in a stored support anything
// may stand for one.
func inOrder(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range slices.Sorted(slices.Values(names)) {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, " and ")
}

// groups compares the origins with what fell to them, and how they are joined.
func (c *comparison) groups(member string, w *weighed, stored []Group) {
	said := func(groups []Group) (lines []string) {
		for _, g := range groups {
			var origins []string
			for _, o := range g.Origins {
				origins = append(origins, fmt.Sprintf("%q (basis %d, grounded %v, by %s)", o.Source, o.Basis, o.Grounded, inOrder(o.Claims)))
			}
			slices.Sort(origins)
			lines = append(lines, fmt.Sprintf("%s: %d known apart, grounded %v", strings.Join(origins, " and "), g.KnownDistinct, g.Grounded))
		}
		return lines
	}
	before := len(c.found)
	c.list(member, said(stored), said(w.Groups))
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
			lines = append(lines, fmt.Sprintf("%q of %q, perhaps from %s", u.Claim, u.Source, inOrder(u.PossibleOrigins)))
		}
		return lines
	}
	c.list(member+".unresolved", said(stored.Unresolved), said(w.Unresolved))
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
			lines = append(lines, fmt.Sprintf("%q of %q for reason %d (%s)", l.Claim, l.Source, l.Reason, origins))
		}
		return lines
	}
	c.list(member, said(stored, true), said(given, false))
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
	c.list("flags", all, given)
}
