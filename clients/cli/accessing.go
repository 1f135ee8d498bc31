package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

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
	for _, c := range self.GetCredentials() {
		until := ""
		if c.GetExpireTime() != nil {
			until = ", until " + minute(c.GetExpireTime().AsTime(), true)
		}
		s.out.line("%-9s %s%s", word(c.GetKind()), visible(firstOf(c.GetLabel(), c.GetName())), until)
	}
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
