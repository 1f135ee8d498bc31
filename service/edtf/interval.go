package edtf

// Interval is a run of days, both ends inclusive. Min as Earliest and Max as
// Latest mean that the side is open or unknown. An Interval whose Earliest is
// after its Latest is empty: it contains nothing and meets nothing.
type Interval struct{ Earliest, Latest Day }

// Empty says whether no day lies in i.
func (i Interval) Empty() bool { return i.Earliest > i.Latest }

// Contains says whether o is not empty and lies wholly in i. Only an open
// side contains an open side.
func (i Interval) Contains(o Interval) bool {
	return !o.Empty() && i.Earliest <= o.Earliest && o.Latest <= i.Latest
}

// Meets says whether at least one day lies in both.
func (i Interval) Meets(o Interval) bool {
	return !i.Empty() && !o.Empty() && i.Earliest <= o.Latest && o.Earliest <= i.Latest
}

// Intersect returns the days in both, and false where there are none.
func (i Interval) Intersect(o Interval) (Interval, bool) {
	if !i.Meets(o) {
		return Interval{}, false
	}
	return Interval{max(i.Earliest, o.Earliest), min(i.Latest, o.Latest)}, true
}

// Hull returns the smallest interval that contains both; an empty one adds
// nothing.
func (i Interval) Hull(o Interval) Interval {
	switch {
	case o.Empty():
		return i
	case i.Empty():
		return o
	}
	return Interval{min(i.Earliest, o.Earliest), max(i.Latest, o.Latest)}
}

// Days is the number of days in i, and false where a side has no bound.
func (i Interval) Days() (int64, bool) {
	if i.Earliest == Min || i.Latest == Max {
		return 0, false
	}
	return max(0, int64(i.Latest)-int64(i.Earliest)+1), true
}

// String prints both ends as EDTF does: 2023-10-01/2023-10-31, ".." for none.
func (i Interval) String() string { return i.Earliest.String() + "/" + i.Latest.String() }
