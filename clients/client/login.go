package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// Login is by what a member is known who has logged in with a profile that has no token
// of its own: a token, a session, or a certificate with its key. It lies beside the
// profile, in PROFILE.login (YAML, mode 0600), and is replaced as a whole.
type Login struct {
	Credential  string `yaml:"credential,omitempty"` // its name: sessions/…; none of an ID token
	Token       string `yaml:"token,omitempty"`
	Certificate string `yaml:"certificate,omitempty"` // PEM
	Key         string `yaml:"key,omitempty"`         // PKCS #8, PEM
}

// LoginFile is where the login of a profile lies.
func LoginFile(profile string) string { return profile + ".login" }

// readLogin reads the login of a profile; nil if there is none.
func readLogin(profile string) (*Login, error) {
	path := LoginFile(profile)
	raw, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	l := new(Login)
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(l); err != nil {
		return nil, fmt.Errorf("login %s: %w", path, withoutContent(err))
	}
	if l.Token == "" && l.Certificate == "" {
		return nil, fmt.Errorf("login %s: neither token nor certificate is there; log in again", path)
	}
	if l.Certificate != "" {
		if _, err := l.pair(); err != nil {
			return nil, fmt.Errorf("login %s: certificate and key do not belong together; log in again", path)
		}
	}
	return l, nil
}

// Save keeps a login beside a profile, in the place of the one before.
func (l *Login) Save(profile string) error {
	encoded, err := yaml.Marshal(l)
	if err != nil {
		return err
	}
	path := LoginFile(profile)
	f, err := os.CreateTemp(filepath.Dir(path), ".login-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte("# Who reads this file acts as this member. It is for its owner alone (mode 0600).\n"), encoded...))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// pair is the certificate with its key.
func (l *Login) pair() (tls.Certificate, error) {
	return tls.X509KeyPair([]byte(l.Certificate), []byte(l.Key))
}

// NearEnd says whether two thirds of the life of a certificate are over.
func (l *Login) NearEnd(now time.Time) bool {
	pair, err := l.pair()
	if err != nil || pair.Leaf == nil {
		return false
	}
	life := pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore)
	return now.After(pair.Leaf.NotAfter.Add(-life / 3))
}

// life is for how long a certificate was asked for, as nearly as it says.
func (l *Login) life() time.Duration {
	pair, err := l.pair()
	if err != nil || pair.Leaf == nil {
		return 0
	}
	const skew = time.Hour // by which certificates begin earlier
	return max(pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore)-skew, time.Minute)
}

// NewCertificate makes a key, which stays here, and has the server certify it. The
// connection's credential is what it is asked for with.
func NewCertificate(ctx context.Context, c *Conn, request *tumenv1.IssueCertificateRequest) (*Login, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if request.CertificationRequest, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key); err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	reply, err := c.Credentials.IssueCertificate(ctx, request)
	if err != nil {
		return nil, err
	}
	l := &Login{
		Credential:  reply.GetCredential().GetName(),
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: reply.GetCertificate()})),
		Key:         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
	}
	if _, err := l.pair(); err != nil {
		return nil, fmt.Errorf("the server's certificate is not for the key that was asked for: %w", err)
	}
	return l, nil
}

// Renew has the server give the certificate that comes after this one, which the
// connection was made with, with a key of its own and for as long.
func (l *Login) Renew(ctx context.Context, c *Conn) (*Login, error) {
	return NewCertificate(ctx, c, &tumenv1.IssueCertificateRequest{Lifetime: durationpb.New(l.life()), Label: "renewed", Reason: "the one before nears its end"})
}
