package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// KeySize is the length of every symmetric key, in bytes.
const KeySize = 32

// Overhead is by how much a sealed value is longer than the value, in bytes.
const Overhead = 1 + nonceSize + 16

const (
	sealedVersion = 1
	nonceSize     = 12
)

// DataKey seals what belongs together. It is safe for concurrent use.
type DataKey struct {
	key  [KeySize]byte
	aead cipher.AEAD
}

// NewDataKey draws a data key.
func NewDataKey() (*DataKey, error) {
	var b [KeySize]byte
	rand.Read(b[:]) // which never fails
	return DataKeyOf(b[:])
}

// DataKeyOf makes a data key of 32 bytes that are as good as random.
func DataKeyOf(b []byte) (*DataKey, error) {
	if len(b) != KeySize {
		return nil, fmt.Errorf("seal: a key has %d bytes, not %d", len(b), KeySize)
	}
	sealing, err := hkdf.Expand(sha256.New, b, "tumen seal 1", KeySize)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &DataKey{[KeySize]byte(b), aead}, nil
}

// Seal appends the sealed value to dst and returns the longer slice. value and dst
// must not overlap.
func (k *DataKey) Seal(dst, value, associated []byte) []byte {
	var head [1 + nonceSize]byte
	head[0] = sealedVersion
	rand.Read(head[1:])
	dst = append(dst, head[:]...)
	return k.aead.Seal(dst, dst[len(dst)-nonceSize:], value, associated)
}

// Open appends the value of a sealed one to dst and returns the longer slice.
// Errors: ErrSealed.
func (k *DataKey) Open(dst, sealed, associated []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealedVersion {
		return nil, ErrSealed
	}
	value, err := k.aead.Open(dst, sealed[1:1+nonceSize], sealed[1+nonceSize:], associated)
	if err != nil {
		return nil, ErrSealed
	}
	return value, nil
}

// How much a revision derives: see the package's documentation.
const (
	// MaxField is the greatest number of a field that has a salt.
	MaxField = 63
	// Decoys is how many decoy digests there are.
	Decoys = 48

	leafAt   = 16 * (MaxField + 1)
	timeAt   = leafAt + 32
	memberAt = timeAt + 16
	decoysAt = memberAt + 16
)

// Derived is what the ledger needs to hide of one revision.
type Derived struct {
	stream [decoysAt + 32*Decoys]byte
}

// Derive fills d for a revision, from 1 on.
func (k *DataKey) Derive(d *Derived, revision int64) error {
	info := binary.BigEndian.AppendUint64(append(make([]byte, 0, 24), "tumen revision 1"...), uint64(revision))
	key, err := hkdf.Expand(sha256.New, k.key[:], string(info), KeySize)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	var counter [aes.BlockSize]byte
	clear(d.stream[:])
	cipher.NewCTR(block, counter[:]).XORKeyStream(d.stream[:], d.stream[:])
	return nil
}

// Field is the salt of the field with number n, which is from 1 to MaxField.
func (d *Derived) Field(n int) [16]byte { return [16]byte(d.stream[16*n : leafAt : leafAt]) }

// Leaf is the salt of the leaf in the ledger.
func (d *Derived) Leaf() [32]byte { return [32]byte(d.stream[leafAt:]) }

// Time is the salt of when the revision was made.
func (d *Derived) Time() [16]byte { return [16]byte(d.stream[timeAt:]) }

// Member is the salt of who made it.
func (d *Derived) Member() [16]byte { return [16]byte(d.stream[memberAt:]) }

// Decoy is a digest that stands for nothing; n is from 0 to Decoys-1.
func (d *Derived) Decoy(n int) [32]byte { return [32]byte(d.stream[decoysAt+32*n:]) }
