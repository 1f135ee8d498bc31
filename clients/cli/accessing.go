package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) whoamiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Say who you are to the server, what you may do, and what you may be shown",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			self, err := s.conn.Access.GetSelf(cmd.Context(), &tumenv1.GetSelfRequest{})
			if err != nil || s.json {
				return s.documentOr(err, self)
			}
			s.presentSelf(self)
			return nil
		}),
	}
}

func (s *session) documentOr(err error, m protoreflect.ProtoMessage) error {
	if err != nil {
		return err
	}
	return s.out.document(m)
}

func (s *session) presentSelf(self *tumenv1.GetSelfResponse) {
	m := self.GetMember()
	s.out.heading(visible(firstOf(m.GetDisplayName(), m.GetHandle()) + ", " + firstOf(self.GetOrganisation().GetDisplayName(), self.GetOrganisation().GetHandle())))
	s.out.line("roles     %s", listed(self.GetRoles()))
	highest := m.GetHighestMarking()
	if highest == tumenv1.Marking_MARKING_UNSPECIFIED {
		highest = tumenv1.Marking_MARKING_RED
	}
	s.out.line("markings  up to %s; RED only where you work on it", markingWords(highest))
	if len(m.GetClearances()) == 0 {
		s.out.line("identity  none but what you recorded yourself")
	} else {
		s.out.line("identity  %s, for a stated purpose (--purpose), where it was released: %d of %d records today", listed(m.GetClearances()), self.GetIdentitySpent(), self.GetIdentityBudget())
	}
	t := self.GetToken()
	s.out.line("token     %s, until %s", visible(firstOf(t.GetLabel(), t.GetName())), minute(t.GetExpireTime().AsTime(), true))
	s.out.line("may call  %d methods (--json lists them)", len(self.GetMethods()))
	s.out.line("")
	s.out.line("%s", visible(m.GetName()))
}

// listed are the words of a list of enum values.
func listed[E protoreflect.Enum](all []E) string {
	list := make([]string, 0, len(all))
	for _, e := range all {
		list = append(list, word(e))
	}
	return strings.Join(list, ", ")
}

func (s *session) memberCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "member", Short: "Your colleagues", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.memberListCommand(),
		s.memberChangeCommand("suspend", "suspended", "SuspendMember", "Let none of a colleague's credentials in any more, from now on", `Let none of a colleague's credentials in any more, from now on: for when one may have
fallen into other hands. Anybody may do that, for themselves, too; an administrator
takes it back (tumen member restore), and then there has to be a new token.`),
		s.memberChangeCommand("restore", "restored", "RestoreMember", "Take a suspension back", `Take a suspension back; administrators do. The tokens of before stay revoked.`))
	return cmd
}

func (s *session) memberListCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the members of your organisation",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			return s.list(cmd.Context(), "AccessService", "ListColleagues", new(tumenv1.ListColleaguesRequest).ProtoReflect(), limit, []column{
				col("HANDLE", (*tumenv1.Member).GetHandle),
				col("NAME", (*tumenv1.Member).GetDisplayName),
				col("ROLES", func(m *tumenv1.Member) string { return listed(m.GetRoles()) }),
				col("CLEARANCES", func(m *tumenv1.Member) string { return firstOf(listed(m.GetClearances()), "-") }),
				col("SUSPENDED", func(m *tumenv1.Member) string {
					return minute(m.GetSuspendTime().AsTime(), m.GetSuspendTime() != nil)
				}),
			})
		}),
	}
	limitFlag(cmd, &limit)
	return cmd
}

// memberChangeCommand is a command that changes a colleague.
func (s *session) memberChangeCommand(verb, done, method, short, long string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: verb + " HANDLE", Short: short, Long: long,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usagef("why? Give --reason")
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			name, err := s.colleague(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			request := newMessage(method + "Request")
			setString(request, "name", name)
			setString(request, "reason", reason)
			reply, err := s.call(cmd.Context(), "AccessService", method, request)
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(reply.Interface())
			}
			s.out.line("%s is %s", visible(args[0]), done)
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

// colleague finds a member of one's own organisation by handle or name.
func (s *session) colleague(ctx context.Context, given string) (string, error) {
	if patterns["Member"].MatchString(given) {
		return given, nil
	}
	request := &tumenv1.ListColleaguesRequest{PageSize: 1000}
	for {
		page, err := s.conn.Access.ListColleagues(ctx, request)
		if err != nil {
			return "", err
		}
		for _, m := range page.GetMembers() {
			if m.GetHandle() == given {
				return m.GetName(), nil
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return "", &notFoundError{fmt.Sprintf("your organisation has no member %q (tumen member list)", given)}
		}
	}
}

func (s *session) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "The tokens by which the server knows you", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.tokenListCommand(), s.tokenNewCommand(), s.tokenRevokeCommand())
	return cmd
}

func (s *session) tokenListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List your tokens, without themselves",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
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
}

func day(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format(time.DateOnly)
}

func tokenState(t *tumenv1.Token) string {
	switch {
	case t.GetRevokeTime() != nil:
		return "revoked " + day(t.GetRevokeTime())
	case !time.Now().Before(t.GetExpireTime().AsTime()):
		return "ended"
	case t.GetCurrent():
		return "this one"
	}
	return ""
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
	fresh.Token, fresh.TokenFile, fresh.CAFile = token, "", ""
	encoded, err := fresh.Encode()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	_, err = file.Write(encoded)
	return errors.Join(err, file.Sync(), file.Close())
}

func (s *session) tokenRevokeCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "revoke TOKEN",
		Short: "Let one of your tokens work no more",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			reply, err := s.conn.Access.RevokeToken(cmd.Context(), &tumenv1.RevokeTokenRequest{Name: args[0], Reason: firstOf(reason, "revoked with tumen")})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			s.out.line("%s works no more", visible(args[0]))
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}
