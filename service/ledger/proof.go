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
