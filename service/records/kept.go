package records

// keptRow is the current revision of a record as it was opened to be decoded.
type keptRow struct {
	stored storedRevision
	opened openedRevision
}

// maxKept bounds how much is kept of what is never asked for.
const maxKept = 2048

// Keeping returns a View of the same snapshot and sight that keeps what it opens
// until Outline or Committed have asked for it: for who decides about records by
// what they are, and soon after wants to know more of those.
func (v *View) Keeping() *View {
	c := v.As(v.sight)
	c.kept = map[Key]keptRow{}
	return c
}

func (v *View) keepRow(k Key, stored storedRevision, opened openedRevision) {
	if v.kept == nil {
		return
	}
	if len(v.kept) >= maxKept {
		clear(v.kept)
	}
	v.kept[k] = keptRow{stored, opened}
}

// takeKept gives what was kept of a record, once.
func (v *View) takeKept(k Key) (storedRevision, openedRevision) {
	r := v.kept[k]
	delete(v.kept, k)
	return r.stored, r.opened
}
