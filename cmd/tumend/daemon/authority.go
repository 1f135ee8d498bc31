package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"sync"
	"time"

	"tumen/service"
	"tumen/service/seal"
)

// In the keys folder.
const (
	authorityKeyName  = "ca.key.age"
	authorityCertName = "ca.crt"
)

// authorityPurpose is what the root key wraps the authority's key for.
const authorityPurpose = "tumen certificate authority 1"

const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	// certificateLifetime is how long a certificate of the server is good; after
	// half of it another is made, in memory.
	certificateLifetime = 72 * time.Hour
	// clockSkew is by how much a member's clock may be behind the server's.
	clockSkew = time.Hour
)

// authority is the server's own small certificate authority: in the keys folder
// ca.key.age, its key (PKCS #8) wrapped by the root key, and ca.crt (PEM), both of
// mode 0600. Profiles carry ca.crt and trust nobody else. It signs certificates of
// this server, which are kept in memory only, and of members who ask for one.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte // of the certificate
	names       []string

	mu     sync.Mutex
	served *tls.Certificate
	renew  time.Time
}

// makeAuthority makes an authority where there is none, its key wrapped by root.
// With a key from an earlier, interrupted attempt it completes that.
func makeAuthority(ctx context.Context, dir string, root seal.Root) error {
	keyPath, certificatePath := filepath.Join(dir, authorityKeyName), filepath.Join(dir, authorityCertName)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	wrapped, err := root.Wrap(ctx, authorityPurpose, encoded)
	if err != nil {
		return err
	}
	err = writeNew(keyPath, wrapped)
	if errors.Is(err, fs.ErrExist) {
		key, err = loadAuthorityKey(ctx, keyPath, root)
	}
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Tumen server authority"},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(authorityLifetime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	err = writeNew(certificatePath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// loadAuthority reads the authority, whose key root has wrapped, for a server with
// these names and addresses.
func loadAuthority(ctx context.Context, dir string, root seal.Root, names []string) (*authority, error) {
	path := filepath.Join(dir, authorityCertName)
	encoded, err := readSecret(path)
	if err != nil {
		return nil, authorityError(err)
	}
	block, _ := pem.Decode(encoded)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("certificate authority: %s holds no certificate", path)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %s: %w", path, err)
	}
	key, err := loadAuthorityKey(ctx, filepath.Join(dir, authorityKeyName), root)
	if err != nil {
		return nil, authorityError(err)
	}
	if !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, fmt.Errorf("certificate authority: %s and %s in %s do not belong together", authorityKeyName, authorityCertName, dir)
	}
	if !time.Now().Before(certificate.NotAfter) {
		return nil, fmt.Errorf("certificate authority: %s ended on %s", path, certificate.NotAfter.Format(time.DateOnly))
	}
	return &authority{certificate: certificate, key: key, pem: encoded, names: names}, nil
}

// authority reads the authority of a server with these settings.
func (s *Settings) authority(ctx context.Context) (*authority, error) {
	root, err := loadRoot(s)
	if err != nil {
		return nil, err
	}
	return loadAuthority(ctx, s.KeysDir, root, s.certificateNames())
}

// authorityError says what to do about a file of the authority that is missing.
func authorityError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("certificate authority: %w; put it back: the profiles of members trust no other; nothing was changed", err)
	}
	return fmt.Errorf("certificate authority: %w", err)
}

func loadAuthorityKey(ctx context.Context, path string, root seal.Root) (*ecdsa.PrivateKey, error) {
	wrapped, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	encoded, err := root.Unwrap(ctx, authorityPurpose, wrapped)
	switch {
	case errors.Is(err, seal.ErrWrongRoot):
		return nil, fmt.Errorf("%s doesn't open by %s: %w: give the root key that it was made with; nothing was changed", path, root.Source(), seal.ErrWrongRoot)
	case errors.Is(err, seal.ErrDamaged):
		return nil, fmt.Errorf("%s: %w: put back a copy of it; nothing was changed", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(encoded)
	if err != nil {
		return nil, fmt.Errorf("%s holds no key", path)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a key of another kind", path)
	}
	return key, nil
}

// tlsConfig is how the server is spoken to: TLS 1.3 and nothing older. Members may show
// a certificate of this authority.
func (a *authority) tlsConfig() *tls.Config {
	config := &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.serve(time.Now()) },
	}
	a.ofMembers().AskForCertificates(config)
	return config
}

// ofMembers is the authority as the services use it, to sign members' certificates.
func (a *authority) ofMembers() *service.Authority {
	return &service.Authority{Certificate: a.certificate, Key: a.key}
}

// serve gives the certificate to show at a time, a new one where the last has
// passed half of its life.
func (a *authority) serve(now time.Time) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.served != nil && now.Before(a.renew) {
		return a.served, nil
	}
	served, err := a.issue(now)
	if err != nil {
		return nil, fmt.Errorf("making the server's certificate: %w", err)
	}
	a.served, a.renew = served, now.Add(certificateLifetime/2)
	return served, nil
}

func (a *authority) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Tumen server"},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              earlier(now.Add(certificateLifetime), a.certificate.NotAfter),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range a.names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
