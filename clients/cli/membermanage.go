package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// memberNoun is what administrators say of a member.
var memberNoun = &noun{
	name: "member", message: "Member", service: "AccessService",
	flags: []binding{
		{flag: "display-name", path: "display_name", help: "`NAME` to show"},
		{flag: "role", path: "roles", help: "what the member does: case-worker, reviewer, partner, auditor or administrator", list: true},
		{flag: "clearance", path: "clearances", help: "who the member may be shown, for a stated purpose: identity (of persons) or source-identity", list: true},
		{flag: "highest-marking", path: "highest_marking", help: "nothing above it is shown to the member; red without one"},
		{flag: "identity-budget", path: "identity_budget", help: "on so many `RECORDS` a day the member may be shown who somebody is; 200 without one"},
	},
}

// colleagueCommand makes a command about one colleague, whom do gets as read now.
func (s *session) colleagueCommand(use, short, long string, do func(context.Context, *cobra.Command, *tumenv1.Member, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long,
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			m, err := s.colleague(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return do(cmd.Context(), cmd, m, args)
		}),
		Args: cobra.ExactArgs(1),
	}
}

func (s *session) memberShowCommand() *cobra.Command {
	return s.colleagueCommand("show HANDLE", "Show a member, and what waits for them", "", func(ctx context.Context, _ *cobra.Command, m *tumenv1.Member, _ []string) error {
		return s.presentMember(ctx, m)
	})
}

