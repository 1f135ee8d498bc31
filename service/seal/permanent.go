package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// Permanent holds the keys that are never renewed, 32 bytes each.
type Permanent struct {
	ID       []byte // encrypts the ids in names
	Index    []byte // blinds index terms
	Pages    []byte // of etags and page tokens
	Ledger   []byte // seed of the Ed25519 key that signs checkpoints
	Captures []byte // of the names under which captures lie
}

func (p *Permanent) all() []*[]byte {
	return []*[]byte{&p.ID, &p.Index, &p.Pages, &p.Ledger, &p.Captures}
}

// NewPermanent draws the keys of a new store.
func NewPermanent() *Permanent {
	p := new(Permanent)
	for _, k := range p.all() {
		*k = make([]byte, KeySize)
		rand.Read(*k) // which never fails
	}
	return p
}

// Marshal writes the keys one after another, in the clear, for who wraps them at
// once.
func (p *Permanent) Marshal() []byte {
	var b []byte
	for _, k := range p.all() {
		b = append(b, *k...)
	}
	return b
}

// ParsePermanent reads what Marshal wrote. Errors: ErrSealed for any other length.
func ParsePermanent(b []byte) (*Permanent, error) {
	p := new(Permanent)
	if len(b) != KeySize*len(p.all()) {
		return nil, ErrSealed
	}
	for i, k := range p.all() {
		*k = append([]byte(nil), b[KeySize*i:KeySize*(i+1)]...)
	}
	return p, nil
}

// RowKey is the key of rows that belong to no record: it comes from the index key,
// as those rows are what the index is made of.
func (p *Permanent) RowKey() (*DataKey, error) {
	key, err := hkdf.Expand(sha256.New, p.Index, "tumen rows 1", KeySize)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return DataKeyOf(key)
}
