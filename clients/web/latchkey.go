package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

// latchkeyLifetime is how long a link is good that lets somebody in. It stands in a
// terminal, which keeps what scrolled away.
const latchkeyLifetime = 10 * time.Minute

// latchkey is how one gets in to a site that is one person's own: by a link that they are
// told where nobody else looks, and that works once. There is one at a time.
type latchkey struct {
	tell func(path string, until time.Time)
	now  func() time.Time

	mu     sync.Mutex
	secret [sha256.Size]byte // its hash
	until  time.Time         // zero: it was used
}

// offer tells of a link, unless there is one that can still be used.
func (k *latchkey) offer() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now().Before(k.until) {
		return
	}
	secret := random()
	k.secret, k.until = sha256.Sum256(secret), k.now().Add(latchkeyLifetime)
	k.tell("/enter/"+base64.RawURLEncoding.EncodeToString(secret), k.until)
}

// take says whether a link's secret is the one, and uses it up.
func (k *latchkey) take(code string) bool {
	secret, err := base64.RawURLEncoding.DecodeString(code)
	if err != nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	// Hashes are compared, so that the time tells nothing of the secret.
	if !k.now().Before(k.until) || sha256.Sum256(secret) != k.secret {
		return false
	}
	k.until = time.Time{}
	return true
}

// Offer tells by Config.Own of a link that lets in whoever opens it.
func (s *Site) Offer() { s.latchkey.offer() }

// enter lets in who opens the link: as the profile's member.
func (s *Site) enter(v *visit) error {
	if s.latchkey == nil {
		return errNotFound
	}
	if !s.latchkey.take(v.r.PathValue("code")) {
		return v.latchkeyPage()
	}
	return v.begin(&session{token: s.config.Profile.Secret()})
}

// latchkeyPage says where the link is, and has one told.
func (v *visit) latchkeyPage() error {
	v.site.latchkey.offer()
	return v.render(http.StatusForbidden, "enter", v.say().Say("door.title"), nil)
}
