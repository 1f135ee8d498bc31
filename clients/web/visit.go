package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"tumen/clients/client"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// visit is one request with who makes it.
type visit struct {
	site    *Site
	w       http.ResponseWriter
	r       *http.Request
	session *session // nil: nobody has signed in
	words   *wording.Words
	door    string // of who has not signed in: the secret of their forms
	away    bool   // it has been answered: go no further

	withFile bool            // the form may carry a file, after its fields
	file     *multipart.Part // nil: none was sent

	offered *choices // of the form that it is about; nil: none were needed yet
}

func (s *Site) visit(w http.ResponseWriter, r *http.Request) *visit {
	// Before anything looks for a field: what is refused may come from anybody.
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return &visit{site: s, w: w, r: r}
}

// context is that of the request, for calls as the member. No purpose is stated, so no
// page shows a protected identity.
func (v *visit) context() context.Context {
	who := client.Caller{}
	if v.session != nil {
		who.Token = v.session.token
	}
	return client.As(v.r.Context(), who)
}

// say is the wording in the language of the session, or else of the browser.
func (v *visit) say() *wording.Words {
	if v.words == nil {
		language := wording.Language(v.r.Form.Get("language")) // not FormValue: that would read a form that was refused, however long
		switch {
		case v.session != nil:
			language = v.session.in()
		case !slices.Contains(wording.Languages(), language):
			language = wording.Match(v.r.Header.Get("Accept-Language"))
		}
		v.words = wording.In(language)
	}
	return v.words
}

// types says that the page is a form, in which somebody may type for longer than a session
// lies unused.
func (v *visit) types() { v.session.types() }

// may says whether the member's roles may call a method: "CaseService/CreateCase".
func (v *visit) may(method string) bool {
	return v.session != nil && slices.Contains(v.session.self.GetMethods(), method)
}

// got is a field of the form or of the query, without spaces around it.
func (v *visit) got(field string) string { return strings.TrimSpace(v.r.FormValue(field)) }

// errTooMuch is a form that is longer than forms may be.
var errTooMuch = errors.New("the form is too long")

// readForm reads what was sent, as far as forms may go.
func (v *visit) readForm() error {
	err := v.r.ParseForm()
	if tooMuch := new(http.MaxBytesError); errors.As(err, &tooMuch) {
		return errTooMuch
	}
	if err != nil {
		return errForm
	}
	return nil
}

// formToken is what a form on the page that answers carries.
func (v *visit) formToken() string {
	if v.session != nil {
		return v.session.formToken()
	}
	return formToken(v.site.doorKey, v.doorSecret())
}

// doorSecret binds the forms of who has not signed in to their browser.
func (v *visit) doorSecret() string {
	if v.door == "" {
		if c, err := v.r.Cookie(v.site.cookieName() + "-door"); err == nil {
			v.door = c.Value
		}
	}
	if v.door == "" {
		v.door = client.NewRequestID()
		v.setCookie("-door", v.door)
	}
	return v.door
}

// cookieName is that of the session's cookie; the prefix has browsers refuse one that
// another site or a connection without TLS would set.
func (s *Site) cookieName() string {
	if s.config.Secure {
		return "__Host-tumen"
	}
	return "tumen"
}

func (v *visit) setCookie(suffix, value string) {
	c := &http.Cookie{Name: v.site.cookieName() + suffix, Value: value, Path: "/", HttpOnly: true, Secure: v.site.config.Secure, SameSite: http.SameSiteStrictMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// redirect has the browser ask for another page of ours.
func (v *visit) redirect(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// toSignIn leads to the sign-in page, and from there back to what was asked for.
func (v *visit) toSignIn() {
	v.away = true
	path := "/sign-in"
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
		path += "?" + to(v.r.URL.RequestURI())
	}
	if v.r.Method == http.MethodPost && v.r.PostForm.Get(hereField) != "" {
		path += "?ended=lost"
	}
	v.redirect(path)
}

// shell is what the layout and every page is given.
type shell struct {
	Title     string
	Language  wording.Language
	Languages []wording.Language
	Self      *tumenv1.GetSelfResponse // nil: nobody has signed in
	Ends      time.Time
	Demo      bool
	FormToken string
	Here      string // path and query of this page
	Page      any

	visit *visit
}

// May is visit.may, for templates.
func (s *shell) May(method string) bool { return s.visit.may(method) }

// render writes a page: a template of templates/, with its title and what it shows.
func (v *visit) render(status int, name, title string, page any) error {
	words := v.say()
	sh := &shell{
		Title: title, Language: words.Language(), Languages: wording.Languages(),
		Demo: v.site.config.Demonstration != nil || v.site.config.Profile.Demo, FormToken: v.formToken(), Here: v.here(), Page: page, visit: v,
	}
	if v.session != nil {
		sh.Self, sh.Ends = v.session.self, v.session.until()
	}
	var b bytes.Buffer
	if err := v.site.pages.execute(&b, words.Language(), name, sh); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = io.Copy(v.w, bytes.NewReader(unmasked(b.Bytes()))) // who has gone away reads no error
	}
	return nil
}

// here is the page that a form may lead back to: one that can be asked for.
func (v *visit) here() string {
	if v.r.Method == http.MethodGet {
		return v.r.URL.RequestURI()
	}
	return "/"
}
