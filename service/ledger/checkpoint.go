package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

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

// Size is the number of leaves under a checkpoint that this signer signed, whoever
// cosigned it.
func (s *Signer) Size(checkpoint []byte) (int64, error) {
	n, err := s.open(checkpoint)
	if err != nil {
		return 0, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != s.origin {
		return 0, fmt.Errorf("ledger: not a checkpoint of %s", s.origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return 0, fmt.Errorf("ledger: not a checkpoint of %s", s.origin)
	}
	return size, nil
}

func (s *Signer) open(checkpoint []byte) (*note.Note, error) {
	v, err := note.NewVerifier(s.verifier)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	n, err := note.Open(checkpoint, note.VerifierList(v))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return n, nil
}

// Open checks the signature of a checkpoint and that it is of that tree.
func (s *Signer) Open(checkpoint []byte, t Tree) error {
	n, err := s.open(checkpoint)
	if err != nil {
		return err
	}
	root := t.Root()
	if n.Text != fmt.Sprintf("%s\n%d\n%s\n", s.origin, t.size, base64.StdEncoding.EncodeToString(root[:])) {
		return fmt.Errorf("ledger: the checkpoint is not that of the tree")
	}
	return nil
}
