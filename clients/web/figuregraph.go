package web

import (
	"cmp"
	"slices"

	"tumen/clients/labels"
	"tumen/clients/web/picture"
	tumenv1 "tumen/proto/tumen/v1"
)

// order puts those first who say something to the finding, and those who can't be seen
// last.
func (p *provenance) order() {
	rank := map[picture.Stance]int{picture.Asserts: 1, picture.Disputed: 2, picture.Denies: 3, picture.Unsure: 4, picture.NoStance: 5}
	slices.SortStableFunc(p.names, func(a, b string) int {
		hidden := func(name string) int {
			if p.source(name) == nil {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(rank[p.stances[a]], rank[p.stances[b]]), cmp.Compare(hidden(a), hidden(b)), labels.Compare(p.shelf.Label(a), p.shelf.Label(b)))
	})
}

// drawn puts the sources into a graph, and into a table with whom each passes on.
func (p *provenance) drawn(path string, finding *tumenv1.Finding) *figure {
	w := p.shelf.words
	f := &figure{
		Kind: "sources", Path: path, Shows: len(p.names) > 0,
		Columns: []string{w.Say("picture.source"), w.Say("picture.stance"), w.Say("picture.basis"), w.Say("picture.passes_on"), w.Say("picture.tied_with")},
	}
	g := picture.Graph{Words: graphWords(w)}
	for i, name := range p.names {
		source, label := p.source(name), p.shelf.Label(name)
		var passes, tied []string
		for _, r := range source.GetRelays() {
			of := slices.Index(p.names, r.GetSource())
			if of < 0 {
				passes = append(passes, "…") // one of those that are not taken in
				continue
			}
			g.Relays = append(g.Relays, picture.Relay{By: i, Of: of})
			passes = append(passes, p.shelf.Label(r.GetSource()))
		}
		for _, t := range p.ties {
			if other := otherOf(t, name); slices.Contains(p.names, other) {
				tied = append(tied, p.shelf.Label(other)+" ("+w.Enum(t.GetKind())+")")
			}
		}
		basis := ""
		if source != nil {
			basis = w.Enum(source.GetBasis())
		}
		g.Sources = append(g.Sources, picture.Source{Label: label, Stance: p.stances[name]})
		f.items = append(f.items, label)
		f.Rows = append(f.Rows, cells(label, p.stanceSaid(name), basis, listed(w, passes), listed(w, tied)))
	}
	for _, t := range p.ties {
		g.Ties = append(g.Ties, picture.Tie{A: slices.Index(p.names, t.GetA()), B: slices.Index(p.names, t.GetB()), Known: t.GetKind() != tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME})
	}
	if finding != nil {
		f.Notes = append(f.Notes, w.Say("picture.speaks_to", "aspect", w.Enum(finding.GetAspect())))
	}
	f.draws = g
	return f
}

// otherOf is what a tie joins a source with; empty if it does not, or with a record of
// no source.
func otherOf(t *tumenv1.Tie, name string) string {
	switch name {
	case t.GetA():
		return t.GetB()
	case t.GetB():
		return t.GetA()
	}
	return ""
}

func (p *provenance) stanceSaid(name string) string {
	words := stanceWords(p.shelf.words)
	return map[picture.Stance]string{picture.Asserts: words.Asserts, picture.Denies: words.Denies, picture.Unsure: words.Unsure, picture.Disputed: words.Disputed}[p.stances[name]]
}
