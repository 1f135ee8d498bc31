package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) credentialCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "credential", Short: "All by which the server knows you: tokens, certificates, sessions, a passphrase", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.credentialListCommand(), s.credentialRevokeCommand())
	return cmd
}

func (s *session) credentialListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List by what the server knows you",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			reply, err := s.conn.Credentials.ListCredentials(cmd.Context(), &tumenv1.ListCredentialsRequest{})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			t := s.out.table(nil, "CREDENTIAL", "LABEL", "ROLES", "MADE", "ENDS", "USED LAST", "")
			for _, c := range reply.GetCredentials() {
				t.add(c.GetName(), visible(firstOf(c.GetLabel(), "-")), firstOf(listed(c.GetScope()), "all of yours"), day(c.GetCreateTime()), firstOf(day(c.GetExpireTime()), "-"),
					firstOf(day(c.GetLastUseTime()), "-"), withMark(state(c.GetRevokeTime(), c.GetExpireTime(), c.GetCurrent()), c.GetBreakGlass()))
			}
			t.flush()
			return nil
		}),
	}
}

func (s *session) credentialRevokeCommand() *cobra.Command {
	return s.revokeCommand("revoke CREDENTIAL", "Let one of them work no more", func(ctx context.Context, name, reason string, keep bool) (revoked, error) {
		return s.conn.Credentials.RevokeCredential(ctx, &tumenv1.RevokeCredentialRequest{Name: name, Reason: reason, KeepObtained: keep})
	})
}

// revoked is the answer to a revocation.
type revoked interface {
	proto.Message
	GetWentAlong() int32
}

// revokeCommand lets something work no more by which the member is known.
func (s *session) revokeCommand(use, short string, revoke func(ctx context.Context, name, reason string, keep bool) (revoked, error)) *cobra.Command {
	var reason string
	var keep bool
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		Long: short + `, from the next call on, and with it all that was obtained by it:
who had it in their hands must not stay by what they asked for with it. What you call
with stays, unless it is the one.`,
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			reply, err := revoke(cmd.Context(), args[0], firstOf(reason, "revoked with tumen"), keep)
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			s.out.line("%s works no more%s", visible(args[0]), along(reply))
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	cmd.Flags().BoolVar(&keep, "keep-obtained", false, "leave what was obtained by it: nobody else had it")
	return cmd
}

// along says how many went along that had been obtained by what was revoked.
func along(reply revoked) string {
	if n := reply.GetWentAlong(); n > 0 {
		return fmt.Sprintf(", nor %d that had been obtained by it", n)
	}
	return ""
}

func (s *session) passphraseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "passphrase",
		Short: "A passphrase and a device that shows codes, to sign in with",
		Long: `A passphrase and a device that shows codes, to sign in with (tumen login
--sign-in-name NAME). On a terminal you are asked for what is secret; elsewhere give
one on each line of standard input.`,
		Args: cobra.ArbitraryArgs, RunE: needsMore,
	}
	cmd.AddCommand(s.passphraseSetCommand(),
		s.passphraseVerb("confirm", "Give the first code that the device shows", "the passphrase is set: tumen login --sign-in-name NAME", []string{"Code"}, func(ctx context.Context, said []string, reason string) error {
			_, err := s.conn.Credentials.ConfirmPassphrase(ctx, &tumenv1.ConfirmPassphraseRequest{Code: said[0], Reason: reason})
			return err
		}),
		s.passphraseVerb("change", "Set another passphrase; all other sessions end", "the passphrase is changed", []string{"Present passphrase", "Code", "New passphrase"}, func(ctx context.Context, said []string, reason string) error {
			_, err := s.conn.Credentials.ChangePassphrase(ctx, &tumenv1.ChangePassphraseRequest{Passphrase: said[0], Code: said[1], NewPassphrase: said[2], Reason: reason})
			return err
		}),
		s.passphraseVerb("remove", "Remove the passphrase and the device; all sessions end, and what was obtained by them", "the passphrase is removed", nil, func(ctx context.Context, _ []string, reason string) error {
			_, err := s.conn.Credentials.RemovePassphrase(ctx, &tumenv1.RemovePassphraseRequest{Reason: reason})
			return err
		}),
		s.passphraseVerb("clear-delay", "Wait no longer because somebody guessed at your passphrase", "there is no delay", nil, func(ctx context.Context, _ []string, _ string) error {
			_, err := s.conn.Credentials.ClearSignInDelay(ctx, &tumenv1.ClearSignInDelayRequest{})
			return err
		}))
	return cmd
}

func (s *session) passphraseSetCommand() *cobra.Command {
	var name, reason string
	cmd := &cobra.Command{
		Use:   "set --sign-in-name NAME",
		Short: "Set a passphrase, and get the secret of a device",
		Long: `Set a passphrase of at least 12 characters, and get the secret of a device that shows
codes, as a URI that authenticators read. It is shown once. The passphrase counts once
you have given the first code, within a quarter of an hour: tumen passphrase confirm.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if name == "" {
				return usagef("--sign-in-name NAME says what you sign in with")
			}
			passphrase, err := s.ask("New passphrase", true)
			if err != nil {
				return err
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			reply, err := s.conn.Credentials.SetPassphrase(cmd.Context(), &tumenv1.SetPassphraseRequest{SignInName: name, Passphrase: passphrase, Reason: firstOf(reason, "set with tumen")})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			s.out.line("%s", visible(reply.GetDeviceUri()))
			fmt.Fprintf(s.err, "give this to your authenticator, then the first code to tumen passphrase confirm, until %s\n", minute(reply.GetConfirmUntil().AsTime(), true))
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "sign-in-name", "", "`NAME` to sign in with: small letters, digits, dots and hyphens")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

// passphraseVerb is a command about one's passphrase that asks for some lines.
func (s *session) passphraseVerb(verb, short, done string, questions []string, do func(context.Context, []string, string) error) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: verb, Short: short,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			var said []string
			for _, q := range questions {
				line, err := s.ask(q, q != "Code")
				if err != nil {
					return err
				}
				said = append(said, line)
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			if err := do(cmd.Context(), said, firstOf(reason, verb+" with tumen")); err != nil {
				return err
			}
			s.out.line("%s", done)
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}
