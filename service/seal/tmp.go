package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

const Overhead = 1 + 12 + 16

var ErrSealed = errors.New("seal: it does not open")

type DataKey struct {
	key  [32]byte
	aead cipher.AEAD
}

func NewDataKey() (*DataKey, error) {
	var b [32]byte
	rand.Read(b[:])
	return FromBytes(b[:])
}

func FromBytes(b []byte) (*DataKey, error) {
	block, err := aes.NewCipher(b)
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCM(block)
	return &DataKey{[32]byte(b), a}, err
}

func (k *DataKey) Seal(dst, plain, ad []byte) ([]byte, error) {
	n := len(dst)
	dst = append(dst, make([]byte, 13)...)
	dst[n] = 1
	rand.Read(dst[n+1:])
	return k.aead.Seal(dst, dst[n+1:], plain, ad), nil
}

func (k *DataKey) Open(dst, sealed, ad []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != 1 {
		return nil, ErrSealed
	}
	return k.aead.Open(dst, sealed[1:13], sealed[13:], ad)
}

type Derived struct{ stream [8192]byte }

func (k *DataKey) Derive(revision uint64) Derived {
	b, _ := hkdf.Key(sha256.New, k.key[:], nil, "tumen revision 1"+string(binary.BigEndian.AppendUint64(nil, revision)), 64)
	block, _ := aes.NewCipher(b[:32])
	var d Derived
	var iv [16]byte
	cipher.NewCTR(block, iv[:]).XORKeyStream(d.stream[:], d.stream[:])
	return d
}
func (d *Derived) FieldSalt(n int) [16]byte { return [16]byte(d.stream[16*n:]) }
func (d *Derived) LeafSalt() [32]byte       { return [32]byte(d.stream[2048:]) }
func (d *Derived) TimeSalt() [16]byte       { return [16]byte(d.stream[2080:]) }
func (d *Derived) MemberSalt() [16]byte     { return [16]byte(d.stream[2096:]) }
func (d *Derived) Decoy(i int) [32]byte     { return [32]byte(d.stream[4096+32*i:]) }

type Epoch struct{ key *DataKey }

func EpochOf(key []byte) *Epoch { k, _ := FromBytes(key); return &Epoch{k} }
func (e *Epoch) Wrap(key *DataKey, ad []byte) ([]byte, error) {
	return e.key.Seal(nil, key.key[:], ad)
}
func (e *Epoch) Unwrap(w, ad []byte) (*DataKey, error) {
	b, err := e.key.Open(nil, w, ad)
	if err != nil {
		return nil, err
	}
	return FromBytes(b)
}
