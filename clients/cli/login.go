package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// loggingIn is what tumen login is asked for.
type loggingIn struct {
	name        string // to sign in with; empty: a token or a certificate
	certificate bool
	label       string
	lifetime    time.Duration
	profileOut  string
}

func (s *session) loginCommand() *cobra.Command {
	var l loggingIn
	cmd := &cobra.Command{
		Use:   "login [--sign-in-name NAME | --certificate]",
		Short: "Log in with a token, a passphrase and a code, or a certificate",
		Long: `Log in with a token, a passphrase and a code, or a certificate, for a profile that has
no token of its own. What you are logged in with is kept beside the profile, in
PROFILE.login, for your eyes only, until tumen logout.

Without more, a token is asked for: one of the server's, or an ID token of the issuer
that it takes (tumen identity link). With --sign-in-name, the passphrase and the code
that your device shows now: that is good for 12 hours at most, and ends when you do
nothing for 30 minutes. With --certificate, what the profile is good for now is used
to have a key certified that is made here and stays here; it renews itself when two
thirds of its life are over.

On a terminal you are asked; elsewhere give one on each line of standard input.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if l.certificate && l.name != "" {
				return usagef("--certificate and --sign-in-name exclude each other: sign in first")
			}
			return s.logIn(cmd.Context(), &l)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&l.name, "sign-in-name", "", "`NAME` to sign in with")
	flags.BoolVar(&l.certificate, "certificate", false, "have a key certified")
	flags.StringVar(&l.label, "label", "", "what it is for, in your `WORDS`, such as the machine")
	flags.DurationVar(&l.lifetime, "lifetime", 0, "how long it works (default 12h, or 720h for a certificate)")
	flags.StringVar(&l.profileOut, "profile-out", "", "new `FILE` for a profile like this one without its token, to be logged in with")
	return cmd
}

func (s *session) logIn(ctx context.Context, l *loggingIn) error {
	path, err := s.profileFile()
	if err != nil {
		return err
	}
	profile, err := client.LoadProfileToLogIn(path)
	if err != nil {
		return err
	}
	if profile.Token != "" && l.profileOut == "" {
		return usagef("%s has a token of its own, which would go before what you log in with: give --profile-out FILE for another", path)
	}
	if l.certificate {
		if profile.Token == "" && profile.Login == nil {
			return usagef("a certificate is asked for by who is known to the server: log in with a token or a passphrase first")
		}
		err = s.dial(ctx, profile)
	}
	if err != nil {
		return err
	}
	if l.profileOut != "" {
		if err := newProfile(profile, l.profileOut); err != nil {
			return err
		}
		path = l.profileOut
	}
	login, err := s.prove(ctx, l, profile)
	if err == nil {
		err = login.Save(path)
	}
	if err != nil {
		if l.profileOut != "" {
			err = errors.Join(err, os.Remove(path))
		}
		return err
	}
	return s.greet(ctx, path)
}

// newProfile writes a profile like another one, without what that is known by.
func newProfile(like *client.Profile, path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	fresh := *like
	fresh.Token, fresh.TokenFile, fresh.CAFile, fresh.Login = "", "", "", nil
	return writeProfile(file, &fresh)
}

// prove gets what the member is logged in with.
func (s *session) prove(ctx context.Context, l *loggingIn, profile *client.Profile) (*client.Login, error) {
	if l.certificate {
		lifetime := l.lifetime
		if lifetime == 0 {
			lifetime = 30 * 24 * time.Hour
		}
		return client.NewCertificate(ctx, s.conn, &tumenv1.IssueCertificateRequest{Lifetime: durationpb.New(lifetime), Label: l.label, Reason: "asked for with tumen login"})
	}
	bare := *profile
	bare.Token, bare.Login = "", nil
	if l.name == "" {
		token, err := s.ask("Token", true)
		if err != nil {
			return nil, err
		}
		bare.Token = token
		if err := s.dial(ctx, &bare); err != nil {
			return nil, err
		}
		self, err := s.conn.Access.GetSelf(ctx, &tumenv1.GetSelfRequest{})
		login := &client.Login{Token: token}
		for _, c := range self.GetCredentials() {
			if c.GetKind() != tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY { // whose token ends by itself, and the link stays
				login.Credential = c.GetName()
			}
		}
		return login, err
	}
	if profile.Organisation == "" {
		return nil, usagef("the profile does not say in which organisation you are: add organisation: HANDLE to it")
	}
	request := &tumenv1.SignInRequest{Organisation: profile.Organisation, SignInName: l.name, Label: l.label}
	if l.lifetime != 0 {
		request.Lifetime = durationpb.New(l.lifetime)
	}
	var err error
	if request.Passphrase, err = s.ask("Passphrase", true); err != nil {
		return nil, err
	}
	if request.Code, err = s.ask("Code", false); err != nil {
		return nil, err
	}
	if err := s.dial(ctx, &bare, client.Unknown()); err != nil {
		return nil, err
	}
	reply, err := s.conn.Credentials.SignIn(ctx, request)
	return &client.Login{Credential: reply.GetCredential().GetName(), Token: reply.GetSecret()}, err
}

// greet says as whom one is logged in now, which shows that it works.
func (s *session) greet(ctx context.Context, path string) error {
	profile, err := client.LoadProfile(path)
	if err != nil {
		return err
	}
	if err := s.dial(ctx, profile); err != nil {
		return err
	}
	self, err := s.conn.Access.GetSelf(ctx, &tumenv1.GetSelfRequest{})
	if err != nil || s.json {
		return s.documentOr(err, self)
	}
	for _, c := range self.GetCredentials() {
		until := ""
		if c.GetExpireTime() != nil {
			until = ", until " + minute(c.GetExpireTime().AsTime(), true)
		}
		s.out.line("logged in as %s/%s, known by %s%s", visible(self.GetOrganisation().GetHandle()), visible(self.GetMember().GetHandle()), word(c.GetKind()), until)
	}
	return nil
}

// ask gets one line of what was asked for: on a terminal with a prompt, and hidden if it
// is secret.
func (s *session) ask(what string, secret bool) (string, error) {
	if f, ok := s.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(s.err, "%s: ", what)
		if secret {
			raw, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(s.err)
			return strings.TrimSpace(string(raw)), err
		}
	}
	if s.lines == nil {
		s.lines = bufio.NewReader(io.LimitReader(s.in, maxText))
	}
	line, err := s.lines.ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return "", &noTextError{fmt.Sprintf("%s: there is none on its line of standard input; nothing is sent", strings.ToLower(what))}
	}
	return line, nil
}

// renewed has the server give the next certificate where the one that the profile is
// logged in with nears its end. Where that fails, the old one goes on working.
func (s *session) renewed(ctx context.Context, path string) error {
	login := s.profile.Login
	if login == nil || login.Certificate == "" || !login.NearEnd(time.Now()) {
		return nil
	}
	next, err := login.Renew(ctx, s.conn)
	if err == nil {
		err = next.Save(path)
	}
	if err != nil {
		fmt.Fprintf(s.err, "tumen: your certificate nears its end and was not renewed: %s\n", visibleLines(s.explain(ctx, err)))
		return nil
	}
	fresh := *s.profile
	fresh.Login = next
	return s.dial(ctx, &fresh)
}

func (s *session) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Have what you are logged in with revoked, and forget it",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			path, err := s.profileFile()
			if err != nil {
				return err
			}
			profile, err := client.LoadProfile(path)
			if err != nil {
				return err
			}
			if profile.Login == nil {
				return usagef("%s has a token of its own, and you are not logged in with it: tumen token revoke", path)
			}
			if profile.Login.Credential != "" {
				if err := s.endLogin(cmd.Context(), profile); err != nil {
					return err
				}
			}
			if err := os.Remove(client.LoginFile(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if profile.Login.Credential == "" {
				s.out.line("logged out; the ID token works until it ends")
			} else {
				s.out.line("logged out: %s works no more", visible(profile.Login.Credential))
			}
			return nil
		}),
	}
}

// endLogin has what a profile is logged in with revoked; what has ended is. Nobody has
// stolen it: what was obtained by it stays.
func (s *session) endLogin(ctx context.Context, profile *client.Profile) error {
	if err := s.dial(ctx, profile); err != nil {
		return err
	}
	_, err := s.conn.Credentials.RevokeCredential(ctx, &tumenv1.RevokeCredentialRequest{Name: profile.Login.Credential, KeepObtained: true, Reason: "logged out"})
	if failure := client.AsError(err); failure != nil && (failure.Code == codes.Unauthenticated || failure.Reason == client.ReasonNotTrusted && profile.Login.Certificate != "") {
		return nil
	}
	return err
}
