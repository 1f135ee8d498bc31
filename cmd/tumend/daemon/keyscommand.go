package daemon

import (
	"fmt"

	"github.com/spf13/cobra"
)

// keysCommand is the parent of what is done with the keys.
func (t *terminal) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Show the keys, renew them, and give them to custodians in shares",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(t.keysStatusCommand(), t.keysEscrowCommand(), t.keysRotateCommand())
	return cmd
}

// keysStatusCommand is `tumend keys status`.
func (t *terminal) keysStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say which epoch the keys are of, and who could restore them",
		Long: `Say which epoch the keys are of, where the root key comes from, which custodians
hold shares, and which former shares could still restore former keys. Works
beside a running server.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			status, err := keysStatus(cmd.Context(), s)
			if err != nil {
				return err
			}
			if asJSON {
				return t.printJSON(status)
			}
			if status.SameDisk {
				fmt.Fprintf(t.err, "tumend: warning: the keys in %s are on the same disk as the data: whoever takes it takes both\n", s.KeysDir)
			}
			return status.print(t.out)
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}
