package records

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tumen/service/ledger"
)

// acknowledged is what a process had said that it did when it ended: how many steps
// each writer made, and under which checkpoint.
type acknowledged struct {
	steps [killedWriters]int
	tree  checkpointed // the largest of which it told
}

// checkpointed is a tree as a checkpoint tells of it.
type checkpointed struct {
	checkpoint []byte
	size       int64
	root       ledger.Hash
}

// line says that a writer has made a step, and gives the ledger's newest checkpoint.
func (k *killed) line(w, n int) (string, error) {
	var newest *storedLeaf
	err := k.store.View(context.Background(), func(v *View) (err error) {
		newest, _, err = leafRows{v.base}.last()
		return err
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %d %s\n", w, n, base64.StdEncoding.EncodeToString(newest.checkpoint)), nil
}

// note takes over a line.
func (a *acknowledged) note(line string) error {
	var w, n int
	var encoded string
	if _, err := fmt.Sscan(line, &w, &n, &encoded); err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	a.steps[w] = max(a.steps[w], n)
	checkpoint, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	tree, err := parseCheckpointed(checkpoint)
	if tree.size > a.tree.size {
		a.tree = tree
	}
	return err
}

func parseCheckpointed(checkpoint []byte) (t checkpointed, err error) {
	lines := strings.Split(string(checkpoint), "\n")
	if len(lines) < 3 {
		return t, errors.New("a checkpoint has three lines")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(t.root) {
		return t, fmt.Errorf("the root of a checkpoint: %q", lines[2])
	}
	t.checkpoint, t.root = checkpoint, ledger.Hash(root)
	t.size, err = strconv.ParseInt(lines[1], 10, 64)
	return t, err
}

// continued checks that the ledger is now what grew out of the tree that was
// acknowledged, and returns what it is now.
func (a *acknowledged) continued(v *View) (now checkpointed, err error) {
	last, size, err := leafRows{v.base}.last()
	if err != nil {
		return now, err
	}
	if now, err = parseCheckpointed(last.checkpoint); err != nil || now.size != size {
		return now, fmt.Errorf("%d leaves, and a checkpoint over %d: %v", size, now.size, err)
	}
	if a.tree.size == 0 {
		return now, nil
	}
	verifier, err := note.NewVerifier(v.store.VerifierKey())
	if err != nil {
		return now, err
	}
	if _, err := note.Open(a.tree.checkpoint, note.VerifierList(verifier)); err != nil {
		return now, fmt.Errorf("the acknowledged checkpoint: %w", err)
	}
	if size < a.tree.size {
		return now, fmt.Errorf("a checkpoint over %d leaves was acknowledged; there are %d", a.tree.size, size)
	}
	hashes, err := tlog.ProveTree(size, a.tree.size, leafRows{v.base})
	if err != nil {
		return now, err
	}
	return now, proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(a.tree.size), uint64(size), path(hashes), a.tree.root[:], now.root[:])
}

// provable checks that a revision is committed to by a leaf of the tree.
func (t checkpointed) provable(v *View, name string, revision int64) error {
	c, err := v.Committed(name, revision)
	if err != nil {
		return fmt.Errorf("%s, revision %d: %w", name, revision, err)
	}
	hashes, err := v.Prove(t.size, c.Leaf)
	if err != nil {
		return fmt.Errorf("%s, revision %d: %w", name, revision, err)
	}
	commitment := ledger.Commitment(c.Salt, c.Entry)
	leaf := rfc6962.DefaultHasher.HashLeaf(commitment[:])
	return proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(c.Leaf), uint64(t.size), leaf, path(hashes), t.root[:])
}

func path(hashes []ledger.Hash) [][]byte {
	var p [][]byte
	for _, h := range hashes {
		p = append(p, h[:])
	}
	return p
}
