package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/escrow"
)

// keysRotateCommand is `tumend keys rotate`.
func (t *terminal) keysRotateCommand() *cobra.Command {
	var asJSON bool
	var aside int32
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Put everything under a new key of the epoch, and destroy the former one",
		Long: `Put everything under a new key of the epoch, and destroy the former one, while the
server runs or where none does. Copies and backups made before can't be opened any
more, by nobody: make a backup afterwards (or have backup_dir in the settings), and
send custodians the new shares, which are written for them.

What is broken off is gone on with by the next one, or by the server when it starts.

Where something is damaged, so that it can't be put under the new key, a turnover
does not begin: a backup of this epoch may still restore it. With
--set-damaged-aside N, where N is how many the refusal tells, they are given up for
good, with the contents of captures whose record is; the ledger has an entry of it,
and tumend check goes on telling what was.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			turned, err := t.rotate(cmd.Context(), s, aside, asJSON)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(t.out).Encode(turned)
			}
			fmt.Fprintf(t.out, "epoch %d: the key of the one before is destroyed\n", turned.Epoch)
			return t.toBeDone(s)
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().Int32Var(&aside, "set-damaged-aside", 0, "give up the `N` keys and rows that can't be read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the new epoch as JSON")
	return cmd
}

// TurnoverReport is what `tumend keys rotate` did, as it prints it with --json.
type TurnoverReport struct {
	Epoch    int64    `json:"epoch"`
	SetAside []string `json:"set_aside"` // what could not be read
}

func (t *terminal) rotate(ctx context.Context, s *Settings, aside int32, silent bool) (*TurnoverReport, error) {
	turned, stage := &TurnoverReport{SetAside: []string{}}, ""
	err := administer(ctx, s, func(admin tumenv1.AdminServiceClient) error {
		stream, err := admin.TurnEpochOver(ctx, &tumenv1.TurnEpochOverRequest{SetDamagedAside: aside})
		if err != nil {
			return err
		}
		for {
			reply, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			switch {
			case reply.GetEpoch() > 0:
				turned.Epoch = reply.GetEpoch()
			case reply.GetSetAside() != "":
				turned.SetAside = append(turned.SetAside, reply.GetSetAside())
				fmt.Fprintln(t.err, "set aside:", reply.GetSetAside())
			case !silent && reply.GetStage() != stage:
				stage = reply.GetStage()
				fmt.Fprintln(t.err, stage)
			}
		}
	})
	return turned, err
}

// toBeDone says what a turnover leaves to people.
func (t *terminal) toBeDone(s *Settings) error {
	book, err := escrow.Read(s.KeysDir)
	if err != nil {
		return err
	}
	if book.Current == nil {
		fmt.Fprintln(t.err, "no custodian has a share of the new keys: tumend keys escrow")
	} else {
		fmt.Fprintf(t.err, "send the custodians their new shares, in %s, and have them destroy the former ones\n", book.Current.Folder)
	}
	if s.BackupDir == "" {
		fmt.Fprintln(t.err, "older backups can't be opened any more: make one now (tumend backup)")
	}
	return nil
}
