package issuer_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tumen/service/issuer"
	"tumen/service/issuer/issuertest"
)

func settings(url string) issuer.Settings {
	return issuer.Settings{URL: url, Audiences: []string{"tumen", "tumen-web"}, SubjectClaim: "sub", FactorClaim: "amr", FactorValues: []string{"mfa", "hwk"}}
}

// known is an issuer whose keys are known.
func known(t *testing.T, from *issuertest.Issuer) *issuer.Issuer {
	t.Helper()
	i, err := issuer.New(settings(from.URL), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return i
}

func TestWhichTokensCount(t *testing.T) {
	from := issuertest.Start(t)
	i := known(t, from)
	now := time.Now()
	with := func(change func(map[string]any)) string {
		claims := maps.Clone(from.Claims("kim", "tumen", now))
		change(claims)
		return from.Token(claims)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := with(func(map[string]any) {})
	parts := strings.Split(good, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	for _, tc := range []struct {
		name   string
		token  string
		counts bool
		twice  bool
	}{
		{"a good one", good, true, false},
		{"with two factors", with(func(c map[string]any) { c["amr"] = []string{"pwd", "hwk"} }), true, true},
		{"with one word for it", with(func(c map[string]any) { c["amr"] = "mfa" }), true, true},
		{"with another factor", with(func(c map[string]any) { c["amr"] = []string{"pwd"} }), true, false},
		{"with a factor that is no word", with(func(c map[string]any) { c["amr"] = []any{1, map[string]any{"mfa": true}} }), true, false},
		{"for one of several of ours", with(func(c map[string]any) { c["aud"] = []string{"other", "tumen"}; c["azp"] = "tumen-web" }), true, false},
		{"for another audience", with(func(c map[string]any) { c["aud"] = "other" }), false, false},
		{"for several, and nobody says to whom it was given", with(func(c map[string]any) { c["aud"] = []string{"other", "tumen"} }), false, false},
		{"given to another program", with(func(c map[string]any) { c["azp"] = "other" }), false, false},
		{"for nobody", with(func(c map[string]any) { delete(c, "aud") }), false, false},
		{"of another issuer", with(func(c map[string]any) { c["iss"] = "https://login.example.org" }), false, false},
		{"of an issuer of nearly the name", with(func(c map[string]any) { c["iss"] = from.URL + "/" }), false, false},
		{"that has ended", with(func(c map[string]any) { c["exp"] = now.Add(-time.Second).Unix() }), false, false},
		{"that never ends", with(func(c map[string]any) { delete(c, "exp") }), false, false},
		{"that has not begun", with(func(c map[string]any) { c["nbf"] = now.Add(10 * time.Minute).Unix() }), false, false},
		{"without a subject", with(func(c map[string]any) { delete(c, "sub") }), false, false},
		{"with a subject that is no text", with(func(c map[string]any) { c["sub"] = 7 }), false, false},
		{"not signed", unsigned, false, false},
		{"signed with the public key as a secret", issuertest.Sign(t, from.Claims("kim", "tumen", now), jose.HS256, from.Secret(), "1"), false, false},
		{"signed by a stranger", issuertest.Sign(t, from.Claims("kim", "tumen", now), jose.RS256, stranger, "1"), false, false},
		{"signed with a key that is not known", issuertest.Sign(t, from.Claims("kim", "tumen", now), jose.RS256, stranger, "9"), false, false},
		{"signed with another algorithm of the key", issuertest.Sign(t, from.Claims("kim", "tumen", now), jose.RS512, stranger, "1"), false, false},
		{"with other claims under its signature", parts[0] + "." + strings.Split(with(func(c map[string]any) { c["sub"] = "lee" }), ".")[1] + "." + parts[2], false, false},
		{"no token", "eyJ.eyJ.x", false, false},
		{"nothing", "", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			who, err := i.Verify(t.Context(), tc.token)
			if (err == nil) != tc.counts || err != nil && !errors.Is(err, issuer.ErrToken) {
				t.Fatalf("%v, %v", who, err)
			}
			if tc.counts && (who.Subject != "kim" || who.SecondFactor != tc.twice || !who.Expiry.After(now)) {
				t.Errorf("it speaks of %v", who)
			}
		})
	}
}

func TestKeysAreKeptAndReplaced(t *testing.T) {
	from := issuertest.Start(t)
	i := known(t, from)
	before := from.Token(from.Claims("kim", "tumen", time.Now()))
	from.Rotate()
	after := from.Token(from.Claims("kim", "tumen", time.Now()))
	if _, err := i.Verify(t.Context(), after); !errors.Is(err, issuer.ErrToken) {
		t.Errorf("a key that nobody has asked for: %v", err)
	}
	if err := i.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Verify(t.Context(), after); err != nil {
		t.Error(err)
	}
	if _, err := i.Verify(t.Context(), before); !errors.Is(err, issuer.ErrToken) {
		t.Errorf("a key that is no longer there: %v", err)
	}
	from.Stop()
	if err := i.Refresh(t.Context()); err == nil {
		t.Error("an issuer that is away has answered")
	}
	if _, err := i.Verify(t.Context(), after); err != nil {
		t.Errorf("while it is away: %v", err)
	}
}

func TestAnIssuerThatIsAnother(t *testing.T) {
	from := issuertest.Start(t)
	from.CallItself("https://login.example.org")
	i, err := issuer.New(settings(from.URL), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Refresh(t.Context()); err == nil {
		t.Error("its keys are taken")
	}
	if _, err := i.Verify(t.Context(), from.Token(from.Claims("kim", "tumen", time.Now()))); !errors.Is(err, issuer.ErrNoKeys) {
		t.Errorf("it counts: %v", err)
	}
	var told error
	ctx, cancel := context.WithCancel(t.Context())
	i, _ = issuer.New(settings(from.URL), nil, func(err error) { told = err; cancel() })
	i.Run(ctx)
	if told == nil {
		t.Error("nobody is told")
	}
}

func TestWhatSettingsAreRefused(t *testing.T) {
	good := settings("https://login.example.org/realms/ngo")
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*issuer.Settings){
		"plain http":          func(s *issuer.Settings) { s.URL = "http://login.example.org" },
		"a name of loopback":  func(s *issuer.Settings) { s.URL = "http://localhost:8080" },
		"no URL":              func(s *issuer.Settings) { s.URL = "login.example.org" },
		"a query":             func(s *issuer.Settings) { s.URL += "?x=y" },
		"a secret in it":      func(s *issuer.Settings) { s.URL = "https://me:secret@login.example.org" },
		"no audience":         func(s *issuer.Settings) { s.Audiences = nil },
		"an empty audience":   func(s *issuer.Settings) { s.Audiences = []string{""} },
		"no claim":            func(s *issuer.Settings) { s.SubjectClaim = "" },
		"no factor":           func(s *issuer.Settings) { s.FactorClaim = "" },
		"no value of factors": func(s *issuer.Settings) { s.FactorValues = nil },
	} {
		s := good
		change(&s)
		if s.Check() == nil {
			t.Errorf("%s is accepted", name)
		}
		if s.Fingerprint() == good.Fingerprint() {
			t.Errorf("%s has the same fingerprint", name)
		}
	}
}
