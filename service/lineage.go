package service

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// Some references must never lead back to where they began: what a source
// relays, what an event follows or is part of, what a place lies in.
var lineages = map[string]func(records.Record) []string{
	"relays": func(rec records.Record) []string {
		s, _ := rec.(*tumenv1.Source)
		names := make([]string, 0, len(s.GetRelays()))
		for _, r := range s.GetRelays() {
			names = append(names, r.GetSource())
		}
		return names
	},
	"follows": func(rec records.Record) []string {
		e, _ := rec.(*tumenv1.Event)
		return e.GetFollows()
	},
	"part_of": func(rec records.Record) []string {
		e, _ := rec.(*tumenv1.Event)
		return []string{e.GetPartOf()}
	},
	"contained_in": func(rec records.Record) []string {
		p, _ := rec.(*tumenv1.Place)
		return []string{p.GetContainedIn()}
	},
}

// lineage goes through one kind of such references, each record once, however
// many begin there: the checks of a whole matter share it, so that a dense one
// costs no more than its links.
type lineage struct {
	view  *records.View
	next  func(records.Record) []string
	state map[string]step
	path  []string        // from where it began to where it stands
	loops map[string]bool // records that lie on a cycle
}

type step byte

const (
	unseen step = iota
	underway
	finished
)

func newLineage(v *records.View, kind string) *lineage {
	return &lineage{view: v, next: lineages[kind], state: map[string]step{}, loops: map[string]bool{}}
}

// follow goes on from a record. draft stands for the record of its name, which
// the store may hold in another form, or not yet.
func (l *lineage) follow(name string, draft records.Record) error {
	switch {
	case name == "" || l.state[name] == finished:
		return nil
	case l.state[name] == underway:
		for i := len(l.path) - 1; i >= 0; i-- {
			l.loops[l.path[i]] = true
			if l.path[i] == name {
				break
			}
		}
		return nil
	}
	rec := draft
	if name != draft.GetName() {
		var err error
		rec, err = l.view.Read(name)
		if isMissing(err) {
			return nil // said elsewhere
		} else if err != nil {
			return err
		}
	}
	l.state[name] = underway
	l.path = append(l.path, name)
	for _, n := range l.next(rec) {
		if err := l.follow(n, draft); err != nil {
			return err
		}
	}
	l.path = l.path[:len(l.path)-1]
	l.state[name] = finished
	return nil
}

// acyclic refuses references of a kind that lead back to the record. path is
// that of the nth of them.
func (c *check) acyclic(kind string, path func(n int) string) {
	if c.lineages == nil {
		c.lineages = map[string]*lineage{}
	}
	l := c.lineages[kind]
	if l == nil {
		l = newLineage(c.view, kind)
		c.lineages[kind] = l
	}
	if err := l.follow(c.record.GetName(), c.record); err != nil {
		c.err = err
		return
	}
	if !l.loops[c.record.GetName()] {
		return
	}
	for n, name := range l.next(c.record) {
		if l.loops[name] && name != c.record.GetName() {
			c.bad(path(n), "CYCLE", "%s leads back to this %s", name, records.KindOf(c.record))
		}
	}
}
