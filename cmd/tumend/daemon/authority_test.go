package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tumen/internal/disk"
	"tumen/service/seal"
)

// authorityIn makes an authority in a folder, and gives the root key that wraps it.
func authorityIn(t *testing.T, dir string) seal.Root {
	t.Helper()
	root, err := seal.MakeIdentityFile(filepath.Join(t.TempDir(), rootName))
	if err == nil {
		err = makeAuthority(t.Context(), dir, root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func newAuthority(t *testing.T, names ...string) *authority {
	t.Helper()
	dir := t.TempDir()
	a, err := loadAuthority(t.Context(), dir, authorityIn(t, dir), names)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheServersCertificateIsShortLivedAndRenewed(t *testing.T) {
	a := newAuthority(t, "tumen.example.org", "192.0.2.7")
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	now := time.Now()
	leaf := func(at time.Time) *x509.Certificate {
		t.Helper()
		served, err := a.serve(at)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(served.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"tumen.example.org", "192.0.2.7"} {
			if _, err := parsed.Verify(x509.VerifyOptions{Roots: pool, DNSName: name, CurrentTime: at}); err != nil {
				t.Errorf("at %v as %s: %v", at, name, err)
			}
		}
		return parsed
	}
	first := leaf(now)
	if life := first.NotAfter.Sub(now); life > certificateLifetime+time.Second {
		t.Errorf("it lives for %v", life)
	}
	if again := leaf(now.Add(time.Hour)); !again.Equal(first) {
		t.Error("renewed too early")
	}
	if later := leaf(now.Add(certificateLifetime/2 + time.Minute)); later.Equal(first) {
		t.Error("not renewed after half of its life")
	}
	// Close to its end, the authority signs nothing that outlives it.
	end := a.certificate.NotAfter.Add(-time.Hour)
	if last := leaf(end); last.NotAfter.After(a.certificate.NotAfter) {
		t.Error("a certificate outlives the authority")
	}
}

func TestAnAuthorityIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	root := authorityIn(t, dir)
	before := readFiles(t, dir)
	if err := makeAuthority(t.Context(), dir, root); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, readFiles(t, dir)) {
		t.Error("it changed")
	}
	// An attempt that ended between the two files is completed with its key.
	if err := os.Remove(filepath.Join(dir, "ca.crt")); err != nil {
		t.Fatal(err)
	}
	if err := makeAuthority(t.Context(), dir, root); err != nil {
		t.Fatal(err)
	}
	if _, err := loadAuthority(t.Context(), dir, root, nil); err != nil {
		t.Error(err)
	}
}

func readFiles(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var contents []string
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, e.Name()+string(b))
	}
	return contents
}

func TestADamagedAuthorityIsRefused(t *testing.T) {
	other := t.TempDir()
	authorityIn(t, other)
	for _, tc := range []struct {
		name  string
		spoil func(t *testing.T, dir string) error
	}{
		{"no key", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, authorityKeyName)) }},
		{"no certificate", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, authorityCertName)) }},
		{"a key of another", func(_ *testing.T, dir string) error {
			return os.Rename(filepath.Join(other, authorityKeyName), filepath.Join(dir, authorityKeyName))
		}},
		{"an empty key", func(_ *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, authorityKeyName), 0) }},
		{"an empty certificate", func(_ *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, authorityCertName), 0) }},
		{"a key that others may read", func(_ *testing.T, dir string) error { return os.Chmod(filepath.Join(dir, authorityKeyName), 0o644) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			root := authorityIn(t, dir)
			if err := tc.spoil(t, dir); err != nil {
				t.Fatal(err)
			}
			if _, err := loadAuthority(t.Context(), dir, root, nil); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

// TestTheAuthoritysKeyIsWrapped: by the root key, for this purpose alone.
func TestTheAuthoritysKeyIsWrapped(t *testing.T) {
	dir := t.TempDir()
	root := authorityIn(t, dir)
	wrapped, err := os.ReadFile(filepath.Join(dir, authorityKeyName))
	if err != nil || !strings.HasPrefix(string(wrapped), "age-encryption.org/v1\n") {
		t.Errorf("not wrapped: %v", err)
	}
	if found, err := disk.Exists(filepath.Join(dir, "ca.key")); found || err != nil {
		t.Errorf("a key in the clear: %v", err)
	}
	if _, err := root.Unwrap(t.Context(), "epoch keys", wrapped); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("for another purpose: %v", err)
	}
	another := authorityIn(t, t.TempDir())
	if _, err := loadAuthority(t.Context(), dir, another, nil); !errors.Is(err, seal.ErrWrongRoot) || !strings.Contains(err.Error(), authorityKeyName+" doesn't open by") {
		t.Errorf("by another root key: %v", err)
	}
}

// shake greets a server that has the configuration, as a client with another.
func shake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err == nil {
			c.(*tls.Conn).Handshake()
			c.Close()
		}
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	return tls.Client(raw, client).Handshake()
}

func TestWhoIsSpokenTo(t *testing.T) {
	a, foreign := newAuthority(t, "127.0.0.1"), newAuthority(t, "127.0.0.1")
	pool := func(of *authority) *x509.CertPool {
		p := x509.NewCertPool()
		p.AppendCertsFromPEM(of.pem)
		return p
	}
	for _, tc := range []struct {
		name   string
		client *tls.Config
		ok     bool
	}{
		{"TLS 1.3 and the right authority", &tls.Config{RootCAs: pool(a), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS13}, true},
		{"TLS 1.2", &tls.Config{RootCAs: pool(a), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}, false},
		{"another authority", &tls.Config{RootCAs: pool(foreign), ServerName: "127.0.0.1"}, false},
		{"another name", &tls.Config{RootCAs: pool(a), ServerName: "example.org"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := shake(t, a.tlsConfig(), tc.client); (err == nil) != tc.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}
