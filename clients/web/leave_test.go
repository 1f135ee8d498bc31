package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// Whoever has to be gone is led away, whatever has become of their session.
func TestTheQuickExitLeadsAwayWhateverBecameOfTheSession(t *testing.T) {
	p := start(t)
	const away = "https://www.bbc.com/weather"
	t.Run("it lay unused", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		p.clock.forward(26 * time.Minute)
		leadsTo(t, b.post("/leave", url.Values{}), away)
		leadsTo(t, b.get("/"), "/sign-in")
	})
	t.Run("it was ended in another window", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		token := b.token
		b.post("/sign-out", url.Values{})
		b.get("/sign-in")
		leadsTo(t, b.post("/leave", url.Values{"form": {token}}), away)
	})
	t.Run("it was begun anew in another window", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		leadsTo(t, b.post("/leave", url.Values{"form": {"of the one before"}}), away)
		leadsTo(t, b.get("/"), "/sign-in") // it came from a page of ours
	})
	t.Run("another site ends none", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		b.post("/leave", url.Values{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
		status(t, b.get("/"), http.StatusOK)
	})
}
