package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "The tokens by which the server knows you", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.tokenListCommand(), s.tokenNewCommand(), s.tokenRevokeCommand())
	return cmd
}

func (s *session) tokenListCommand() *cobra.Command {
	var local bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List your tokens, without themselves",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			if local {
				return s.listBreakGlass(cmd.Context())
			}
			reply, err := s.conn.Access.ListTokens(cmd.Context(), &tumenv1.ListTokensRequest{})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			t := s.out.table(nil, "TOKEN", "LABEL", "ROLES", "MADE", "ENDS", "USED LAST", "")
			for _, token := range reply.GetTokens() {
				t.add(token.GetName(), visible(firstOf(token.GetLabel(), "-")), firstOf(listed(token.GetScope()), "all of yours"), day(token.GetCreateTime()), day(token.GetExpireTime()),
					firstOf(day(token.GetLastUseTime()), "-"), tokenState(token))
			}
			t.flush()
			return nil
		}),
	}
	cmd.Flags().BoolVar(&local, "break-glass", false, "those in your organisation that were made on the server itself, for administrators")
	return cmd
}

// listBreakGlass lists the tokens that local commands made, whoever has them.
func (s *session) listBreakGlass(ctx context.Context) error {
	reply, err := s.conn.Access.ListBreakGlassTokens(ctx, &tumenv1.ListBreakGlassTokensRequest{})
	if err != nil || s.json {
		return s.documentOr(err, reply)
	}
	all, err := s.colleagues(ctx)
	if err != nil {
		return err
	}
	known := handles(all)
	t := s.out.table(nil, "MEMBER", "TOKEN", "LABEL", "MADE", "ENDS", "USED LAST", "")
	for _, token := range reply.GetTokens() {
		t.add(known.of(token.GetMember()), token.GetName(), firstOf(token.GetLabel(), "-"), day(token.GetCreateTime()), day(token.GetExpireTime()), firstOf(day(token.GetLastUseTime()), "-"), tokenState(token))
	}
	t.flush()
	return nil
}

// state says what became of what the server knows a member by.
func state(revoked, ends *timestamppb.Timestamp, current bool) string {
	switch {
	case revoked != nil:
		return "revoked " + day(revoked)
	case ends != nil && !time.Now().Before(ends.AsTime()):
		return "ended"
	case current:
		return "this one"
	}
	return ""
}

func day(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format(time.DateOnly)
}

func tokenState(t *tumenv1.Token) string {
	return withMark(state(t.GetRevokeTime(), t.GetExpireTime(), t.GetCurrent()), t.GetBreakGlass())
}

// withMark adds to a state that it was made on the server itself.
func withMark(state string, breakGlass bool) string {
	if !breakGlass {
		return state
	}
	return strings.TrimPrefix(state+", break-glass", ", ")
}

func (s *session) tokenNewCommand() *cobra.Command {
	var label, reason, out string
	var lifetime time.Duration
	var scope []string
	cmd := &cobra.Command{
		Use:   "new --profile-out FILE",
		Short: "Make another token for yourself, in a profile of its own",
		Long: `Make another token for yourself, in a profile of its own: for another machine, or a
program that is to do less than you. It does no more than the token by which you ask
for it, and works for a month unless --lifetime says otherwise, at most 90 days.

The token stands in the file alone, for your eyes only, and is shown nowhere again.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef("--profile-out FILE says where the token goes")
			}
			request := &tumenv1.IssueTokenRequest{Label: label, Lifetime: durationpb.New(lifetime), Reason: firstOf(reason, "asked for with tumen")}
			for _, w := range scope {
				n, err := wordIn(tumenv1.Role(0).Descriptor(), "scope", w)
				if err != nil {
					return err
				}
				request.Scope = append(request.Scope, tumenv1.Role(n))
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // before there is a token that it has to hold
			if err != nil {
				return err
			}
			reply, err := s.conn.Access.IssueToken(cmd.Context(), request)
			if err != nil {
				return errors.Join(err, file.Close(), os.Remove(out))
			}
			if err := s.saveProfile(file, reply.GetSecret()); err != nil {
				return fmt.Errorf("%w; the token is lost: tumen token revoke %s", err, reply.GetToken().GetName())
			}
			if s.json {
				return s.out.document(reply.GetToken())
			}
			s.out.line("%s: %s, until %s", visible(out), reply.GetToken().GetName(), minute(reply.GetToken().GetExpireTime().AsTime(), true))
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "profile-out", "", "new `FILE` for the profile with the token")
	flags.StringVar(&label, "label", "", "what it is for, in your `WORDS`")
	flags.DurationVar(&lifetime, "lifetime", 30*24*time.Hour, "how long it works, such as 8h")
	flags.StringSliceVar(&scope, "scope", nil, "only these of your `ROLES`")
	flags.StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

// saveProfile writes the profile in use, with another token.
func (s *session) saveProfile(file *os.File, token string) error {
	fresh := *s.profile
	fresh.Login = nil
	fresh.Token, fresh.TokenFile, fresh.CAFile = token, "", ""
	return writeProfile(file, &fresh)
}

func (s *session) tokenRevokeCommand() *cobra.Command {
	return s.revokeCommand("revoke TOKEN", "Let one of your tokens work no more", func(ctx context.Context, name, reason string, keep bool) (revoked, error) {
		return s.conn.Access.RevokeToken(ctx, &tumenv1.RevokeTokenRequest{Name: name, Reason: reason, KeepObtained: keep})
	})
}
