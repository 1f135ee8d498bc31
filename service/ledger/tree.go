package ledger

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of the tree: of a leaf or of a subtree (RFC 6962, section 2.1).
type Hash = tlog.Hash

// Tree is the right edge of a Merkle tree (RFC 6962): all that is needed to let it
// grow. It is a value: a copy grows without the original.
type Tree struct {
	size int64
	edge []Hash // of the largest complete subtrees, from the left; one for each bit of size
}

// Size is how many leaves there are.
func (t Tree) Size() int64 { return t.size }

// LeafHash is the hash of the leaf of a commitment.
func LeafHash(commitment [32]byte) Hash { return tlog.RecordHash(commitment[:]) }

// Append adds a leaf and returns the tree with it, and the hashes of the subtrees
// that it completes, from small to large: none for the first of two leaves, one
// for the second, two for the fourth, and so on. They are what a HashReader has to
// give for the stored hashes above the leaf.
func (t Tree) Append(commitment [32]byte) (Tree, []Hash) {
	h := LeafHash(commitment)
	completed := bits.TrailingZeros64(^uint64(t.size))
	kept := len(t.edge) - completed
	var above []Hash
	for i := range completed {
		h = tlog.NodeHash(t.edge[len(t.edge)-1-i], h)
		above = append(above, h)
	}
	// A new edge: the one it grew from stays as it is.
	edge := append(append(make([]Hash, 0, kept+1), t.edge[:kept]...), h)
	return Tree{t.size + 1, edge}, above
}

// Root is the hash of the whole tree; that of an empty one is the hash of nothing.
func (t Tree) Root() Hash {
	if t.size == 0 {
		h, _ := tlog.TreeHash(0, nil) // which reads nothing
		return h
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.edge[i], h)
	}
	return h
}

// ReadTree rebuilds the edge of a tree of that size from its stored hashes.
func ReadTree(size int64, r tlog.HashReader) (Tree, error) {
	t := Tree{size: size}
	var indexes []int64
	var done int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, done>>level))
			done += 1 << level
		}
	}
	var err error
	if len(indexes) > 0 {
		t.edge, err = r.ReadHashes(indexes)
	}
	if err == nil && len(t.edge) != len(indexes) {
		err = fmt.Errorf("ledger: %d hashes asked for, %d read", len(indexes), len(t.edge))
	}
	return t, err
}
