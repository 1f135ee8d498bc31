// Package passphrase checks what somebody knows and what they hold: a passphrase, of
// which a slow hash is kept, and a device that shows codes (TOTP, RFC 6238).
package passphrase

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"
)

// How slow guessing is: the second recommended parameters of RFC 9106, for where 64 MiB
// can be spared, twice at a time.
const (
	passes   = 3
	memory   = 64 << 10 // KiB
	lanes    = 4
	saltSize = 16
	sumSize  = 32

	atOnce  = 2
	waiting = 32
)

// version of a verifier: Argon2id (1.3) with the parameters above.
const version = 1

// verifierSize is that of a verifier: the version, the salt and the sum.
const verifierSize = 1 + saltSize + sumSize

// ErrBusy: so many passphrases are being looked at that this one would wait too long.
var ErrBusy = errors.New("too many passphrases are being checked")

// A Hasher hashes passphrases, a few at once, so that guessers can't take the memory.
type Hasher struct {
	queue, slots chan struct{}
}

// NewHasher makes a Hasher; one serves a whole server.
func NewHasher() *Hasher {
	return &Hasher{queue: make(chan struct{}, atOnce+waiting), slots: make(chan struct{}, atOnce)}
}

// Verifier gives what a passphrase is checked with later: 49 bytes. Errors: ErrBusy, and
// that of ctx.
func (h *Hasher) Verifier(ctx context.Context, passphrase string) ([]byte, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	sum, err := h.sum(ctx, passphrase, salt)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte{version}, salt, sum), nil
}

// Matches says whether a passphrase is the one of a verifier. Without a verifier it takes
// as long and says no. Errors: ErrBusy, and that of ctx.
func (h *Hasher) Matches(ctx context.Context, passphrase string, verifier []byte) (bool, error) {
	known := len(verifier) == verifierSize && verifier[0] == version
	if !known {
		verifier = make([]byte, verifierSize)
	}
	sum, err := h.sum(ctx, passphrase, verifier[1:1+saltSize])
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, verifier[1+saltSize:]) == 1 && known, nil
}

func (h *Hasher) sum(ctx context.Context, passphrase string, salt []byte) ([]byte, error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	defer func() { <-h.queue }()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(prepared(passphrase)), salt, passes, memory, lanes, sumSize), nil
}

// prepared is a passphrase in the one form of those that look alike (RFC 8265), so that
// every keyboard gives the same.
func prepared(passphrase string) string {
	if p, err := precis.OpaqueString.String(passphrase); err == nil {
		return p
	}
	return passphrase
}

const (
	fewestCharacters = 12
	fewestDifferent  = 6
)

// common are what many passphrases consist of that are long and guessed first.
var common = []string{
	"password", "passphrase", "passwort", "correct horse battery staple", "correcthorsebatterystaple", "123456789", "qwertyuiop", "qwertzuiop", "abcdefgh", "letmein", "iloveyou", "administrator", "changeme",
}

// Weak says what is wrong with a new passphrase, in words that go on after "it"; empty if
// nothing is. known are words that others know of its owner.
func Weak(passphrase string, known ...string) string {
	p := prepared(passphrase)
	different := map[rune]bool{}
	for _, r := range strings.ToLower(p) {
		different[r] = true
	}
	switch {
	case utf8.RuneCountInString(p) < fewestCharacters:
		return "has fewer than 12 characters"
	case strings.ContainsFunc(p, unicode.IsControl):
		return "has characters that no keyboard gives"
	case len(different) < fewestDifferent:
		return "consists of a few characters again and again"
	}
	rest := strings.ToLower(p)
	for _, word := range append(slices.Clone(common), known...) {
		if len(word) > 2 {
			rest = strings.ReplaceAll(rest, strings.ToLower(word), "")
		}
	}
	if utf8.RuneCountInString(rest) < fewestCharacters/2 {
		return "is one of the first that somebody would guess"
	}
	return ""
}
