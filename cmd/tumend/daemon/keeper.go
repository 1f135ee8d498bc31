package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"tumen/service/escrow"
	"tumen/service/seal"
)

// keeper sees to it that nothing is lost with the machine when the epoch is turned
// over: custodians get new shares, and a backup is made that the new keys open.
type keeper struct {
	keys     *seal.Keys
	settings *Settings
	log      *slog.Logger
}

// BeforeDestroy implements service.Keeper.
func (k keeper) BeforeDestroy(ctx context.Context, backup func(context.Context, io.Writer) error) error {
	set, err := escrow.Renew(k.keys, "", time.Now())
	switch {
	case errors.Is(err, escrow.ErrNobody):
		k.log.Warn("no custodian has a share of the new keys: if the keys folder is lost, everything is; see tumend keys escrow")
	case err != nil:
		return fmt.Errorf("giving custodians new shares: %w", err)
	default:
		k.log.Warn("the custodians' former shares restore no records made since: send each the file that was written for them", "folder", set.Folder)
	}
	if k.settings.BackupDir == "" {
		k.log.Warn("no backup opens with the new keys before the next is made: tumend backup, or backup_dir in the settings")
		return nil
	}
	return k.backUp(ctx, backup)
}

func (k keeper) backUp(ctx context.Context, backup func(context.Context, io.Writer) error) error {
	to, err := parseRecipients(k.settings.BackupRecipients)
	if err != nil {
		return err
	}
	if err := privateFolder(k.settings.BackupDir); err != nil {
		return err
	}
	// Each has a name of its own: another timeline of the store may have left one here.
	name := fmt.Sprintf("tumen-epoch-%d-%s.age", k.keys.Epoch().Status().Number, time.Now().UTC().Format("20060102T150405.000"))
	path := filepath.Join(k.settings.BackupDir, name)
	size, err := writeEncrypted(path, to, func(w io.Writer) error { return backup(ctx, w) })
	if err != nil {
		return fmt.Errorf("making a backup with the new keys: %w", err)
	}
	k.log.Info("a backup was made with the new keys", "file", path, "bytes", size)
	return nil
}

// Book implements service.Keeper.
func (k keeper) Book() ([]byte, error) {
	book, err := escrow.Read(k.settings.KeysDir)
	if err != nil || book.Empty() {
		return nil, err
	}
	return book.Seal(k.keys)
}

// Held implements service.Keeper.
func (k keeper) Held(epoch uint64) (bool, error) {
	book, err := escrow.Read(k.settings.KeysDir)
	if err != nil {
		return false, err
	}
	return len(book.Recoverable(epoch)) > 0, nil
}
