package cli

import (
	"strings"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) identityCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "identity", Short: "Who you are at the issuer of ID tokens that the server takes", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.identityLinkCommand())
	return cmd
}

func (s *session) identityLinkCommand() *cobra.Command {
	var label, reason string
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Have the ID tokens of an identity speak for you",
		Long: `Have the ID tokens of an identity speak for you. Give one of them on standard input;
from then on, tumen login takes them in the place of a token. tumen credential revoke
takes it back.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			token, err := s.ask("ID token", true)
			if err != nil {
				return err
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			reply, err := s.conn.Credentials.LinkIdentity(cmd.Context(), &tumenv1.LinkIdentityRequest{IdToken: token, Label: label, Reason: firstOf(reason, "linked with tumen")})
			if err != nil || s.json {
				return s.documentOr(err, reply)
			}
			s.out.line("linked: %s", visible(reply.GetCredential().GetName()))
			return nil
		}),
	}
	cmd.Flags().StringVar(&label, "label", "", "what it is, in your `WORDS`")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}

func (s *session) issuerCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "issuer", Short: "The issuer of ID tokens that the server takes; for administrators", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.issuerShowCommand(), s.issuerConfirmCommand())
	return cmd
}

func (s *session) issuerShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the issuer that the operator has set",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			i, err := s.conn.Credentials.GetIssuer(cmd.Context(), &tumenv1.GetIssuerRequest{})
			if err != nil || s.json {
				return s.documentOr(err, i)
			}
			s.out.heading(visible(i.GetUrl()))
			s.out.line("for          %s", visible(strings.Join(i.GetAudiences(), ", ")))
			s.out.line("subject      %s", visible(i.GetSubjectClaim()))
			s.out.line("two factors  where %s says %s", visible(i.GetFactorClaim()), visible(strings.Join(i.GetFactorValues(), ", ")))
			if i.GetConfirmed() {
				s.out.line("confirmed    for your organisation")
			} else {
				s.out.line("confirmed    not yet: none of its tokens is taken in your organisation")
			}
			s.out.line("")
			s.out.line("%s", i.GetFingerprint())
			return nil
		}),
	}
}

func (s *session) issuerConfirmCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "confirm FINGERPRINT",
		Short: "Have its ID tokens taken in your organisation",
		Long: `Have the ID tokens of the issuer taken in your organisation, by members who have linked
themselves. The fingerprint is the last line of tumen issuer show, and has to be that of
what the operator has set now; after every change it has to be confirmed again.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usagef("why? Give --reason")
			}
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			if _, err := s.conn.Credentials.ConfirmIssuer(cmd.Context(), &tumenv1.ConfirmIssuerRequest{Fingerprint: args[0], Reason: reason}); err != nil {
				return err
			}
			s.out.line("confirmed")
			return nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the change")
	return cmd
}
