package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Witness verifies the cosignatures of one witness (C2SP tlog-cosignature,
// Ed25519). It is a note.Verifier.
type Witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

const cosignature = 4 // the algorithm, in keys of C2SP signed-note

var errWitness = errors.New("not the verifier key of a witness, which is NAME+HASH+BASE64 of the kind of cosignatures (0x04)")

// NewWitness reads the verifier key of a witness: "name+hash+key", where the key is
// base64 of the byte 4 and the Ed25519 key.
func NewWitness(text string) (*Witness, error) {
	name, rest, _ := strings.Cut(text, "+")
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
	if fmt.Sprintf("%s+%08x+%s", name, w.hash, base64.StdEncoding.EncodeToString(k)) != text {
		return nil, errWitness
	}
	return w, nil
}

// Name is that of the witness's key.
func (w *Witness) Name() string { return w.name }

// KeyHash is the number that C2SP signed-note gives the key.
func (w *Witness) KeyHash() uint32 { return w.hash }

// Key is the public key, to notice it under another name.
func (w *Witness) Key() string { return string(w.key) }

// Verify says whether the witness cosigned this text of a checkpoint at the time
// that the signature states: 8 bytes of seconds, then 64 of Ed25519.
func (w *Witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(w.key, signed, signature[8:])
}

// maxCosigned bounds what is read of a note; a checkpoint with thirty witnesses has
// 5 KB.
const maxCosigned = 64 << 10

var errCosigned = errors.New("ledger: no cosignature of this checkpoint by this witness")

// Cosignature finds, among lines by which a witness answered a checkpoint (C2SP
// tlog-witness: "— name signature", each ended by "\n"), the one that is its
// cosignature of it, verified. Lines of other keys are passed over; a false one,
// and none at all, are errors.
func (w *Witness) Cosignature(checkpoint, lines []byte) ([]byte, error) {
	text, _, ok := bytes.Cut(checkpoint, []byte("\n\n"))
	if !ok || len(lines) > maxCosigned {
		return nil, errCosigned
	}
	signed := append(append(append([]byte{}, text...), "\n\n"...), lines...)
	n, err := note.Open(signed, note.VerifierList(w))
	if err != nil || len(n.Sigs) != 1 || n.Text != string(text)+"\n" {
		return nil, errCosigned
	}
	return fmt.Appendf(nil, "— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}
