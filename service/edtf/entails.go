package edtf

// mostStretches bounds the work of one comparison. Only sets of masks that
// cover thousands of years come near it; beyond it nothing is entailed, which
// is the safe side: what is not shown is not counted as support.
const mostStretches = 1 << 14

// Entails says whether a, as the time of a momentary act, can be true only if
// b is: every day that a leaves possible is possible in b too. Gaps count:
// 2004-04 does not entail [2004-03,2004-05], 2004-03-31 entails 2004-XX-31.
func Entails(a, b Date) bool {
	if a.night == b.night && a.String() == b.String() {
		return true
	}
	return covers(b.alternatives(), a.alternatives())
}

// EntailsLasting is Entails for acts that last. If b is a duration c/d, a must
// have begun where c allows and ended where d allows; otherwise the whole of a
// must lie within one unit of b: a detention dated 2020-12/2021-01 is no
// detention within [2020,2021]. That b is still going on (..) is entailed only
// by an a that is, too.
func EntailsLasting(a, b Date) bool {
	if a.night == b.night && a.String() == b.String() {
		return true
	}
	if b.form == between {
		span := a.Span()
		return covers([]alternative{b.dates[0].alternative(b.night)}, []alternative{run(span.Start)}) &&
			covers([]alternative{b.endAlternative()}, []alternative{run(span.End)})
	}
	units := a.alternatives()
	if a.form == between {
		span := a.Span()
		units = []alternative{run(span.Start.Hull(span.End))}
	}
	one := b.alternatives()
	for _, unit := range units {
		if !insideOne(unit, one) {
			return false
		}
	}
	return true
}

// covers says whether every stretch of the inner alternatives is covered by
// the outer ones together.
func covers(outer, inner []alternative) bool {
	steps := mostStretches
	for _, a := range inner {
		for from := a.hull.Earliest; ; {
			stretch, ok := a.next(from)
			if !ok {
				break
			}
			reach, ok := covered(outer, max(from, stretch.Earliest), stretch.Latest, &steps)
			if !ok {
				return false
			}
			if reach >= a.hull.Latest {
				break
			}
			from = reach + 1
		}
	}
	return true
}

// covered follows the outer stretches from day on until last is reached. It
// returns how far they reach without a gap, at least last, or false.
func covered(outer []alternative, day, last Day, steps *int) (Day, bool) {
	for {
		reach, found := day, false
		for _, o := range outer {
			*steps--
			if stretch, ok := o.next(day); ok && stretch.Earliest <= day {
				reach, found = max(reach, stretch.Latest), true
			}
		}
		switch {
		case !found || *steps < 0:
			return 0, false
		case reach >= last:
			return reach, true
		}
		day = reach + 1
	}
}

// insideOne says whether each stretch of a lies in a single stretch of outer.
func insideOne(a alternative, outer []alternative) bool {
	steps := mostStretches
	for from := a.hull.Earliest; ; {
		stretch, ok := a.next(from)
		if !ok {
			return true
		}
		found := false
		for _, o := range outer {
			steps--
			// Of the stretches that end late enough the first begins earliest.
			hit, ok := o.next(stretch.Latest)
			found = found || ok && hit.Contains(stretch)
		}
		if !found || steps < 0 {
			return false
		}
		if stretch.Latest >= a.hull.Latest {
			return true
		}
		from = stretch.Latest + 1
	}
}
