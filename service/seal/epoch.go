package seal

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Epoch wraps data keys. It is a Tink keyset of AES-256-GCM keys, of which there
// is one, and a second only while data keys are being wrapped anew. It is safe
// for concurrent use.
type Epoch struct {
	mu        sync.RWMutex
	handle    *keyset.Handle
	primitive tink.AEAD
}

// NewEpoch draws an epoch key.
func NewEpoch() (*Epoch, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return epochOf(handle)
}

func epochOf(handle *keyset.Handle) (*Epoch, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &Epoch{handle: handle, primitive: primitive}, nil
}

// ParseEpoch reads an epoch from what Marshal wrote. Errors: ErrSealed for what is
// no keyset.
func ParseEpoch(b []byte) (*Epoch, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(b)))
	if err != nil {
		return nil, ErrSealed
	}
	return epochOf(handle)
}

// Marshal writes the keyset in the clear, for who wraps it at once.
func (e *Epoch) Marshal() ([]byte, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(e.handle, keyset.NewBinaryWriter(&b)); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return b.Bytes(), nil
}

// Wrap seals a data key, bound to the associated data.
func (e *Epoch) Wrap(key *DataKey, associated []byte) ([]byte, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	wrapped, err := e.primitive.Encrypt(key.key[:], associated)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return wrapped, nil
}

// Unwrap opens a wrapped data key. Errors: ErrSealed.
func (e *Epoch) Unwrap(wrapped, associated []byte) (*DataKey, error) {
	e.mu.RLock()
	primitive := e.primitive
	e.mu.RUnlock()
	key, err := primitive.Decrypt(wrapped, associated)
	if err != nil || len(key) != KeySize {
		return nil, ErrSealed
	}
	return DataKeyOf(key)
}
