package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// A Witness verifies the cosignatures of one witness (C2SP tlog-cosignature,
// Ed25519). It is a note.Verifier.
type Witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

const (
	cosignature     = 4 // the algorithm, in keys of C2SP signed-note
	cosignatureSize = 8 + ed25519.SignatureSize
)

var (
	errWitness     = errors.New("ledger: not the verifier key of a witness")
	errCosignature = errors.New("ledger: not a cosignature")
)

// NewWitness reads the verifier key of a witness: "name+number+key", where the
// key is base64 of the byte 4 and the Ed25519 key.
func NewWitness(key string) (*Witness, error) {
	name, rest, _ := strings.Cut(key, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	k, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(k) != 1+ed25519.PublicKeySize || k[0] != cosignature {
		return nil, errWitness
	}
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsSpace) {
		return nil, errWitness
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), k...))
	w := &Witness{name: name, hash: binary.BigEndian.Uint32(sum[:]), key: k[1:]}
	if fmt.Sprintf("%s+%08x+%s", name, w.hash, base64.StdEncoding.EncodeToString(k)) != key {
		return nil, errWitness
	}
	return w, nil
}

// Name gives the name of the witness's key.
func (w *Witness) Name() string { return w.name }

// KeyHash gives the number that C2SP signed-note gives the key.
func (w *Witness) KeyHash() uint32 { return w.hash }

// Verify says whether the witness signed this text of a checkpoint at the time
// that the signature states: 8 bytes of seconds, then 64 of Ed25519.
func (w *Witness) Verify(text, signature []byte) bool {
	if len(signature) != cosignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	if seconds > math.MaxInt64 {
		return false
	}
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, text)
	return ed25519.Verify(w.key, signed, signature[8:])
}

// cosignedAt gives the time of a cosignature that Verify took.
func cosignedAt(s note.Signature) (int64, error) {
	signature, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(signature) != 4+cosignatureSize {
		return 0, errCosignature
	}
	return int64(binary.BigEndian.Uint64(signature[4:])), nil
}
