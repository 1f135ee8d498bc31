package support

import (
	"errors"
	"slices"
	"strings"
)

// mostWork bounds what one support may cost, in steps along links and comparisons.
const mostWork = 50_000_000

// ErrLarge says that there is so much evidence that its support is not worked out
// here.
var ErrLarge = errors.New("there is more evidence than is compared")

// assessment is a support as it was worked out, with what a stored one may choose
// in more than one way.
type assessment struct {
	e         *Evidence
	bonds     *bonds
	work      *work
	webs      map[Stance]*web
	standings map[Stance]*weighed
	asserted  *values
	values    []*weighedValue
	agreement []*weighedAgreement
	flags     []Flag
	tangled   []string // what was flagged, by its sources
}

// weighed is a standing with the count behind it.
type weighed struct {
	web   *web
	count *count
	Standing
	// differing are the origins of which one is named with a relay that is left out
	// because it differs, by claim.
	differing map[string][]string
}

type weighedValue struct {
	key        string
	whole      *Value // of the determined value, where it is none of the parts
	part       *part
	label      string
	assertedBy []string
	determined bool
	entails    func(*Claim) bool
}

type weighedAgreement struct {
	agreeing
	names, origins  []string
	atLeast, atMost int
}

// values weighs what the asserting claims say.
type values struct {
	web     *web
	stated  []*stated
	differs [][]string // by claim: the origins that a flagged relay differs from
}

func assess(e *Evidence) (*assessment, error) {
	a := &assessment{e: e, bonds: bondsOf(e.Ties), work: &work{mostWork}, webs: map[Stance]*web{}, standings: map[Stance]*weighed{}}
	for _, stance := range []Stance{Asserts, Denies, DoesNotConfirm} {
		g := newWeb(e, a.bonds, a.work, stance)
		all := make([]int, len(g.claims))
		for i := range all {
			all[i] = i
		}
		standing, count := g.explain(all)
		a.webs[stance], a.standings[stance] = g, &weighed{web: g, count: count, Standing: standing}
		if stance == Asserts {
			a.weighValues(g)
		}
		a.flagUnconfirmed(g, standing.AtLeast)
		a.flagTangles(g)
	}
	a.flagContradictions()
	if a.work.left <= 0 {
		return nil, ErrLarge
	}
	return a, nil
}

func (a *assessment) weighValues(g *web) {
	v := &values{web: g, differs: g.differing()}
	a.asserted = v
	v.collect()
	determined := false
	for _, s := range v.stated {
		w := &weighedValue{key: s.part.key, part: s.part, label: s.part.label(), assertedBy: g.claimNames(s.claims)}
		if d := a.e.Determined; d != nil && !d.vague && len(d.parts) == 1 && d.parts[0].key == s.part.key {
			w.determined, determined = true, true
		}
		w.entails = func(c *Claim) bool { return a.e.saysPart(partsOf(c.Value), s.part) }
		a.values = append(a.values, w)
	}
	if d := a.e.Determined; d != nil && !determined {
		w := &weighedValue{whole: d, determined: true, entails: func(c *Claim) bool { return a.e.saysValue(partsOf(c.Value), d) }}
		if !d.Personal {
			w.label = labelOf(d.parts)
		}
		for _, c := range g.claims {
			if c.Value != nil && !d.vague && len(d.parts) > 0 && slices.Equal(c.Value.keys(), d.keys()) {
				w.assertedBy = append(w.assertedBy, c.Name)
			}
		}
		a.values = append(a.values, w)
	}
	for _, set := range v.agreement() {
		count := g.count(set.claims)
		w := &weighedAgreement{agreeing: set, names: g.claimNames(set.claims), atLeast: count.atLeast(), atMost: count.atMost()}
		for s := range count.origins {
			w.origins = append(w.origins, s)
		}
		a.work.on(keeping * len(w.names))
		slices.Sort(w.origins)
		a.agreement = append(a.agreement, w)
	}
}

// collect finds the parts that asserting claims state, flagged relays too.
func (v *values) collect() {
	byKey := map[string]*stated{}
	for i, c := range v.web.claims {
		parts := partsOf(c.Value)
		for j := range parts {
			p := &parts[j]
			s := byKey[p.key]
			if s == nil {
				s = &stated{part: p}
				byKey[p.key] = s
				v.stated = append(v.stated, s)
			}
			if n := len(s.claims); n == 0 || s.claims[n-1] != i {
				s.claims = append(s.claims, i)
			}
		}
	}
	slices.SortFunc(v.stated, func(a, b *stated) int { return strings.Compare(a.part.key, b.part.key) })
}

func (v *values) unflagged(claims []int) []int {
	return slices.DeleteFunc(slices.Clone(claims), func(i int) bool { return len(v.differs[i]) > 0 })
}

// entailing are the claims, flagged relays apart, that pass.
func (v *values) entailing(entails func(*Claim) bool) (members []int) {
	for i, c := range v.web.claims {
		v.web.work.on(1)
		if len(v.differs[i]) == 0 && entails(c) {
			members = append(members, i)
		}
	}
	return members
}

// supportOf explains the support of a value. It is done one value after the other,
// while they are compared: all explanations at once would grow with the square of
// the claims.
func (v *values) supportOf(entails func(*Claim) bool) *weighed {
	members := v.entailing(entails)
	standing, count := v.web.explain(members)
	w := &weighed{web: v.web, count: count, Standing: standing, differing: map[string][]string{}}
	for i, c := range v.web.claims {
		switch {
		case !entails(c):
			w.LeftOut = append(w.LeftOut, LeftOut{Claim: c.Name, Source: c.Source, Reason: DoesNotEntail})
		case len(v.differs[i]) > 0:
			w.LeftOut = append(w.LeftOut, LeftOut{Claim: c.Name, Source: c.Source, Reason: DiffersFromOrigin})
			w.differing[c.Name] = v.differs[i]
		}
	}
	return w
}

func (g *web) claimNames(claims []int) []string {
	names := make([]string, len(claims))
	for i, c := range claims {
		names[i] = g.claims[c].Name
	}
	return names
}
