package service_test

import (
	"slices"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
)

// This is who may see what, read from docs/security.md and the contract's comments
// alone, over structs of its own: the server's rules are held against it, so it must not
// be written after them.

// verdict is what the documents say: no, yes, or nothing.
type verdict int

const (
	no verdict = iota
	unsaid
	yes
)

func (v verdict) and(o verdict) verdict { return min(v, o) }
func (v verdict) or(o verdict) verdict  { return max(v, o) }

func if_(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// class is how sensitive a text is.
type class int

const (
	ofContent class = iota // that may name anybody
	ofPlain                // content that names nobody
	ofIdentity
	ofSource
)

// mark is a text that stands nowhere else.
type mark string

// person who calls, as far as the rules look at them.
type caller struct {
	*member
	org     int
	roles   []tumenv1.Role
	highest int // number of the marking; 1, RED, is the strictest
	cleared []class
}

func (c *caller) is(roles ...tumenv1.Role) bool {
	return slices.ContainsFunc(roles, func(r tumenv1.Role) bool { return slices.Contains(c.roles, r) })
}

// works says whether somebody records and changes.
func (c *caller) works() bool {
	return c.is(tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER)
}

// reads says whether somebody reads records at all: partners and administrators don't.
func (c *caller) reads() bool { return c.works() || c.is(tumenv1.Role_ROLE_AUDITOR) }

// thing is a record.
type thing struct {
	kind, name string
	org        int
	by         *caller // who recorded it
	past       []state // by revision
	deleted    bool

	in       *thing   // the case or the source that it lies in
	uses     []*thing // what it refers to: event, person, source, subjects
	of       []*thing // whose identity it tells, beside its own
	aspect   tumenv1.Aspect
	stance   tumenv1.Stance
	inForce  bool // of a claim
	decided  bool // of a finding
	external mark // what its owner calls it
}

// state is a record at one revision.
type state struct {
	marking   int
	closed    bool      // of a case: for the assigned only
	assigned  []*caller // of a case
	texts     map[mark]class
	free      bool           // of identities: somebody has read its texts through
	bytes     mark           // of a capture
	reason    mark           // why the revision was made
	given     bool           // of a person or source: consent to be recorded
	refused   bool           // or refusal, or withdrawal
	shared    bool           // consent to be shared with partners
	explained map[mark]class // what the terms say beside
}

// GoString names it where a draw is told.
func (t *thing) GoString() string { return t.kind + " " + t.name }

// GoString names them where a draw is told.
func (c *caller) GoString() string { return c.name }

func (t *thing) now() state { return t.past[len(t.past)-1] }

// concerned are the persons and sources whose identity a record tells.
func (t *thing) concerned() []*thing {
	if t.kind == "person" || t.kind == "source" {
		return []*thing{t}
	}
	return t.of
}

// model is all records and everybody.
type model struct {
	callers []*caller
	things  []*thing
	grants  []*given
	sent    []*sent
	now     func() time.Time
}

// assigned says whether somebody is assigned to a case that something belongs to: the
// case itself, the one that it lies in, or, for a person or source, one that uses it.
func (m *model) assigned(c *caller, t *thing) verdict {
	on := func(k *thing) verdict {
		if k.by == c {
			return unsaid.or(if_(slices.Contains(k.now().assigned, c))) // who recorded the case, of what others recorded in it
		}
		return if_(slices.Contains(k.now().assigned, c))
	}
	switch {
	case t.kind == "case":
		return if_(slices.Contains(t.now().assigned, c))
	case t.in != nil && t.in.kind == "case":
		return on(t.in)
	case t.in != nil:
		if t.in.by == c {
			return unsaid // who recorded a source, of copies of it that others made
		}
		return m.assigned(c, t.in)
	case t.kind == "tie":
		return no
	}
	answer := no
	for _, u := range m.things {
		if u.in == nil || u.in.kind != "case" || !slices.Contains(u.uses, t) {
			continue
		}
		uses := on(u.in)
		// It is in the case. By what may not be there for the reader, or not any more:
		// the documents don't say.
		if u.deleted || u.kind == "claim" && !u.inForce || m.sees(c, u) != yes || u.kind != "involvement" && t.kind == "person" {
			uses = uses.and(unsaid)
		}
		answer = answer.or(uses)
	}
	return answer
}

// marked says whether a reader is let through by a marking, on a record that somebody
// is named on, or not.
func marked(c *caller, marking int, named verdict) verdict {
	if marking < c.highest {
		return no
	}
	if marking == int(tumenv1.Marking_MARKING_RED) {
		return named
	}
	return yes
}

// readsCase says whether somebody reads a case: as it is now.
func (m *model) readsCase(c *caller, k *thing) verdict {
	named := if_(k.by == c || slices.Contains(k.now().assigned, c))
	open := if_(!k.now().closed || c.is(tumenv1.Role_ROLE_AUDITOR)).or(named)
	return open.and(marked(c, k.now().marking, named))
}

// sees says whether a record is there for somebody.
func (m *model) sees(c *caller, t *thing) verdict {
	if !inside(c, t) {
		return m.peeks(c, t)
	}
	if c.onlyAudits() {
		return m.evident(t).and(m.worksWith(c, t))
	}
	return m.worksWith(c, t)
}

// worksWith says whether a record is there for somebody of the same organisation, as far
// as who works there sees what is recorded.
func (m *model) worksWith(c *caller, t *thing) verdict {
	if t.kind == "case" {
		return m.readsCase(c, t)
	}
	named := if_(t.by == c).or(m.assigned(c, t))
	if t.kind == "finding" {
		named = m.assigned(c, t) // nobody recorded it
		if t.by == c {
			named = named.or(unsaid)
		}
	}
	answer := marked(c, t.now().marking, named)
	switch {
	case t.in == nil:
		return answer
	case t.in.kind == "case":
		return answer.and(m.readsCase(c, t.in))
	}
	if m.sees(c, t.in) != yes { // a copy of a source that one doesn't see
		return answer.and(unsaid)
	}
	return answer
}

// saw says whether a revision is there for who sees the record now.
func (m *model) saw(c *caller, t *thing, revision int) verdict {
	now, then := m.sees(c, t), t.past[revision-1]
	if !inside(c, t) {
		return no // its history stays in the organisation
	}
	if revision == len(t.past) || now == no {
		return now
	}
	if then.marking < c.highest {
		return no
	}
	if then.marking == int(tumenv1.Marking_MARKING_RED) && t.by != c {
		if slices.Contains(then.assigned, c) || m.assigned(c, t) != no {
			return unsaid // those who are named now, or those who were?
		}
		return no
	}
	if t.kind == "case" && then.closed && t.by != c && !c.is(tumenv1.Role_ROLE_AUDITOR) && !slices.Contains(then.assigned, c) {
		return unsaid // it was closed to them then, and is not now
	}
	return now
}

// knows says whether somebody is shown identity in a record that they see: who recorded
// it, or who is cleared, has stated a purpose, and finds consent; and nobody where it was
// refused.
func (m *model) knows(c *caller, t *thing, of class, purpose bool) verdict {
	given := yes
	for _, p := range t.concerned() {
		if p.now().refused && t.kind == "capture" && t.by == c {
			return unsaid // a file's name may be anybody's
		}
		if p.now().refused {
			return no
		}
		if !p.now().given {
			given = no
		}
	}
	if t.by == c {
		return yes
	}
	if !purpose || !slices.Contains(c.cleared, of) || given == no {
		return no
	}
	for _, p := range t.concerned() {
		if m.sees(c, p) != yes {
			return unsaid
		}
	}
	if t.kind == "capture" {
		return unsaid
	}
	return yes
}

// way is how an answer is come by.
type way struct {
	purpose bool
	file    bool // an export or a matter's file
	bag     bool // an export for a purpose to which nobody here has agreed
}

// told gives, for each text that there is, whether somebody may be told it.
func (m *model) told(c *caller, w way) map[mark]verdict {
	may := map[mark]verdict{}
	for _, t := range m.things {
		if !inside(c, t) {
			m.toldOutside(c, t, w, may)
			continue
		}
		for i, s := range t.past {
			seen := m.saw(c, t, i+1)
			for text, of := range s.texts {
				v := seen
				switch {
				case of == ofContent && w.bag:
					v = v.and(if_(s.free))
				case of == ofContent || of == ofPlain:
				case w.bag:
					v = no
				default:
					v = v.and(m.knows(c, t, of, w.purpose && !w.file))
				}
				may[text] = may[text].or(v)
			}
			for text, of := range s.explained {
				v := m.knows(c, t, of, w.purpose && !w.file)
				if t.by == c && t.now().refused || w.purpose && slices.Contains(c.cleared, of) {
					v = unsaid // whether the terms themselves are shown on their own terms
				}
				if w.bag {
					v = no
				}
				may[text] = may[text].or(seen.and(v))
			}
			may[s.reason] = may[s.reason].or(seen.and(if_(!w.bag)))
			if s.bytes != "" {
				may[s.bytes] = may[s.bytes].or(seen)
			}
		}
		if t.external != "" {
			may[t.external] = may[t.external].or(m.sees(c, t))
		}
	}
	m.toldOffers(c, may)
	return may
}
