package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"tumen/storage"
	"tumen/storage/bolt"
)

// Compacted is what `tumend compact` prints with --json: sizes of the store's file,
// in bytes.
type Compacted struct {
	Before int64 `json:"bytes_before"`
	After  int64 `json:"bytes_after"`
}

func (t *terminal) compactCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Write the store's file anew, without free pages and what was deleted",
		Long: `Write the store's file anew, without free pages and what was deleted. The new
file is written beside the old one, checked, and put in its place: whenever this
is interrupted, the store is whole. It takes as much room again as the rows that
are there. No server may have the store open; check it before (tumend check).`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			told := t.tellCopied
			if asJSON {
				told = func(int64) {}
			}
			compacted, err := compact(cmd.Context(), s, told)
			if err != nil {
				return err
			}
			if asJSON {
				return t.printJSON(compacted)
			}
			_, err = fmt.Fprintf(t.out, "%s: %d bytes before, %d now\n", s.store(), compacted.Before, compacted.After)
			return err
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the sizes as JSON")
	return cmd
}

func (t *terminal) tellCopied(bytes int64) {
	fmt.Fprintf(t.err, "%d MiB of rows written\n", bytes>>20)
}

// compact rewrites the store where no server runs. tell is called for every GiB, and
// at the end, with how many bytes of rows were written.
func compact(ctx context.Context, s *Settings, tell func(bytes int64)) (*Compacted, error) {
	running, err := socketAnswers(s.AdminSocket)
	if err != nil {
		return nil, err
	}
	if running {
		return nil, fmt.Errorf("%s is in use: a server answers at its admin socket %s; stop it first (%w)", s.store(), s.AdminSocket, storage.ErrInUse)
	}
	const step = 1 << 30
	copied, told := int64(0), int64(0)
	sizes, err := bolt.Rewrite(ctx, s.store(), func(bytes int64) {
		if copied = bytes; bytes >= told+step {
			told = bytes
			tell(bytes)
		}
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no store in %s: --data-dir says where it is", s.DataDir)
	case errors.Is(err, storage.ErrInUse):
		return nil, fmt.Errorf("%s is in use by another process, though none answers at the admin socket %s; stop it first (%w)", s.store(), s.AdminSocket, err)
	case errors.Is(err, storage.ErrCorrupt):
		return nil, fmt.Errorf("%w; nothing was changed: `tumend check` says more", err)
	case err != nil:
		return nil, fmt.Errorf("%w; the store is whole", err)
	}
	tell(copied)
	return &Compacted{Before: sizes.Before, After: sizes.After}, nil
}
