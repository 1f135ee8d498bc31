package service_test

import (
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
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service"
)

// request makes a certification request for a key.
func request(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "administrator", Organization: []string{"somebody else's"}}, DNSNames: []string{"tumen.example.org"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, key)
	ok(t, err)
	return der
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	return key
}

func month() *durationpb.Duration { return durationpb.New(30 * 24 * time.Hour) }

// certified gives a member a certificate, and who they are with it alone.
func (w *world) certified(m *member, scope ...tumenv1.Role) (*member, *tumenv1.CredentialSummary) {
	w.t.Helper()
	key := newKey(w.t)
	out, err := m.creds.IssueCertificate(w.ctx, &tumenv1.IssueCertificateRequest{CertificationRequest: request(w.t, key), Lifetime: month(), Scope: scope, Label: "the laptop", Reason: "a new machine"})
	ok(w.t, err)
	return w.connectWith("", &tls.Certificate{Certificate: [][]byte{out.GetCertificate()}, PrivateKey: key}), out.GetCredential()
}

func TestACertificateLetsItsMemberIn(t *testing.T) {
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	key := newKey(t)
	out, err := m.creds.IssueCertificate(w.ctx, &tumenv1.IssueCertificateRequest{CertificationRequest: request(t, key), Lifetime: durationpb.New(8 * time.Hour), Reason: "a new machine"})
	ok(t, err)
	made, err := x509.ParseCertificate(out.GetCertificate())
	ok(t, err)
	// Nothing of the request but the key, and no more than what a client needs.
	text := made.Subject.String() + strings.Join(made.DNSNames, " ")
	if strings.Contains(text, "administrator") || strings.Contains(text, "else") || strings.Contains(text, "tumen") || len(made.IPAddresses) > 0 ||
		!slices.Equal(made.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) || made.IsCA || made.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("the certificate says %v", made)
	}
	if d := time.Until(made.NotAfter); d > 8*time.Hour || d < 7*time.Hour || !made.NotAfter.Equal(out.GetCredential().GetExpireTime().AsTime().Truncate(time.Second)) {
		t.Errorf("it works for %v, until %v", d, out.GetCredential().GetExpireTime().AsTime())
	}
	with := w.connectWith("", &tls.Certificate{Certificate: [][]byte{out.GetCertificate()}, PrivateKey: key})
	ok(t, listCases(w, with))
	_, err = with.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	ok(t, err)
	self, err := with.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	if self.GetMember().GetName() != m.name || len(self.GetCredentials()) != 1 || self.GetCredentials()[0].GetName() != out.GetCredential().GetName() || !self.GetCredentials()[0].GetCurrent() {
		t.Errorf("to the server it is %v", self)
	}
}

func TestACertificateRenewsItselfAndDoesNoMore(t *testing.T) {
	w := start(t, nil)
	m := w.member("both", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_AUDITOR)
	reading, first := w.certified(m, tumenv1.Role_ROLE_AUDITOR)
	next, second := w.certified(reading)
	if first.GetName() == second.GetName() || !slices.Equal(second.GetScope(), []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}) {
		t.Errorf("after %v comes %v", first, second)
	}
	ok(t, listCases(w, next))
	_, err := next.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = next.creds.IssueCertificate(w.ctx, &tumenv1.IssueCertificateRequest{CertificationRequest: request(t, newKey(t)), Lifetime: month(), Scope: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}, Reason: "more"})
	refused(t, err, codes.InvalidArgument, "SCOPE_TOO_WIDE")
	_, err = next.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Hour), Scope: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}, Reason: "more"})
	refused(t, err, codes.InvalidArgument, "SCOPE_TOO_WIDE")

	// With a token beside it, what both allow.
	together := w.connectWith(m.token, next.certificate)
	ok(t, listCases(w, together))
	_, err = together.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

