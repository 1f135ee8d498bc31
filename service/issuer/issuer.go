// Package issuer verifies the ID tokens of one OpenID Connect issuer. It asks the issuer
// for its keys beforehand and beside the calls, never in one, so that an issuer that is
// slow or away holds nobody up.
package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Settings say whose ID tokens count, and how they are read.
type Settings struct {
	URL          string   // of the issuer; https, or http on loopback
	Audiences    []string // a token is for one of these
	SubjectClaim string   // what names the subject for good: "sub"
	FactorClaim  string   // what tells how somebody proved who they are: "amr", a list, or "acr", a word
	FactorValues []string // what there means that they did so in two ways
}

// Check says what is wrong with settings.
func (s Settings) Check() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("the issuer is no URL like https://login.example.org")
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		return errors.New("the issuer is not asked over https: anybody on the way could give out tokens of it")
	case len(s.Audiences) == 0 || slices.Contains(s.Audiences, ""):
		return errors.New("there is no audience: without one, tokens for any other program of the issuer would do")
	case s.SubjectClaim == "":
		return errors.New("no claim names the subject")
	case s.FactorClaim == "" || len(s.FactorValues) == 0 || slices.Contains(s.FactorValues, ""):
		return errors.New("nothing tells that somebody proved who they are in two ways")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Fingerprint tells settings apart: SHA-256 in 64 digits from 0 to f.
func (s Settings) Fingerprint() string {
	encoded, _ := json.Marshal(s) // strings alone
	sum := sha256.Sum256(append([]byte("tumen issuer 1\n"), encoded...))
	return hex.EncodeToString(sum[:])
}

// Identity is whom an ID token speaks of.
type Identity struct {
	Subject      string
	Expiry       time.Time
	SecondFactor bool // they proved who they are in two ways
}

var (
	// ErrNoKeys: the issuer's keys are not known yet.
	ErrNoKeys = errors.New("the issuer's keys are not known")
	// ErrToken: it is no ID token that counts here; what wraps it says why.
	ErrToken = errors.New("not an ID token that counts here")
)

// signing are the algorithms that ID tokens may be signed with: none but those of key
// pairs, as a secret that two share proves nothing here.
var signing = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}

// Issuer is one issuer, whose keys Run keeps.
type Issuer struct {
	settings Settings
	verifier *oidc.IDTokenVerifier
	keys     atomic.Pointer[jose.JSONWebKeySet]
	wanted   chan struct{}
	failed   func(error)
}

// New makes an issuer that nobody is known of until Run has its keys. now is the time by
// which tokens end; failed is told why the keys can't be had, and may be nil.
func New(s Settings, now func() time.Time, failed func(error)) (*Issuer, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if failed == nil {
		failed = func(error) {}
	}
	i := &Issuer{settings: s, wanted: make(chan struct{}, 1), failed: failed}
	var algorithms []string
	for _, a := range signing {
		algorithms = append(algorithms, string(a))
	}
	i.verifier = oidc.NewVerifier(s.URL, i, &oidc.Config{SkipClientIDCheck: true, SupportedSigningAlgs: algorithms, Now: now}) // audiences are several: pinned checks them
	return i, nil
}

// Settings are what the issuer was made with.
func (i *Issuer) Settings() Settings { return i.settings }

// LooksLike says whether a token has the form of an ID token.
func LooksLike(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2
}

// Verify says whom an ID token speaks of. It never waits for the network. Errors:
// ErrNoKeys, ErrToken.
func (i *Issuer) Verify(ctx context.Context, token string) (Identity, error) {
	if i.keys.Load() == nil {
		return Identity{}, ErrNoKeys
	}
	t, err := i.verifier.Verify(ctx, token)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	claims := map[string]any{}
	if err := t.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err := i.pinned(t.Audience, claims); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	subject, _ := claims[i.settings.SubjectClaim].(string)
	if subject == "" || len(subject) > 255 {
		return Identity{}, fmt.Errorf("%w: it names no subject", ErrToken)
	}
	return Identity{Subject: subject, Expiry: t.Expiry, SecondFactor: i.twice(claims[i.settings.FactorClaim])}, nil
}

// pinned refuses a token for somebody else, or one that another program was given.
func (i *Issuer) pinned(audience []string, claims map[string]any) error {
	ours := func(a string) bool { return slices.Contains(i.settings.Audiences, a) }
	party, stated := claims["azp"].(string)
	switch {
	case !slices.ContainsFunc(audience, ours):
		return errors.New("it is for another audience")
	case stated && !ours(party), !stated && len(audience) > 1:
		return errors.New("it was given to another program")
	}
	return nil
}

// twice says whether what a token tells about it means that somebody proved who they
// are in two ways.
func (i *Issuer) twice(told any) bool {
	switch told := told.(type) {
	case string:
		return slices.Contains(i.settings.FactorValues, told)
	case []any:
		return slices.ContainsFunc(told, func(one any) bool {
			word, ok := one.(string)
			return ok && slices.Contains(i.settings.FactorValues, word)
		})
	}
	return false
}

// VerifySignature implements oidc.KeySet, with the keys that are known. A key that isn't
// has them asked for anew, beside the call.
func (i *Issuer) VerifySignature(_ context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, signing)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, errors.New("it can't be read")
	}
	header := signed.Signatures[0].Header
	keys := i.keys.Load()
	found := keys.Key(header.KeyID)
	if header.KeyID == "" && len(keys.Keys) == 1 {
		found = keys.Keys
	}
	for _, key := range found {
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := signed.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	if len(found) == 0 {
		select {
		case i.wanted <- struct{}{}:
		default:
		}
		return nil, errors.New("it is signed with a key that is not known")
	}
	return nil, errors.New("its signature does not hold")
}
