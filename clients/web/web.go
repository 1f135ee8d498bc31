// Package web is the client for people with a browser, also one that runs no scripts,
// draws no SVG and loads no fonts: pages made on the server, over clients/client and
// nothing else. Whoever signs in is known to the tumen server by a credential of
// their own; nothing is shown or done here that this member could not see or do by
// any other client.
//
// Every page is written by [visit.render], and every request passes [Site.ServeHTTP], which
// sets the headers that keep a browser from doing more than showing a page, and, but for the
// style sheet, [Site.route], where session and form token are looked at.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
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
	// Profile says where the tumen server is and whom to trust; its token is not used.
	Profile *client.Profile
	// Secure says that browsers reach the site over HTTPS: cookies then never travel
	// without, and browsers are told to remember it.
	Secure bool
	// Demonstration are the members that anybody may sign in as; nil for a real server.
	Demonstration []Member
	// Leave is where the quick exit leads, an https URL; a page about the weather if empty.
	Leave string
	// Log gets a line for each request: method, pattern, status and time. It gets neither
	// addresses nor content.
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
	config   Config
	conn     *client.Conn
	sessions *sessions
	pages    *pages
	doorKey  []byte
	policy   string // what browsers may load and send, and where to
	cross    *http.CrossOriginProtection
	mux      *http.ServeMux
	beside   context.Context    // of what runs beside requests
	rest     context.CancelFunc // ends that
	sendings sync.WaitGroup
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
	if c.Leave == "" {
		c.Leave = elsewhere
	}
	away, err := url.Parse(c.Leave)
	if err != nil || away.Scheme != "https" || away.Host == "" {
		return nil, errors.New("web: where the quick exit leads must be an https URL")
	}
	where := *c.Profile
	where.Token, where.TokenFile, where.Login = "", "", nil
	conn, err := client.Dial(ctx, &where, client.Unknown())
	if err != nil {
		return nil, err
	}
	pages, err := parsePages()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s := &Site{
		config: c, conn: conn, pages: pages, sessions: newSessions(c.Now), doorKey: random(),
		// A form may lead away, too: the quick exit does.
		policy: "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://" + away.Host,
		cross:  http.NewCrossOriginProtection(), mux: http.NewServeMux(),
	}
	s.routes()
	s.beside, s.rest = context.WithCancel(context.WithoutCancel(ctx))
	go s.keepTyping(s.beside)
	return s, nil
}

// Close ends all sessions here, and the connection to the tumen server. What is known
// there by a session goes on until it ends by itself.
func (s *Site) Close() error {
	s.rest()
	s.sendings.Wait()
	s.sessions.endAll()
	return s.conn.Close()
}
