package edtf

// Certainty says whether something follows from a recorded time.
type Certainty int

const (
	// No: impossible as dated.
	No Certainty = iota
	// Maybe: as dated, it may be so or not.
	Maybe
	// DatedSo: it follows for certain from the recorded time. That the
	// recorded time is itself uncertain (?) is not weighed.
	DatedSo
)

// String names the certainty: "no", "may be", "dated so".
func (c Certainty) String() string {
	switch c {
	case DatedSo:
		return "dated so"
	case Maybe:
		return "may be"
	}
	return "no"
}

// Interval is the time of a momentary act: the earliest and the latest day on
// which it may have been. It is the hull where d has gaps (sets, masks).
func (d Date) Interval() Interval {
	all := d.alternatives()
	hull := all[0].hull
	for _, a := range all[1:] {
		hull = hull.Hull(a.hull)
	}
	return hull
}

// Span is the time of an act that lasts: when it began and when it ended.
type Span struct {
	Start Interval
	// End is Max/Max while the act is still going on.
	End Interval
	// Ongoing: the end is open (..): as recorded, it is still going on.
	Ongoing bool
}

// Span reads d as the time of an act that lasts. For a/b, Start and End are
// those of its ends, cut to what the other leaves possible (nothing ends
// before it begins): an unknown end (a/) lies anywhere from the start on, an
// unknown or open start anywhere before the end. Anything else means that the
// act began and ended within that time.
func (d Date) Span() Span {
	if d.form != between {
		hull := d.Interval()
		return Span{Start: hull, End: hull}
	}
	start, end := d.dates[0].alternative(d.night), d.endAlternative()
	s := Span{Start: start.hull, End: end.hull, Ongoing: d.dates[1].end == open}
	// Parse saw to it that some start lies before some end.
	if last, ok := start.previous(s.End.Latest); ok {
		s.Start.Latest = min(last.Latest, s.End.Latest)
	}
	if first, ok := end.next(s.Start.Earliest); ok {
		s.End.Earliest = max(first.Earliest, s.Start.Earliest)
	}
	return s
}

// endAlternative is the end of a/b, Max/Max where it is open.
func (d Date) endAlternative() alternative {
	if d.dates[1].end == open {
		return run(Interval{Max, Max})
	}
	return d.dates[1].alternative(d.night)
}

// Within says whether it happened in the period or, for an act that lasts,
// began and ended there. What is still going on lies only within a period
// that has no end. Nothing lies within an empty period.
func Within(d Date, lasting bool, period Interval) Certainty {
	if period.Empty() {
		return No
	}
	if lasting && d.form == between {
		return d.spanWithin(period)
	}
	if period.Contains(d.Interval()) {
		return DatedSo
	}
	for _, a := range d.alternatives() {
		if a.meets(period) {
			return Maybe
		}
	}
	return No
}

func (d Date) spanWithin(period Interval) Certainty {
	span := d.Span()
	if period.Contains(span.Start) && period.Contains(span.End) {
		return DatedSo
	}
	// The first day on which it may have begun there, the last on which it
	// may have ended there.
	begun, ok := d.dates[0].alternative(d.night).next(period.Earliest)
	if !ok {
		return No
	}
	ended, ok := d.endAlternative().previous(period.Latest)
	if !ok {
		return No
	}
	first, last := max(begun.Earliest, period.Earliest), min(ended.Latest, period.Latest)
	if first > last {
		return No
	}
	return Maybe
}

// OngoingIn says whether an act that lasts was going on on at least one day of
// the period. An act still going on (a/..) is so in every period after its
// start, later ones included. Nothing is going on in an empty period.
func OngoingIn(d Date, period Interval) Certainty {
	if d.form != between || period.Empty() {
		return Within(d, true, period)
	}
	span := d.Span()
	switch {
	case span.Start.Earliest > period.Latest || span.End.Latest < period.Earliest:
		return No
	case span.Start.Latest <= period.Latest && span.End.Earliest >= period.Earliest:
		return DatedSo
	}
	return Maybe
}
