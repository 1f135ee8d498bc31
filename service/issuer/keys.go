package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	patience   = 10 * time.Second // with one answer of the issuer
	refreshing = 10 * time.Minute // how old keys become
	retrying   = 30 * time.Second // at the earliest, after a failure or for a key that isn't known
	mostAnswer = 1 << 20          // bytes
)

// asking asks the issuer: for a bounded time and a bounded answer, and follows it nowhere
// else.
var asking = &http.Client{
	Timeout:       patience,
	Transport:     bounded{http.DefaultTransport},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// bounded cuts answers off.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostAnswer), answer.Body}
	}
	return answer, err
}

// Run keeps the issuer's keys until ctx is done. While the issuer is away, those that are
// known go on counting.
func (i *Issuer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		next := refreshing
		if err := i.Refresh(ctx); err != nil && ctx.Err() == nil {
			i.failed(err)
			next = retrying
		}
		i.rest(ctx, next)
	}
}

// rest waits until the keys are due, or wanted and not just asked for.
func (i *Issuer) rest(ctx context.Context, due time.Duration) {
	at, soon := time.NewTimer(due), time.NewTimer(retrying)
	defer at.Stop()
	defer soon.Stop()
	select {
	case <-ctx.Done():
		return
	case <-at.C:
		return
	case <-soon.C:
	}
	select {
	case <-ctx.Done():
	case <-at.C:
	case <-i.wanted:
	}
}

// Refresh asks the issuer for its keys, once.
func (i *Issuer) Refresh(ctx context.Context) error {
	ctx = oidc.ClientContext(ctx, asking)
	provider, err := oidc.NewProvider(ctx, i.settings.URL) // which checks whose it calls itself
	if err != nil {
		return fmt.Errorf("discovering the issuer: %w", err)
	}
	var told struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&told); err != nil {
		return fmt.Errorf("discovering the issuer: %w", err)
	}
	if u, err := url.Parse(told.Keys); err != nil || u.Scheme != "https" && !(strings.HasPrefix(i.settings.URL, "http:") && u.Scheme == "http" && loopback(u.Hostname())) {
		return errors.New("the issuer's keys are not had over https")
	}
	keys, err := fetch(ctx, told.Keys)
	if err != nil {
		return fmt.Errorf("asking for the issuer's keys: %w", err)
	}
	i.keys.Store(keys)
	return nil
}

func fetch(ctx context.Context, at string) (*jose.JSONWebKeySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	answer, err := asking.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	return parseKeys(answer.Body)
}

// parseKeys reads a key set (RFC 7517), and keeps of it what signatures are verified with.
func parseKeys(r io.Reader) (*jose.JSONWebKeySet, error) {
	var told struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(r).Decode(&told); err != nil {
		return nil, errors.New("it answers no key set")
	}
	kept := new(jose.JSONWebKeySet)
	for _, raw := range told.Keys {
		var key jose.JSONWebKey
		// One of a kind that isn't known here is for others.
		if key.UnmarshalJSON(raw) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			kept.Keys = append(kept.Keys, key)
		}
	}
	if len(kept.Keys) == 0 {
		return nil, errors.New("there is no key in its set that verifies a signature")
	}
	return kept, nil
}
