package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) memberCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "member", Short: "Your colleagues", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.memberListCommand("list", "List the members of your organisation", nil),
		s.memberListCommand("pending", "List the members for whom something waits for an administrator", func(m *tumenv1.Member) bool { return m.GetPending() != nil }),
		s.memberShowCommand(), s.memberAddCommand(), s.memberUpdateCommand(), s.memberConfirmCommand(), s.memberRejectCommand(), s.memberReplaceCommand(), s.memberReleaseCommand(),
		s.memberChangeCommand("suspend", "suspended", "SuspendMember", "Let none of a colleague's credentials in any more, from now on", `Let none of a colleague's credentials in any more, from now on: for when one may have
fallen into other hands. Anybody may do that, for themselves, too; an administrator
takes it back (tumen member restore), and then there has to be a new token.`),
		s.memberChangeCommand("restore", "restored", "RestoreMember", "Take a suspension back", `Take a suspension back; administrators do. The tokens of before stay revoked.`))
	return cmd
}

// memberListCommand lists colleagues; keep says which, nil all.
func (s *session) memberListCommand(use, short string, keep func(*tumenv1.Member) bool) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			all, err := s.colleagues(cmd.Context())
			if err != nil {
				return err
			}
			shown := new(tumenv1.ListColleaguesResponse)
			t := s.out.table(nil, "HANDLE", "NAME", "ROLES", "CLEARANCES", "SUSPENDED", "NOTES")
			for _, m := range all {
				if keep != nil && !keep(m) || limit > 0 && len(shown.GetMembers()) == limit {
					continue
				}
				shown.Members = append(shown.Members, m)
				t.add(m.GetHandle(), firstOf(m.GetDisplayName(), "-"), firstOf(listed(m.GetRoles()), "-"), firstOf(listed(m.GetClearances()), "-"),
					minute(m.GetSuspendTime().AsTime(), m.GetSuspendTime() != nil), firstOf(memberNotes(m), "-"))
			}
			if s.json {
				return s.out.document(shown)
			}
			if len(shown.GetMembers()) == 0 {
				fmt.Fprintln(s.err, "none")
			}
			t.flush()
			return nil
		}),
	}
	limitFlag(cmd, &limit)
	return cmd
}

// memberNotes is what is to be known of a member besides.
func memberNotes(m *tumenv1.Member) string {
	switch {
	case m.GetPending() != nil && m.GetBreakGlass():
		return "waits, break-glass"
	case m.GetPending() != nil:
		return "waits"
	case m.GetBreakGlass():
		return "break-glass"
	}
	return ""
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
			m, err := s.colleague(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			request := client.NewMessage(method + "Request")
			setString(request, "name", m.GetName())
			setString(request, "reason", reason)
			reply, err := s.conn.Call(cmd.Context(), "AccessService", method, request)
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

// colleagues are all members of one's own organisation, in the order in which they were
// made.
func (s *session) colleagues(ctx context.Context) ([]*tumenv1.Member, error) {
	var all []*tumenv1.Member
	request := &tumenv1.ListColleaguesRequest{PageSize: 1000}
	for {
		page, err := s.conn.Access.ListColleagues(ctx, request)
		if err != nil {
			return nil, err
		}
		all = append(all, page.GetMembers()...)
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return all, nil
		}
	}
}

// colleague finds a member of one's own organisation by handle or name.
func (s *session) colleague(ctx context.Context, given string) (*tumenv1.Member, error) {
	all, err := s.colleagues(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.GetHandle() == given || m.GetName() == given {
			return m, nil
		}
	}
	return nil, &notFoundError{fmt.Sprintf("your organisation has no member %q (tumen member list)", visible(given))}
}
