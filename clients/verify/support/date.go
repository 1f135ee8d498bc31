package support

import "strings"

// date is an expression (EDTF) as read.
type date struct {
	text   string
	night  bool
	hull   stretch // the first and the last day of a momentary act
	wide   bool    // it leaves so much open that it is not compared
	form   form
	ends   []end    // of a/b, or the one date
	set    [][2]end // of one-of: a member, or a range; a member's second end is not stated
	ranged []bool   // of a member of a set
}

type form uint8

const (
	one form = iota
	between
	oneOf
)

// readDate reads an expression. What is none is words.
func readDate(t string) (*date, bool) {
	d := &date{text: t}
	if t == "" || len(t) > mostText {
		return nil, false
	}
	if inner, is := strings.CutPrefix(t, "["); is {
		inner, closed := strings.CutSuffix(inner, "]")
		return d, closed && d.readSet(inner)
	}
	from, to, is := strings.Cut(t, "/")
	if !is {
		e, ok := d.end(t)
		d.ends = []end{e}
		return d, ok && e.stated
	}
	d.form = between
	a, ok := d.end(from)
	b, ok2 := d.end(to)
	d.ends = []end{a, b}
	if !ok || !ok2 || !a.stated && !b.stated || a.single.timed || b.single.timed {
		return nil, false
	}
	return d, d.wide || !a.stated || !b.stated || written(to).last >= written(from).first
}

// end reads a date, or what may stand in its place.
func (d *date) end(t string) (end, bool) {
	switch t {
	case "":
		return end{}, true
	case "..":
		return end{open: true}, true
	}
	s, ok, wide := readSingle(t)
	d.wide = d.wide || wide
	return end{stated: true, single: s}, ok
}

func (d *date) readSet(inner string) bool {
	d.form = oneOf
	members := strings.Split(inner, ",")
	for i, m := range members {
		from, to, ranged := strings.Cut(m, "..")
		a, ok := d.end(from)
		b, ok2 := d.end(to)
		switch {
		case !ok || !ok2 || a.open || b.open || !a.stated && !b.stated || a.single.timed || b.single.timed:
			return false
		case !ranged:
			b = end{}
		case !a.stated && i > 0, !b.stated && i < len(members)-1:
			return false
		case a.stated && b.stated && !d.wide:
			if a.single.masked || b.single.masked || a.single.fields != b.single.fields || a.single.season != b.single.season || written(to).last < written(from).first {
				return false
			}
		}
		d.set, d.ranged = append(d.set, [2]end{a, b}), append(d.ranged, ranged)
	}
	return true
}

// possible is one of the times that a date leaves possible: stretches, in order.
type possible []stretch

func (p possible) hull() stretch { return stretch{p[0].first, p[len(p)-1].last} }

// of one end; a night ends a day later.
func (d *date) of(e end) possible {
	if !e.stated {
		return possible{always}
	}
	night := 0
	if d.night && !e.single.timed {
		night = 1
	}
	p := make(possible, len(e.single.stretches))
	for i, s := range e.single.stretches {
		p[i] = stretch{s.first, s.last.plus(night)}
	}
	return p
}

// possibilities are the times at which a momentary act may have been.
func (d *date) possibilities() []possible {
	switch d.form {
	case between:
		return []possible{{{d.of(d.ends[0]).hull().first, d.of(d.ends[1]).hull().last}}}
	case oneOf:
		all := make([]possible, len(d.set))
		for i, m := range d.set {
			all[i] = d.of(m[0])
			if d.ranged[i] {
				all[i] = possible{{d.of(m[0]).hull().first, d.of(m[1]).hull().last}}
			}
		}
		return all
	}
	return []possible{d.of(d.ends[0])}
}

// settle notes the hull, once it is known whether it is a night.
func (d *date) settle(night bool) *date {
	d.night = night
	if d.wide { // there is none
		return d
	}
	all := d.possibilities()
	d.hull = all[0].hull()
	for _, p := range all[1:] {
		d.hull = stretch{min(d.hull.first, p.hull().first), max(d.hull.last, p.hull().last)}
	}
	return d
}

// end of an act that lasts: after all days while it goes on.
func (d *date) ended() possible {
	if d.ends[1].open {
		return possible{{noLast, noLast}}
	}
	return d.of(d.ends[1])
}

// span is when an act that lasts began and ended, each cut to what the other leaves
// possible.
func (d *date) span() (start, finish stretch) {
	if d.form != between {
		return d.hull, d.hull
	}
	begin, ended := d.of(d.ends[0]), d.ended()
	start, finish = begin.hull(), ended.hull()
	for _, s := range begin { // the last that begins before all is over
		if s.first <= ended.hull().last {
			start.last = min(s.last, ended.hull().last)
		}
	}
	for i := len(ended) - 1; i >= 0; i-- { // the first that ends after all began
		if ended[i].last >= start.first {
			finish.first = max(ended[i].first, start.first)
		}
	}
	return start, finish
}

// entails says whether a can be true only if b is: of a momentary act, every day
// that a leaves possible is possible in b.
func (a *date) entails(b *date, lasting bool) bool {
	if a.wide || b.wide || a.hull.empty() || b.hull.empty() {
		return false
	}
	same := a.night == b.night && a.text == b.text
	if lasting {
		return same || a.entailsLasting(b)
	}
	if b.form == one && b.ends[0].single.timed && a.text != b.text {
		return false // a day entails no time of day
	}
	return same || b.hull.contains(a.hull) && covered(a.possibilities(), b.possibilities())
}

// entailsLasting: of a duration b, a began and ended where b allows it; else all of
// a lies in one stretch of b.
func (a *date) entailsLasting(b *date) bool {
	start, finish := a.span()
	if b.form == between {
		return covered([]possible{{start}}, []possible{b.of(b.ends[0])}) && covered([]possible{{finish}}, []possible{b.ended()})
	}
	units := a.possibilities()
	if a.form == between {
		units = []possible{{{min(start.first, finish.first), max(start.last, finish.last)}}}
	}
	for _, unit := range units {
		for _, s := range unit {
			if !within(s, b.possibilities()) {
				return false
			}
		}
	}
	return true
}

// within says whether a stretch lies in a single one.
func within(s stretch, all []possible) bool {
	for _, p := range all {
		for _, o := range p {
			if o.contains(s) {
				return true
			}
		}
	}
	return false
}

// covered says whether every day of the inner ones is a day of the outer ones.
func covered(inner, outer []possible) bool {
	days := merged(outer)
	for _, p := range inner {
		for _, s := range p {
			if !within(s, []possible{days}) {
				return false
			}
		}
	}
	return true
}

// merged joins stretches that overlap or adjoin.
func merged(all []possible) possible {
	var list possible
	for _, p := range all {
		list = append(list, p...)
	}
	sortStretches(list)
	var out possible
	for _, s := range list {
		if n := len(out); n > 0 && s.first <= out[n-1].last.plus(1) {
			out[n-1].last = max(out[n-1].last, s.last)
		} else {
			out = append(out, s)
		}
	}
	return out
}
