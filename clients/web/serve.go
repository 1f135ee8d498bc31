package web

import (
	"errors"
	"net/http"
)

const (
	// maxForm is how much a form may send, files aside, in bytes.
	maxForm = 256 << 10
	formKey = "form" // the field of the form token
)

// handler answers one request. What it returns becomes a page that says what went wrong.
type handler func(*visit) error

// Who may ask for a route.
const (
	anybody = false
	members = true
)

// route has requests of a pattern answered. One to a route of members without a session
// leads to the sign-in page; a POST is refused unless it comes from a form of ours.
func (s *Site) route(pattern string, needed bool, h handler) {
	s.answer(pattern, needed, s.visit, h)
}

func (s *Site) answer(pattern string, needed bool, visit func(http.ResponseWriter, *http.Request) *visit, h handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := visit(w, r)
		if err := v.admit(needed); err != nil {
			v.fail(err)
			return
		}
		if v.away {
			return
		}
		if err := h(v); err != nil {
			v.fail(err)
		}
	})
}

// ServeHTTP implements http.Handler: what every request passes.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.config.Now()
	watched := &watchedWriter{ResponseWriter: w}
	s.guard(watched.Header())
	defer s.crowd.answering(visitorOf(r))()
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.panicked(watched, p)
		}
		if watched.status == 0 && r.Context().Err() != nil {
			watched.WriteHeader(http.StatusRequestTimeout) // it did not all come, or nobody is there any more
		}
		s.journal.note(r, watched.status, s.config.Now().Sub(began))
	}()
	switch {
	case !s.knownAs(r.Host):
		turnAway(watched, r, http.StatusMisdirectedRequest, "door.elsewhere")
	case !s.mayAsk(watched, r):
		turnAway(watched, r, http.StatusTooManyRequests, "door.slower")
	default:
		s.tellOnion(watched.Header(), r)
		s.mux.ServeHTTP(watched, r)
	}
}

// tellOnion tells Tor Browser where the same page is as an onion service: what is asked
// for there never leaves Tor.
func (s *Site) tellOnion(h http.Header, r *http.Request) {
	if s.config.Secure && s.config.Onion != "" && r.Method == http.MethodGet {
		h.Set("Onion-Location", "http://"+s.config.Onion+r.URL.RequestURI())
	}
}

// guard sets what keeps a browser from doing more than to show a page: nothing is
// loaded from elsewhere, nothing inline has effect, nothing is kept.
func (s *Site) guard(h http.Header) {
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()")
	// Not "no-referrer": forms would then come from the origin "null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if s.config.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// errForm is a POST that does not come from a form of this session.
var errForm = errors.New("the form is not of this session")

// admit finds the session and checks where a form comes from.
func (v *visit) admit(needed bool) error {
	cookie, _ := v.r.Cookie(v.site.cookieName())
	var ended bool
	if cookie != nil {
		v.session, ended = v.site.sessions.find(cookie.Value)
	}
	posted := v.r.Method == http.MethodPost
	if !posted {
		// Before a page asks for several things at a time. What of a query can't be read is
		// not there.
		_ = v.r.ParseForm()
	}
	if posted {
		if err := v.site.cross.Check(v.r); err != nil {
			return errForm
		}
		if v.withFile && v.session == nil {
			v.toSignIn() // only who is known is patiently listened to
			return nil
		}
		read := v.readForm
		if v.withFile {
			read = v.readFields
		}
		if err := read(); err != nil {
			return err
		}
		asFilledIn(v.r.Form)
		asFilledIn(v.r.PostForm)
	}
	switch {
	case ended:
		return v.returnLater(v.session)
	case v.session == nil && needed:
		v.toSignIn()
		return nil
	case posted && !matches(v.formToken(), v.r.PostForm.Get(formKey)):
		return errForm
	}
	return nil
}

// knownMethod keeps what a stranger sends out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return m
	}
	return "other"
}

// watchedWriter remembers the status for the log.
type watchedWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *watchedWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what lies beneath.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
