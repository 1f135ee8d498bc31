package daemon

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
)

func (t *terminal) organisationCommand() *cobra.Command {
	var displayName, kind string
	var closed bool
	add := &cobra.Command{
		Use:   "add HANDLE --display-name NAME",
		Short: "Make an organisation",
		Args:  cobra.ExactArgs(1),
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, args []string) error {
			org := &tumenv1.Organisation{Handle: args[0], DisplayName: displayName, Kind: kind}
			if closed {
				org.DefaultAudience = tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED
			}
			return administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				made, err := admin.CreateOrganisation(cmd.Context(), &tumenv1.CreateOrganisationRequest{Organisation: org})
				if err == nil {
					fmt.Fprintln(t.out, made.GetOrganisation().GetName())
				}
				return err
			})
		}),
	}
	addFlags(add.Flags(), false)
	add.Flags().StringVar(&displayName, "display-name", "", "`NAME` to show")
	add.Flags().BoolVar(&closed, "assigned-cases", false, "a case is read by who recorded it and is assigned to it, unless it says otherwise; without this by all workers")
	add.Flags().StringVar(&kind, "kind", "", "ngo, un, government, media or other")
	add.MarkFlagRequired("display-name")
	return group("organisation", "Organisations on this server", add)
}

func (t *terminal) memberCommand() *cobra.Command {
	return group("member", "Members of organisations", t.memberAddCommand(), t.memberConfirmCommand(), t.memberListCommand())
}

func (t *terminal) memberAddCommand() *cobra.Command {
	var roles, clearances []string
	var displayName, highest string
	var budget int32
	add := &cobra.Command{
		Use:   "add ORGANISATION HANDLE --role ROLE",
		Short: "Make a member",
		Long: `Make a member of an organisation.

Once there is an administrator, they make members (tumen member add): one proposes,
another confirms, and the member enrols. A member made here then is marked as
break-glass, and every administrator sees it.

A clearance is for who somebody is: of persons (identity), of sources
(source-identity). Without one a member is shown what they recorded themselves; with
one, for a stated purpose, what the person concerned has released, on so many records
a day.`,
		Args: cobra.ExactArgs(2),
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, args []string) error {
			member := &tumenv1.Member{Handle: args[1], DisplayName: displayName, IdentityBudget: budget}
			for _, c := range clearances {
				class := clearanceWords[c]
				if class == 0 {
					return usageError{fmt.Errorf("--clearance: %q is neither identity nor source-identity", c)}
				}
				member.Clearances = append(member.Clearances, class)
			}
			for _, r := range roles {
				role, err := roleOf(r)
				if err != nil {
					return usageError{fmt.Errorf("--role: %w", err)}
				}
				member.Roles = append(member.Roles, role)
			}
			if highest != "" {
				var err error
				if member.HighestMarking, err = markingOf(highest); err != nil {
					return usageError{fmt.Errorf("--highest-marking: %w", err)}
				}
			}
			return administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				made, err := admin.CreateMember(cmd.Context(), &tumenv1.CreateMemberRequest{Organisation: args[0], Member: member})
				if err == nil {
					fmt.Fprintln(t.out, made.GetMember().GetName())
				}
				return err
			})
		}),
	}
	addFlags(add.Flags(), false)
	add.Flags().StringSliceVar(&roles, "role", nil, "case-worker, reviewer, partner, auditor or administrator; may be repeated")
	add.Flags().StringVar(&displayName, "display-name", "", "`NAME` to show")
	add.Flags().StringVar(&highest, "highest-marking", "", "nothing above it is shown to the member (TLP); red without one")
	add.Flags().StringSliceVar(&clearances, "clearance", nil, "identity or source-identity; may be repeated")
	add.Flags().Int32Var(&budget, "identity-budget", 0, "on so many `RECORDS` a day the member may be shown who somebody is; 200 without one")
	add.MarkFlagRequired("role")
	return add
}

// clearanceWords are the words of clearances.
var clearanceWords = map[string]tumenv1.Protection{
	"identity": tumenv1.Protection_PROTECTION_IDENTITY, "source-identity": tumenv1.Protection_PROTECTION_SOURCE_IDENTITY,
}

func (t *terminal) memberConfirmCommand() *cobra.Command {
	var token string
	confirm := &cobra.Command{
		Use:   "confirm ORGANISATION HANDLE",
		Short: "Confirm what waits for a member, where there is no other administrator",
		Long: `Confirm what an administrator proposed for a member, where there is no other
administrator who could. The member is marked as break-glass, and every administrator
sees it.

Where the member enrols anew, ask them yourself what their token is called: tumen enrol
told them, and nobody else. --token with the first 8 characters of that shows that it
was they who enrolled.`,
		Args: cobra.ExactArgs(2),
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, args []string) error {
			return administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				done, err := admin.ConfirmMember(cmd.Context(), &tumenv1.ConfirmMemberRequest{Organisation: args[0], Member: args[1], Token: token})
				if err == nil {
					fmt.Fprintf(t.out, "%s is %s now; it is marked as break-glass\n", args[1], rolesInWords(done.GetMember().GetRoles()))
				}
				return err
			})
		}),
	}
	addFlags(confirm.Flags(), false)
	confirm.Flags().StringVar(&token, "token", "", "what the member says their `TOKEN` is called, or the first 8 characters or more of that")
	return confirm
}

func (t *terminal) memberListCommand() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List the members of all organisations",
		Args:  cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			err := administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				fmt.Fprintln(table, "HANDLE\tROLES\tMADE\tNAME")
				return eachMember(cmd.Context(), admin, func(m *tumenv1.Member) {
					how := "by an administrator"
					if m.GetBreakGlass() {
						how = "break-glass"
					} else if m.GetCreator() == "" {
						how = "at first"
					}
					if m.GetPending() != nil {
						how += ", waits"
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", m.GetHandle(), rolesInWords(m.GetRoles()), how, m.GetName())
				})
			})
			return errors.Join(err, table.Flush())
		}),
	}
	addFlags(list.Flags(), false)
	return list
}

func eachMember(ctx context.Context, admin tumenv1.AdminServiceClient, show func(*tumenv1.Member)) error {
	req := &tumenv1.ListMembersRequest{PageSize: 1000}
	for {
		page, err := admin.ListMembers(ctx, req)
		if err != nil {
			return err
		}
		for _, m := range page.GetMembers() {
			show(m)
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return nil
		}
	}
}

// group makes a command that only holds others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fmt.Errorf("%s needs a command; --help lists them", cmd.CommandPath())
		},
	}
	g.AddCommand(commands...)
	return g
}
