package service

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"testing"
)

// Whatever is sent as a request, the answer is a key that is certified here, or a refusal.
func FuzzCertificationRequest(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte("-----BEGIN CERTIFICATE REQUEST-----"))
	f.Fuzz(func(t *testing.T, der []byte) {
		key, err := requestedKey(der)
		if (key == nil) == (err == nil) || err == nil && certifiable(key) != nil {
			t.Errorf("%v, %v", key, err)
		}
	})
}
