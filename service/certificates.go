package service

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// Authority signs client certificates: the server's own certificate authority.
type Authority struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// AskForCertificates has a listener ask its callers for a client certificate, and refuse
// the connection of who shows one of another authority. Who shows none may have a token.
func (a *Authority) AskForCertificates(config *tls.Config) {
	config.ClientAuth = tls.VerifyClientCertIfGiven
	config.ClientCAs = x509.NewCertPool()
	config.ClientCAs.AddCert(a.Certificate)
}

// certificateSkew is by how much a client's clock may be behind the server's.
const certificateSkew = time.Hour

// sign makes the certificate of a member's key: who it is for stands in the store alone.
func (a *Authority) sign(key crypto.PublicKey, now, until time.Time) ([]byte, error) {
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] = serial[0]&0x7f | 0x40 // positive, and of full length
	if until.After(a.Certificate.NotAfter) {
		until = a.Certificate.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial),
		Subject:               pkix.Name{CommonName: strings.ToLower(rand.Text())},
		NotBefore:             now.Add(-certificateSkew),
		NotAfter:              until,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	return x509.CreateCertificate(rand.Reader, template, a.Certificate, key, a.Key)
}

// IssueCertificate implements tumenv1.CredentialServiceServer.
func (s credentialing) IssueCertificate(ctx context.Context, req *tumenv1.IssueCertificateRequest) (*tumenv1.IssueCertificateResponse, error) {
	authority := s.authority.Load()
	if authority == nil {
		return nil, fault.New(fault.Refused, "NO_AUTHORITY", "this server gives out no certificates")
	}
	key, err := requestedKey(req.GetCertificationRequest())
	if err != nil {
		return nil, err
	}
	out := new(tumenv1.IssueCertificateResponse)
	_, err = s.change(ctx, unrepeated{req}, func(c *change) error {
		scope, err := c.scopeOfNew(req.GetScope(), tumenv1.CredentialKind_CREDENTIAL_KIND_CERTIFICATE)
		if err != nil {
			return err
		}
		local, err := c.breakGlass()
		if err != nil {
			return err
		}
		until := c.Now().Add(req.GetLifetime().AsDuration())
		if out.Certificate, err = authority.sign(key, c.Now(), until); err != nil {
			return err
		}
		cred := &tumenv1.Credential{
			TokenHash: certificateKey(out.Certificate), Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_CERTIFICATE, Member: c.reader.Member, Scope: scope,
			CreateTime: timestamppb.New(c.Now()), ExpireTime: timestamppb.New(until), Label: req.GetLabel(), BreakGlass: local, ObtainedBy: c.obtainedBy(),
		}
		out.Credential = summary(c.reader, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// The sizes of RSA keys that are certified, in bits: smaller ones are too weak, and larger
// ones make every handshake slow.
const (
	leastRSA = 3072
	mostRSA  = 4096
)

var errWeakKey = errors.New("it asks for a key that is not certified here: give one of ECDSA on P-256 or P-384, Ed25519, or RSA of 3072 to 4096 bits")

// requestedKey is the key of a certification request, and nothing else of it counts. Its
// signature proves that whoever made it holds the key.
func requestedKey(der []byte) (crypto.PublicKey, error) {
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fault.Field("certification_request", "REQUEST_MALFORMED", "is no certification request (PKCS #10, DER)")
	}
	if err := certifiable(request.PublicKey); err != nil {
		return nil, fault.Field("certification_request", "KEY_REFUSED", "%v", err)
	}
	if request.CheckSignature() != nil {
		return nil, fault.Field("certification_request", "REQUEST_NOT_SIGNED", "is not signed with the key that it is for")
	}
	return request.PublicKey, nil
}

func certifiable(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return nil
		}
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= leastRSA && bits <= mostRSA && k.E == 65537 {
			return nil
		}
	}
	return errWeakKey
}
