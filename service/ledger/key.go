package ledger

import (
	"crypto"
	"crypto/ed25519"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/mod/sumdb/note"
)

// A Signer signs for the ledger: checkpoints of one origin, and SD-JWTs. It may
// be used by several goroutines.
type Signer struct {
	verifier *Verifier
	key      ed25519.PrivateKey
	jws      jose.Signer
}

// NewSigner makes the signer of an epoch from the seed of an Ed25519 key (RFC
// 8032), which stays the same from epoch to epoch. An origin that is none is an
// error.
func NewSigner(origin Origin, seed [ed25519.SeedSize]byte) (*Signer, error) {
	key := ed25519.NewKeyFromSeed(seed[:])
	public := key.Public().(ed25519.PublicKey)
	if !origin.valid() {
		return nil, errOrigin
	}
	text, err := note.NewEd25519VerifierKey(origin.String(), public)
	if err != nil {
		return nil, fmt.Errorf("ledger: key: %w", err)
	}
	verifier, err := NewVerifier(text)
	if err != nil {
		return nil, err
	}
	thumbprint, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("ledger: key: %w", err)
	}
	jws, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: key, KeyID: b64.EncodeToString(thumbprint)}},
		(&jose.SignerOptions{}).WithType(jwtType))
	if err != nil {
		return nil, fmt.Errorf("ledger: key: %w", err)
	}
	return &Signer{verifier: verifier, key: key, jws: jws}, nil
}

// Verifier gives the verifier of what s signs.
func (s *Signer) Verifier() *Verifier { return s.verifier }

// SignCheckpoint signs the tree of a size and root: a C2SP signed-note of about
// 250 bytes. It must never be asked for two roots of one size.
func (s *Signer) SignCheckpoint(size int64, root Hash) ([]byte, error) {
	if size < 0 || size > maxSize {
		return nil, errSize
	}
	c := Checkpoint{Origin: s.verifier.origin, Size: size, Root: root}
	signed, err := note.Sign(&note.Note{Text: c.String()}, noteSigner{s})
	if err != nil {
		return nil, fmt.Errorf("ledger: checkpoint: %w", err)
	}
	return signed, nil
}

type noteSigner struct{ *Signer }

func (s noteSigner) Name() string                     { return s.verifier.Name() }
func (s noteSigner) KeyHash() uint32                  { return s.verifier.KeyHash() }
func (s noteSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

// A Verifier verifies the checkpoints of one origin. It is a note.Verifier.
type Verifier struct {
	note.Verifier
	origin Origin
	text   string
}

// NewVerifier reads the verifier key of a ledger, as String gives it. A key of
// another algorithm or another name than an origin's is an error.
func NewVerifier(key string) (*Verifier, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("ledger: verifier key: %w", err)
	}
	origin, err := ParseOrigin(v.Name())
	if err != nil {
		return nil, err
	}
	return &Verifier{Verifier: v, origin: origin, text: key}, nil
}

// Origin gives the origin whose checkpoints v verifies.
func (v *Verifier) Origin() Origin { return v.origin }

// String gives the verifier key for policies: "origin+number+key" (C2SP
// signed-note). It differs from epoch to epoch in origin and number.
func (v *Verifier) String() string { return v.text }
