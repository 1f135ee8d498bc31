// Package issuertest is an OpenID Connect issuer on loopback for tests: discovery and keys
// over real HTTP, and tokens as good or bad as a test wants them.
package issuertest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is a running issuer.
type Issuer struct {
	URL string

	t      testing.TB
	server *httptest.Server
	mu     sync.Mutex
	key    *rsa.PrivateKey
	kid    int
	calls  *string // whose it says that it is; nil: its own URL
}

// Start starts one, until the end of the test.
func Start(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	i.Rotate()
	i.server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	return i
}

// Stop has it answer nobody any more.
func (i *Issuer) Stop() { i.server.Close() }

// Rotate gives it another key in the place of the one before.
func (i *Issuer) Rotate() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.kid = key, i.kid+1
}

// CallItself has it say that it is another one.
func (i *Issuer) CallItself(url string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.calls = &url
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		url := i.URL
		if i.calls != nil {
			url = *i.calls
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": url, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token"})
	case "/keys":
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: strconv.Itoa(i.kid), Use: "sig", Algorithm: "RS256"}}})
	default:
		http.NotFound(w, r)
	}
}

// Claims are those of a good token for an audience.
func (i *Issuer) Claims(subject, audience string, now time.Time) map[string]any {
	return map[string]any{"iss": i.URL, "sub": subject, "aud": audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
}

// Token signs claims with the present key.
func (i *Issuer) Token(claims map[string]any) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return Sign(i.t, claims, jose.RS256, i.key, strconv.Itoa(i.kid))
}

// Secret is the present public key as bytes, for who confuses it with a shared secret.
func (i *Issuer) Secret() []byte { return i.key.N.Bytes() }

// Sign signs claims with any key, under the name of any other.
func Sign(t testing.TB, claims map[string]any, algorithm jose.SignatureAlgorithm, key any, kid string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}
