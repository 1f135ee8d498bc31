package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// told is a checkpoint that a server gave to a caller, who keeps it, and the key
// that the caller got with the first of them.
type told struct {
	verifier note.Verifier
	size     int64
	root     []byte
}

// ask gets the newest checkpoint.
func (t told) ask(ctx context.Context, conn *client.Conn) (told, error) {
	r, err := conn.Ledger.GetCheckpoint(ctx, &tumenv1.GetCheckpointRequest{})
	if err != nil {
		return told{}, err
	}
	if t.verifier == nil {
		if t.verifier, err = note.NewVerifier(r.GetVerifierKey()); err != nil {
			return told{}, err
		}
	}
	n, err := note.Open([]byte(r.GetCheckpoint()), note.VerifierList(t.verifier))
	if err != nil {
		return told{}, err
	}
	var origin, root string
	if _, err := fmt.Sscan(n.Text, &origin, &t.size, &root); err != nil {
		return told{}, fmt.Errorf("a checkpoint of %d lines: %w", strings.Count(n.Text, "\n"), err)
	}
	t.root, err = base64.StdEncoding.DecodeString(root)
	if err == nil && len(t.root) != sha256.Size {
		err = fmt.Errorf("a root of %d bytes", len(t.root))
	}
	return t, err
}

// grown checks that the server's ledger is one that grew out of the tree which was
// told, under the same key. The roots are those of the checkpoints: what the server
// says of the older one now counts for nothing.
func (t told) grown(ctx context.Context, conn *client.Conn) error {
	now, err := t.ask(ctx, conn)
	if err != nil || t.size == 0 {
		return err
	}
	if now.size < t.size {
		return fmt.Errorf("a checkpoint over %d leaves was told; there are %d", t.size, now.size)
	}
	p, err := conn.Ledger.ProveConsistency(ctx, &tumenv1.ProveConsistencyRequest{FromSize: t.size, ToSize: now.size})
	if err != nil {
		return err
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(t.size), uint64(now.size), p.GetHashes(), t.root, now.root)
}
