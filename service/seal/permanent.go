package seal

import (
	"crypto/rand"
	"fmt"
	"slices"
)

const (
	permanentVersion = 0x01
	permanentCount   = 5
	permanentSize    = 1 + permanentCount*KeySize
)

// permanent are the keys that are made once and never changed, in the order in
// which they are stored.
type permanent [permanentCount][KeySize]byte

const (
	idKey = iota
	indexKey
	pageKey
	ledgerSeed
	captureKey
)

func newPermanent() *permanent {
	p := new(permanent)
	for i := range p {
		rand.Read(p[i][:])
	}
	return p
}

func (p *permanent) encode() []byte {
	encoded := append(make([]byte, 0, permanentSize), permanentVersion)
	for i := range p {
		encoded = append(encoded, p[i][:]...)
	}
	return encoded
}

func parsePermanent(encoded []byte) (*permanent, error) {
	if len(encoded) != permanentSize || encoded[0] != permanentVersion {
		return nil, fmt.Errorf("%w: no permanent keys of version %d", ErrDamaged, permanentVersion)
	}
	p := new(permanent)
	for i := range p {
		copy(p[i][:], encoded[1+i*KeySize:])
	}
	return p, nil
}

func (p *permanent) key(i int) []byte { return slices.Clone(p[i][:]) }
