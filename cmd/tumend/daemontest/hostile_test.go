package daemontest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// earnest is how `tumend serve` limits its callers when nothing is stated.
func earnest(t testing.TB) func(*daemon.Settings) {
	t.Helper()
	defaults, err := daemon.LoadSettings(pflag.NewFlagSet("serve", pflag.ContinueOnError), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(s *daemon.Settings) {
		s.Allowances, s.MaxConnections = defaults.Allowances, defaults.MaxConnections
	}
}

// elsewhere makes another organisation with a case worker, and gives their profile.
func elsewhere(t testing.TB, r *daemontest.Running, handle string) *client.Profile {
	t.Helper()
	admin := tumenv1.NewAdminServiceClient(overSocket(t, r.AdminSocket))
	_, err := admin.CreateOrganisation(t.Context(), &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: handle, DisplayName: handle}})
	if err == nil {
		_, err = admin.CreateMember(t.Context(), &tumenv1.CreateMemberRequest{Organisation: handle, Member: &tumenv1.Member{Handle: "worker", Roles: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	profile := *profileOf(t, r, "case-worker")
	profile.Token = tokenFor(t, r, handle, "worker", time.Hour)
	return &profile
}

func tokenFor(t testing.TB, r *daemontest.Running, organisation, member string, lifetime time.Duration) string {
	t.Helper()
	made, err := tumenv1.NewAdminServiceClient(overSocket(t, r.AdminSocket)).CreateToken(t.Context(), &tumenv1.CreateTokenRequest{
		Organisation: organisation, Member: member, Lifetime: durationpb.New(lifetime),
	})
	if err != nil {
		t.Fatal(err)
	}
	return made.GetToken()
}

func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func TestNobodyGetsInWithoutACredentialOfThisServer(t *testing.T) {
	var log lockedBuffer
	r := daemontest.Start(t, daemontest.Options{Settings: earnest(t), Log: slog.New(slog.NewJSONHandler(&log, nil))})
	other := daemontest.Start(t, daemontest.Options{})
	good, foreign := profileOf(t, r, "case-worker"), profileOf(t, other, "case-worker")
	conn := dial(t, r.Address, overTLS(t, good))
	list := func(token string) error {
		_, err := tumenv1.NewCaseServiceClient(conn).ListCases(withToken(t.Context(), token), &tumenv1.ListCasesRequest{})
		return err
	}
	if err := list(good.Token); err != nil {
		t.Fatal(err)
	}
	expired := tokenFor(t, r, daemontest.Organisation, "case-worker", time.Nanosecond)
	revoked := tokenFor(t, r, daemontest.Organisation, "reviewer-2", time.Hour)
	if err := list(revoked); err != nil {
		t.Fatal(err)
	}
	if _, err := tumenv1.NewAdminServiceClient(overSocket(t, r.AdminSocket)).RevokeTokens(t.Context(), &tumenv1.RevokeTokensRequest{Organisation: daemontest.Organisation, Member: "reviewer-2"}); err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{
		"wrong": good.Token[:len(good.Token)-4] + "AAAA", "of another server": foreign.Token, "truncated": good.Token[:len(good.Token)-1],
		"without its prefix": strings.TrimPrefix(good.Token, "tumen_"), "with more behind it": good.Token + "A", "expired": expired, "revoked": revoked,
		"very long": strings.Repeat("a", 4000), "with a null byte": "tumen_%00",
	}
	var same string
	for name, token := range tokens {
		err := list(token)
		if status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
		// Which of these it was, nobody is told.
		if told := status.Convert(err).Proto().String(); same == "" {
			same = told
		} else if told != same {
			t.Errorf("%s is told apart: %s, others %s", name, told, same)
		}
	}
	if _, err := tumenv1.NewCaseServiceClient(conn).ListCases(t.Context(), &tumenv1.ListCasesRequest{}); reasonOf(err) != "CREDENTIALS_MISSING" {
		t.Errorf("without a token: %v", err)
	}
	if said := log.String(); !strings.Contains(said, `"reason":"CREDENTIALS_UNKNOWN"`) {
		t.Errorf("the log says nothing of it:\n%s", said)
	} else {
		keepsSecrets(t, said, append([]string{good.Token}, values(tokens)...)...)
	}
}

func values(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// keepsSecrets checks that a log tells nothing of these, nor where callers called from.
func keepsSecrets(t *testing.T, said string, secrets ...string) {
	t.Helper()
	for line := range strings.Lines(said) {
		for _, secret := range secrets {
			if strings.Contains(line, secret) {
				t.Errorf("the log tells a secret: %s", line)
			}
		}
		if strings.Contains(line, "127.0.0.1") && !strings.Contains(line, `"msg":"taking calls"`) {
			t.Errorf("the log tells an address: %s", line)
		}
	}
}

func TestTLSLetsNobodyElseIn(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: earnest(t)})
	profile := profileOf(t, r, "case-worker")
	config := func(change func(*tls.Config)) credentials.TransportCredentials {
		c := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: rootsOf(t, profile)}
		change(c)
		return credentials.NewTLS(c)
	}
	for _, tc := range []struct {
		name   string
		creds  credentials.TransportCredentials
		token  string
		refuse []codes.Code
	}{
		{"a certificate of another authority is nobody's", config(func(c *tls.Config) { c.Certificates = []tls.Certificate{foreignCertificate(t)} }), "", []codes.Code{codes.Unauthenticated, codes.Unavailable}},
		{"nor does it help a token that is nobody's", config(func(c *tls.Config) { c.Certificates = []tls.Certificate{foreignCertificate(t)} }), "tumen_guessed", []codes.Code{codes.Unauthenticated, codes.Unavailable}},
		{"TLS 1.2 is not spoken", config(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 }), profile.Token, []codes.Code{codes.Unavailable}},
		{"a client does not believe another server", credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool()}), profile.Token, []codes.Code{codes.Unavailable}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := t.Context()
			if tc.token != "" {
				ctx = withToken(ctx, tc.token)
			}
			_, err := tumenv1.NewCaseServiceClient(dial(t, r.Address, tc.creds)).ListCases(ctx, &tumenv1.ListCasesRequest{})
			for _, code := range tc.refuse {
				if status.Code(err) == code {
					return
				}
			}
			t.Errorf("got %v", err)
		})
	}
}

