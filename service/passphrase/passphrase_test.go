package passphrase

import (
	"context"
	"encoding/base32"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAPassphraseMatchesItsVerifierAlone(t *testing.T) {
	h := NewHasher()
	verifier, err := h.Verifier(t.Context(), "seven quiet herons é")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(verifier), "heron") {
		t.Error("the verifier tells the passphrase")
	}
	for _, tc := range []struct {
		name, passphrase string
		verifier         []byte
		matches          bool
	}{
		{"itself", "seven quiet herons é", verifier, true},
		{"in another form of the same letters", "seven quiet herons e\u0301", verifier, true},
		{"another", "seven quiet herons e", verifier, false},
		{"no verifier", "seven quiet herons é", nil, false},
		{"one of a later release", "seven quiet herons é", append([]byte{2}, verifier[1:]...), false},
		{"one cut short", "seven quiet herons é", verifier[:20], false},
	} {
		if got, err := h.Matches(t.Context(), tc.passphrase, tc.verifier); got != tc.matches || err != nil {
			t.Errorf("%s: %v, %v", tc.name, got, err)
		}
	}
	if again, err := h.Verifier(t.Context(), "seven quiet herons é"); err != nil || string(again) == string(verifier) {
		t.Errorf("there is no salt: %v", err)
	}
}

// Guessers wait, and beyond a number are sent away, before any memory is taken.
func TestHashingIsBounded(t *testing.T) {
	h := NewHasher()
	for range atOnce {
		h.slots <- struct{}{}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Verifier(gone, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone still waits: %v", err)
	}
	for range atOnce + waiting {
		h.queue <- struct{}{}
	}
	if _, err := h.Matches(t.Context(), "x", nil); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
}

func TestWeakPassphrases(t *testing.T) {
	for passphrase, want := range map[string]string{
		"seven quiet herons":           "",
		"두만강 물은 천천히 흐른다":               "",
		"short one":                    "fewer than 12",
		"abababababababab":             "again and again",
		"Password123456789":            "guess",
		"correct horse battery staple": "guess",
		"kim@jfnk kim@jfnk":            "guess",
		"seven quiet\x00herons":        "no keyboard",
	} {
		if got := Weak(passphrase, "kim", "jfnk"); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q", passphrase, got)
		}
	}
}

// The vectors of RFC 6238, appendix B, in six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if step, ok := Step(secret, code, time.Unix(at, 0), 0); !ok || step != at/30 {
			t.Errorf("at %d: %d, %v", at, step, ok)
		}
	}
}

func TestACodeIsGoodOnceAndForAMoment(t *testing.T) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	at := time.Unix(1111111109, 0)
	for _, tc := range []struct {
		name string
		code string
		at   time.Time
		used int64
		ok   bool
	}{
		{"now", "081804", at, 0, true},
		{"a period late", "081804", at.Add(30 * time.Second), 0, true},
		{"two periods late", "081804", at.Add(60 * time.Second), 0, false},
		{"a period early", "081804", at.Add(-30 * time.Second), 0, true},
		{"two periods early", "081804", at.Add(-60 * time.Second), 0, false},
		{"once more", "081804", at, at.Unix() / 30, false},
		{"after a later one", "081804", at, at.Unix()/30 + 1, false},
		{"another", "081805", at, 0, false},
		{"none", "", at, 0, false},
	} {
		if _, ok := Step(secret, tc.code, tc.at, tc.used); ok != tc.ok {
			t.Errorf("%s: %v", tc.name, ok)
		}
	}
}

func TestADevicesSecretIsAURI(t *testing.T) {
	secret, uri, err := NewDevice("Tumen: An NGO", "kim")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != secret || len(secret) != 32 || !strings.HasSuffix(u.Path, ":kim") {
		t.Errorf("%s, %v", uri, err)
	}
	if other, _, _ := NewDevice("Tumen", "kim"); other == secret {
		t.Error("twice the same secret")
	}
}
