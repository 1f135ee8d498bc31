package ledger

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Root gives the root that the tree had at an earlier size, or has now. Errors
// are those of rows, and of a size below 0 or above 2^56.
func Root(rows Rows, size int64) (Hash, error) {
	t, err := Open(rows, size)
	if err != nil {
		return Hash{}, err
	}
	return t.Root(), nil
}

// Inclusion proves that a leaf is in the tree of the given size: the audit path
// of RFC 6962, section 2.1.1, at most 56 hashes from the leaf upwards. An index
// beyond the tree is an error, as are those of rows.
func Inclusion(rows Rows, size, index int64) ([]Hash, error) {
	if size > maxSize || index < 0 || index >= size {
		return nil, fmt.Errorf("ledger: a tree of %d has no leaf %d", size, index)
	}
	return tlog.ProveRecord(size, index, hashReader(rows))
}

// Consistency proves that the tree of size to begins with the tree of size
// from: RFC 6962, section 2.1.2. From the empty tree on there is nothing to
// prove, and the proof is empty, as witnesses expect it (C2SP tlog-witness). A
// from beyond to is an error, as are those of rows.
func Consistency(rows Rows, from, to int64) ([]Hash, error) {
	switch {
	case from < 0 || from > to || to > maxSize:
		return nil, fmt.Errorf("ledger: a tree of %d does not grow out of one of %d", to, from)
	case from == 0:
		return nil, nil
	}
	return tlog.ProveTree(to, from, hashReader(rows))
}

// AppendProof appends to dst the proof of one leaf that a stranger checks with
// nothing but the verifier of the ledger: a C2SP tlog-proof with the inclusion
// of the leaf in the tree of the checkpoint, and the checkpoint as it is. That
// the checkpoint is signed is for its reader to verify; one that can't be read,
// an index beyond it and those of rows are errors; then dst comes back as it
// was.
func AppendProof(dst []byte, rows Rows, index int64, checkpoint []byte) ([]byte, error) {
	unverified := &note.UnverifiedNoteError{}
	if _, err := note.Open(checkpoint, note.VerifierList()); !errors.As(err, &unverified) {
		return dst, errCheckpoint
	}
	c, err := parseCheckpoint(unverified.Note.Text)
	if err != nil {
		return dst, err
	}
	proof, err := Inclusion(rows, c.Size, index)
	if err != nil {
		return dst, err
	}
	dst = append(dst, "c2sp.org/tlog-proof@v1\nindex "...)
	dst = strconv.AppendInt(dst, index, 10)
	for _, h := range proof {
		dst = append(dst, '\n')
		dst = append(dst, h.String()...)
	}
	dst = append(dst, "\n\n"...)
	return append(dst, checkpoint...), nil
}
