package service_test

import (
	"slices"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
)

// This is what the documents say of who looks in from outside: by a grant, and of what
// they have offered. Like the rest of the model it is not written after the server.

// given is a grant.
type given struct {
	name    string
	of      *thing // a case
	to      int    // an organisation
	only    *caller
	level   tumenv1.GrantLevel
	ends    time.Time
	revoked bool
	reason  mark // why it was made, last: the organisation's own
	marking int
}

// sent is a submission.
type sent struct {
	name           string
	on             *thing // a case
	by             *caller
	marking        int
	note, contact  mark
	source, answer mark
	reason         mark // why it was sent
	decision       mark // why it was returned
}

// limit is the strictest marking of what leaves its organisation: AMBER.
const limit = int(tumenv1.Marking_MARKING_AMBER)

// inside says whether somebody reads a record as one of their own organisation's.
func inside(c *caller, t *thing) bool { return c.org == t.org && c.reads() }

// takesPart says whether something can be shared with somebody: with who works, and
// with partners.
func (c *caller) takesPart() bool { return c.works() || c.is(tumenv1.Role_ROLE_PARTNER) }

// onlyAudits says whether somebody has no other part in the work.
func (c *caller) onlyAudits() bool { return c.is(tumenv1.Role_ROLE_AUDITOR) && !c.works() }

// holds says whether a grant shows anything today.
func (g *given) holds(now time.Time) bool {
	return !g.revoked && now.Before(g.ends) && g.of.now().marking >= limit && !g.of.deleted
}

// isTo says whether a grant is to somebody.
func (g *given) isTo(c *caller) bool {
	if g.only != nil {
		return g.only == c
	}
	return g.to == c.org
}

// level is how much of a case is granted to somebody outside.
func (m *model) level(c *caller, k *thing) (level tumenv1.GrantLevel) {
	if !c.takesPart() || inside(c, k) || k.now().marking < c.highest {
		return 0
	}
	for _, g := range m.grants {
		if g.of == k && g.isTo(c) && g.holds(m.now()) {
			level = max(level, g.level)
		}
	}
	return level
}

// levelOf is how much is granted of any record: of what lies in no case, as much as of
// a case in which something that is shown uses it; and whether the documents say so.
func (m *model) levelOf(c *caller, t *thing) (tumenv1.GrantLevel, verdict) {
	switch {
	case t.kind == "case":
		return m.level(c, t), yes
	case t.in != nil && t.in.kind == "case":
		return m.level(c, t.in), yes
	case t.kind == "capture":
		level, _ := m.levelOf(c, t.in)
		return level, m.peeks(c, t.in)
	case t.kind == "tie":
		a, _ := m.levelOf(c, t.uses[0])
		b, _ := m.levelOf(c, t.uses[1])
		return min(a, b), m.peeks(c, t.uses[0]).and(m.peeks(c, t.uses[1]))
	}
	level, said := tumenv1.GrantLevel(0), no
	for _, u := range m.things {
		if u.in == nil || u.in.kind != "case" || u.kind == "finding" || !slices.Contains(u.uses, t) {
			continue
		}
		v := m.peeks(c, u)
		if u.deleted || u.kind == "claim" && !u.inForce {
			v = v.and(unsaid)
		}
		if v != no {
			level = max(level, m.level(c, u.in))
		}
		said = said.or(v)
	}
	return level, said
}

// peeks says whether a record is there for somebody outside.
func (m *model) peeks(c *caller, t *thing) verdict {
	if !c.takesPart() || t.now().marking < limit || t.now().marking < c.highest {
		return no
	}
	least := content
	if t.kind == "case" {
		least = headline
	}
	level, said := m.levelOf(c, t)
	answer := if_(level >= least).and(said)
	if t.deleted {
		answer = answer.and(unsaid)
	}
	return answer
}

// peeksAt says whether a text of what is there is shown outside.
func (m *model) peeksAt(c *caller, t *thing, s state, of class, purpose bool) verdict {
	level, _ := m.levelOf(c, t)
	switch of {
	case ofPlain:
		return if_(level >= content)
	case ofContent:
		return if_(level >= content && s.free)
	}
	if level < identities_ || !purpose || !slices.Contains(c.cleared, of) {
		return no
	}
	answer := yes
	for _, p := range t.concerned() {
		if p.now().refused || !p.now().shared {
			return no
		}
		if m.sees(c, p) != yes {
			answer = unsaid
		}
	}
	if t.kind == "capture" {
		return unsaid // a file's name may be anybody's
	}
	return answer
}

