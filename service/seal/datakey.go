package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
)

// KeySize is the length of every key of this package, in bytes.
const KeySize = 32

// Overhead is how much longer a sealed value is than its plaintext, in bytes:
// version, nonce and tag.
const Overhead = 1 + nonceSize + tagSize

const (
	sealedVersion = 0x01
	nonceSize     = 12
	tagSize       = 16
)

// DataKey seals the values of one record. Its methods may be called by any
// number of goroutines at once. Nonces are random, so one key seals fewer than
// 2^32 values (NIST SP 800-38D, 8.3).
type DataKey struct {
	raw  [KeySize]byte
	aead cipher.AEAD // made once: it holds the AES key schedule
}

// NewDataKey makes a key of 32 random bytes.
func NewDataKey() *DataKey {
	var raw [KeySize]byte
	rand.Read(raw[:])
	return dataKey(raw)
}

func dataKey(raw [KeySize]byte) *DataKey {
	k := &DataKey{raw: raw}
	block, err := aes.NewCipher(k.raw[:])
	if err != nil {
		panic(err) // only for another length
	}
	if k.aead, err = cipher.NewGCM(block); err != nil {
		panic(err) // only for another cipher
	}
	return k
}

// Seal appends plaintext to dst as a sealed value: AES-256-GCM under a random
// nonce. ad is not kept, but the value opens only with the same; where it is put
// together from parts, no two lists of parts may give the same bytes. It allocates
// only where dst has no room for len(plaintext)+Overhead bytes more, which must not
// overlap plaintext.
func (k *DataKey) Seal(dst, plaintext, ad []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, Overhead+len(plaintext))[:at+1+nonceSize]
	rand.Read(dst[at+1:])
	return k.seal(dst, at, plaintext, ad)
}

// seal completes a value that begins at dst[at] and whose nonce is there.
func (k *DataKey) seal(dst []byte, at int, plaintext, ad []byte) []byte {
	dst[at] = sealedVersion
	return k.aead.Seal(dst, dst[at+1:], plaintext, ad)
}

// Open appends to dst what was sealed. The error is ErrSealed, and nothing is
// given, if the value was changed, is another key's, or was sealed with other
// associated data. dst's spare room must not overlap sealed.
func (k *DataKey) Open(dst, sealed, ad []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealedVersion {
		return nil, ErrSealed
	}
	plaintext, err := k.aead.Open(dst, sealed[1:1+nonceSize], sealed[1+nonceSize:], ad)
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// Format keeps the key out of logs, whatever the verb.
func (k *DataKey) Format(s fmt.State, verb rune) { io.WriteString(s, "seal.DataKey") }

// expand gives 32 bytes derived from a secret by HKDF-SHA256 (RFC 5869).
func expand(secret, salt []byte, info string) (key [KeySize]byte) {
	okm, err := hkdf.Key(sha256.New, secret, salt, info, KeySize)
	if err != nil {
		panic(err) // only for a length beyond 255 hashes
	}
	copy(key[:], okm)
	return key
}
