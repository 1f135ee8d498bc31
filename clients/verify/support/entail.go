package support

// A part entails another if it can be true only if the other is.

func (e *Evidence) entails(a, b *part) bool {
	switch {
	case a.kind != b.kind:
		return false
	case a.key == b.key:
		return true
	}
	switch a.kind {
	case Bound:
		return a.axis == b.axis && (a.bound == b.bound || (a.bound < b.bound) == a.axis.upper)
	case Moment:
		return a.clock.entails(b.clock) && a.date.entails(b.date, e.Lasting)
	case Birth:
		return a.date.entails(b.date, false)
	case Place:
		return a.second == b.second && e.Contains != nil && e.Contains(b.first, a.first)
	case Attitude:
		return (b.first == "" || a.first == b.first) && (b.second == "" || a.second == b.second)
	case Custody, Name, Relation:
		return a.first == b.first && (b.second == "" || a.second == b.second)
	}
	return false
}

// entails: "about" follows from the exact time, and not the other way round.
func (c clock) entails(wanted clock) bool {
	switch {
	case wanted.at == "":
		return true
	case c.at != wanted.at, wanted.offset != "" && c.offset != wanted.offset:
		return false
	}
	return wanted.approximate || !c.approximate
}

// saysPart: one of what is said entails the part.
func (e *Evidence) saysPart(said []part, wanted *part) bool {
	for i := range said {
		if e.entails(&said[i], wanted) {
			return true
		}
	}
	return false
}

func (e *Evidence) saysParts(said, wanted []part) bool {
	for i := range wanted {
		if !e.saysPart(said, &wanted[i]) {
			return false
		}
	}
	return true
}

// saysValue: a value that is words, or partly, is entailed by nothing.
func (e *Evidence) saysValue(said []part, wanted *Value) bool {
	return len(wanted.parts) > 0 && !wanted.vague && e.saysParts(said, wanted.parts)
}