func rootsOf(t testing.TB, p *client.Profile) *x509.CertPool {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(p.CA)) {
		t.Fatal("the profile holds no certificate")
	}
	return roots
}

// foreignCertificate is a client's certificate that names a member, of an authority of
// the attacker's own.
func foreignCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Tumen server authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "case-worker"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// What lies with another organisation is answered for as what never was, to the byte.
func TestGuessingTellsNothing(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: earnest(t)})
	theirs := r.Connect("case-worker")
	name := newCase(t, theirs, "kept from others")
	newCase(t, theirs, "and another")
	claimed := "cases/0000000000000000000000000z"
	guesser := elsewhere(t, r, "other")
	conn := dial(t, r.Address, overTLS(t, guesser))
	ctx := withToken(t.Context(), guesser.Token)
	cases := tumenv1.NewCaseServiceClient(conn)
	ask := map[string]func(name string) error{
		"reading": func(name string) error { _, err := cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: name}); return err },
		"deleting": func(name string) error {
			_, err := cases.DeleteCase(ctx, &tumenv1.DeleteCaseRequest{Name: name, Etag: "guessed", Reason: "r"})
			return err
		},
		"listing what lies in it": func(name string) error {
			_, err := tumenv1.NewClaimServiceClient(conn).ListClaims(ctx, &tumenv1.ListClaimsRequest{Parent: name})
			return err
		},
		"adding to it": func(name string) error {
			_, err := cases.CreateEvent(ctx, &tumenv1.CreateEventRequest{Parent: name, Reason: "r", Event: &tumenv1.Event{Title: "t", Act: "detention"}})
			return err
		},
	}
	for what, call := range ask {
		there, nowhere := call(name), call(claimed)
		if status.Code(there) != codes.NotFound {
			t.Errorf("%s: %v", what, there)
		}
		got := strings.ReplaceAll(status.Convert(there).Proto().String(), name, "NAME")
		want := strings.ReplaceAll(status.Convert(nowhere).Proto().String(), claimed, "NAME")
		if got != want {
			t.Errorf("%s: of what is there it says\n%s\nof what never was\n%s", what, got, want)
		}
	}

	page, err := theirs.Cases.ListCases(t.Context(), &tumenv1.ListCasesRequest{PageSize: 1})
	if err != nil || page.GetNextPageToken() == "" {
		t.Fatalf("%v, %v", page, err)
	}
	token := page.GetNextPageToken()
	var same string
	for _, guess := range []string{token, token[:len(token)-1], "A" + token[1:], "AAAA", strings.Repeat("A", 400), "!"} {
		_, err := cases.ListCases(ctx, &tumenv1.ListCasesRequest{PageSize: 1, PageToken: guess})
		if told := status.Convert(err).Proto().String(); reasonOf(err) != "PAGE_TOKEN_INVALID" {
			t.Errorf("%q: %v", guess, err)
		} else if same == "" {
			same = told
		} else if told != same {
			t.Errorf("%q is told apart: %v", guess, err)
		}
	}
}

