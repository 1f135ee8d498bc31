package records

import (
	"slices"
	"testing"

	"tumen/service/ledger"
	"tumen/storage/storagetest"
)

// TestPathsAreReadOnce: what is kept gives the same proofs, in whatever tree, and
// saves nearly all that is read for them.
func TestPathsAreReadOnce(t *testing.T) {
	backend := storagetest.NewCounting(boltStore(t))
	o := openOffice(t, backend)
	claimsOf(o, 90)
	o.view(func(v *View) error {
		_, all, err := v.Checkpoint()
		must(t, err)
		var paths Paths // the hashes are the same in every tree
		for _, size := range []int64{all, all - 1, 64, 1} {
			for leaf := range size {
				want, err := v.Prove(size, leaf)
				must(t, err)
				got, err := paths.Prove(v, size, leaf)
				must(t, err)
				if !slices.Equal[[]ledger.Hash](got, want) {
					t.Errorf("leaf %d of %d", leaf, size)
				}
			}
		}
		before := backend.Counts()
		for leaf := range all {
			_, err := paths.Prove(v, all, leaf)
			must(t, err)
		}
		if rows := backend.Counts().Sub(before).RowsRead; int64(rows) > all {
			t.Errorf("%d rows read for the paths of %d leaves", rows, all)
		}
		if _, err := paths.Prove(v, all, all); err == nil {
			t.Error("a leaf that is not there has a path")
		}
		return nil
	})
}
