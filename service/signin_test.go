package service_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

const (
	herons = "seven quiet herons"
	stones = "nine patient stones"
)

// device shows the codes of a member's passphrase.
type device struct {
	t      testing.TB
	secret string
	clock  *clock
}

// code is what it shows; it moves the clock on, so that it is always another one.
func (d *device) code() string {
	d.t.Helper()
	d.clock.forward(time.Minute)
	code, err := totp.GenerateCode(d.secret, d.clock.Now())
	ok(d.t, err)
	return code
}

// signingIn is a server at a time of its own, with a member who has a passphrase.
func signingIn(t *testing.T, roles ...tumenv1.Role) (*world, *member, *device) {
	t.Helper()
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	m := w.member("kim", append(roles, tumenv1.Role_ROLE_CASE_WORKER)...)
	return w, m, w.withPassphrase(m, c, "kim")
}

func (w *world) withPassphrase(m *member, c *clock, name string) *device {
	w.t.Helper()
	out, err := m.creds.SetPassphrase(w.ctx, &tumenv1.SetPassphraseRequest{SignInName: name, Passphrase: herons, Reason: "for the browser"})
	ok(w.t, err)
	uri, err := url.Parse(out.GetDeviceUri())
	ok(w.t, err)
	d := &device{w.t, uri.Query().Get("secret"), c}
	_, err = m.creds.ConfirmPassphrase(w.ctx, &tumenv1.ConfirmPassphraseRequest{Code: d.code(), Reason: "the device is there"})
	ok(w.t, err)
	return d
}

// signIn signs in without any credential, and gives who that makes one.
func (w *world) signIn(name, passphrase, code string) (*member, error) {
	w.t.Helper()
	out, err := w.connect("").creds.SignIn(w.ctx, &tumenv1.SignInRequest{Organisation: "ngo", SignInName: name, Passphrase: passphrase, Code: code, Label: "the browser"})
	if err != nil {
		return nil, err
	}
	return w.connect(out.GetSecret()), nil
}