func TestACertificateEndsOnTheNextCall(t *testing.T) {
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	m, administrator := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), w.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR)
	revoked, cred := w.certified(m)
	ok(t, listCases(w, revoked))
	other := w.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := other.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: cred.GetName(), Reason: "not mine"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = m.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: cred.GetName(), Reason: "lost"})
	ok(t, err)
	refused(t, listCases(w, revoked), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	ok(t, listCases(w, m))
	// Nor does a good token help it.
	refused(t, listCases(w, w.connectWith(m.token, revoked.certificate)), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	suspended, _ := w.certified(w.again(m, "worker", time.Hour))
	ok(t, listCases(w, suspended))
	administrator = w.again(administrator, "administrator", time.Hour)
	_, err = administrator.access().SuspendMember(w.ctx, &tumenv1.SuspendMemberRequest{Name: m.name, Reason: "lost a laptop"})
	ok(t, err)
	refused(t, listCases(w, suspended), codes.Unauthenticated, "MEMBER_SUSPENDED")
	_, err = administrator.access().RestoreMember(w.ctx, &tumenv1.RestoreMemberRequest{Name: m.name, Reason: "found it"})
	ok(t, err)
	refused(t, listCases(w, suspended), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	ended, _ := w.certified(w.again(m, "worker", time.Hour))
	ok(t, listCases(w, ended))
	c.forward(30*24*time.Hour - time.Minute)
	ok(t, listCases(w, ended))
	c.forward(time.Minute)
	refused(t, listCases(w, ended), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
}

func TestAStreamEndsWithItsCertificate(t *testing.T) {
	o := loadOctober(t)
	m := o.member("downloader", tumenv1.Role_ROLE_CASE_WORKER)
	with, cred := o.certified(m)
	capture, err := uploadPieces(o, o.worker, &tumenv1.CaptureHeader{Parent: o.names["S1"], Reason: "preserved", Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}}, make([]byte, 8<<20), 1<<20)
	ok(t, err)
	stream, err := with.sources.DownloadCapture(o.ctx, &tumenv1.DownloadCaptureRequest{Name: capture.GetName()})
	ok(t, err)
	_, err = stream.Recv() // the rest waits behind the window of the stream
	ok(t, err)
	_, err = m.creds.RevokeCredential(o.ctx, &tumenv1.RevokeCredentialRequest{Name: cred.GetName(), Reason: "lost"})
	ok(t, err)
	for err == nil {
		_, err = stream.Recv()
	}
	if errors.Is(err, io.EOF) {
		t.Fatal("it came to its end")
	}
	refused(t, err, codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
}

// Who two credentials belong to is one member.
func TestTokenAndCertificateAreTheSameMembers(t *testing.T) {
	w := start(t, nil)
	one, two := w.member("one", tumenv1.Role_ROLE_CASE_WORKER), w.member("two", tumenv1.Role_ROLE_CASE_WORKER)
	with, _ := w.certified(one)
	ok(t, listCases(w, w.connectWith(one.token, with.certificate)))
	refused(t, listCases(w, w.connectWith(two.token, with.certificate)), codes.Unauthenticated, "CREDENTIALS_DIFFER")
	refused(t, listCases(w, w.connectWith("tumen_nonsense", with.certificate)), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	// Each of the two is looked at in the middle of a change, too.
	_, err := two.access().SuspendMember(w.ctx, &tumenv1.SuspendMemberRequest{Name: one.name, Reason: "lost"})
	ok(t, err)
	refused(t, listCases(w, w.connectWith(one.token, with.certificate)), codes.Unauthenticated, "MEMBER_SUSPENDED")
}

func TestOnlyThisServersCertificatesCount(t *testing.T) {
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	forge := func(ca *service.Authority, usage x509.ExtKeyUsage, until time.Time) *tls.Certificate {
		key := newKey(t)
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(7), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		}, ca.Certificate, &key.PublicKey, ca.Key)
		ok(t, err)
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	_, _, other := selfSigned(t) // it calls itself by the same name
	hour := time.Now().Add(time.Hour)
	for name, shown := range map[string]*tls.Certificate{
		"of another authority":        forge(other, x509.ExtKeyUsageClientAuth, hour),
		"for servers":                 forge(w.authority, x509.ExtKeyUsageServerAuth, hour),
		"that has ended":              forge(w.authority, x509.ExtKeyUsageClientAuth, time.Now().Add(-time.Minute)),
		"that it signed for itself":   {Certificate: [][]byte{other.Certificate.Raw}, PrivateKey: other.Key},
		"of a key that it isn't for":  {Certificate: [][]byte{first(w.certified(m)).certificate.Certificate[0]}, PrivateKey: newKey(t)},
		"without the one that it has": {Certificate: [][]byte{w.authority.Certificate.Raw}, PrivateKey: newKey(t)},
	} {
		for _, token := range []string{"", m.token} {
			// There is no connection, so there is no answer of ours.
			if err := listCases(w, w.connectWith(token, shown)); status.Code(err) != codes.Unavailable {
				t.Errorf("a certificate %s, with a token: %v: %v", name, token != "", err)
			}
		}
	}
	// One that the authority signed and the store does not know counts for nothing.
	refused(t, listCases(w, w.connectWith("", forge(w.authority, x509.ExtKeyUsageClientAuth, hour))), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	refused(t, listCases(w, w.connectWith("", nil)), codes.Unauthenticated, "CREDENTIALS_MISSING")
}

func first[A, B any](a A, _ B) A { return a }

// A member's certificate passes for no server.
func TestAClientCertificateServesNobody(t *testing.T) {
	w := start(t, nil)
	with, _ := w.certified(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	leaf, err := x509.ParseCertificate(with.certificate.Certificate[0])
	ok(t, err)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: w.pool, DNSName: "127.0.0.1"}); err == nil {
		t.Error("it does for 127.0.0.1")
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: w.pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err == nil {
		t.Error("it does for a server")
	}
}

func TestWhatKeysAreCertified(t *testing.T) {
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	curve := func(c elliptic.Curve) crypto.Signer {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		ok(t, err)
		return key
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	ok(t, err)
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	ok(t, err)
	strong, err := rsa.GenerateKey(rand.Reader, 3072)
	ok(t, err)
	foreign := request(t, newKey(t))
	foreign[len(foreign)-8] ^= 1 // in the signature
	for _, tc := range []struct {
		name    string
		request []byte
		reason  string
	}{
		{"P-256", request(t, curve(elliptic.P256())), ""},
		{"P-384", request(t, curve(elliptic.P384())), ""},
		{"Ed25519", request(t, edwards), ""},
		{"RSA of 3072 bits", request(t, strong), ""},
		{"P-224", request(t, curve(elliptic.P224())), "KEY_REFUSED"},
		{"P-521", request(t, curve(elliptic.P521())), "KEY_REFUSED"},
		{"RSA of 2048 bits", request(t, weak), "KEY_REFUSED"},
		{"signed by somebody else", foreign, "REQUEST_NOT_SIGNED"},
		{"no request", []byte("-----BEGIN CERTIFICATE REQUEST-----"), "REQUEST_MALFORMED"},
		{"more behind it", append(request(t, newKey(t)), 0), "REQUEST_MALFORMED"},
		{"nothing", nil, "BYTES_MIN_LEN"},
		{"too much", make([]byte, 9000), "BYTES_MAX_LEN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := m.creds.IssueCertificate(w.ctx, &tumenv1.IssueCertificateRequest{CertificationRequest: tc.request, Lifetime: month(), Reason: "a new machine"})
			if tc.reason == "" {
				ok(t, err)
			} else {
				refused(t, err, codes.InvalidArgument, tc.reason)
			}
		})
	}
	_, err = m.creds.IssueCertificate(w.ctx, &tumenv1.IssueCertificateRequest{CertificationRequest: request(t, newKey(t)), Lifetime: durationpb.New(31 * 24 * time.Hour), Reason: "for long"})
	refused(t, err, codes.InvalidArgument, "DURATION_GT_LTE")
}

func TestCertificatesAreListedApartFromTokens(t *testing.T) {
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	c.forward(time.Second)
	with, cred := w.certified(m)
	c.forward(24 * time.Hour)
	ok(t, listCases(w, with))
	m = with
	all := func() []*tumenv1.CredentialSummary {
		out, err := m.creds.ListCredentials(w.ctx, &tumenv1.ListCredentialsRequest{})
		ok(t, err)
		return out.GetCredentials()
	}
	for len(all()) != 2 || all()[1].GetLastUseTime() == nil { // it is noted beside the call
		ok(t, w.ctx.Err())
	}
	seen := all()
	if seen[0].GetKind() != tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN || seen[0].GetCurrent() || seen[1].GetName() != cred.GetName() || !seen[1].GetCurrent() || seen[1].GetLabel() != "the laptop" {
		t.Errorf("listed: %v", seen)
	}
	tokens, err := m.access().ListTokens(w.ctx, &tumenv1.ListTokensRequest{})
	ok(t, err)
	if len(tokens.GetTokens()) != 1 {
		t.Errorf("tokens: %v", tokens)
	}
	_, err = m.access().RevokeToken(w.ctx, &tumenv1.RevokeTokenRequest{Name: strings.Replace(cred.GetName(), "certificates", "tokens", 1), Reason: "it is none"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
}