// shows says whether a text of a record that somebody sees, as it is now, is shown.
func (m *model) shows(c *caller, t *thing, of class, purpose bool) verdict {
	switch {
	case !inside(c, t):
		return m.peeksAt(c, t, t.now(), of, purpose)
	case of == ofContent || of == ofPlain:
		return yes
	}
	return m.knows(c, t, of, purpose)
}

// toldOutside adds what somebody is told of a record from outside: as it is now, and
// nothing of its organisation's own.
func (m *model) toldOutside(c *caller, t *thing, w way, may map[mark]verdict) {
	for _, s := range t.past[:len(t.past)-1] {
		for text := range s.texts {
			may[text] = may[text].or(no)
		}
		for text := range s.explained {
			may[text] = may[text].or(no)
		}
		may[s.reason] = may[s.reason].or(no)
	}
	now := t.now()
	seen := m.sees(c, t)
	if w.file {
		seen = no
	}
	for text, of := range now.texts {
		may[text] = may[text].or(seen.and(m.peeksAt(c, t, now, of, w.purpose)))
	}
	for text, of := range now.explained {
		v := no
		if level, _ := m.levelOf(c, t); level >= identities_ && w.purpose && slices.Contains(c.cleared, of) {
			v = unsaid // whether the terms themselves are shown on their own terms
		}
		may[text] = may[text].or(seen.and(v))
	}
	may[now.reason] = may[now.reason].or(no)
	if now.bytes != "" {
		may[now.bytes] = may[now.bytes].or(seen.and(if_(now.free)))
	}
	if t.external != "" {
		may[t.external] = may[t.external].or(no)
	}
}

// evident says whether a record is what auditors read: a finding that was decided, what
// it is about, what was said to the same, and what that rests on.
func (m *model) evident(t *thing) verdict {
	decided := func(subject *thing, aspect tumenv1.Aspect) bool {
		return slices.ContainsFunc(m.things, func(f *thing) bool {
			return f.kind == "finding" && f.decided && f.uses[0] == subject && (aspect == 0 || f.aspect == aspect)
		})
	}
	answer := no
	switch t.kind {
	case "finding":
		return if_(t.decided)
	case "claim":
		return if_(decided(t.uses[1], t.aspect))
	case "event", "involvement", "person":
		answer = if_(decided(t, 0))
		for _, u := range m.things { // what was decided of a part that somebody had in it
			if u.kind == "involvement" && slices.Contains(u.uses, t) && decided(u, 0) {
				answer = answer.or(unsaid)
			}
		}
	case "case":
		for _, f := range m.things {
			if f.kind == "finding" && f.decided && f.in == t {
				answer = unsaid // it is what they are in, rather than about
			}
		}
	case "source":
		for _, u := range m.things {
			switch {
			case u.kind == "claim" && u.uses[0] == t && m.evident(u) == yes && u.inForce:
				return yes
			case u.kind == "claim" && u.uses[0] == t && m.evident(u) == yes, u.kind == "tie" && slices.Contains(u.uses, t):
				answer = answer.or(unsaid) // said, and taken back; or tied to who has spoken
			}
		}
	case "capture":
		return m.evident(t.in)
	case "tie":
		return m.evident(t.uses[0]).and(m.evident(t.uses[1]))
	}
	return answer
}

// readBy says whether a submission is there for somebody.
func (s *sent) readBy(c *caller, m *model) verdict {
	switch {
	case s.marking < c.highest:
		return no
	case c.org == s.by.org && c.takesPart():
		return yes
	case c.org == s.on.org && c.works():
		return m.sees(c, s.on)
	}
	return no
}

// toldOffers adds what somebody is told of submissions and grants.
func (m *model) toldOffers(c *caller, may map[mark]verdict) {
	for _, s := range m.sent {
		seen := s.readBy(c, m)
		for _, text := range []mark{s.note, s.source, s.answer} {
			may[text] = may[text].or(seen)
		}
		who := no
		if c == s.by || slices.Contains(c.cleared, ofSource) {
			who = unsaid
		}
		if c == s.by {
			who = yes
		}
		may[s.contact] = may[s.contact].or(seen.and(who))
		own := seen
		if c.org != s.on.org {
			own = seen.and(unsaid) // which of two offices a reason is of
		}
		may[s.reason] = may[s.reason].or(own)
		decision := no
		if c.org == s.on.org {
			decision = seen
		}
		may[s.decision] = may[s.decision].or(decision)
	}
	for _, g := range m.grants {
		v := no
		if inside(c, g.of) {
			v = m.sees(c, g.of).or(no)
		}
		may[g.reason] = may[g.reason].or(v)
	}
	delete(may, "")
}
