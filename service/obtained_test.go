package service_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// obtain gives a member a token by means of what they call with.
func (w *world) obtain(by *member) *member {
	w.t.Helper()
	out, err := by.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(90 * 24 * time.Hour), Reason: "to stay"})
	ok(w.t, err)
	return w.connect(out.GetSecret())
}

// calledBy is what that is called by which a member calls.
func (w *world) calledBy(m *member) string {
	w.t.Helper()
	self, err := m.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
	ok(w.t, err)
	return self.GetCredentials()[0].GetName()
}

// gone checks that none of them is let in any more.
func (w *world) gone(all ...*member) {
	w.t.Helper()
	for _, m := range all {
		refused(w.t, listCases(w, m), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	}
}

func TestWhatWasObtainedByAStolenTokenGoesWithIt(t *testing.T) {
	w, from, c, _ := withIssuer(t)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	stolen, own := w.obtain(m), w.obtain(m)
	name := w.calledBy(stolen)

	heir := w.obtain(stolen)
	certified, _ := w.certified(heir)
	next, _ := w.certified(certified)
	d := w.withPassphrase(heir, c, "kim")
	session, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	late := w.obtain(session)
	id := from.Token(from.Claims("thief@office", "tumen", c.Now()))
	ok(t, w.link(stolen, id))

	out, err := m.access().RevokeToken(w.ctx, &tumenv1.RevokeTokenRequest{Name: name, Reason: "stolen"})
	ok(t, err)
	if out.GetWentAlong() != 7 {
		t.Errorf("%d went along", out.GetWentAlong())
	}
	w.gone(stolen, heir, certified, next, session, late)
	refused(t, listCases(w, w.connect(id)), codes.Unauthenticated, "IDENTITY_UNKNOWN")
	d.clock.forward(time.Minute)
	_, err = w.signIn("kim", herons, d.code())
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	ok(t, listCases(w, m))
	ok(t, listCases(w, own))
}

// A passphrase that takes the place of another one under its name does not hide by what
// the first was set.
func TestANameThatIsGivenAgainHidesNothing(t *testing.T) {
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	stolen := w.obtain(m)
	d := w.withPassphrase(stolen, c, "kim")
	session, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	late := w.obtain(session)
	creds, err := late.creds.ListCredentials(w.ctx, &tumenv1.ListCredentialsRequest{})
	ok(t, err)
	for _, cred := range creds.GetCredentials() {
		if cred.GetKind() == tumenv1.CredentialKind_CREDENTIAL_KIND_PASSPHRASE {
			_, err = late.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: cred.GetName(), KeepObtained: true, Reason: "to hide"})
			ok(t, err)
		}
	}
	w.withPassphrase(late, c, "kim")
	_, err = m.access().RevokeToken(w.ctx, &tumenv1.RevokeTokenRequest{Name: w.calledBy(stolen), Reason: "stolen"})
	ok(t, err)
	w.gone(late)
}

func TestWhatCallsStaysWithWhatItObtained(t *testing.T) {
	w := start(t, nil)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	next, other := w.obtain(m), w.obtain(m)
	phone := w.obtain(next)
	out, err := next.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: w.calledBy(m), Reason: "a new machine"})
	ok(t, err)
	if out.GetWentAlong() != 1 {
		t.Errorf("%d went along", out.GetWentAlong())
	}
	w.gone(m, other)
	ok(t, listCases(w, next))
	ok(t, listCases(w, phone))
	_, err = next.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: w.calledBy(next), Reason: "that one, too"})
	ok(t, err)
	w.gone(next, phone)
}

func TestWhatWasObtainedIsKeptOnRequest(t *testing.T) {
	w := start(t, nil)
	m := w.member("kim", tumenv1.Role_ROLE_CASE_WORKER)
	old := w.obtain(m)
	req := &tumenv1.RevokeTokenRequest{Name: w.calledBy(old), KeepObtained: true, Reason: "a new machine"}
	heir := w.obtain(old)
	last := w.obtain(heir)
	out, err := m.access().RevokeToken(w.ctx, req)
	ok(t, err)
	if out.GetWentAlong() != 0 {
		t.Errorf("%d went along", out.GetWentAlong())
	}
	w.gone(old)
	ok(t, listCases(w, heir))
	// It turns out that it was stolen.
	req.KeepObtained = false
	out, err = m.access().RevokeToken(w.ctx, req)
	ok(t, err)
	if out.GetWentAlong() != 2 {
		t.Errorf("%d went along", out.GetWentAlong())
	}
	w.gone(heir, last)
}

func TestWhatSessionsObtainedGoesWithThePassphrase(t *testing.T) {
	w, m, d := signingIn(t)
	session, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	late := w.obtain(session)
	// Sessions that ended long ago are listed no more, but for those by which something
	// was obtained.
	d.clock.forward(45 * 24 * time.Hour)
	fresh := w.again(m, "kim", time.Hour)
	_, err = w.signIn("kim", herons, d.code())
	ok(t, err)
	ok(t, listCases(w, late))
	out, err := fresh.creds.RemovePassphrase(w.ctx, &tumenv1.RemovePassphraseRequest{Reason: "somebody saw it"})
	ok(t, err)
	if out.GetWentAlong() != 2 {
		t.Errorf("%d went along", out.GetWentAlong())
	}
	w.gone(late)
}
