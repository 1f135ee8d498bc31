package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// Prove returns the hashes by which a leaf is found in the tree of that size
// (RFC 6962, section 2.1.1), from the leaf upwards. index counts from 0.
func Prove(size, index int64, r tlog.HashReader) ([]Hash, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("ledger: no leaf %d among %d", index, size)
	}
	return tlog.ProveRecord(size, index, r)
}

// ProveGrowth proves that the tree of size to begins with that of size from (RFC
// 6962, section 2.1.2). From the empty tree on, and to the same size, there is
// nothing to prove, and the proof is empty, as witnesses expect it.
func ProveGrowth(from, to int64, r tlog.HashReader) ([]Hash, error) {
	switch {
	case from < 0 || from > to:
		return nil, fmt.Errorf("ledger: a tree of %d does not grow out of one of %d", to, from)
	case from == 0 || from == to:
		return nil, nil
	}
	return tlog.ProveTree(to, from, r)
}

// RootAt is the root of the tree when it had that size.
func RootAt(size int64, r tlog.HashReader) (Hash, error) { return tlog.TreeHash(size, r) }

// AppendProof appends the proof of a leaf under a checkpoint as text (C2SP
// tlog-proof):
//
//	c2sp.org/tlog-proof@v1
//	index 4
//	<a hash in base64, one a line, from the leaf upwards>
//
//	<the checkpoint, as it was signed>
func AppendProof(dst []byte, index int64, hashes []Hash, checkpoint []byte) []byte {
	dst = append(dst, "c2sp.org/tlog-proof@v1\nindex "...)
	dst = append(strconv.AppendInt(dst, index, 10), '\n')
	for _, h := range hashes {
		dst = append(base64.StdEncoding.AppendEncode(dst, h[:]), '\n')
	}
	return append(append(dst, '\n'), checkpoint...)
}
