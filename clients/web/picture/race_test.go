//go:build race

package picture

import (
	"flag"
	"os"
	"testing"
)

// Drawing is a loop over pixels, which the race detector makes ten times as slow, and
// nothing here runs beside anything else: a few draws are enough under it.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.checks", "2"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
