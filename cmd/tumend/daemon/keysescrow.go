package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tumen/service/escrow"
	"tumen/service/seal"
)

// keysEscrowCommand is `tumend keys escrow`.
func (t *terminal) keysEscrowCommand() *cobra.Command {
	var threshold int
	var custodians []string
	var out string
	cmd := &cobra.Command{
		Use:   "escrow --threshold K --custodian [NAME=]age1… --custodian [NAME=]age1… --out FOLDER",
		Short: "Give the keys to custodians in shares, any K of which restore them",
		Long: `Give the keys to custodians in shares, any K of which restore them, and fewer
nothing. Each gets one age file, encrypted to the recipient that they made with
age-keygen; it is written into FOLDER, which must be new or empty. Works beside a
running server.

Given again, to the same custodians or others, the shares of before are
superseded: ask their custodians to destroy them.`,
		Args: noSecrets,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			named, err := parseCustodians(threshold, custodians)
			if err != nil {
				return usageError{err}
			}
			set, former, err := giveShares(cmd.Context(), s, out, threshold, named)
			if err != nil {
				return err
			}
			return t.tellShares(set, former)
		}),
	}
	addFlags(cmd.Flags(), false)
	flags := cmd.Flags()
	flags.IntVar(&threshold, "threshold", 0, "`K`: how many custodians together restore the keys")
	flags.StringArrayVar(&custodians, "custodian", nil, "age `RECIPIENT` of a custodian, age1… or NAME=age1…; once for each")
	flags.StringVar(&out, "out", "", "`FOLDER` for the files, new or empty")
	for _, name := range []string{"threshold", "custodian", "out"} {
		cmd.MarkFlagRequired(name)
	}
	cmd.AddCommand(t.keysDestroyedCommand())
	return cmd
}

// noSecrets refuses arguments without showing them: what is put there may be a
// custodian's secret key.
func noSecrets(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errors.New("custodians are given with --custodian, one for each")
	}
	return nil
}

// parseCustodians reads [NAME=]RECIPIENT. No error shows what was given: it may be
// a custodian's secret key.
func parseCustodians(threshold int, given []string) ([]escrow.Custodian, error) {
	if threshold < 2 || threshold > len(given) {
		return nil, fmt.Errorf("--threshold %d of %d custodians can't be: it is from 2 to the number of custodians", threshold, len(given))
	}
	custodians := make([]escrow.Custodian, len(given))
	for i, one := range given {
		name, recipient, named := strings.Cut(one, "=")
		if !named {
			name, recipient = fmt.Sprintf("custodian-%d", i+1), one
		}
		if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(recipient)), "AGE-SECRET-KEY-") {
			return nil, fmt.Errorf("custodian %d is given by a secret key: the custodian alone may have that, so make another; --custodian takes the public one (age1…)", i+1)
		}
		custodians[i] = escrow.Custodian{Name: name, Recipient: strings.TrimSpace(recipient)}
	}
	return custodians, nil
}

// giveShares writes the shares; former is the set that they supersede, if any.
func giveShares(ctx context.Context, s *Settings, out string, threshold int, custodians []escrow.Custodian) (set, former *escrow.Set, err error) {
	keys, err := findKeys(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	before, err := escrow.Read(s.KeysDir)
	if err != nil {
		return nil, nil, err
	}
	set, err = escrow.Give(keys, out, threshold, custodians, time.Now())
	if errors.Is(err, seal.ErrTurnover) {
		return nil, nil, fmt.Errorf("%w (tumend keys status)", err)
	}
	return set, before.Current, err
}

func (t *terminal) tellShares(set, former *escrow.Set) error {
	fmt.Fprintf(t.out, "set %s: any %d of %d shares restore the keys of epoch %d\n", set.ID, set.Threshold, len(set.Custodians), set.Epoch)
	for i := range set.Custodians {
		if _, err := fmt.Fprintf(t.out, "%s\n", filepath.Join(set.Folder, set.File(i+1))); err != nil {
			return err
		}
	}
	if former != nil {
		fmt.Fprintf(t.err, "tumend: set %s is superseded: have its custodians destroy their shares, and note it with `tumend keys escrow destroyed %s:INDEX`\n", former.ID, former.ID)
	}
	return nil
}

// keysDestroyedCommand is `tumend keys escrow destroyed`.
func (t *terminal) keysDestroyedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "destroyed {SET:INDEX | FILE}…",
		Short: "Note that custodians have destroyed their shares of a superseded set",
		Long: `Note that custodians have destroyed their shares of a superseded set. Software
can't tell: what is noted is what the custodians said. A share is named by its
set and index, or by the name of its file, which needn't be there any more.`,
		Args: cobra.MinimumNArgs(1),
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, args []string) error {
			shares := make([]escrow.Share, len(args))
			for i, arg := range args {
				var err error
				if shares[i], err = escrow.ParseShare(arg); err != nil {
					return usageError{fmt.Errorf("%q: %w", arg, err)}
				}
			}
			keys, err := findKeys(cmd.Context(), s)
			if err != nil {
				return err
			}
			book, err := escrow.ConfirmDestroyed(keys, shares)
			if err != nil {
				return err
			}
			return t.tellDestroyed(book, shares)
		}),
	}
	addFlags(cmd.Flags(), false)
	return cmd
}

// tellDestroyed shows the sets that were spoken of.
func (t *terminal) tellDestroyed(book *escrow.Book, shares []escrow.Share) error {
	spoken := map[string]bool{}
	for _, share := range shares {
		spoken[share.Set] = true
	}
	for _, set := range book.Superseded {
		if !spoken[set.ID] {
			continue
		}
		shown := escrowStatus(set)
		if _, err := fmt.Fprint(t.out, shown.former()); err != nil {
			return err
		}
	}
	return nil
}
