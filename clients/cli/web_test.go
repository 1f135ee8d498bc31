package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tumen/clients/cli"
)

// pagesRun is a run of `tumen web`.
type pagesRun struct {
	t       *testing.T
	printed chan []byte // its lines
	stop    context.CancelFunc
	ended   chan int
	said    bytes.Buffer
}

func startPages(t *testing.T, args ...string) *pagesRun {
	t.Helper()
	out, in := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	p := &pagesRun{t: t, printed: make(chan []byte, 10), stop: stop, ended: make(chan int, 1)}
	go func() {
		defer close(p.printed)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.printed <- bytes.Clone(lines.Bytes())
		}
	}()
	go func() {
		p.ended <- cli.Run(ctx, append([]string{"web", "--json"}, args...), strings.NewReader(""), in, &p.said)
		in.Close()
	}()
	return p
}

// link is the next that is printed.
func (p *pagesRun) link() *url.URL {
	p.t.Helper()
	line, more := <-p.printed
	if !more {
		p.t.Fatalf("it prints no link\n%s", &p.said)
	}
	var told struct {
		URL        string
		ExpireTime time.Time
	}
	try(p.t, json.Unmarshal(line, &told))
	if left := time.Until(told.ExpireTime); left <= 0 || left > 10*time.Minute {
		p.t.Errorf("the link is good for %s", left)
	}
	u, err := url.Parse(told.URL)
	try(p.t, err)
	return u
}

// browsing is a browser that leads names below .localhost to this machine, as browsers do.
func browsing(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	try(t, err)
	return &http.Client{Jar: jar, Transport: &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	}}}
}

func opened(t *testing.T, browser *http.Client, u string) (status int, page string) {
	t.Helper()
	reply, err := browser.Get(u)
	try(t, err)
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	try(t, err)
	return reply.StatusCode, string(body)
}

func TestThePagesLetInWhoHasTheLinkAndNobodyElse(t *testing.T) {
	profiles := startServer(t, "")
	p := startPages(t, "--profile", filepath.Join(profiles, "case-worker.yaml"), "--leave", "https://example.org/news")
	link := p.link()
	if !strings.HasSuffix(link.Hostname(), ".localhost") {
		t.Errorf("the link leads to %s", link.Host)
	}
	home := "http://" + link.Host + "/"

	stranger := browsing(t)
	for _, path := range []string{"", "cases", "sign-in", "enter/AAAA", "enter/" + strings.Repeat("A", 43)} {
		if status, page := opened(t, stranger, home+path); status != http.StatusForbidden || strings.Contains(page, "case-worker") {
			t.Errorf("a stranger who asks for /%s is answered %d\n%s", path, status, page)
		}
	}
	other := "http://127.0.0.1:" + link.Port() + "/"
	if status, _ := opened(t, stranger, other); status != http.StatusMisdirectedRequest {
		t.Errorf("by another name it answers %d", status)
	}
	if status, _ := opened(t, stranger, other+strings.TrimPrefix(link.Path, "/")); status != http.StatusMisdirectedRequest {
		t.Errorf("by another name the link answers %d", status)
	}

	own := browsing(t)
	status, page := opened(t, own, link.String())
	if status != http.StatusOK || !strings.Contains(page, "Signed in as case-worker") || !strings.Contains(page, `action="/leave"`) {
		t.Fatalf("the link answers %d\n%s", status, page)
	}
	if status, page := opened(t, own, home+"cases"); status != http.StatusOK {
		t.Errorf("the cases answer %d\n%s", status, page)
	}

	// The link is used up, whoever has seen it; another is told where it was asked for.
	if status, _ := opened(t, stranger, link.String()); status != http.StatusForbidden {
		t.Errorf("the used link answers %d", status)
	}
	next := p.link()
	if next.Path == link.Path || next.Host != link.Host {
		t.Errorf("then it tells %s", next)
	}
	if status, _ := opened(t, browsing(t), next.String()); status != http.StatusOK {
		t.Errorf("the next link answers %d", status)
	}

	p.stop()
	if code := <-p.ended; code != 0 {
		t.Errorf("exit code %d\n%s", code, &p.said)
	}
	if _, err := own.Get(home); err == nil {
		t.Error("it answers after it was stopped")
	}
	if p.said.Len() > 0 {
		t.Errorf("on standard error: %s", &p.said)
	}
}

// Who is known by a certificate has no token to lend to the pages: their connection shows it.
func TestThePagesAreOfWhoIsKnownByACertificate(t *testing.T) {
	profiles := startServer(t, "")
	certified := filepath.Join(t.TempDir(), "certified.yaml")
	var said bytes.Buffer
	if code := cli.Run(t.Context(), []string{"login", "--certificate", "--profile", filepath.Join(profiles, "reviewer.yaml"), "--profile-out", certified}, strings.NewReader(""), io.Discard, &said); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &said)
	}
	p := startPages(t, "--profile", certified)
	link := p.link()
	own := browsing(t)
	if status, page := opened(t, own, link.String()); status != http.StatusOK || !strings.Contains(page, "Signed in as reviewer") {
		t.Errorf("the link answers %d\n%s", status, page)
	}
	// Without a session the connection speaks for nobody.
	reply, err := browsing(t).PostForm("http://"+link.Host+"/sign-in", url.Values{"token": {"x"}})
	try(t, err)
	reply.Body.Close()
	if reply.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger's form is answered %s", reply.Status)
	}
	p.stop()
	<-p.ended
}

func TestPagesNeedAProfileThatTheServerKnows(t *testing.T) {
	profiles := startServer(t, "")
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"no such profile":   {[]string{"--profile", "nowhere.yaml"}, 1},
		"leads to no https": {[]string{"--profile", filepath.Join(profiles, "reviewer.yaml"), "--leave", "http://example.org"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPages(t, tc.args...)
			if code := <-p.ended; code != tc.code {
				t.Errorf("exit code %d, want %d\n%s", code, tc.code, &p.said)
			}
		})
	}
}
