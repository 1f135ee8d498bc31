package verify

import (
	"fmt"
	"slices"
	"strings"

	"tumen/clients/verify/support"
)

// A support is worked out from what held when it was stored. A claim may have been
// changed since, which leaves the finding as it was approved, stale or not: so of
// each record it is the revision that the finding lists as its evidence. That list
// is the finding's own word; it is held against the log, in which leaves stand in
// the order of what was done. The revision that held is the last before the
// finding's, and a claim, source or tie that bore on it then and is not in the list
// was left out.

// gathering brings together what held for one approval.
type gathering struct {
	*facts
	leaf     uint64                     // of the approval
	evidence map[string]int64           // the revisions that the finding lists
	missing  map[string]map[string]bool // what is not disclosed, by what it is
	wrong    []string                   // what can't be so
	out      support.Evidence
}

func (g *gathering) miss(what, name string) {
	if g.missing[what] == nil {
		g.missing[what] = map[string]bool{}
	}
	g.missing[what][name] = true
}

func (g *gathering) bad(format string, args ...any) {
	g.wrong = append(g.wrong, fmt.Sprintf(format, args...))
}

// held gives what held of a record that is listed, or notes why that is not known.
func held[T any](g *gathering, h history[T], there bool, what, name string) *T {
	switch {
	case g.erased[name]:
		g.miss("erased record", name)
		return nil
	case !there:
		g.miss(what, name)
		return nil
	}
	s, number := h.at(g.leaf)
	if s == nil || number != g.evidence[name] {
		g.bad("lists revision %d of %s, which is not the one that held when the finding was approved", g.evidence[name], name)
		return nil
	}
	return s
}

// gather brings together the evidence of an approval.
func (g *gathering) gather(subject string, aspect uint8) {
	g.gatherClaims(subject, aspect)
	g.gatherSources()
	g.gatherTies()
	for name := range g.evidence {
		switch kindOf(name) {
		case "Claim", "Source", "Tie":
		default:
			g.bad("lists %s, which is no evidence", name)
		}
	}
	g.out.Contains = g.contains
	if aspectWords[aspect] == "ASPECT_TIME" && kindOf(subject) == "Event" {
		g.out.Lasting = g.lastingAct(subject)
	}
}

func (g *gathering) gatherClaims(subject string, aspect uint8) {
	for _, name := range sortedKeys(g.evidence) {
		if kindOf(name) != "Claim" {
			continue
		}
		h, there := g.claim(name)
		c := held(g, h, there, "claim", name)
		if c == nil {
			continue
		}
		switch {
		case !c.bears, !c.speaks, !c.says:
			g.miss("claim", name)
		case !c.bearsOn(subject, aspect):
			g.bad("lists %s, which did not bear on it when the finding was approved", name)
		}
		g.out.Claims = append(g.out.Claims, &c.claim)
	}
	left := func(names []string) {
		for _, name := range names {
			h, _ := g.claim(name)
			s, _ := h.at(g.leaf)
			if _, listed := g.evidence[name]; listed || s == nil {
				continue
			}
			if !s.bears {
				g.miss("claim", name) // it may have borne on it
			} else if s.bearsOn(subject, aspect) {
				g.bad("does not list %s, which bore on it when the finding was approved", name)
			}
		}
	}
	if on := g.subjects[subject]; on != nil {
		left(on.claims)
	}
	if matter := caseOf(subject); matter != "" {
		left(g.unsure[matter])
		return
	}
	for _, matter := range sortedKeys(g.unsure) { // claims of any case speak of a person
		left(g.unsure[matter])
	}
}

func (c *claimFact) bearsOn(name string, aspect uint8) bool {
	return c.stands && c.aspect == aspect && slices.ContainsFunc(c.subjects, func(s *subject) bool { return s.name == name })
}

