package service_test

import (
	"slices"

	"pgregory.net/rapid"
)

// joint records what two organisations work on together: a case with somebody who is
// concerned by it and a source of its own, mostly marked so that it may be shared, mostly
// with their word on that, and granted, mostly by and to who may know them. Left to
// single doings, hardly ever does all of it come together before which a grant shows who
// somebody is, and so hardly ever does the want of one part of it show.
func (o *office) joint() {
	by := o.trusted("shares", (*caller).works)
	k := o.addCase(by, o.shareable())
	if k == nil {
		return
	}
	event := o.addEvent(by, k, o.shareable())
	person, source := o.addPerson(by, o.shareable()), o.addSource(by, o.shareable())
	if event == nil || person == nil || source == nil {
		return
	}
	for _, t := range []*thing{
		event,
		o.involve(by, event, person, o.shareable()),
		o.claim(by, k, source, rapid.SampledFrom([]*thing{event, person, person}).Draw(o.t, "spoken to"), o.shareable()),
		o.addCapture(by, source, o.shareable()),
	} {
		if t != nil && rapid.Bool().Draw(o.t, "read through") {
			o.marksFree(by, t)
		}
	}
	for _, t := range []*thing{person, source} {
		o.change(by, t, "terms")
	}
	o.shares(by, k, o.trusted("shares with", func(c *caller) bool { return c.org != by.org && c.takesPart() }))
}

// shareable is a marking that mostly lets a record leave.
func (o *office) shareable() int {
	return rapid.SampledFrom([]int{3, 3, 4, 5, 3, 3, 4, 2}).Draw(o.t, "marking to share")
}

// trusted draws somebody, mostly one who is cleared for all identities and is let through
// by the markings of what is shared.
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
	if len(trusted) > 0 && rapid.IntRange(0, 3).Draw(o.t, "trusted") > 0 {
		all = trusted
	}
	return rapid.SampledFrom(all).Draw(o.t, label)
}

// clearedForAll says whether somebody may know of persons and of sources.
func (c *caller) clearedForAll() bool {
	return slices.Contains(c.cleared, ofIdentity) && slices.Contains(c.cleared, ofSource)
}