func (s *session) memberAddCommand() *cobra.Command {
	var reason, out string
	var lifetime time.Duration
	cmd := &cobra.Command{
		Use:   "add HANDLE --role ROLE",
		Short: "Make a member, who enrols with a code; another administrator confirms",
		Long: `Make a member of your organisation. The code that is printed is for them alone: with
it, and with the file that says how the server is reached, they make their own
credential (tumen enrol), which nobody else ever has. The code works once, for a week
unless --code-lifetime says less.

What the member is to do waits until they have enrolled and another administrator has
confirmed it (tumen member confirm). Where there is no other, whoever runs the server
confirms (tumend member confirm), and that is marked as break-glass.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			member := &tumenv1.Member{Handle: args[0]}
			if _, err := s.filled(cmd, member.ProtoReflect()); err != nil {
				return err
			}
			file, err := os.OpenFile(firstOf(out, args[0]+".invitation.yaml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // before there is a code that goes with it
			if err != nil {
				return err
			}
			reply, err := s.conn.Access.InviteMember(cmd.Context(), &tumenv1.InviteMemberRequest{Member: member, CodeLifetime: codeLifetime(cmd, lifetime), Reason: firstOf(reason, "added with tumen")})
			if err != nil {
				return errors.Join(err, file.Close(), os.Remove(file.Name()))
			}
			if err := writeProfile(file, s.profile.Invitation(args[0])); err != nil {
				return fmt.Errorf("%w; %s was made, without a code: tumen member replace-credential %[2]s makes one", err, visible(args[0]))
			}
			if s.json {
				return s.out.document(reply)
			}
			s.presentCode(reply.GetMember(), reply.GetCode(), reply.GetCodeExpireTime())
			fmt.Fprintf(s.err, "Give them this file, too; there is no secret in it: %s\n", visible(file.Name()))
			return nil
		}),
	}
	s.declare(cmd, memberNoun.flags, client.NewMessage("Member").Descriptor())
	cmd.Flags().StringVar(&out, "invitation-out", "", "new `FILE` that says how the server is reached (default HANDLE.invitation.yaml)")
	cmd.Flags().DurationVar(&lifetime, "code-lifetime", 0, "how long the code works, such as 8h; a week without it, which is the most")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

// codeLifetime is what --code-lifetime says; nil for nothing.
func codeLifetime(cmd *cobra.Command, given time.Duration) *durationpb.Duration {
	if !cmd.Flags().Changed("code-lifetime") {
		return nil
	}
	return durationpb.New(given)
}

// presentCode prints a code to enrol by, and nothing else to standard output, from where
// it may be taken.
func (s *session) presentCode(m *tumenv1.Member, code string, ends *timestamppb.Timestamp) {
	if code == "" { // the call had been made before
		fmt.Fprintf(s.err, "this was done before, and the code was shown then (tumen member replace-credential %s makes another)\n", visible(m.GetHandle()))
		return
	}
	s.out.line("%s", code)
	fmt.Fprintf(s.err, "With this code %s enrols, once, until %s. Give it to them alone.\n", visible(m.GetHandle()), minute(ends.AsTime(), true))
	fmt.Fprintln(s.err, "They can do nothing until they have, and another administrator has confirmed it.")
}

// filled sets the fields of a member or organisation that the flags name.
func (s *session) filled(cmd *cobra.Command, m protoreflect.Message) ([]string, error) {
	n := memberNoun
	if m.Descriptor().Name() == "Organisation" {
		n = organisationNoun
	}
	in := &input{ctx: cmd.Context(), s: s, message: m, aspect: func() tumenv1.Aspect { return tumenv1.Aspect_ASPECT_UNSPECIFIED }}
	return in.apply(cmd.Flags(), n.flags)
}

func (s *session) memberUpdateCommand() *cobra.Command {
	var reason, etag string
	var clear []string
	cmd := s.colleagueCommand("update HANDLE", "Change a member: what takes away holds at once, what gives waits", `Change a member. Flags of a list replace it. A role, clearance, limit or budget that is
taken away is gone at once; what gives the member more than they have waits for another
administrator (tumen member confirm).`,
		func(ctx context.Context, cmd *cobra.Command, m *tumenv1.Member, _ []string) error {
			record := m.ProtoReflect()
			mask, err := s.filled(cmd, record)
			if err != nil {
				return err
			}
			request, err := updateRequest(memberNoun, record, mask, clear)
			if err != nil {
				return err
			}
			setString(messageField(request, "member"), "etag", firstOf(etag, m.GetEtag()))
			setString(request, "reason", firstOf(reason, "changed with tumen"))
			reply, err := s.conn.Call(ctx, "AccessService", "UpdateMember", request)
			if err != nil {
				return err
			}
			return s.presentMember(ctx, messageField(reply, "member").Interface().(*tumenv1.Member))
		})
	s.declare(cmd, memberNoun.flags, client.NewMessage("Member").Descriptor())
	cmd.Flags().StringArrayVar(&clear, "clear", nil, "empty this `FIELD`, named as in the contract (repeatable)")
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

func (s *session) memberConfirmCommand() *cobra.Command {
	var reason, etag, token string
	cmd := s.colleagueCommand("confirm HANDLE", "Let what waits for a member take effect", `Let what another administrator proposed for a member take effect (tumen member show
tells what). Who proposed it can't, nor who made the code to enrol by, nor the member.

Where the member enrols anew, ask them yourself, face to face or by a call, what their
token is called: tumen enrol told them, and nobody else. --token with the first 8
characters of that shows that it was they who enrolled.`,
		func(ctx context.Context, _ *cobra.Command, m *tumenv1.Member, _ []string) error {
			reply, err := s.conn.Access.ConfirmMemberChange(ctx, &tumenv1.ConfirmMemberChangeRequest{Name: m.GetName(), Etag: firstOf(etag, m.GetEtag()), Token: token, Reason: firstOf(reason, "confirmed with tumen")})
			if err != nil {
				return err
			}
			return s.presentMember(ctx, reply.GetMember())
		})
	cmd.Flags().StringVar(&token, "token", "", "what the member says their `TOKEN` is called, or the first 8 characters or more of that")
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` of what was read, where not what is there now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

func (s *session) memberRejectCommand() *cobra.Command {
	var reason, etag string
	cmd := s.colleagueCommand("reject HANDLE", "Drop what waits for a member", `Drop what waits for a member; who proposed it takes it back so. Where the member enrolled
anew, the credential from that is revoked.`,
		func(ctx context.Context, _ *cobra.Command, m *tumenv1.Member, _ []string) error {
			reply, err := s.conn.Access.RejectMemberChange(ctx, &tumenv1.RejectMemberChangeRequest{Name: m.GetName(), Etag: firstOf(etag, m.GetEtag()), Reason: firstOf(reason, "rejected with tumen")})
			if err != nil {
				return err
			}
			return s.presentMember(ctx, reply.GetMember())
		})
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` of what was read, where not what is there now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

func (s *session) memberReplaceCommand() *cobra.Command {
	var reason string
	var lifetime time.Duration
	cmd := s.colleagueCommand("replace-credential HANDLE", "Revoke a member's credentials; they enrol anew with a code", `Revoke all credentials of a member who has lost one, and print a code with which they
enrol anew (tumen enrol). They can do nothing until they have, and another administrator
has confirmed that it was they: tumen member confirm.`,
		func(ctx context.Context, cmd *cobra.Command, m *tumenv1.Member, _ []string) error {
			reply, err := s.conn.Access.ReplaceCredential(ctx, &tumenv1.ReplaceCredentialRequest{Name: m.GetName(), CodeLifetime: codeLifetime(cmd, lifetime), Reason: firstOf(reason, "replaced with tumen")})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			s.presentCode(reply.GetMember(), reply.GetCode(), reply.GetCodeExpireTime())
			return nil
		})
	cmd.Flags().DurationVar(&lifetime, "code-lifetime", 0, "how long the code works, such as 8h; a week without it, which is the most")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

func (s *session) memberReleaseCommand() *cobra.Command {
	var reason string
	cmd := s.colleagueCommand("release-budget HANDLE RECORDS", "Let a member be shown who somebody is on more records, today", `Let a member be shown, today (UTC), who somebody is on so many records more than their
budget says: a reviewer or administrator does that for somebody else, and at most 1,000
in all on a day.`,
		func(ctx context.Context, _ *cobra.Command, m *tumenv1.Member, args []string) error {
			n, err := strconv.ParseInt(args[1], 10, 32)
			if err != nil {
				return usagef("%q is no whole number of records", visible(args[1]))
			}
			if reason == "" {
				return usagef("why? Give --reason, which names nobody")
			}
			reply, err := s.conn.Access.ReleaseBudget(ctx, &tumenv1.ReleaseBudgetRequest{Name: m.GetName(), Records: int32(n), Reason: reason})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			s.out.line("%s may be shown %d records more today", visible(m.GetHandle()), reply.GetMember().GetBudgetRelease().GetRecords())
			return nil
		})
	cmd.Args = cobra.ExactArgs(2)
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

// writeProfile writes a profile or an invitation to a new file, and closes it.
func writeProfile(file *os.File, p *client.Profile) error {
	encoded, err := p.Encode()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	_, err = file.Write(encoded)
	return errors.Join(err, file.Sync(), file.Close())
}
