package corroboration_test

import (
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// slow is a second reading of the rules, written for plainness: by name, by
// recursion, by trying everything. It shares no code with the package.
type slow struct {
	m      *matter
	stance tumenv1.Stance
	claims []*tumenv1.Claim // the claims to count
}

func (s *slow) basisOfSource(name string) tumenv1.Basis {
	src := s.m.Sources[name]
	if src == nil || src.DeleteTime != nil || src.Basis == 0 {
		return notStated
	}
	return src.Basis
}

func (s *slow) basis(c *tumenv1.Claim) tumenv1.Basis {
	if c.Basis != 0 {
		return c.Basis
	}
	return s.basisOfSource(c.Source)
}

func (s *slow) relaysOf(name string) (list []string) {
	if src := s.m.Sources[name]; src != nil && src.DeleteTime == nil {
		for _, r := range src.Relays {
			list = append(list, r.Source)
		}
	}
	return list
}

// own are the claims of a source here that take the stance; other says that it
// has claims here that take another.
func (s *slow) own(name string) (list []*tumenv1.Claim, other bool) {
	for _, c := range s.m.Claims {
		if c.Source == name {
			if c.Stance == s.stance {
				list = append(list, c)
			} else {
				other = true
			}
		}
	}
	return list, other
}

// A step of following is a claim ("claim NAME") or a source without one
// ("source NAME").

// behind are the steps that lie behind a source that is relayed.
func (s *slow) behind(name string) (steps []string) {
	own, _ := s.own(name)
	for _, c := range own {
		steps = append(steps, "claim "+c.Name)
	}
	if len(own) == 0 {
		steps = append(steps, "source "+name)
	}
	return steps
}

func (s *slow) claimNamed(name string) *tumenv1.Claim {
	for _, c := range s.m.Claims {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// next says what a step leads to, and whether by naming it.
func (s *slow) next(step string) (steps []string, byName bool) {
	var through []string
	if kind, name := step[:6], step[6:]; kind == "claim " {
		c := s.claimNamed(name)
		switch {
		case s.basis(c) != relayed:
			return nil, true
		case len(c.Relays) > 0:
			through, byName = c.Relays, true
		default:
			through = s.relaysOf(c.Source)
		}
	} else if name := step[7:]; s.stuck(name) {
		through = s.relaysOf(name)
	}
	for _, t := range through {
		steps = append(steps, s.behind(t)...)
	}
	return steps, byName
}

// stuck says that a source is relayed and says nothing here.
func (s *slow) stuck(name string) bool {
	own, other := s.own(name)
	return len(own) == 0 && !other && s.basisOfSource(name) == relayed
}

// originAt is the source that a step ends at, or "".
func (s *slow) originAt(step string) string {
	if step[:6] == "claim " {
		if c := s.claimNamed(step[6:]); s.basis(c) != relayed {
			return c.Source
		}
		return ""
	}
	if s.stuck(step[7:]) {
		return ""
	}
	return step[7:]
}

// reach is every step that one or more links lead to.
func (s *slow) reach(step string, byNameOnly bool) map[string]bool {
	seen := make(map[string]bool)
	var visit func(string)
	visit = func(at string) {
		steps, byName := s.next(at)
		if byNameOnly && !byName {
			return
		}
		for _, to := range steps {
			if !seen[to] {
				seen[to] = true
				visit(to)
			}
		}
	}
	visit(step)
	return seen
}

// knot names the tangle of relays that a step is part of: the first of the
// steps that it leads to and that lead back; "" where nothing leads back.
func (s *slow) knot(step string) string {
	reach := s.reach(step, false)
	if !reach[step] {
		return ""
	}
	first := step
	for to := range reach {
		if to < first && s.reach(to, false)[step] {
			first = to
		}
	}
	return "unknown " + first
}

// known is the first source that known ties join a source with.
func (s *slow) known(name string) string {
	return s.joined(name, func(t *tumenv1.Tie) bool {
		return t.Kind == tumenv1.TieKind_TIE_KIND_SAME_WITNESS || t.Kind == tumenv1.TieKind_TIE_KIND_SAME_CONTACT
	})
}

// any is the first source that any ties join a source with.
func (s *slow) any(name string) string {
	return s.joined(name, func(t *tumenv1.Tie) bool {
		if t.Kind == tumenv1.TieKind_TIE_KIND_SEPARATED {
			return false
		}
		if t.Kind == tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME {
			for _, o := range s.m.Ties {
				if o.Kind == tumenv1.TieKind_TIE_KIND_SEPARATED && (o.A == t.A && o.B == t.B || o.A == t.B && o.B == t.A) {
					return false
				}
			}
		}
		return true
	})
}

func (s *slow) joined(name string, by func(*tumenv1.Tie) bool) string {
	group := []string{name}
	for i := 0; i < len(group); i++ {
		for _, t := range s.m.Ties {
			if t.DeleteTime != nil || !by(t) {
				continue
			}
			if t.A == group[i] && !slices.Contains(group, t.B) {
				group = append(group, t.B)
			}
			if t.B == group[i] && !slices.Contains(group, t.A) {
				group = append(group, t.A)
			}
		}
	}
	return slices.Min(group)
}

// unresolved says whether a claim's origin is not known, and from which steps
// on it is to be sought.
func (s *slow) unresolved(c *tumenv1.Claim) (from []string, ok bool) {
	if s.basis(c) != relayed {
		return nil, false
	}
	if len(c.Relays) == 0 {
		for _, r := range s.relaysOf(c.Source) {
			from = append(from, s.behind(r)...)
		}
		return from, true
	}
	for _, r := range c.Relays {
		if s.stuck(r) {
			from, ok = append(from, "source "+r), true
		}
	}
	return from, ok
}

// possible are the origins that an unresolved claim may go back to, those
// joined by known ties under one name. Unknown ones are named after the knot
// or the claim that they belong to.
func (s *slow) possible(c *tumenv1.Claim) []string {
	from, _ := s.unresolved(c)
	found := make(map[string]bool)
	steps := make(map[string]bool)
	for _, f := range from {
		steps[f] = true
		for to := range s.reach(f, false) {
			steps[to] = true
		}
	}
	for step := range steps {
		if o := s.originAt(step); o != "" {
			if _, other := s.own(o); !other {
				found[s.known(o)] = true
			}
		}
		if k := s.knot(step); k != "" {
			found[k] = true
		}
		if step[:6] == "claim " {
			if d := s.claimNamed(step[6:]); d != c {
				if _, open := s.unresolved(d); open && s.hasUnknownOfItsOwn(d) {
					found["unknown "+step] = true
				}
			}
		}
	}
	if len(found) == 0 {
		found["unknown claim "+c.Name] = true
		if k := s.knot("claim " + c.Name); k != "" {
			delete(found, "unknown claim "+c.Name)
			found[k] = true
		}
	}
	var list []string
	for f := range found {
		list = append(list, f)
	}
	slices.Sort(list)
	return list
}

func (s *slow) hasUnknownOfItsOwn(c *tumenv1.Claim) bool {
	if s.knot("claim "+c.Name) != "" {
		return false
	}
	return slices.Equal(s.possible(c), []string{"unknown claim " + c.Name})
}

// counts is the range of independent origins behind the claims.
func (s *slow) counts() (atLeast, atMost int) {
	counted := make(map[string]bool)  // sources
	grounded := make(map[string]bool) // sources
	cycles := make(map[string]bool)
	open := make(map[string]*tumenv1.Claim)
	for _, c := range s.claims {
		steps := s.reach("claim "+c.Name, true)
		steps["claim "+c.Name] = true
		for step := range steps {
			if o := s.originAt(step); o != "" {
				if _, other := s.own(o); !other {
					counted[o] = true
					grounded[o] = grounded[o] || s.groundedHere(o)
				}
			}
			if s.reach(step, true)[step] {
				cycles[s.knot(step)] = true
			}
			if step[:6] == "claim " {
				d := s.claimNamed(step[6:])
				if _, ok := s.unresolved(d); ok {
					open[d.Name] = d
				}
			}
		}
	}
	classes := make(map[string]bool)
	groups := make(map[string]bool)
	for o := range counted {
		classes[s.known(o)] = true
		if grounded[o] {
			groups[s.any(o)] = true
		}
	}
	for k := range cycles {
		classes[k] = true
	}
	var rest [][]string
	for _, c := range open {
		possible := s.possible(c)
		if !slices.ContainsFunc(possible, func(p string) bool { return classes[p] }) {
			rest = append(rest, possible)
		}
	}
	atLeast, atMost = len(groups), len(classes)+mostPairs(rest, make(map[string]bool))
	if atLeast == 0 && atMost > 0 {
		atLeast = 1
	}
	return atLeast, atMost
}

// groundedHere says whether a source is grounded by what it says among the
// claims to count or, where it says nothing here, by itself.
func (s *slow) groundedHere(name string) bool {
	is := func(b tumenv1.Basis) bool { return b == firstHand || b == ownContacts }
	if own, _ := s.own(name); len(own) == 0 {
		return is(s.basisOfSource(name))
	}
	for _, c := range s.claims {
		if c.Source == name && s.basis(c) != relayed && is(s.basis(c)) {
			return true
		}
	}
	return false
}

// mostPairs tries every way of giving claims distinct origins.
func mostPairs(claims [][]string, taken map[string]bool) int {
	if len(claims) == 0 {
		return 0
	}
	most := mostPairs(claims[1:], taken)
	for _, o := range claims[0] {
		if !taken[o] {
			taken[o] = true
			most = max(most, 1+mostPairs(claims[1:], taken))
			delete(taken, o)
		}
	}
	return most
}

// differs says whether a relay's value is entailed by no own claim of one of
// its origins, bound by bound. Values are counts.
func (s *slow) differs(c *tumenv1.Claim) bool {
	if s.basis(c) != relayed {
		return false
	}
	for step := range s.reach("claim "+c.Name, true) {
		o := s.originAt(step)
		if o == "" || step[:6] != "claim " {
			continue
		}
		said := c.Value.GetCount()
		lowSaid, highSaid := said == nil || said.Low == nil, said == nil || said.High == nil
		own, _ := s.own(o)
		for _, d := range own {
			if v := d.Value.GetCount(); s.basis(d) != relayed && v != nil {
				lowSaid = lowSaid || v.Low != nil && *v.Low >= *said.Low
				highSaid = highSaid || v.High != nil && *v.High <= *said.High
			}
		}
		if !lowSaid || !highSaid {
			return true
		}
	}
	return false
}
