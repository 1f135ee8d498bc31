package cli

import (
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
		until, made := "", ""
		if c.GetExpireTime() != nil {
			until = ", until " + minute(c.GetExpireTime().AsTime(), true)
		}
		if c.GetBreakGlass() {
			made = "; break-glass: made on the server itself"
		}
		s.out.line("%-9s %s%s%s", word(c.GetKind()), visible(firstOf(c.GetLabel(), c.GetName())), until, made)
	}
	s.out.line("may call  %d methods (--json lists them)", len(self.GetMethods()))
	if n := self.GetPendingChanges(); n > 0 {
		s.out.line("waiting   %s for an administrator (tumen member pending)", several(n, "change of a member waits", "changes of members wait"))
	}
	if n := self.GetBreakGlassTokens(); n > 0 {
		s.out.line("watch     %s made on the server itself (tumen token list --break-glass)", several(n, "token that works was", "tokens that work were"))
	}
	s.out.line("")
	s.out.line("%s", visible(m.GetName()))
}

// several says how many there are of something.
func several(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// listed are the words of a list of enum values.
func listed[E protoreflect.Enum](all []E) string {
	list := make([]string, 0, len(all))
	for _, e := range all {
		list = append(list, word(e))
	}
	return strings.Join(list, ", ")
}
