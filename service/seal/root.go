package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// Root is a root key: it wraps the other keys, and only wraps. It stays outside
// the store and its backups. A key management service fits behind it: hence the
// contexts, and secrets of a few hundred bytes. Its methods may be called by any
// number of goroutines at once.
type Root interface {
	// Wrap encrypts a secret and binds a purpose to it: a few words in one line.
	Wrap(ctx context.Context, purpose string, secret []byte) ([]byte, error)

	// Unwrap gives the secret that was wrapped for the same purpose. The error is
	// ErrWrongRoot if another root key wrapped it, ErrDamaged if it is something
	// else or was wrapped for another purpose. Where damage can't be told from
	// another key, it is ErrWrongRoot.
	Unwrap(ctx context.Context, purpose string, wrapped []byte) ([]byte, error)

	// Source says in messages where the key comes from: a path, "the passphrase".
	Source() string
}

// ageRoot writes age files. What age lacks, the binding of a purpose, stands in
// the plaintext.
type ageRoot struct {
	source    string
	recipient age.Recipient
	identity  age.Identity
}

func (r *ageRoot) Source() string { return r.source }

func (r *ageRoot) Wrap(_ context.Context, purpose string, secret []byte) ([]byte, error) {
	head, err := purposeLine(purpose)
	if err != nil {
		return nil, err
	}
	wrapped, err := encryptAge(append(head, secret...), r.recipient)
	if err != nil {
		return nil, fmt.Errorf("wrapping under %s: %w", r.source, err)
	}
	return wrapped, nil
}

func (r *ageRoot) Unwrap(_ context.Context, purpose string, wrapped []byte) ([]byte, error) {
	head, err := purposeLine(purpose)
	if err != nil {
		return nil, err
	}
	plaintext, err := decryptAge(wrapped, r.identity)
	var noMatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &noMatch):
		return nil, fmt.Errorf("wrapped by another root key than %s: %w", r.source, ErrWrongRoot)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	secret, ok := bytes.CutPrefix(plaintext, head)
	if !ok {
		return nil, fmt.Errorf("%w: wrapped for another purpose than %q", ErrDamaged, purpose)
	}
	return secret, nil
}

func purposeLine(purpose string) ([]byte, error) {
	if purpose == "" || strings.ContainsAny(purpose, "\r\n") {
		return nil, fmt.Errorf("seal: a purpose is some words in one line, not %q", purpose)
	}
	return []byte("tumen root 1 " + purpose + "\n"), nil
}

func encryptAge(plaintext []byte, to age.Recipient) ([]byte, error) {
	var file bytes.Buffer
	w, err := age.Encrypt(&file, to)
	if err == nil {
		_, err = w.Write(plaintext)
	}
	if err == nil {
		err = w.Close()
	}
	return file.Bytes(), err
}

func decryptAge(file []byte, with ...age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), with...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
