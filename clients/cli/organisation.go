package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// organisationNoun is what administrators say of their organisation.
var organisationNoun = &noun{
	name: "organisation", message: "Organisation", service: "AccessService",
	flags: []binding{
		{flag: "display-name", path: "display_name", help: "`NAME` to show"},
		{flag: "kind", path: "kind", help: "ngo, un, government, media or other"},
		{flag: "default-marking", path: "default_marking", help: "how far records may travel that say nothing"},
		{flag: "default-audience", path: "default_audience", help: "who of its workers reads cases that say nothing"},
	},
}

func (s *session) organisationCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "organisation", Short: "Your organisation", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.organisationShowCommand(), s.organisationUpdateCommand())
	return cmd
}

func (s *session) organisationShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show your organisation",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			o, err := s.organisation(cmd.Context())
			if err != nil {
				return err
			}
			return s.presentOrganisation(o)
		}),
	}
}

// organisation connects and reads one's own organisation.
func (s *session) organisation(ctx context.Context) (*tumenv1.Organisation, error) {
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	self, err := s.conn.Access.GetSelf(ctx, &tumenv1.GetSelfRequest{})
	if err != nil {
		return nil, err
	}
	reply, err := s.conn.Access.GetOrganisation(ctx, &tumenv1.GetOrganisationRequest{Name: self.GetOrganisation().GetName()})
	return reply.GetOrganisation(), err
}

func (s *session) organisationUpdateCommand() *cobra.Command {
	var reason, etag string
	var clear []string
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Change your organisation; administrators do",
		Long: `Change your organisation. What is usual for new records and cases is so from then on;
those that are there stay as they are.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			o, err := s.organisation(cmd.Context())
			if err != nil {
				return err
			}
			record := o.ProtoReflect()
			mask, err := s.filled(cmd, record)
			if err != nil {
				return err
			}
			request, err := updateRequest(organisationNoun, record, mask, clear)
			if err != nil {
				return err
			}
			setString(messageField(request, "organisation"), "etag", firstOf(etag, o.GetEtag()))
			setString(request, "reason", firstOf(reason, "changed with tumen"))
			reply, err := s.conn.Call(cmd.Context(), "AccessService", "UpdateOrganisation", request)
			if err != nil {
				return err
			}
			return s.presentOrganisation(messageField(reply, "organisation").Interface().(*tumenv1.Organisation))
		}),
	}
	s.declare(cmd, organisationNoun.flags, client.NewMessage("Organisation").Descriptor())
	cmd.Flags().StringArrayVar(&clear, "clear", nil, "empty this `FIELD`, named as in the contract (repeatable)")
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

func (s *session) presentOrganisation(o *tumenv1.Organisation) error {
	if s.json {
		return s.out.document(o)
	}
	marking, audience := o.GetDefaultMarking(), o.GetDefaultAudience()
	if marking == tumenv1.Marking_MARKING_UNSPECIFIED {
		marking = tumenv1.Marking_MARKING_AMBER_STRICT
	}
	if audience == tumenv1.CaseAudience_CASE_AUDIENCE_UNSPECIFIED {
		audience = tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED
	}
	s.out.heading(visible(o.GetDisplayName()))
	s.out.line("handle     %s", visible(o.GetHandle()))
	if o.GetKind() != "" {
		s.out.line("kind       %s", visible(o.GetKind()))
	}
	s.out.line("marking    %s, of records that say nothing", markingWords(marking))
	s.out.line("audience   %s, of cases that say nothing", word(audience))
	s.out.line("")
	s.out.line("%s  revision %d", visible(o.GetName()), o.GetRevision())
	return nil
}
