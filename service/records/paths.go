package records

import (
	"golang.org/x/mod/sumdb/tlog"

	"tumen/service/ledger"
)

// Paths keeps hashes of the ledger's tree that the proofs of many leaves have in
// common. It may outlive the snapshots that they were read in: a hash that is
// stored never changes. It is for one goroutine at a time.
type Paths struct{ known map[int64]ledger.Hash }

// maxPaths bounds how many hashes are kept: those of all subtrees of a ledger of
// 32,000 leaves, or of those of four leaves or more among 100,000 that are exported.
const maxPaths = 32 << 10

// Prove is View.Prove in a snapshot.
func (p *Paths) Prove(v *View, size, leaf int64) ([]ledger.Hash, error) {
	return ledger.Prove(size, leaf, pathReader{p, leafRows{v.base}, size - 1})
}

// pathReader reads hashes that are not known yet.
type pathReader struct {
	paths *Paths
	rows  leafRows
	last  int64 // leaf of the tree, whose hash is in the path of all where it has no other beside it
}

// ReadHashes implements tlog.HashReader.
func (r pathReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		known, ok := r.paths.known[index]
		if !ok {
			read, err := r.rows.ReadHashes(indexes[i : i+1])
			if err != nil {
				return nil, err
			}
			known = read[0]
			if level, n := tlog.SplitStoredHashIndex(index); level > 0 || n == r.last { // other leaves are in one path each
				r.paths.keep(index, known)
			}
		}
		hashes[i] = known
	}
	return hashes, nil
}

func (p *Paths) keep(index int64, h ledger.Hash) {
	if p.known == nil || len(p.known) >= maxPaths {
		p.known = make(map[int64]ledger.Hash, 1<<10)
	}
	p.known[index] = h
}
