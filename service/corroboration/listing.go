package corroboration

// Bounds of what is listed. What is counted has none.
const (
	// mostReached is how many origins are named for one relayed claim, and how
	// many possible ones for one unresolved.
	mostReached = 50
	// mostListed is about how many names stand in all the values of a support,
	// and again in all its agreements. A value names every asserting claim, as
	// entailing it or as left out, and a relay with each origin that it leads
	// to.
	mostListed = 1 << 16
)

// allowance is what may still be listed.
type allowance struct{ left int }

// take says whether n more entries may be listed.
func (a *allowance) take(n int) bool {
	if n > a.left {
		return false
	}
	a.left -= n
	return true
}
