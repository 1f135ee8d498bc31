package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// SaltSize is the length of the salts of fields, time, day, member and subject, in
// bytes.
const SaltSize = 16

// MaxField is the highest number of a field that has a salt.
const MaxField = 127

// Where things stand in the keystream of a revision, in bytes.
const (
	leafSaltAt    = (MaxField + 1) * SaltSize // 2048
	timeSaltAt    = leafSaltAt + 32
	memberSaltAt  = timeSaltAt + SaltSize
	daySaltAt     = memberSaltAt + SaltSize
	subjectSaltAt = daySaltAt + SaltSize
	decoysAt      = 4096
)

// Derived is what one revision of a record derives from its data key. The zero
// value is of no use. Its methods may be called by any number of goroutines at
// once.
type Derived struct {
	common *[commonFields * SaltSize]byte // the keystream's beginning
	block  cipher.Block
}

// commonFields is how many salts are made together: a cipher asked for each block
// takes longer, and few kinds of record have more fields.
const commonFields = 32

// Derive gives the salts and decoys of a revision. They are the same for the
// same key and revision, always, and tell nothing without the key.
func (k *DataKey) Derive(revision uint64) Derived {
	key := revisionKey(&k.raw, revision)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // only for another length
	}
	d := Derived{common: new([commonFields * SaltSize]byte), block: block}
	cipher.NewCTR(block, zeroIV[:]).XORKeyStream(d.common[:], d.common[:])
	return d
}

const revisionLabel = "tumen revision 1"

var zeroIV [aes.BlockSize]byte

// revisionKey is hkdf.Key(sha256.New, raw, nil, label ‖ revision, 64)[:32], which
// tests compare it with; that takes 18 allocations and this none.
func revisionKey(raw *[KeySize]byte, revision uint64) [KeySize]byte {
	var noSalt [KeySize]byte
	pseudorandom := hmacSHA256(&noSalt, raw[:])
	var info [len(revisionLabel) + 8 + 1]byte
	copy(info[:], revisionLabel)
	binary.BigEndian.PutUint64(info[len(revisionLabel):], revision)
	info[len(info)-1] = 1 // the number of the output block
	return hmacSHA256(&pseudorandom, info[:])
}

// hmacSHA256 is RFC 2104 for messages of up to 64 bytes.
func hmacSHA256(key *[KeySize]byte, message []byte) [sha256.Size]byte {
	var inner [2 * sha256.BlockSize]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		inner[i], outer[i] = 0x36, 0x5c
	}
	for i, b := range key {
		inner[i] ^= b
		outer[i] ^= b
	}
	n := copy(inner[sha256.BlockSize:], message)
	sum := sha256.Sum256(inner[:sha256.BlockSize+n])
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}

// read gives 32 bytes of the keystream. at is a multiple of the block size.
func (d Derived) read(at uint64) (bytes [2 * aes.BlockSize]byte) {
	first, second := bytes[:aes.BlockSize], bytes[aes.BlockSize:]
	// A keystream with a zero IV is the cipher over the blocks' own numbers.
	binary.BigEndian.PutUint64(first[8:], at/aes.BlockSize)
	binary.BigEndian.PutUint64(second[8:], at/aes.BlockSize+1)
	d.block.Encrypt(first, first)
	d.block.Encrypt(second, second)
	return bytes
}

// FieldSalt gives the salt of field n, from 1 to MaxField; it panics for others.
func (d Derived) FieldSalt(n int) [SaltSize]byte {
	if n < 1 || n > MaxField {
		panic(fmt.Sprintf("seal: no field has the number %d", n))
	}
	if n >= commonFields {
		return d.salt(n * SaltSize)
	}
	return [SaltSize]byte(d.common[n*SaltSize:])
}

func (d Derived) salt(at int) [SaltSize]byte {
	two := d.read(uint64(at))
	return [SaltSize]byte(two[:])
}

// LeafSalt gives the salt of the revision's commitment.
func (d Derived) LeafSalt() [32]byte { return d.read(leafSaltAt) }

// TimeSalt gives the salt of the time in the revision's entry.
func (d Derived) TimeSalt() [SaltSize]byte { return d.salt(timeSaltAt) }

// MemberSalt gives the salt of the member in the revision's entry.
func (d Derived) MemberSalt() [SaltSize]byte { return d.salt(memberSaltAt) }

// DaySalt gives the salt of the day in the revision's entry.
func (d Derived) DaySalt() [SaltSize]byte { return d.salt(daySaltAt) }

// SubjectSalt gives the salt of what an entry about no record is about.
func (d Derived) SubjectSalt() [SaltSize]byte { return d.salt(subjectSaltAt) }

// Decoy gives the decoy digest i, from 0; it panics for a negative one.
func (d Derived) Decoy(i int) [32]byte {
	if i < 0 {
		panic(fmt.Sprintf("seal: no decoy has the number %d", i))
	}
	return d.read(decoysAt + 32*uint64(i))
}

// AppendDecoys appends the decoy digests 0 to n-1, 32 bytes each: one by one they
// take several times as long.
func (d Derived) AppendDecoys(dst []byte, n int) []byte {
	var iv [aes.BlockSize]byte
	binary.BigEndian.PutUint64(iv[8:], decoysAt/aes.BlockSize)
	at := len(dst)
	dst = slices.Grow(dst, 32*n)[:at+32*n]
	clear(dst[at:])
	cipher.NewCTR(d.block, iv[:]).XORKeyStream(dst[at:], dst[at:])
	return dst
}

// Format keeps the salts out of logs, whatever the verb.
func (d Derived) Format(s fmt.State, verb rune) { io.WriteString(s, "seal.Derived") }
