//go:build !linux

package daemon

import (
	"os"
	"testing"
)

// asOrdinaryUser runs fn without the privileges of root, who may read anything.
func asOrdinaryUser(t *testing.T, _ string, fn func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("root may read anything, and here nothing takes that from it")
	}
	fn()
}
