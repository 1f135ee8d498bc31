package daemontest_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

const (
	publicName = "tumen.example.org"
	onionName  = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
)

// publicCertificate writes a certificate as an authority gives it that browsers know, and
// its key.
func publicCertificate(t *testing.T) (cert, key string, known *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{publicName}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "web.crt"), filepath.Join(t.TempDir(), "web.key")
	known = x509.NewCertPool()
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		known.AppendCertsFromPEM(pem.EncodeToMemory(block))
	}
	return cert, key, known
}

// browser is one that knows a site by its name, wherever that leads.
type browser struct {
	t     *testing.T
	http  *http.Client
	site  string // "https://tumen.example.org"
	page  string
	token string // of the last page's forms
}

// browserAt gives a browser whose every name leads to one address, by TLS if there is a
// configuration of it.
func browserAt(t *testing.T, address, site string, secured *tls.Config) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: secured, ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, site: site, http: &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var formField = regexp.MustCompile(`name="form" value="([^"]+)"`)

func (b *browser) do(r *http.Request) *http.Response {
	b.t.Helper()
	reply, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page = string(body)
	if m := formField.FindStringSubmatch(b.page); m != nil {
		b.token = m[1]
	}
	return reply
}

func (b *browser) get(path string) *http.Response {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.site+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) signIn(token string) *http.Response {
	b.t.Helper()
	form := url.Values{"form": {b.token}, "token": {token}}
	r, err := http.NewRequest(http.MethodPost, b.site+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.site)
	return b.do(r)
}

// signedIn signs a browser in.
func (b *browser) signedIn(token string) *browser {
	b.t.Helper()
	b.get("/sign-in")
	if reply := b.signIn(token); reply.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("signing in: %s\n%s", reply.Status, b.page)
	}
	return b
}

