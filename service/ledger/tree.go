package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Rows gives what is stored of the tree, in one transaction or snapshot. What
// isn't there is an error: the tree asks only for what it was told was put.
type Rows interface {
	// Commitment gives the commitment that is leaf index of the tree, from 0.
	Commitment(index int64) (Hash, error)
	// Hash gives one of the hashes above the leaves, by the index under which
	// Appended.Rows told to store it.
	Hash(stored int64) (Hash, error)
}

// A Row is a hash above the leaves that has to be stored.
type Row struct {
	Stored int64 // its index among the hashes of the tree (tlog.StoredHashIndex)
	Hash   Hash
}

// maxSize keeps the arithmetic on indexes away from overflow.
const maxSize = 1 << 56

var errSize = errors.New("ledger: the tree has no such size")

// A Tree is the right edge of the tree: what it takes to append without reading.
// It belongs to the one goroutine that appends; whoever reads takes the size
// from a checkpoint and the rest from Rows.
type Tree struct {
	size int64
	edge []Hash // by level: the hash of the full subtree of 2^level leaves, where the size has that bit
}

// Open reads the edge of a tree of this size, at most 56 hashes. The caller
// compares Root with its last checkpoint. Errors are those of rows, and of a
// size below 0 or above 2^56.
func Open(rows Rows, size int64) (*Tree, error) {
	if size < 0 || size > maxSize {
		return nil, errSize
	}
	t := &Tree{size: size, edge: make([]Hash, bits.Len64(uint64(size)))}
	for level := range t.edge {
		if size>>level&1 == 0 {
			continue
		}
		// The subtree ends where the higher bits of the size end.
		h, err := readHash(rows, level, size>>level-1)
		if err != nil {
			return nil, err
		}
		t.edge[level] = h
	}
	return t, nil
}

// Size gives the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root gives the root (RFC 6962, section 2.1); of the empty tree SHA-256 of
// nothing.
func (t *Tree) Root() Hash { return rootOf(t.size, t.edge) }

func rootOf(size int64, edge []Hash) Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	level := bits.TrailingZeros64(uint64(size))
	root := edge[level]
	for level++; level < len(edge); level++ {
		if size>>level&1 == 1 {
			root = tlog.NodeHash(edge[level], root)
		}
	}
	return root
}

// Appended is a tree with further leaves, while the transaction that stores
// them may still fail. Dropping it abandons them.
type Appended struct {
	// First is the index of the first new leaf.
	First int64
	// Rows are the new hashes above the leaves, in ascending order: about one
	// for each leaf.
	Rows []Row
	tree Tree
}

// Append gives the tree with further leaves; t stays as it is. It reads
// nothing, and computes about two hashes for each leaf. A size above 2^56 is an
// error.
func (t *Tree) Append(commitments []Hash) (*Appended, error) {
	if int64(len(commitments)) > maxSize-t.size {
		return nil, errSize
	}
	size := t.size + int64(len(commitments))
	edge := make([]Hash, bits.Len64(uint64(size)))
	copy(edge, t.edge)
	a := &Appended{First: t.size, tree: Tree{size: size, edge: edge}}
	a.Rows = make([]Row, 0, aboveLeaves(size)-aboveLeaves(t.size))
	for i := range commitments {
		n, h := t.size+int64(i), tlog.RecordHash(commitments[i][:])
		level := 0
		// Each trailing 1 of n is a full subtree that this leaf doubles.
		for ; n>>level&1 == 1; level++ {
			h = tlog.NodeHash(edge[level], h)
			a.Rows = append(a.Rows, Row{tlog.StoredHashIndex(level+1, n>>(level+1)), h})
		}
		edge[level] = h
	}
	return a, nil
}

// aboveLeaves counts the full subtrees of more than one leaf: one fewer than
// leaves in each subtree of the edge.
func aboveLeaves(size int64) int64 { return size - int64(bits.OnesCount64(uint64(size))) }

// Size gives the number of leaves once committed.
func (a *Appended) Size() int64 { return a.tree.size }

// Root gives the root once committed.
func (a *Appended) Root() Hash { return a.tree.Root() }

// Commit makes current what was appended, once its transaction is durable. What
// wasn't appended to the tree as it is now is refused: then two groups were in
// the making, and only one of them can be stored.
func (t *Tree) Commit(a *Appended) error {
	if a.First != t.size {
		return fmt.Errorf("ledger: leaves were appended to a tree of %d that now has %d", a.First, t.size)
	}
	*t = a.tree
	return nil
}

// readHash reads a hash of the tree; those of the leaves follow from the
// commitments.
func readHash(rows Rows, level int, n int64) (Hash, error) {
	if level > 0 {
		return rows.Hash(tlog.StoredHashIndex(level, n))
	}
	commitment, err := rows.Commitment(n)
	if err != nil {
		return Hash{}, err
	}
	return tlog.RecordHash(commitment[:]), nil
}

// hashReader is the form in which tlog wants the rows.
func hashReader(rows Rows) tlog.HashReader {
	return tlog.HashReaderFunc(func(stored []int64) ([]Hash, error) {
		hashes := make([]Hash, len(stored))
		for i, index := range stored {
			level, n := tlog.SplitStoredHashIndex(index)
			h, err := readHash(rows, level, n)
			if err != nil {
				return nil, err
			}
			hashes[i] = h
		}
		return hashes, nil
	})
}