// Nobody is kept waiting by who connects and says nothing: they are closed after ten
// seconds, and others are served meanwhile.
func TestWhoConnectsAndSaysNothingIsClosed(t *testing.T) {
	t.Parallel()
	r := daemontest.Start(t, daemontest.Options{Settings: earnest(t)})
	profile := profileOf(t, r, "case-worker")
	var silent []net.Conn
	for range 20 {
		tcp, err := net.Dial("tcp", r.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		encrypted, err := tls.Dial("tcp", r.Address, &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: rootsOf(t, profile), NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer encrypted.Close()
		silent = append(silent, tcp, encrypted) // before the handshake, and before the preface
	}
	newCase(t, r.Connect("case-worker"), "meanwhile")
	for i, c := range silent {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); isTimeout(err) {
			t.Errorf("connection %d is still open", i)
		}
	}
}

func isTimeout(err error) bool {
	netErr, ok := err.(net.Error)
	return ok && netErr.Timeout()
}

// A flood of one organisation spends what that organisation has, and nobody else's.
func TestAnOrganisationThatFloodsKeepsNobodyWaiting(t *testing.T) {
	var log lockedBuffer
	r := daemontest.Start(t, daemontest.Options{Settings: earnest(t), Log: slog.New(slog.NewJSONHandler(&log, nil))})
	flooder := elsewhere(t, r, "other")
	bystander := r.Connect("case-worker")
	newCase(t, bystander, "before")
	refused := make(chan error, 8)
	for range cap(refused) {
		conn := dial(t, r.Address, overTLS(t, flooder))
		go func() {
			var err error
			for err == nil {
				_, err = tumenv1.NewCaseServiceClient(conn).ListCases(withToken(t.Context(), flooder.Token), &tumenv1.ListCasesRequest{})
			}
			refused <- err
		}()
	}
	for range cap(refused) {
		if err := <-refused; reasonOf(err) != "CALLS_TOO_FREQUENT" && reasonOf(err) != "TOO_MANY_CALLS_AT_ONCE" {
			t.Errorf("the flood ends with %v", err)
		}
		newCase(t, bystander, "meanwhile")
	}
	if !strings.Contains(log.String(), "CALLS_TOO_FREQUENT") {
		t.Error("the log does not say so")
	}
	keepsSecrets(t, log.String(), flooder.Token)
	if _, err := healthpb.NewHealthClient(dial(t, r.Address, overTLS(t, flooder))).Check(context.Background(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Errorf("health: %v", err)
	}
}
