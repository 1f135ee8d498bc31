package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func newAuthority(t *testing.T, names ...string) *authority {
	t.Helper()
	dir := t.TempDir()
	if err := makeAuthority(dir); err != nil {
		t.Fatal(err)
	}
	a, err := loadAuthority(dir, names)
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
	if err := makeAuthority(dir); err != nil {
		t.Fatal(err)
	}
	before := readFiles(t, dir)
	if err := makeAuthority(dir); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, readFiles(t, dir)) {
		t.Error("it changed")
	}
	// An attempt that ended between the two files is completed with its key.
	if err := os.Remove(filepath.Join(dir, "ca.crt")); err != nil {
		t.Fatal(err)
	}
	if err := makeAuthority(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := loadAuthority(dir, nil); err != nil {
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
	if err := makeAuthority(other); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		spoil func(t *testing.T, dir string) error
	}{
		{"no key", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, "ca.key")) }},
		{"no certificate", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, "ca.crt")) }},
		{"a key of another", func(_ *testing.T, dir string) error {
			return os.Rename(filepath.Join(other, "ca.key"), filepath.Join(dir, "ca.key"))
		}},
		{"an empty key", func(_ *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, "ca.key"), 0) }},
		{"an empty certificate", func(_ *testing.T, dir string) error { return os.Truncate(filepath.Join(dir, "ca.crt"), 0) }},
		{"a key that others may read", func(_ *testing.T, dir string) error { return os.Chmod(filepath.Join(dir, "ca.key"), 0o644) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := makeAuthority(dir); err != nil {
				t.Fatal(err)
			}
			if err := tc.spoil(t, dir); err != nil {
				t.Fatal(err)
			}
			if _, err := loadAuthority(dir, nil); err == nil {
				t.Error("it was taken")
			}
		})
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
