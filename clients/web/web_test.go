package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tumen/clients/client"
	"tumen/clients/web"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// place is a real server with a site before it.
type place struct {
	t        testing.TB
	url      string
	profiles map[string]*client.Profile
	clock    *clock
	socket   string // of those who run the server
}

// clock is one that tests put forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) forward(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += by
}

func start(t testing.TB) *place {
	t.Helper()
	return startWith(t, func(*web.Config) {})
}

// startWith starts a site that is set up otherwise.
func startWith(t testing.TB, set func(*web.Config)) *place {
	t.Helper()
	p := behind(t, daemontest.Start(t, daemontest.Options{}))
	p.open(set)
	return p
}

// behind is a place at which a site can be opened for the members of a server.
func behind(t testing.TB, server *daemontest.Running) *place {
	t.Helper()
	p := &place{t: t, profiles: map[string]*client.Profile{}, clock: &clock{}, socket: server.AdminSocket}
	for name, path := range server.Profiles {
		profile, err := client.LoadProfile(path)
		ok(t, err)
		p.profiles[name] = profile
	}
	return p
}

func (p *place) open(set func(*web.Config)) {
	p.t.Helper()
	config := web.Config{Profile: p.profiles["case-worker"], Log: slog.New(slog.DiscardHandler), Now: p.clock.now}
	set(&config)
	site, err := web.New(p.t.Context(), config)
	ok(p.t, err)
	server := httptest.NewServer(site)
	p.t.Cleanup(func() { server.Close(); ok(p.t, site.Close()) })
	p.url = server.URL
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser keeps cookies, follows no redirect, and knows the form token of its last page.
type browser struct {
	*place
	http  *http.Client
	page  string
	token string
}

func (p *place) browser() *browser {
	jar, err := cookiejar.New(nil)
	ok(p.t, err)
	return &browser{place: p, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var formField = regexp.MustCompile(`name="form" value="([^"]+)"`)

func (b *browser) do(r *http.Request) *http.Response {
	b.t.Helper()
	reply, err := b.http.Do(r)
	ok(b.t, err)
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	ok(b.t, err)
	b.page = string(body)
	if m := formField.FindStringSubmatch(b.page); m != nil {
		b.token = m[1]
	}
	return reply
}

func (b *browser) get(path string) *http.Response {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	ok(b.t, err)
	return b.do(r)
}

// post sends a form as the last page would, with changes to the request.
func (b *browser) post(path string, form url.Values, change ...func(*http.Request)) *http.Response {
	b.t.Helper()
	if !form.Has("form") {
		form.Set("form", b.token)
	}
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	ok(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.url)
	for _, f := range change {
		f(r)
	}
	return b.do(r)
}

// signedIn is a browser in which a member has signed in by token.
func (p *place) signedIn(member, language string) *browser {
	p.t.Helper()
	b := p.browser()
	b.get("/sign-in")
	reply := b.post("/sign-in", url.Values{"token": {p.profiles[member].Token}, "language": {language}})
	if reply.StatusCode != http.StatusSeeOther || reply.Header.Get("Location") != "/" {
		p.t.Fatalf("signing in: %s, to %q\n%s", reply.Status, reply.Header.Get("Location"), b.page)
	}
	b.get("/")
	return b
}

// leadsTo checks where a reply sends the browser.
func leadsTo(t testing.TB, reply *http.Response, where string) {
	t.Helper()
	if got := reply.Header.Get("Location"); reply.StatusCode != http.StatusSeeOther || got != where {
		t.Errorf("%s, to %q; want to %q", reply.Status, got, where)
	}
}

func status(t testing.TB, reply *http.Response, want int) {
	t.Helper()
	if reply.StatusCode != want {
		t.Errorf("%s, want %d", reply.Status, want)
	}
}

// matter records a case in which two sources speak to one event.
func (p *place) matter(title, publisher string) (name string) {
	p.t.Helper()
	conn, err := client.Dial(p.t.Context(), p.profiles["case-worker"])
	ok(p.t, err)
	defer conn.Close()
	ctx := p.t.Context()
	made, err := conn.Cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: title}, Reason: "first report"})
	ok(p.t, err)
	name = made.GetCase().GetName()
	event, err := conn.Cases.CreateEvent(ctx, &tumenv1.CreateEventRequest{Parent: name, Reason: "first report", Event: &tumenv1.Event{Act: "refoulement", Title: title, Time: &tumenv1.Time{Edtf: "2023-10~"}}})
	ok(p.t, err)
	for _, s := range []struct {
		who    string
		stance tumenv1.Stance
	}{{publisher, tumenv1.Stance_STANCE_ASSERTS}, {"The ministry", tumenv1.Stance_STANCE_DENIES}} {
		source, err := conn.Sources.CreateSource(ctx, &tumenv1.CreateSourceRequest{Reason: "first report", Source: &tumenv1.Source{Kind: "ngo-statement", Title: "A statement", Publisher: s.who, Basis: tumenv1.Basis_BASIS_OWN_CONTACTS}})
		ok(p.t, err)
		_, err = conn.Claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{Parent: name, Reason: "first report", Claim: &tumenv1.Claim{
			Source: source.GetSource().GetName(), Subjects: []string{event.GetEvent().GetName()}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: s.stance,
		}})
		ok(p.t, err)
	}
	return name
}
