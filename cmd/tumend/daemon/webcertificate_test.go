package daemon

import (
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writtenCertificate writes a certificate for names, and its key, as if at a moment.
func writtenCertificate(t *testing.T, cert, key string, at time.Time, names ...string) {
	t.Helper()
	a := newAuthority(t, names...)
	issued, err := a.issue(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: issued.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARenewedCertificateIsShownWithoutARestart(t *testing.T) {
	cert, key := filepath.Join(t.TempDir(), "web.crt"), filepath.Join(t.TempDir(), "web.key")
	began := time.Now()
	writtenCertificate(t, cert, key, began, "tumen.example.org")
	var log strings.Builder
	c, err := openWebCertificate(cert, key, nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ahead := time.Duration(0)
	c.now = func() time.Time { return began.Add(ahead) }
	is := func(hosts ...string) {
		t.Helper()
		for _, host := range []string{"tumen.example.org", "other.example.org"} {
			want := len(hosts) > 0 && hosts[0] == host
			if c.hosts(host) != want {
				t.Errorf("%s: known is %v after %s", host, !want, ahead)
			}
		}
	}
	is("tumen.example.org")
	writtenCertificate(t, cert, key, began.Add(time.Hour), "other.example.org")
	is("tumen.example.org") // it looks once a minute
	ahead = 2 * lookAgain
	is("other.example.org")

	// What can't be read leaves the former one, until it can.
	if err := os.WriteFile(key, []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	ahead += lookAgain
	is("other.example.org")
	if !strings.Contains(log.String(), "can't be read anew") {
		t.Errorf("the log says nothing of it: %s", &log)
	}
	writtenCertificate(t, cert, key, began.Add(2*time.Hour), "tumen.example.org")
	ahead += lookAgain
	is("tumen.example.org")
}

func TestACertificateThatIsNotFitIsRefused(t *testing.T) {
	folder := t.TempDir()
	cert, key, other := filepath.Join(folder, "web.crt"), filepath.Join(folder, "web.key"), filepath.Join(folder, "other.key")
	writtenCertificate(t, filepath.Join(folder, "other.crt"), other, time.Now(), "tumen.example.org")
	writtenCertificate(t, cert, key, time.Now(), "tumen.example.org")
	open := filepath.Join(folder, "open.key")
	content, err := os.ReadFile(key)
	if err == nil {
		err = os.WriteFile(open, content, 0o644)
	}
	if err == nil {
		err = os.Chmod(open, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, cert, key, want string
		names                 []string
	}{
		{"fit", cert, key, "", []string{"tumen.example.org"}},
		{"of another key", cert, other, "no certificate with its key", nil},
		{"a key that everybody reads", cert, open, "may be used by others", nil},
		{"for other names", cert, key, "is not for www.example.org", []string{"tumen.example.org", "www.example.org"}},
		{"not there", filepath.Join(folder, "none"), key, "no such file", nil},
		{"the files exchanged", key, cert, "no certificate with its key", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := openWebCertificate(tc.cert, tc.key, tc.names, slog.New(slog.DiscardHandler))
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestAnOnionServiceHasANameThatNoSlipMakes(t *testing.T) {
	const name = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
	for given, want := range map[string]bool{
		name: true, strings.ToUpper(name): false, "3" + name[1:]: false, name[1:]: false, "www." + name: false,
		strings.TrimSuffix(name, ".onion"): false, "expyuzz4wqqyqhjn.onion": false, "": false, "tumen.example.org": false,
	} {
		if onionName(given) != want {
			t.Errorf("%q: %v", given, !want)
		}
	}
}
