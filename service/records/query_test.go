package records

import (
	"testing"

	"tumen/service/edtf"
)

// days reads a period.
func days(t testing.TB, s string) edtf.Interval {
	t.Helper()
	d, err := edtf.Parse(s)
	must(t, err)
	return d.Interval()
}