// gatherSources follows the claims' sources and all that is relayed.
func (g *gathering) gatherSources() {
	g.out.Sources = map[string]*support.Source{}
	var todo []string
	for _, c := range g.out.Claims {
		todo = append(append(todo, c.Source), c.Relays...)
	}
	seen := map[string]bool{"": true}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		if _, listed := g.evidence[name]; !listed {
			g.unlisted(name)
			continue
		}
		h, there := g.sources[name]
		s := held(g, h, there, "source", name)
		switch {
		case s == nil:
			continue
		case !s.known:
			g.miss("source", name)
		case !s.there:
			g.bad("lists %s, which was deleted when the finding was approved", name)
		}
		g.out.Sources[name] = &s.source
		todo = append(todo, s.source.Relays...)
	}
	for _, name := range sortedKeys(g.evidence) {
		if kindOf(name) == "Source" && !seen[name] && len(g.missing) == 0 {
			g.bad("lists %s, to which nothing leads", name)
		}
	}
}

// unlisted is a source that something leads to and that is not listed: it was
// deleted, or it was left out.
func (g *gathering) unlisted(name string) {
	h, there := g.sources[name]
	switch s, _ := h.at(g.leaf); {
	case g.erased[name]:
		g.miss("erased record", name)
	case !there, s != nil && !s.known:
		g.miss("source", name)
	case s != nil && s.there:
		g.bad("does not list %s, to which a claim leads", name)
	}
}

// gatherTies follows the ties of the sources, and of thirds.
func (g *gathering) gatherTies() {
	ties := map[string]*support.Tie{}
	for _, name := range sortedKeys(g.evidence) {
		if kindOf(name) != "Tie" {
			continue
		}
		h, there := g.ties[name]
		t := held(g, h, there, "tie", name)
		switch {
		case t == nil:
			continue
		case !t.known:
			g.miss("tie", name)
		case !t.there:
			g.bad("lists %s, which was deleted when the finding was approved", name)
		default:
			ties[name] = &t.tie
			g.out.Ties = append(g.out.Ties, &t.tie)
		}
	}
	for _, name := range g.loose {
		if t, _ := g.ties[name].at(g.leaf); t != nil && !t.known {
			g.miss("tie", name) // it may tie two of these
		}
	}
	seen := map[string]bool{}
	todo := sortedKeys(g.out.Sources)
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		for _, name := range g.tied[at] {
			t, _ := g.ties[name].at(g.leaf)
			if t == nil || !t.known || !t.there || t.tie.A != at && t.tie.B != at {
				continue
			}
			if ties[name] == nil {
				g.bad("does not list %s, which tied %s to another when the finding was approved", name, at)
				continue
			}
			todo = append(todo, t.tie.A, t.tie.B)
		}
	}
	for _, name := range sortedKeys(ties) {
		if !seen[ties[name].A] && len(g.missing) == 0 {
			g.bad("lists %s, which ties none of its sources", name)
		}
	}
}

// mostContainers bounds how deep places lie inside each other.
const mostContainers = 64

// contains says whether a place is another or lies in it.
func (g *gathering) contains(outer, inner string) bool {
	for range mostContainers {
		if inner == outer || inner == "" {
			return inner == outer
		}
		next, builtIn := builtInPlaces[strings.TrimPrefix(inner, "places/")]
		if builtIn {
			if inner = ""; next != "" {
				inner = "places/" + next
			}
			continue
		}
		p, _ := g.within[inner].at(g.leaf)
		if p == nil || !p.known {
			g.miss("place", inner)
			return false
		}
		inner = p.word
	}
	return false
}

// lastingAct says whether the act of an event lasts.
func (g *gathering) lastingAct(event string) bool {
	e, _ := g.acts[event].at(g.leaf)
	if e == nil || !e.known {
		g.miss("event", event)
		return false
	}
	if lasts, builtIn := builtInActs[e.word]; builtIn {
		return lasts
	}
	name := "vocabularies/acts/terms/" + e.word
	t, _ := g.lasting[name].at(g.leaf)
	if t == nil || !t.known {
		g.miss("act", name)
		return false
	}
	return t.word == "true"
}
