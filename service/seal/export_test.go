package seal

import (
	"context"
	"errors"
	"time"
)

// SealWith seals under a given nonce of 12 bytes.
func (k *DataKey) SealWith(nonce, plaintext, ad []byte) []byte {
	return k.seal(append([]byte{0}, nonce...), 0, plaintext, ad)
}

// FixedDataKey makes a key of given bytes.
func FixedDataKey(raw [KeySize]byte) *DataKey { return dataKey(raw) }

// Raw gives the bytes of a key.
func (k *DataKey) Raw() [KeySize]byte { return k.raw }

// RevisionKey gives the key of a revision's keystream.
func RevisionKey(raw [KeySize]byte, revision uint64) [KeySize]byte {
	return revisionKey(&raw, revision)
}

// ErrStopped is what a change gives that was stopped on purpose.
var ErrStopped = errors.New("stopped")

// The steps after which a change of the key files may stop.
var (
	CreateSteps  = []string{"cleared", "epoch staged", "permanent staged", "permanent settled", "epoch settled", "epoch unstaged", "permanent unstaged"}
	ReplaceSteps = []string{"staged", "kept", "renamed", "overwritten", "removed"}
)

// StopAfter ends every later change of the key files after the step that stop
// refuses, as if the machine had stopped there.
func (k *Keys) StopAfter(stop func(step string) error) { k.epoch.folder.stop = stop }

// CreateStopping makes keys and stops after a step.
func CreateStopping(dir string, root Root, now time.Time, after string) (*Keys, error) {
	first, err := firstEpoch(now)
	if err != nil {
		return nil, err
	}
	d := &folder{path: dir, stop: func(step string) error {
		if step == after {
			return ErrStopped
		}
		return nil
	}}
	return create(context.Background(), d, root, newPermanent(), first)
}

// EncodedEpoch gives the plaintext of epoch.age.
func (k *Keys) EncodedEpoch() []byte {
	encoded, err := k.epoch.state.Load().encode()
	if err != nil {
		panic(err)
	}
	return encoded
}

// ReencodeEpoch reads the plaintext of an epoch.age and writes it again.
func ReencodeEpoch(encoded []byte) ([]byte, Status, error) {
	state, err := parseEpoch(encoded)
	if err != nil {
		return nil, Status{}, err
	}
	again, err := state.encode()
	return again, newEpoch(nil, nil, state, nil).Status(), err
}

// Padme is the length to which a length is padded.
func Padme(length int64) int64 { return padme(length) }

// FixedKeys gives keys that are nowhere on disk and whose permanent keys are all
// the same.
func FixedKeys(key [KeySize]byte, now time.Time) (*Keys, error) {
	first, err := firstEpoch(now)
	if err != nil {
		return nil, err
	}
	return &Keys{permanent: &permanent{key, key, key, key, key}, epoch: newEpoch(nil, nil, first, nil)}, nil
}

// PermanentKeys gives the restored permanent keys one after the other.
func (r *Restored) PermanentKeys() []byte { return r.permanent.encode()[1:] }

// ShareText gives a share as its custodian keeps it.
func ShareText(s Share) []byte { return s.text() }

// ShareValue gives the custodian's part of the secret.
func ShareValue(s Share) [KeySize]byte { return s.value }
