package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	epochVersion   = 0x01
	generationSize = 8 + 8 + KeySize
)

// generation is one epoch; its wrapping key is in the keyset.
type generation struct {
	number uint64
	made   int64 // Unix seconds
	secret [KeySize]byte
	keys   EpochKeys
}

// epochState is what epoch.age holds. It never changes once it is made.
type epochState struct {
	generations []generation // one, or two during a turnover, the new one last
	handle      *keyset.Handle
	aead        tink.AEAD
	prefix      string // what the newest key's ciphertexts begin with
}

func (s *epochState) newest() *generation { return &s.generations[len(s.generations)-1] }

func firstEpoch(now time.Time) (*epochState, error) {
	return withNewKey(nil, keyset.NewManager(), 1, now)
}

// next gives the state with one epoch more, whose key is the primary one.
func (s *epochState) next(now time.Time) (*epochState, error) {
	return withNewKey(s.generations, keyset.NewManagerFromHandle(s.handle), s.newest().number+1, now)
}

func withNewKey(old []generation, manager *keyset.Manager, number uint64, now time.Time) (*epochState, error) {
	parameters, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: KeySize, IVSizeInBytes: nonceSize, TagSizeInBytes: tagSize, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return nil, err
	}
	id, err := manager.AddNewKeyFromParameters(parameters)
	if err == nil {
		err = manager.SetPrimary(id)
	}
	if err != nil {
		return nil, err
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, err
	}
	added := generation{number: number, made: now.Unix()}
	rand.Read(added.secret[:])
	return newEpochState(append(old[:len(old):len(old)], added), handle)
}

// last gives the state with the newest epoch alone.
func (s *epochState) last() (*epochState, error) {
	manager := keyset.NewManagerFromHandle(s.handle)
	for i := range s.handle.Len() - 1 {
		entry, err := s.handle.Entry(i)
		if err == nil {
			err = manager.Delete(entry.KeyID())
		}
		if err != nil {
			return nil, err
		}
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, err
	}
	return newEpochState([]generation{*s.newest()}, handle)
}

// newEpochState refuses what Begin and Finish never make.
func newEpochState(generations []generation, handle *keyset.Handle) (*epochState, error) {
	if n := len(generations); n < 1 || n > 2 || handle.Len() != n {
		return nil, fmt.Errorf("%w: %d epochs with %d keys", ErrDamaged, n, handle.Len())
	}
	for i := range generations {
		g := &generations[i]
		if g.number == 0 || g.number != generations[0].number+uint64(i) {
			return nil, fmt.Errorf("%w: epoch %d in place %d", ErrDamaged, g.number, i)
		}
		g.keys = EpochKeys{
			index: expand(g.secret[:], nil, "tumen epoch index 1"),
			Rows:  dataKey(expand(g.secret[:], nil, "tumen epoch rows 1")),
		}
	}
	s := &epochState{generations: generations, handle: handle}
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		key, ok := entry.Key().(*aesgcm.Key)
		last := i == handle.Len()-1
		if !ok || entry.IsPrimary() != last || entry.KeyStatus() != keyset.Enabled ||
			key.Parameters().(*aesgcm.Parameters).KeySizeInBytes() != KeySize || len(key.OutputPrefix()) == 0 {
			return nil, fmt.Errorf("%w: key %d of the keyset is of another kind", ErrDamaged, i)
		}
		s.prefix = string(key.OutputPrefix())
	}
	var err error
	if s.aead, err = aead.New(handle); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return s, nil
}

func (s *epochState) encode() ([]byte, error) {
	var encoded bytes.Buffer
	encoded.Write([]byte{epochVersion, byte(len(s.generations))})
	for _, g := range s.generations {
		var fixed [16]byte
		binary.BigEndian.PutUint64(fixed[:8], g.number)
		binary.BigEndian.PutUint64(fixed[8:], uint64(g.made))
		encoded.Write(fixed[:])
		encoded.Write(g.secret[:])
	}
	// In the clear, because the root key wraps the whole.
	err := insecurecleartextkeyset.Write(s.handle, keyset.NewBinaryWriter(&encoded))
	return encoded.Bytes(), err
}

func parseEpoch(encoded []byte) (*epochState, error) {
	if len(encoded) < 2 || encoded[0] != epochVersion {
		return nil, fmt.Errorf("%w: no epoch of version %d", ErrDamaged, epochVersion)
	}
	count := int(encoded[1])
	rest := encoded[2:]
	if count < 1 || count > 2 || len(rest) < count*generationSize {
		return nil, fmt.Errorf("%w: %d epochs in %d bytes", ErrDamaged, count, len(rest))
	}
	generations := make([]generation, count)
	for i := range generations {
		g := &generations[i]
		g.number = binary.BigEndian.Uint64(rest)
		g.made = int64(binary.BigEndian.Uint64(rest[8:]))
		copy(g.secret[:], rest[16:])
		rest = rest[generationSize:]
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(rest)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return newEpochState(generations, handle)
}

func wrapEpoch(ctx context.Context, root Root, s *epochState) ([]byte, error) {
	encoded, err := s.encode()
	if err != nil {
		return nil, err
	}
	return root.Wrap(ctx, epochPurpose, encoded)
}

func unwrapEpoch(ctx context.Context, root Root, wrapped []byte) (*epochState, error) {
	encoded, err := root.Unwrap(ctx, epochPurpose, wrapped)
	if err != nil {
		return nil, err
	}
	return parseEpoch(encoded)
}