// TestTheWebClientOfAServer: one server for browsers, by HTTPS and as an onion service.
func TestTheWebClientOfAServer(t *testing.T) {
	var log lockedBuffer
	cert, key, known := publicCertificate(t)
	r := daemontest.Start(t, daemontest.Options{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Settings: func(s *daemon.Settings) {
		earnest(t)(s)
		s.WebListen, s.WebCert, s.WebKey = "127.0.0.1:0", cert, key
		s.WebOnion, s.WebOnionListen = onionName, "127.0.0.1:0"
		s.WebLeave = "https://example.org/news"
	}})
	token := profileOf(t, r, "case-worker").Token
	public := func(t *testing.T) *browser {
		return browserAt(t, r.WebAddress(), "https://"+publicName, &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS12})
	}
	onion := func(t *testing.T) *browser { return browserAt(t, r.OnionAddress(), "http://"+onionName, nil) }

	t.Run("by HTTPS, which browsers remember", func(t *testing.T) {
		b := public(t)
		reply := b.get("/sign-in?language=ko")
		if reply.StatusCode != http.StatusOK || reply.ProtoMajor != 1 || reply.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s by %s, %v", reply.Status, reply.Proto, reply.Header)
		}
		if got := reply.Header.Get("Onion-Location"); got != "http://"+onionName+"/sign-in?language=ko" {
			t.Errorf("Tor Browser is told of %q", got)
		}
		if !strings.Contains(reply.Header.Get("Content-Security-Policy"), "form-action 'self' https://example.org") {
			t.Error("the quick exit does not lead where the settings say")
		}
		for _, c := range b.signedIn(token).http.Jar.Cookies(&url.URL{Scheme: "https", Host: publicName}) {
			if !strings.HasPrefix(c.Name, "__Host-tumen") {
				t.Errorf("a cookie is called %s", c.Name)
			}
		}
		if reply := b.get("/"); reply.StatusCode != http.StatusOK || !strings.Contains(b.page, "case-worker") {
			t.Errorf("signed in: %s\n%s", reply.Status, b.page)
		}
	})
	t.Run("as an onion service, over HTTP", func(t *testing.T) {
		b := onion(t)
		reply := b.get("/sign-in")
		if reply.StatusCode != http.StatusOK || reply.Header.Get("Strict-Transport-Security") != "" || reply.Header.Get("Onion-Location") != "" {
			t.Errorf("%s, %v", reply.Status, reply.Header)
		}
		reply = b.signIn(token)
		for _, c := range reply.Cookies() {
			if c.Secure || strings.HasPrefix(c.Name, "__") || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
				t.Errorf("a browser may not keep %s over HTTP: %+v", c.Name, c)
			}
		}
		if reply := b.get("/"); reply.StatusCode != http.StatusOK || !strings.Contains(b.page, "case-worker") {
			t.Errorf("signed in: %s\n%s", reply.Status, b.page)
		}
	})
	t.Run("under its own names alone", func(t *testing.T) {
		for _, b := range []*browser{public(t), onion(t)} {
			for host, want := range map[string]int{
				publicName: 0, onionName: 0, publicName + ":8443": 0, "127.0.0.1": 421, "localhost": 421, "example.org": 421, "x." + publicName: 421, "[::1]:1": 421,
			} {
				req, err := http.NewRequest(http.MethodGet, b.site+"/sign-in", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Host = host
				if want == 0 {
					want = http.StatusMisdirectedRequest
					if strings.HasSuffix(b.site, strings.TrimSuffix(host, ":8443")) {
						want = http.StatusOK
					}
				}
				if reply := b.do(req); reply.StatusCode != want {
					t.Errorf("%s, called %s: %s", b.site, host, reply.Status)
				}
			}
		}
	})
	t.Run("with TLS 1.3 and HTTP/1.1 alone", func(t *testing.T) {
		for name, c := range map[string]*tls.Config{"TLS 1.2": {MaxVersion: tls.VersionTLS12}, "HTTP/2": {NextProtos: []string{"h2"}}} {
			c.RootCAs, c.ServerName, c.MinVersion = known, publicName, tls.VersionTLS12
			conn, err := tls.Dial("tcp", r.WebAddress(), c)
			if err == nil && conn.ConnectionState().NegotiatedProtocol == "" && c.NextProtos != nil {
				conn.Close()
				continue // it speaks what was not negotiated: HTTP/1.1
			}
			if err == nil {
				conn.Close()
				t.Errorf("it speaks %s", name)
			}
		}
		// A storm of streams does not begin where none are spoken of.
		if line := asked(t, r.OnionAddress(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); !strings.HasPrefix(line, "HTTP/1.1 ") && line != "" {
			t.Errorf("it answers %q", line)
		}
	})
	t.Run("with small headers", func(t *testing.T) {
		long := fmt.Sprintf("GET /sign-in HTTP/1.1\r\nHost: %s\r\nX-Long: %s\r\n\r\n", onionName, strings.Repeat("x", 64<<10))
		if line := asked(t, r.OnionAddress(), long); !strings.Contains(line, "431") {
			t.Errorf("it answers %q", line)
		}
	})
	t.Run("a member goes on while strangers ask for too much", func(t *testing.T) {
		for _, door := range []func(*testing.T) *browser{public, onion} {
			member, stranger := door(t).signedIn(token), door(t)
			refused := false
			for range 1000 {
				if reply := stranger.get("/sign-in"); reply.StatusCode == http.StatusTooManyRequests {
					refused = reply.Header.Get("Retry-After") != "" && strings.Contains(stranger.page, "Too much was asked for")
					break
				}
			}
			if !refused {
				t.Errorf("%s: a stranger is answered all the time", member.site)
			}
			if reply := member.get("/"); reply.StatusCode != http.StatusOK {
				t.Errorf("%s: a member is answered %s", member.site, reply.Status)
			}
		}
	})
	t.Run("the log tells no address, and nothing of what is asked for", func(t *testing.T) {
		onion(t).get("/cases/nobody-asks-for-this?x=nobody-asks-for-this")
		said := log.String()
		if !strings.Contains(said, `"msg":"page"`) || !strings.Contains(said, `"status":429`) || !strings.Contains(said, `"status":421`) {
			t.Error("the log tells of no pages")
		}
		for line := range strings.Lines(said) {
			if strings.Contains(line, "127.0.0.1") && !strings.Contains(line, `"msg":"taking calls"`) && !strings.Contains(line, `"msg":"serving the web client`) {
				t.Errorf("the log tells an address: %s", line)
			}
			for _, never := range []string{token, "nobody-asks-for-this", "example.org", ".localhost"} {
				if strings.Contains(line, never) {
					t.Errorf("the log tells %s: %s", never, line)
				}
			}
		}
	})
	t.Run("until the server stops", func(t *testing.T) {
		web, onion := r.WebAddress(), r.OnionAddress()
		r.Stop()
		for _, address := range []string{web, onion} {
			if c, err := net.Dial("tcp", address); err == nil {
				c.Close()
				t.Errorf("something listens at %s", address)
			}
		}
	})
}

// asked sends a request as it stands, and gives the first line of the answer.
func asked(t *testing.T, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, request) // it may hang up before it has read all
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line)
}

func TestPagesAndCallsAreTakenFromOneRation(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) {
		s.WebListen, s.MaxConnections, s.Allowances.Workers.CallsPerSecond = "127.0.0.1:0", 4, 1
	}})
	profile := profileOf(t, r, "case-worker")
	b := browserAt(t, r.WebAddress(), "http://127.0.0.1", nil).signedIn(profile.Token)
	direct := tumenv1.NewCaseServiceClient(dial(t, r.Address, overTLS(t, profile)))
	refused := false
	for range 4 { // of its own, a caller has as many for a moment
		b.get("/") // waits where its calls come too often, and so takes what comes in
		_, err := direct.ListCases(withToken(t.Context(), profile.Token), &tumenv1.ListCasesRequest{})
		refused = refused || reasonOf(err) == "CALLS_TOO_FREQUENT"
	}
	if !refused {
		t.Error("what pages ask for is not taken from what the organisation may")
	}
	// How many connections one address may have is said of others than this server itself.
	for range 8 {
		if reply := browserAt(t, r.WebAddress(), "http://127.0.0.1", nil).get("/sign-in"); reply.StatusCode != http.StatusOK {
			t.Errorf("a page is answered %s", reply.Status)
		}
	}
}
