package corroboration

// Bounds of what is listed. What is counted has none.
const (
	// mostReached is how many origins are named for one relayed claim, and how
	// many possible ones for one unresolved.
	mostReached = 50
	// mostListed is how many claims are named in all the values of a support,
	// and again in all its agreements. A value names nearly every asserting
	// claim, as entailing it or as left out.
	mostListed = 1 << 16
)

// allowance is what may still be listed.
type allowance struct {
	left    int
	refused int // how often something did not fit
}

// take says whether n more entries may be listed.
func (a *allowance) take(n int) bool {
	if n > a.left {
		a.refused++
		return false
	}
	a.left -= n
	return true
}
