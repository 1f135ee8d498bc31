// Package web is the client for people with a browser, also one that runs no scripts,
// draws no SVG and loads no fonts: pages made on the server, over clients/client and
// nothing else. Whoever signs in is known to the tumen server by a credential of
// their own; nothing is shown or done here that this member could not see or do by
// any other client.
//
// Every page is written by [visit.render], and every request passes [Site.ServeHTTP], which
// sets the headers that keep a browser from doing more than showing a page, and, but for the
// style sheet and the quick exit, [Site.route], where session and form token are looked at.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"tumen/clients/client"
	"tumen/clients/web/picture"
)

// Member is somebody whom the sign-in page of a demonstration offers.
type Member struct {
	Name  string // "case-worker"
	Token string
}

// Config is what a site needs to know.
type Config struct {
	// Profile says where the tumen server is and whom to trust. What it is known by is
	// not used, unless the site is its member's own.
	Profile *client.Profile
	// Dial are options of the connection to the tumen server.
	Dial []client.Option
	// Own is set where the site is for the profile's member alone: nobody signs in, and
	// who opens a link that Own is told of is let in, once. It is told of another where
	// somebody comes who has no session.
	Own func(path string, until time.Time)
	// Hosts says whether the site is known by a host, without its port, that a request
	// names; requests for others are refused. nil: by any.
	Hosts func(host string) bool
	// Secure says that browsers reach the site over HTTPS: cookies then never travel
	// without, and browsers are told to remember it.
	//
	// An onion service is reached over HTTP and is not Secure. Its name is its key, so Tor
	// itself encrypts, and proves who answers. Tor Browser takes Secure cookies there, but
	// other browsers that are led through Tor refuse them, and the prefix __Host- is for
	// HTTPS: without both a session works in each, and no other host is ever sent its
	// cookie. To have HTTPS remembered would shut people out.
	Secure bool
	// Onion is where the same is served as an onion service, "….onion": Tor Browser is
	// told of it by a site that is Secure. Empty: nowhere.
	Onion string
	// AddressOf tells where a connection comes from, to tell strangers apart that ask for
	// too much; nil: all seem to come from one, as behind an onion service. What it tells
	// is never logged.
	AddressOf func(net.Conn) netip.Addr
	// Limits are how much may be asked for.
	Limits Limits
	// Demonstration are the members that anybody may sign in as; nil for a real server.
	Demonstration []Member
	// Leave is where the quick exit leads, an https URL; a page about the weather if empty.
	Leave string
	// MaxCapture is how many bytes a preserved copy that is uploaded may have; what the
	// tumen server takes if 0.
	MaxCapture int64
	// Log gets a line for each request, method, pattern, status and time: at debug level
	// where it went well, and of refusals not all. It gets neither addresses nor content.
	Log *slog.Logger
	// Fonts are what pictures are labelled with; those of this machine if nil. Where they
	// lack letters, pictures have numbers and pages say what they stand for.
	Fonts *picture.Fonts
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// elsewhere is where the quick exit leads where nothing else is said.
const elsewhere = "https://www.bbc.com/weather"

// Site is the web client. It is an http.Handler.
type Site struct {
	config    Config
	conn      *client.Conn
	sessions  *sessions
	door      *doorkeeper
	crowd     *crowd
	latchkey  *latchkey // nil: one signs in
	server    *http.Server
	journal   *journal
	pages     *pages
	doorKey   []byte
	policy    string // what browsers may load and send, and where to
	cross     *http.CrossOriginProtection
	mux       *http.ServeMux
	beside    context.Context    // of what runs beside requests
	rest      context.CancelFunc // ends that
	sendings  sync.WaitGroup
	exporting chan struct{} // a place for each export under way
	exporters sync.Map      // the members whose they are: one each
}

// New makes a site. It fails if the profile is incomplete; the tumen server is reached
// at the first call.
func New(ctx context.Context, c Config) (*Site, error) {
	if c.Profile == nil || c.Log == nil {
		return nil, errors.New("web: profile and log are needed")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Fonts == nil {
		c.Fonts = systemFonts()
	}
	if c.Hosts == nil && c.Demonstration != nil {
		c.Hosts = ThisMachine // no secret is asked for there
	}
	if c.Leave == "" {
		c.Leave = elsewhere
	}
	if c.MaxCapture == 0 {
		c.MaxCapture = client.MaxCapture
	}
	away, err := Away(c.Leave)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	where := *c.Profile
	where.Token, where.TokenFile = "", ""
	if c.Own == nil {
		where.Login = nil // a certificate would speak for whoever comes
	}
	conn, err := client.Dial(ctx, &where, append([]client.Option{client.Unknown()}, c.Dial...)...)
	if err != nil {
		return nil, err
	}
	pages, err := parsePages()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s := &Site{
		config: c, conn: conn, pages: pages, sessions: newSessions(c.Now, c.Limits.Session), door: newDoorkeeper(c.Limits, c.Now), crowd: &crowd{most: c.Limits.Connections, all: map[net.Conn]*visitor{}}, doorKey: random(),
		// A form may lead away, too: the quick exit does.
		policy: "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://" + away.Host,
		cross:  http.NewCrossOriginProtection(), mux: http.NewServeMux(), exporting: make(chan struct{}, exportsAtOnce),
	}
	if c.Own != nil {
		s.latchkey = &latchkey{tell: c.Own, now: c.Now}
	}
	s.server, s.journal = newServer(s), newJournal(c.Log)
	s.routes()
	s.beside, s.rest = context.WithCancel(context.WithoutCancel(ctx))
	go s.keepTyping(s.beside)
	return s, nil
}

// Away reads where a quick exit is to lead.
func Away(to string) (*url.URL, error) {
	away, err := url.Parse(to)
	if err != nil || away.Scheme != "https" || away.Host == "" {
		return nil, errors.New("where the quick exit leads must be an https URL")
	}
	return away, nil
}

// Close ends all sessions here, and the connection to the tumen server. What is known
// there by a session goes on until it ends by itself.
func (s *Site) Close() error {
	s.rest()
	s.sendings.Wait()
	s.sessions.endAll()
	return s.conn.Close()
}
