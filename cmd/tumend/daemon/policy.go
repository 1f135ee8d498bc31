package daemon

import (
	"strings"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
)

// policyFile stands beside the demonstration's profiles.
const policyFile = "policy"

// policyText says whose exports are to be believed, for who verifies them: a line
// "log <verifier key>" (C2SP signed-note) for each origin of the ledger. Comments
// begin with #.
func policyText(verifierKeys []string) string {
	var b strings.Builder
	b.WriteString("# Whose signature an export of this server has to bear.\n")
	for _, key := range verifierKeys {
		b.WriteString("log " + key + "\n")
	}
	return b.String()
}

// Policy says whose exports are to be believed, as `tumend policy` prints it.
func (s *Server) Policy() string { return policyText(s.opened.records.VerifierKeys()) }

// originOf is the origin that a verifier key is of.
func originOf(verifierKey string) string {
	origin, _, _ := strings.Cut(verifierKey, "+")
	return origin
}

func (t *terminal) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Print by which keys exports of this server are verified",
		Long: `Print by which keys exports of this server are verified (tumen verify --policy),
one for each origin of its ledger. Hand it over by another way than the exports.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			return administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				reply, err := admin.DescribeServer(cmd.Context(), &tumenv1.DescribeServerRequest{})
				if err != nil {
					return err
				}
				_, err = t.out.Write([]byte(policyText(reply.GetVerifierKeys())))
				return err
			})
		}),
	}
	addFlags(cmd.Flags(), false)
	return cmd
}
