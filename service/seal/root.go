package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// Root wraps the files of the keys folder. A key service can stand behind it as
// well as a key at hand. The purpose is bound in: what was wrapped for one does
// not unwrap for another.
type Root interface {
	// Wrap seals b for a purpose.
	Wrap(purpose string, b []byte) ([]byte, error)
	// Unwrap opens what Wrap sealed. Errors: ErrWrongRoot where another root key
	// wrapped it, ErrSealed where it was changed or wrapped for another purpose.
	Unwrap(purpose string, wrapped []byte) ([]byte, error)
}

// ageRoot is a Root out of an age recipient and identity.
type ageRoot struct {
	recipient age.Recipient
	identity  age.Identity
}

// IdentityRoot is the root key of an age identity (X25519), as text: a line
// "AGE-SECRET-KEY-1…", and lines of comment that begin with "#".
func IdentityRoot(text []byte) (Root, error) {
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("it holds no age identity (a line AGE-SECRET-KEY-1…)")
	}
	identity, ok := identities[0].(*age.X25519Identity)
	if !ok || len(identities) != 1 {
		return nil, errors.New("it has to hold one age identity of the sort X25519")
	}
	return ageRoot{identity.Recipient(), identity}, nil
}

// NewIdentity draws an age identity for IdentityRoot, as text with a line end.
func NewIdentity() ([]byte, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return []byte(identity.String() + "\n"), nil
}

// PassphraseRoot is a root key out of a passphrase (age's scrypt). work is the
// base-2 logarithm of scrypt's cost: 0 for age's own, which takes about a second;
// only tests have reason for another.
func PassphraseRoot(passphrase string, work int) (Root, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, errors.New("an empty passphrase protects nothing")
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if work > 0 {
		recipient.SetWorkFactor(work)
	}
	return ageRoot{recipient, identity}, nil
}

// bound is what is wrapped: age authenticates no associated data, so the purpose
// goes inside.
func bound(purpose string) []byte { return []byte("tumen keys 1\n" + purpose + "\n") }

// Wrap implements Root.
func (r ageRoot) Wrap(purpose string, b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r.recipient)
	if err == nil {
		_, err = w.Write(append(bound(purpose), b...))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.Bytes(), nil
}

// Unwrap implements Root.
func (r ageRoot) Unwrap(purpose string, wrapped []byte) ([]byte, error) {
	reader, err := age.Decrypt(bytes.NewReader(wrapped), r.identity)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, ErrWrongRoot
	}
	if err != nil {
		return nil, ErrSealed
	}
	b, err := io.ReadAll(io.LimitReader(reader, 1<<20))
	if err != nil {
		return nil, ErrSealed
	}
	b, ok := bytes.CutPrefix(b, bound(purpose))
	if !ok {
		return nil, ErrSealed
	}
	return b, nil
}
