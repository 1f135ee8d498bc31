package web

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// signInPage is what the page shows: what was typed, secrets aside, and what was wrong.
type signInPage struct {
	To, Organisation, Name string
	Refused                string
	Ended                  string // yes, kept: what was typed is a draft; lost: it could not be kept
	Members                []Member
}

func (v *visit) signInPage(refused string) error {
	p := signInPage{To: within(v.got("to")), Organisation: v.got("organisation"), Name: v.got("name"), Refused: refused, Ended: endedHow(v.got("ended")), Members: v.site.config.Demonstration}
	status := http.StatusOK
	if refused != "" {
		status = http.StatusUnprocessableEntity
	}
	return v.render(status, "signin", v.say().Say("signin.title"), p)
}

// endedHow is how a session ended, as far as the page knows it.
func endedHow(said string) string {
	switch said {
	case "", "kept", "lost":
		return said
	}
	return "yes"
}

func (s *Site) showSignIn(v *visit) error {
	if v.session != nil {
		return v.redirect(within(v.got("to")))
	}
	if s.latchkey != nil {
		return v.latchkeyPage()
	}
	return v.signInPage("")
}

// signIn begins a session: with a token, or with a passphrase and the code of a device.
func (s *Site) signIn(v *visit) error {
	if s.latchkey != nil {
		return v.latchkeyPage()
	}
	done, ok := s.door.beginSignIn()
	if !ok {
		return v.signInPage(v.say().Say("signin.slower"))
	}
	defer done()
	began, err := v.knownBy()
	if e := client.AsError(err); e != nil {
		switch e.Code {
		case codes.Unauthenticated, codes.InvalidArgument, codes.PermissionDenied:
			return v.signInPage(v.say().Say("signin.refused"))
		case codes.ResourceExhausted:
			return v.signInPage(v.say().Say("signin.slower"))
		}
	}
	if err != nil {
		return err
	}
	return v.begin(began)
}

// begin begins the session of who is known by what it has, and leads on.
func (v *visit) begin(began *session) (err error) {
	s := v.site
	who := client.As(v.r.Context(), client.Caller{Token: began.token})
	if began.self, err = s.conn.Access.GetSelf(who, &tumenv1.GetSelfRequest{}); err != nil {
		if e := client.AsError(err); e != nil && e.Code == codes.Unauthenticated && s.latchkey == nil {
			return v.signInPage(v.say().Say("signin.refused"))
		}
		return err
	}
	began.ends = endOf(began.self)
	began.language = v.say().Language()
	cookie, err := s.sessions.begin(began)
	if err != nil {
		return v.signInPage(v.say().Say("signin.crowded"))
	}
	v.setCookie("", cookie)
	v.setCookie("-door", "")
	return v.redirect(within(v.got("to")))
}

// knownBy is a session with that by which the tumen server will know the member.
func (v *visit) knownBy() (*session, error) {
	if token := v.got("token"); token != "" {
		return &session{token: token}, nil
	}
	reply, err := v.site.conn.Credentials.SignIn(client.As(v.r.Context(), client.Caller{}), &tumenv1.SignInRequest{
		Organisation: v.got("organisation"), SignInName: v.got("name"), Passphrase: v.r.PostForm.Get("passphrase"), Code: v.got("code"), Label: "browser",
	})
	if err != nil {
		return nil, err
	}
	return &session{token: reply.GetSecret(), credential: reply.GetCredential().GetName(), organisation: v.got("organisation"), signInName: v.got("name")}, nil
}

// endOf is when that by which a member is known ends by itself.
func endOf(self *tumenv1.GetSelfResponse) time.Time {
	if t := self.GetToken().GetExpireTime(); t != nil {
		return t.AsTime()
	}
	return time.Time{}
}

// signOut ends the session, there and here.
func (s *Site) signOut(v *visit) error {
	v.leaveSession()
	return v.redirect("/sign-in")
}

// quickExit ends the session and leads away. Ending it at the tumen server must not
// delay who has to be gone. Nor must a form of a session that has ended meanwhile, or that
// was begun anew in another window: it leads away whatever the form is of, and no page of
// ours comes up. Another site may lead away, too, but ends nothing.
func (s *Site) quickExit(w http.ResponseWriter, r *http.Request) {
	v := s.visit(w, r)
	if cookie, err := r.Cookie(s.cookieName()); err == nil && s.cross.Check(r) == nil {
		v.session, _ = s.sessions.find(cookie.Value)
		v.leaveSession()
	}
	http.Redirect(w, r, s.config.Leave, http.StatusSeeOther)
}

// leaveSession forgets the session, and has the tumen server forget its own.
func (v *visit) leaveSession() {
	if v.session == nil {
		return
	}
	if c, err := v.r.Cookie(v.site.cookieName()); err == nil {
		v.site.sessions.end(c.Value)
	}
	v.session.stopSending()
	v.setCookie("", "")
	v.w.Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	if v.session.credential != "" {
		who := client.As(context.WithoutCancel(v.r.Context()), client.Caller{Token: v.session.token})
		credential := v.session.credential
		go v.site.endThere(who, credential)
	}
	v.session = nil
}

func (s *Site) endThere(who context.Context, credential string) {
	ctx, cancel := context.WithTimeout(who, 10*time.Second)
	defer cancel()
	if _, err := s.conn.Credentials.RevokeCredential(ctx, &tumenv1.RevokeCredentialRequest{Name: credential, KeepObtained: true, Reason: "signed out"}); err != nil {
		s.config.Log.Warn("a session could not be ended at the server; it ends by itself", "code", client.AsError(err).GRPCStatus().Code().String())
	}
}

// returnLater answers who comes back after their session has ended.
func (v *visit) returnLater(of *session) error {
	v.words = wording.In(of.in())
	path := "/sign-in?ended=1"
	switch {
	case v.r.Method == http.MethodGet:
		path += "&" + to(v.r.URL.RequestURI())
	case v.keepForLater():
		path = "/sign-in?ended=kept&" + to("/drafts")
	case v.r.PostForm.Get(hereField) != "":
		path = "/sign-in?ended=lost"
	}
	v.leaveSession()
	v.away = true
	return v.redirect(path)
}

// setLanguage switches the language of the session.
func (s *Site) setLanguage(v *visit) error {
	for _, l := range wording.Languages() {
		if string(l) == v.got("language") {
			v.session.speak(l)
		}
	}
	return v.redirect(within(v.got("to")))
}
