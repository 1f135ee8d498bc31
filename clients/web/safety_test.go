package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tumen/clients/web"
)

func TestEveryAnswerKeepsTheBrowserToThePage(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	for _, path := range []string{"/", "/cases", "/sign-in", "/style.css", "/nothing-is-here", "/cases/00000000000000000000000000"} {
		reply := b.get(path)
		csp := reply.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: %s is not in the policy %q", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := reply.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		for _, never := range []string{"<script", "<svg", "style=", " onclick", "http://", "https://"} {
			if path != "/style.css" && strings.Contains(b.page, never) {
				t.Errorf("%s: the page has %q in it", path, never)
			}
		}
	}
}

func TestTheCookieIsForThisSiteAlone(t *testing.T) {
	p := start(t)
	b := p.browser()
	b.get("/sign-in")
	reply := b.post("/sign-in", url.Values{"token": {p.profiles["case-worker"].Token}})
	found := false
	for _, c := range reply.Cookies() {
		found = found || c.Name == "tumen" && c.Value != ""
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %s: %+v", c.Name, c)
		}
		if strings.Contains(c.Value, p.profiles["case-worker"].Token) {
			t.Errorf("cookie %s holds the token", c.Name)
		}
	}
	if !found {
		t.Error("no session was begun")
	}
}

func TestAFormIsTakenFromItsOwnSessionAlone(t *testing.T) {
	p := start(t)
	own, other := p.signedIn("case-worker", "en"), p.signedIn("reviewer", "en")
	stolen := other.token
	for name, tc := range map[string]struct {
		form   url.Values
		change func(*http.Request)
	}{
		"without a token":                {url.Values{"form": {""}}, nil},
		"with the token of another":      {url.Values{"form": {stolen}}, nil},
		"from another site":              {url.Values{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"from another origin":            {url.Values{}, func(r *http.Request) { r.Header.Set("Origin", "https://example.org") }},
		"from a page that hides where":   {url.Values{}, func(r *http.Request) { r.Header.Set("Origin", "null") }},
		"from another port of this host": {url.Values{}, func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }},
	} {
		t.Run(name, func(t *testing.T) {
			change := tc.change
			if change == nil {
				change = func(*http.Request) {}
			}
			token := own.token
			status(t, own.post("/sign-out", tc.form, change), http.StatusForbidden)
			own.token = token
			status(t, own.get("/"), http.StatusOK) // still signed in
		})
	}
}

func TestASessionThatEndedIsNotTakenUpAgain(t *testing.T) {
	p := start(t)
	t.Run("signed out", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		site, err := url.Parse(p.url)
		ok(t, err)
		kept := b.http.Jar.Cookies(site)
		leadsTo(t, b.post("/sign-out", url.Values{}), "/sign-in")
		b.http.Jar.SetCookies(site, kept)
		leadsTo(t, b.get("/"), "/sign-in")
	})
	t.Run("unused for long", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		p.clock.forward(24 * time.Minute)
		status(t, b.get("/cases"), http.StatusOK)
		p.clock.forward(26 * time.Minute)
		leadsTo(t, b.get("/cases"), "/sign-in?ended=1&to=%2Fcases")
		leadsTo(t, b.get("/cases"), "/sign-in?to=%2Fcases")
	})
	t.Run("at its end, though it was used", func(t *testing.T) {
		b := p.signedIn("case-worker", "en")
		for range 35 {
			p.clock.forward(20 * time.Minute)
			status(t, b.get("/cases"), http.StatusOK)
		}
		p.clock.forward(20 * time.Minute)
		p.clock.forward(time.Second)
		status(t, b.get("/cases"), http.StatusSeeOther)
	})
}

func TestTheQuickExitEndsTheSessionAndLeadsAway(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	reply := b.post("/leave", url.Values{})
	leadsTo(t, reply, "https://www.bbc.com/weather")
	if !strings.Contains(reply.Header.Get("Clear-Site-Data"), "cookies") {
		t.Error("the browser is not told to forget")
	}
	leadsTo(t, b.get("/"), "/sign-in")
}

