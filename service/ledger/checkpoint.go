package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs checkpoints for one origin, which is also the name of its key.
type Signer struct {
	origin   string
	signer   note.Signer
	private  ed25519.PrivateKey // the same key, for what is no note
	verifier string
}

// algorithm is that of a signed note's key: Ed25519.
const algorithm = 1

// NewSigner makes a signer from an Ed25519 seed of 32 bytes. An origin has
// neither spaces nor plus signs.
func NewSigner(origin string, seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("ledger: a seed has %d bytes, not %d", ed25519.SeedSize, len(seed))
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := private.Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	key := base64.StdEncoding.EncodeToString(append([]byte{algorithm}, seed...))
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, v.KeyHash(), key))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return &Signer{origin, signer, private, verifier}, nil
}

// Origin is the name of the log.
func (s *Signer) Origin() string { return s.origin }

// VerifierKey is what others verify checkpoints with, as C2SP signed-note writes
// it: origin, key hash and key.
func (s *Signer) VerifierKey() string { return s.verifier }

// Checkpoint signs the state of a tree (C2SP tlog-checkpoint): origin, size and
// root, one line each, and the signature.
func (s *Signer) Checkpoint(t Tree) ([]byte, error) {
	root := t.Root()
	return note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", s.origin, t.size, base64.StdEncoding.EncodeToString(root[:]))}, s.signer)
}

// Open checks the signature of a checkpoint and that it is of that tree.
func (s *Signer) Open(checkpoint []byte, t Tree) error {
	v, err := note.NewVerifier(s.verifier)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	n, err := note.Open(checkpoint, note.VerifierList(v))
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	root := t.Root()
	if n.Text != fmt.Sprintf("%s\n%d\n%s\n", s.origin, t.size, base64.StdEncoding.EncodeToString(root[:])) {
		return fmt.Errorf("ledger: the checkpoint is not that of the tree")
	}
	return nil
}
