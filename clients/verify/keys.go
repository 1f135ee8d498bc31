package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The kinds of keys of signed notes (C2SP signed-note) that are known here.
const (
	keyEd25519     = 0x01
	keyCosignature = 0x04 // Ed25519 with a time (C2SP tlog-cosignature)
)

var errKey = errors.New("not a verifier key, which is NAME+HASH+BASE64")

// logKey is a log's key. It signs both checkpoints and records.
type logKey struct {
	note.Verifier
	public ed25519.PublicKey
}

func newLogKey(text string) (logKey, error) {
	v, err := note.NewVerifier(text)
	if err != nil {
		return logKey{}, errKey
	}
	_, _, kind, public, err := splitKey(text)
	if err != nil {
		return logKey{}, err
	}
	if kind != keyEd25519 {
		return logKey{}, errors.New("a log's key must be an Ed25519 key")
	}
	return logKey{v, public}, nil
}

// splitKey takes a verifier key apart. What follows the kind must be an Ed25519 key.
func splitKey(text string) (name string, hash uint32, kind byte, public ed25519.PublicKey, err error) {
	name, rest, ok := strings.Cut(text, "+")
	hashText, keyText, ok2 := strings.Cut(rest, "+")
	h, err1 := strconv.ParseUint(hashText, 16, 32)
	key, err2 := base64.StdEncoding.Strict().DecodeString(keyText)
	if !ok || !ok2 || name == "" || err1 != nil || err2 != nil || fmt.Sprintf("%08x", h) != hashText || len(key) != 1+ed25519.PublicKeySize {
		return "", 0, 0, nil, errKey
	}
	return name, uint32(h), key[0], key[1:], nil
}

// witness verifies cosignatures (C2SP tlog-cosignature, cosignature/v1): a
// signature is eight bytes of time and an Ed25519 signature over the time and
// the checkpoint.
type witness struct {
	name   string
	hash   uint32
	key    string // the public key, to notice it under another name
	public ed25519.PublicKey
}

func newWitness(text string) (*witness, error) {
	name, hash, kind, public, err := splitKey(text)
	if err != nil {
		return nil, err
	}
	if kind != keyCosignature {
		return nil, errors.New("a witness's key must be of the kind of cosignatures (0x04)")
	}
	sum := sha256.Sum256(append([]byte(name+"\n\x04"), public...))
	if binary.BigEndian.Uint32(sum[:]) != hash {
		return nil, errors.New("the hash in the verifier key is not that of its key")
	}
	return &witness{name, hash, "key " + string(public), public}, nil
}

// Name is the witness's name, as it signs.
func (w *witness) Name() string { return w.name }

// KeyHash is the hash by which notes name the key.
func (w *witness) KeyHash() uint32 { return w.hash }

// Verify says whether sig is a cosignature of msg.
func (w *witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(w.public, signed, sig[8:])
}
