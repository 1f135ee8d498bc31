package web

import (
	"context"
	"path"
	"time"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// purposeField is the field of a form that says for what an identity is needed.
const purposeField = "purpose"

// openFor is for how long what somebody opened for a purpose can be changed for it without
// proving again who they are.
const openFor = 10 * time.Minute

// opened is for what a record was opened, and how long that holds.
type opened struct {
	purpose string
	until   time.Time
}

// open remembers for what a record was opened.
func (s *session) open(name, purpose string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened == nil {
		s.opened = map[string]opened{}
	}
	for other, o := range s.opened {
		if !now.Before(o.until) {
			delete(s.opened, other)
		}
	}
	s.opened[name] = opened{purpose, now.Add(openFor)}
}

// purposeOf is for what a record is open; empty if it is not.
func (s *session) purposeOf(name string, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.opened[name]; now.Before(o.until) {
		return o.purpose
	}
	return ""
}

// contextFor is context with the purpose for which a record was opened. It is for calls on
// that record alone: with it, what is read is recorded as read for that.
func (v *visit) contextFor(name string) context.Context {
	return client.As(v.r.Context(), client.Caller{Token: v.session.token, Purpose: v.session.purposeOf(name, v.site.config.Now())})
}

// provesBy is how the member proves once more who they are: as they signed in; where
// the site is their own by a link that is told where nobody else looks; and in a
// demonstration, where there is nothing to prove, by a tick.
func (v *visit) provesBy() string {
	switch {
	case v.site.config.Demonstration != nil:
		return "tick"
	case v.site.latchkey != nil: // what they are known by lies in a file and is not typed
		return "link"
	case v.session.credential != "":
		return "passphrase"
	}
	return "token"
}

// prove checks that a form says for what, and who the member is.
func (v *visit) prove() []formFault {
	w := v.say()
	if v.got(purposeField) == "" {
		return []formFault{{ID: purposeField, Label: w.Say("identity.purpose"), Text: w.Say("entry.fault_missing")}}
	}
	by := v.provesBy()
	fault := func(text string) []formFault {
		return []formFault{{ID: "prove-" + by, Label: w.Say("identity.by_" + by), Text: text}}
	}
	switch by {
	case "tick":
		if v.r.PostForm.Get("sure") == "" {
			return fault(w.Say("entry.fault_missing"))
		}
	case "link":
		if !v.site.latchkey.take(path.Base(v.got("token"))) {
			return fault(w.Say("identity.wrong"))
		}
	case "token":
		if v.session.token == "" || !matches(v.session.token, v.got("token")) {
			return fault(w.Say("identity.wrong"))
		}
	default:
		err := v.signInAgain()
		e := client.AsError(err)
		switch {
		case e != nil && e.Code == codes.ResourceExhausted:
			return fault(w.Say("signin.slower"))
		case err != nil:
			return fault(w.Say("identity.wrong"))
		}
	}
	return nil
}

// signInAgain has the tumen server check passphrase and code, as strictly and as slowly as
// it does at the door. The session that it begins for that is ended at once.
func (v *visit) signInAgain() error {
	nobody := client.As(v.r.Context(), client.Caller{})
	reply, err := v.site.conn.Credentials.SignIn(nobody, &tumenv1.SignInRequest{
		Organisation: v.session.organisation, SignInName: v.session.signInName, Passphrase: v.r.PostForm.Get("passphrase"), Code: v.got("code"), Label: "browser",
	})
	if err != nil {
		return err
	}
	who := client.As(context.WithoutCancel(v.r.Context()), client.Caller{Token: reply.GetSecret()})
	defer v.site.endThere(who, reply.GetCredential().GetName())
	self, err := v.site.conn.Access.GetSelf(who, &tumenv1.GetSelfRequest{})
	if err != nil {
		return err
	}
	if self.GetMember().GetName() != v.session.self.GetMember().GetName() {
		return errForm
	}
	return nil
}
