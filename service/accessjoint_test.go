package service_test

import (
	"slices"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// joint records what two organisations work on together: a case with people who are
// concerned by it on terms of all kinds, and sources of its own, mostly marked so that it
// may be shared, and granted, mostly by and to who may know them, as a whole to one and
// without identities to another. Left to single doings, hardly ever does all of it come
// together before which a grant shows who somebody is, and so hardly ever does the want of
// one part of it show. Nor does it last: so it comes last, but for little.
func (o *office) joint() {
	by := o.trusted("shares", (*caller).works)
	k := o.addCase(by, o.shareable())
	if k == nil {
		return
	}
	event := o.addEvent(by, k, o.shareable())
	if event == nil {
		return
	}
	for i, spoken := range []string{"person", "person", "event", "part"} {
		if i < 2 || rapid.Bool().Draw(o.t, "more of it") {
			o.testimony(by, k, event, spoken)
		}
	}
	levels := []tumenv1.GrantLevel{content, identities_}
	if rapid.Bool().Draw(o.t, "identities first") {
		slices.Reverse(levels)
	}
	for _, level := range levels {
		to := o.trusted("shares with", func(c *caller) bool { return c.org != by.org && c.takesPart() && !o.grantedTo(c, k) })
		if to != nil {
			o.shares(by, k, to, level, o.mostly("to the member alone"))
		}
	}
	for range evenly(o.t, [8]int{0, 0, 0, 0, 0, 1, 1, 2}, "comes of it") {
		o.does(rapid.SampledFrom([]string{"mark", "terms", "revoke", "later", "audience", "delete", "change", "retract", "grant"}).Draw(o.t, "then"))
	}
}

// testimony adds to a shared case what a source says of a person, of the event, or of the
// part that a person had in it: each on terms of their own.
func (o *office) testimony(by *caller, k, event *thing, spoken string) {
	source := o.addSource(by, o.shareable())
	if source == nil {
		return
	}
	o.change(by, source, evenly(o.t, agreements, "agreed"))
	all, subject := []*thing{event, o.addCapture(by, source, o.shareable())}, event
	if spoken != "event" {
		if subject = o.addPerson(by, o.shareable()); subject == nil {
			return
		}
		o.change(by, subject, evenly(o.t, agreements, "agreed"))
	}
	if spoken == "part" {
		part := o.involve(by, event, subject, o.shareable())
		all = append(all, part)
		if part == nil {
			return
		}
		subject = part
	}
	all = append(all, o.claim(by, k, source, subject, o.shareable()))
	for _, t := range all {
		if t != nil && !t.now().free && rapid.Bool().Draw(o.t, "read through") {
			o.marksFree(by, t)
		}
	}
}

// shareable is a marking that mostly lets a record leave.
func (o *office) shareable() int {
	if o.mostly("marked as what is shared") {
		return limit
	}
	return evenly(o.t, [8]int{2, 2, 2, 3, 4, 4, 4, 5}, "marking to share")
}

// trusted draws somebody, mostly one who is cleared for all identities and is let through
// by the markings of what is shared; nil where nobody fits.
func (o *office) trusted(label string, fits func(*caller) bool) *caller {
	var all, trusted []*caller
	for _, c := range o.callers {
		if !fits(c) {
			continue
		}
		all = append(all, c)
		if c.clearedForAll() && c.highest <= limit {
			trusted = append(trusted, c)
		}
	}
	if len(trusted) > 0 && o.mostly("trusted") {
		all = trusted
	}
	if len(all) == 0 {
		return nil
	}
	return rapid.SampledFrom(all).Draw(o.t, label)
}

// grantedTo says whether a case is granted to somebody.
func (o *office) grantedTo(c *caller, k *thing) bool {
	return slices.ContainsFunc(o.grants, func(g *given) bool { return g.of == k && g.isTo(c) })
}

// clearedForAll says whether somebody may know of persons and of sources.
func (c *caller) clearedForAll() bool {
	return slices.Contains(c.cleared, ofIdentity) && slices.Contains(c.cleared, ofSource)
}

// mostly is so in seven of eight cases.
func (o *office) mostly(label string) bool {
	return evenly(o.t, [8]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true}, label)
}

// evenly draws one of eight, each as likely as the others: left to itself, rapid draws the
// first one of any so often that what needs several draws never comes together.
func evenly[T any](t *rapid.T, eight [8]T, label string) T {
	i := 0
	for range 3 {
		i *= 2
		if rapid.Bool().Draw(t, label) {
			i++
		}
	}
	return eight[i]
}