func TestNoLinkLeadsAwayFromTheSite(t *testing.T) {
	p := start(t)
	for _, to := range []string{"https://example.org", "//example.org", "/\\example.org", "javascript:alert(1)", "/a\r\nX: y"} {
		b := p.browser()
		b.get("/sign-in?" + url.Values{"to": {to}}.Encode())
		leadsTo(t, b.post("/sign-in", url.Values{"token": {p.profiles["case-worker"].Token}, "to": {to}}), "/")
	}
}

func TestWhoIsNotKnownIsNotLetIn(t *testing.T) {
	p := start(t)
	b := p.browser()
	b.get("/sign-in")
	for _, form := range []url.Values{
		{"token": {"nothing of the kind"}},
		{"token": {p.profiles["case-worker"].Token + "x"}},
		{"organisation": {"ngo"}, "name": {"kim"}, "passphrase": {"a guess"}, "code": {"123456"}},
		{"organisation": {"<script>"}, "name": {""}, "passphrase": {""}, "code": {""}},
	} {
		status(t, b.post("/sign-in", form), http.StatusUnprocessableEntity)
		if strings.Contains(b.page, "<script>") || strings.Contains(b.page, "a guess") {
			t.Error("what was typed came back as it was")
		}
	}
	leadsTo(t, b.get("/"), "/sign-in")
}

func TestScriptAndOverridesInARecordDoNoHarm(t *testing.T) {
	p := start(t)
	name := p.matter(`<script>alert("x")</script>`, "gnp\u202ecod <img src=x onerror=alert(1)>")
	b := p.signedIn("case-worker", "en")
	status(t, b.get("/"+name), http.StatusOK)
	for _, never := range []string{"<script", "<img src=x", "\u202e"} {
		if strings.Contains(b.page, never) {
			t.Errorf("the page has %q in it", never)
		}
	}
	if !strings.Contains(b.page, "gnp[U+202E]cod") {
		t.Error("the override is not shown as what it is")
	}
}

// A demonstration lets anybody in, so it answers under addresses of its machine alone: no
// name that somebody made lead there reaches it from a page of theirs.
func TestADemonstrationIsForItsMachineAlone(t *testing.T) {
	p := startWith(t, func(c *web.Config) { c.Demonstration = []web.Member{{Name: "case-worker", Token: "a token"}} })
	b := p.browser()
	for host, want := range map[string]int{
		"127.0.0.1:80": http.StatusOK, "localhost": http.StatusOK, "[::1]:80": http.StatusOK,
		"example.org": http.StatusMisdirectedRequest, "127.0.0.1.example.org:80": http.StatusMisdirectedRequest, "": http.StatusOK,
	} {
		r, err := http.NewRequest(http.MethodGet, p.url+"/sign-in", nil)
		ok(t, err)
		r.Host = host // of an empty one the client states that of the address
		status(t, b.do(r), want)
		if want != http.StatusOK && strings.Contains(b.page, "a token") {
			t.Errorf("%s: the page tells a token", host)
		}
	}
}

// What is too long is refused, whoever sends it and as whatever, and no more than a form
// may have is taken in.
func TestAFormThatIsTooLongIsRefused(t *testing.T) {
	p := start(t)
	long := strings.Repeat("x", 1<<20)
	own := p.signedIn("case-worker", "en")
	token := own.token
	status(t, own.post("/language", url.Values{"language": {"ko"}, "more": {long}}), http.StatusRequestEntityTooLarge)
	own.token = token
	status(t, own.post("/language", url.Values{"language": {"ko"}}), http.StatusSeeOther)

	var taken atomic.Int64
	b := p.browser()
	r, err := http.NewRequest(http.MethodPost, p.url+"/sign-in", counted{strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n" + strings.Repeat(long, 32)), &taken})
	ok(t, err)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Origin", "https://example.org")
	reply, err := b.http.Do(r)
	if err == nil { // the server may have closed the connection before it was all sent
		reply.Body.Close()
		status(t, reply, http.StatusForbidden)
	}
	if n := taken.Load(); n > 16<<20 {
		t.Errorf("%d bytes were taken of a form from another site", n)
	}
}

// counted counts what is read of it.
type counted struct {
	io.Reader
	taken *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.taken.Add(int64(n))
	return n, err
}