func TestWhoKnowsThePassphraseAndHoldsTheDeviceIsSignedIn(t *testing.T) {
	w, m, d := signingIn(t)
	in, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	ok(t, listCases(w, in))
	self, err := in.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
	ok(t, err)
	session := self.GetCredentials()[0]
	if self.GetMember().GetName() != m.name || session.GetKind() != tumenv1.CredentialKind_CREDENTIAL_KIND_SESSION || session.GetLabel() != "the browser" {
		t.Errorf("signed in as %v", self)
	}
	if d := session.GetExpireTime().AsTime().Sub(session.GetCreateTime().AsTime()); d != 12*time.Hour {
		t.Errorf("for %v", d)
	}
	// It is no token among the long-lived ones.
	tokens, err := in.access().ListTokens(w.ctx, &tumenv1.ListTokensRequest{})
	ok(t, err)
	if len(tokens.GetTokens()) != 1 {
		t.Errorf("tokens: %v", tokens)
	}
	// Nobody else ends it; its member does, from anywhere.
	other := w.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	_, err = other.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: session.GetName(), Reason: "not mine"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = m.creds.RevokeCredential(w.ctx, &tumenv1.RevokeCredentialRequest{Name: session.GetName(), Reason: "left the café"})
	ok(t, err)
	refused(t, listCases(w, in), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
}

// Whatever is wrong, the answer is the same to the letter.
func TestWhoGuessesLearnsNothing(t *testing.T) {
	w, _, d := signingIn(t)
	w.waiting(w.member("pending", tumenv1.Role_ROLE_CASE_WORKER), "pending")
	spent := d.code()
	_, err := w.signIn("kim", herons, spent)
	ok(t, err)
	_, want := w.signIn("nobody", herons, "000000")
	refused(t, want, codes.Unauthenticated, "SIGN_IN_REFUSED")
	for name, try := range map[string][3]string{
		"a wrong passphrase":               {"kim", stones, ""},
		"a wrong code":                     {"kim", herons, "x"},
		"a code that was used":             {"kim", herons, spent},
		"a passphrase nobody confirmed":    {"pending", herons, ""},
		"somebody else's code, of no name": {"nobody", herons, ""},
	} {
		code := try[2]
		switch code {
		case "":
			code = d.code()
		case "x":
			code = flipped(d.code())
		}
		if _, err := w.signIn(try[0], try[1], code); told(err) != told(want) {
			t.Errorf("%s: %s", name, told(err))
		}
	}
	other := w.connect("")
	_, err = other.creds.SignIn(w.ctx, &tumenv1.SignInRequest{Organisation: "another", SignInName: "kim", Passphrase: herons, Code: d.code()})
	if told(err) != told(want) {
		t.Errorf("another organisation: %s", told(err))
	}
}

// waiting sets a passphrase and leaves it unconfirmed.
func (w *world) waiting(m *member, name string) {
	w.t.Helper()
	_, err := m.creds.SetPassphrase(w.ctx, &tumenv1.SetPassphraseRequest{SignInName: name, Passphrase: herons, Reason: "for the browser"})
	ok(w.t, err)
}

// flipped is another code than the one given.
func flipped(code string) string {
	return string([]byte{'0' + (code[0]-'0'+5)%10}) + code[1:]
}

func TestACodeSignsInOnce(t *testing.T) {
	w, _, d := signingIn(t)
	code := d.code()
	var group sync.WaitGroup
	results := make(chan error, 3)
	for range cap(results) {
		group.Go(func() {
			_, err := w.connect("").creds.SignIn(w.ctx, &tumenv1.SignInRequest{Organisation: "ngo", SignInName: "kim", Passphrase: herons, Code: code})
			results <- err
		})
	}
	group.Wait()
	close(results)
	in := 0
	for err := range results {
		if err == nil {
			in++
		} else {
			refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
		}
	}
	if in != 1 {
		t.Errorf("signed in %d times with one code", in)
	}
}

func TestASessionEndsByItself(t *testing.T) {
	w, _, d := signingIn(t)
	idle, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	ok(t, listCases(w, idle))
	d.clock.forward(31 * time.Minute)
	refused(t, listCases(w, idle), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	busy, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	begun := d.clock.Now()
	for d.clock.Now().Sub(begun) < 12*time.Hour-30*time.Minute {
		d.clock.forward(25 * time.Minute)
		ok(t, listCases(w, busy))
		w.noted(busy, d.clock.Now())
	}
	d.clock.forward(12*time.Hour - d.clock.Now().Sub(begun) - time.Second)
	ok(t, listCases(w, busy))
	d.clock.forward(time.Second)
	refused(t, listCases(w, busy), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")

	out, err := w.connect("").creds.SignIn(w.ctx, &tumenv1.SignInRequest{Organisation: "ngo", SignInName: "kim", Passphrase: herons, Code: d.code(), Lifetime: durationpb.New(time.Minute)})
	ok(t, err)
	d.clock.forward(time.Minute)
	refused(t, listCases(w, w.connect(out.GetSecret())), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	_, err = w.connect("").creds.SignIn(w.ctx, &tumenv1.SignInRequest{Organisation: "ngo", SignInName: "kim", Passphrase: herons, Code: d.code(), Lifetime: durationpb.New(13 * time.Hour)})
	refused(t, err, codes.InvalidArgument, "DURATION_GT_LTE")
}

// noted waits until it is noted, beside the call, that a credential was used.
func (w *world) noted(m *member, at time.Time) {
	w.t.Helper()
	for {
		ok(w.t, w.ctx.Err())
		out, err := m.access().GetSelf(w.ctx, &tumenv1.GetSelfRequest{})
		ok(w.t, err)
		if !out.GetCredentials()[0].GetLastUseTime().AsTime().Before(at.Truncate(time.Minute)) {
			return
		}
	}
}

// A session that somebody left open is of little use to who comes across it.
func TestWhatOutlivesASessionIsAskedForSoon(t *testing.T) {
	w, _, d := signingIn(t)
	in, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	issue := func() error {
		_, err := in.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Hour), Reason: "to stay"})
		return err
	}
	ok(t, issue())
	d.clock.forward(16 * time.Minute)
	refused(t, issue(), codes.PermissionDenied, "SESSION_NOT_FRESH")
	_, err = in.creds.IssueCertificate(w.ctx, &tumenv1.IssueCertificateRequest{CertificationRequest: request(t, newKey(t)), Lifetime: month(), Reason: "to stay"})
	refused(t, err, codes.PermissionDenied, "SESSION_NOT_FRESH")
	_, err = in.creds.ChangePassphrase(w.ctx, &tumenv1.ChangePassphraseRequest{Passphrase: "a guess of theirs", Code: d.code(), NewPassphrase: stones, Reason: "to stay"})
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
}

// Guessing becomes slow, for every name alike; and its victim is not shut out by it.
func TestGuessingBecomesSlow(t *testing.T) {
	w, m, d := signingIn(t)
	for _, name := range []string{"kim", "nobody"} {
		for range 5 {
			_, err := w.signIn(name, stones, "000000")
			refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
		}
		_, err := w.signIn(name, herons, "000000")
		refused(t, err, codes.ResourceExhausted, "SIGN_IN_DELAYED", "wait 1s")
	}
	d.clock.forward(time.Second)
	_, err := w.signIn("kim", stones, "000000")
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	d.clock.forward(time.Second)
	_, err = w.signIn("kim", herons, "000000")
	refused(t, err, codes.ResourceExhausted, "SIGN_IN_DELAYED")
	// Another name isn't concerned.
	_, err = w.signIn("somebody", stones, "000000")
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")

	_, err = m.creds.ClearSignInDelay(w.ctx, &tumenv1.ClearSignInDelayRequest{})
	ok(t, err)
	_, err = w.signIn("kim", herons, d.code())
	ok(t, err)
	// To have signed in takes back what had failed.
	for range 2 {
		_, err := w.signIn("kim", stones, "000000")
		refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	}
	_, err = w.member("other", tumenv1.Role_ROLE_CASE_WORKER).creds.ClearSignInDelay(w.ctx, &tumenv1.ClearSignInDelayRequest{})
	refused(t, err, codes.FailedPrecondition, "NO_PASSPHRASE")
}

func TestAPassphraseIsChangedAndRemoved(t *testing.T) {
	w, m, d := signingIn(t)
	before, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	change := func(old, code string) error {
		_, err := m.creds.ChangePassphrase(w.ctx, &tumenv1.ChangePassphraseRequest{Passphrase: old, Code: code, NewPassphrase: stones, Reason: "it was seen"})
		return err
	}
	refused(t, change(stones, d.code()), codes.Unauthenticated, "SIGN_IN_REFUSED")
	refused(t, change(herons, flipped(d.code())), codes.Unauthenticated, "SIGN_IN_REFUSED")
	ok(t, change(herons, d.code()))
	refused(t, listCases(w, before), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	_, err = w.signIn("kim", herons, d.code())
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	after, err := w.signIn("kim", stones, d.code())
	ok(t, err)
	_, err = m.creds.RemovePassphrase(w.ctx, &tumenv1.RemovePassphraseRequest{Reason: "a certificate takes its place"})
	ok(t, err)
	refused(t, listCases(w, after), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
	_, err = w.signIn("kim", stones, d.code())
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	_, err = m.creds.RemovePassphrase(w.ctx, &tumenv1.RemovePassphraseRequest{Reason: "again"})
	refused(t, err, codes.FailedPrecondition, "NO_PASSPHRASE")
	_ = w.withPassphrase(m, d.clock, "kim")
}

func TestWhatPassphrasesAreSet(t *testing.T) {
	w, m, d := signingIn(t)
	set := func(m *member, name, passphrase string) error {
		_, err := m.creds.SetPassphrase(w.ctx, &tumenv1.SetPassphraseRequest{SignInName: name, Passphrase: passphrase, Reason: "for the browser"})
		return err
	}
	other := w.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	refused(t, set(m, "kim", stones), codes.AlreadyExists, "PASSPHRASE_SET")
	refused(t, set(other, "kim", stones), codes.AlreadyExists, "SIGN_IN_NAME_TAKEN")
	refused(t, set(other, "other", "otherother12"), codes.InvalidArgument, "PASSPHRASE_WEAK")
	refused(t, set(other, "other", "eleven char"), codes.InvalidArgument, "STRING_MIN_LEN", "at least 12")
	refused(t, set(other, "Other", stones), codes.InvalidArgument, "STRING_PATTERN")
	_, err := other.creds.ConfirmPassphrase(w.ctx, &tumenv1.ConfirmPassphraseRequest{Code: "000000", Reason: "none"})
	refused(t, err, codes.FailedPrecondition, "NO_PASSPHRASE")
	// Who never confirms keeps no name from anybody.
	ok(t, set(other, "heron", stones))
	third := w.member("third", tumenv1.Role_ROLE_CASE_WORKER)
	refused(t, set(third, "heron", stones), codes.AlreadyExists, "SIGN_IN_NAME_TAKEN")
	d.clock.forward(16 * time.Minute)
	_, err = other.creds.ConfirmPassphrase(w.ctx, &tumenv1.ConfirmPassphraseRequest{Code: "000000", Reason: "late"})
	refused(t, err, codes.FailedPrecondition, "NO_PASSPHRASE")
	ok(t, set(third, "heron", stones))
}

func TestASuspendedMemberSignsInNoMore(t *testing.T) {
	w, m, d := signingIn(t, tumenv1.Role_ROLE_REVIEWER)
	in, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	administrator := w.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR)
	_, err = administrator.access().SuspendMember(w.ctx, &tumenv1.SuspendMemberRequest{Name: m.name, Reason: "lost a phone"})
	ok(t, err)
	refused(t, listCases(w, in), codes.Unauthenticated, "MEMBER_SUSPENDED")
	_, err = w.signIn("kim", herons, d.code())
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	_, err = administrator.access().RestoreMember(w.ctx, &tumenv1.RestoreMemberRequest{Name: m.name, Reason: "found it"})
	ok(t, err)
	_, err = w.signIn("kim", herons, d.code())
	refused(t, err, codes.Unauthenticated, "SIGN_IN_REFUSED")
	refused(t, listCases(w, in), codes.Unauthenticated, "CREDENTIALS_UNKNOWN")
}

// A session does what the credential did by which its passphrase was set.
func TestAPassphraseCarriesNoWiderRights(t *testing.T) {
	c := &clock{now: time.Now()}
	w := startAt(t, nil, c.Now)
	m := w.member("both", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_AUDITOR)
	reading, err := m.access().IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Hour), Scope: []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}, Reason: "to read"})
	ok(t, err)
	d := w.withPassphrase(w.connect(reading.GetSecret()), c, "both")
	in, err := w.signIn("both", herons, d.code())
	ok(t, err)
	ok(t, listCases(w, in))
	_, err = in.cases.CreateCase(w.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("it creates: %v", err)
	}
}

// What is kept of a passphrase and a device is sealed.
func TestADiskTellsNothingOfPassphrases(t *testing.T) {
	w, m, d := signingIn(t)
	_, err := w.signIn("kim", herons, d.code())
	ok(t, err)
	var verifier []byte
	ok(t, w.records.View(w.ctx, func(v *records.View) error {
		for cred, err := range v.Credentials() {
			if err != nil {
				return err
			}
			if cred.GetMember() == m.name && cred.GetSignIn() != nil {
				verifier = cred.GetSignIn().GetVerifier()
			}
		}
		return nil
	}))
	file, err := os.ReadFile(filepath.Join(w.dir, "tumen.db"))
	ok(t, err)
	for what, secret := range map[string][]byte{"the verifier": verifier, "the device's secret": []byte(d.secret), "the passphrase": []byte(herons), "the label of a session": []byte("the browser")} {
		if len(secret) == 0 || bytes.Contains(file, secret) {
			t.Errorf("%s lies open", what)
		}
	}
}
