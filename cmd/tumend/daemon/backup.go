package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"tumen/internal/disk"
	tumenv1 "tumen/proto/tumen/v1"
)

// BackupReport is what `tumend backup` made or read, as it prints it with --json.
type BackupReport struct {
	File       string `json:"file"`
	Bytes      int64  `json:"bytes"` // of the file
	Parts      int64  `json:"parts"` // files in it: the store, and captures
	Checkpoint string `json:"checkpoint"`
}

func (t *terminal) backupCommand() *cobra.Command {
	var out string
	var recipients []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backup --out FILE --recipient age1…",
		Short: "Write everything but the keys to an encrypted file, while the server runs",
		Long: `Write the store and the captures to a file that is encrypted to recipients (age),
while the server runs or where none does. No key is in it: restoring takes the keys,
too, from the keys folder or from custodians (tumend keys escrow).

After a turnover of the epoch no older backup can be opened any more. With
backup_dir and backup_recipients in the settings a turnover makes one by itself.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			if len(recipients) == 0 {
				recipients = s.BackupRecipients
			}
			if out == "" {
				return usageError{errors.New("--out FILE says where the backup goes")}
			}
			to, err := parseRecipients(recipients)
			if err != nil {
				return usageError{err}
			}
			report, err := t.backUp(cmd.Context(), s, out, to)
			if err != nil {
				return err
			}
			return t.tellBackup(report, asJSON, "wrote")
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write; it must not be there")
	cmd.Flags().StringArrayVar(&recipients, "recipient", nil, "`age1…` who can decrypt it (repeatable; default: backup_recipients)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.AddCommand(t.backupVerifyCommand())
	return cmd
}

func (t *terminal) tellBackup(r *BackupReport, asJSON bool, did string) error {
	if asJSON {
		return json.NewEncoder(t.out).Encode(r)
	}
	_, err := fmt.Fprintf(t.out, "%s %s: %d bytes, the store and %d captures\nits last checkpoint:\n%s", did, r.File, r.Bytes, r.Parts-1, indented(r.Checkpoint))
	return err
}

func indented(text string) string {
	return strings.ReplaceAll("  "+strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")+"\n", "\n  \n", "\n\n")
}

// parseRecipients reads to whom a backup is encrypted: to nobody is refused.
func parseRecipients(all []string) ([]age.Recipient, error) {
	if len(all) == 0 {
		return nil, errors.New("a backup is encrypted: say with --recipient age1…, or backup_recipients, who can decrypt it (age-keygen makes such a key)")
	}
	var to []age.Recipient
	for i, text := range all {
		parsed, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(parsed) != 1 { // not shown: it may be an identity
			return nil, fmt.Errorf("recipient %d is no age recipient (age1…)", i+1)
		}
		to = append(to, parsed[0])
	}
	return to, nil
}

// backUp has the server give a backup and writes it.
func (t *terminal) backUp(ctx context.Context, s *Settings, out string, to []age.Recipient) (*BackupReport, error) {
	report := new(BackupReport)
	err := administer(ctx, s, func(admin tumenv1.AdminServiceClient) error {
		var err error
		report.Bytes, err = writeEncrypted(out, to, func(w io.Writer) error {
			stream, err := admin.BackUp(ctx, &tumenv1.BackUpRequest{})
			if err != nil {
				return err
			}
			for told, n := int64(0), int64(0); ; {
				reply, err := stream.Recv()
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return err
				}
				if reply.GetParts() > 0 {
					report.Parts, report.Checkpoint = reply.GetParts(), reply.GetCheckpoint()
				}
				if _, err := w.Write(reply.GetPiece()); err != nil {
					return err
				}
				if n += int64(len(reply.GetPiece())); n >= told+1<<30 {
					told = n
					fmt.Fprintf(t.err, "%d GiB\n", n>>30)
				}
			}
		})
		return err
	})
	report.File = out
	return report, err
}

// writeEncrypted writes a new file of mode 0600, encrypted: whole and on disk under
// another name before it gets its own. It returns its size. What is there stays.
func writeEncrypted(path string, to []age.Recipient, content func(io.Writer) error) (size int64, err error) {
	if found, err := disk.Exists(path); err != nil {
		return 0, err
	} else if found {
		return 0, fmt.Errorf("%s: %w; nothing was written", path, fs.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	sealed, err := age.Encrypt(f, to...)
	if err == nil {
		err = content(sealed)
	}
	if err == nil {
		err = sealed.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return 0, err
	} else if err != nil { // the file systems of sticks have no links
		if err := os.Rename(f.Name(), path); err != nil {
			return 0, err
		}
	}
	return size, disk.SyncFolder(filepath.Dir(path))
}

func (t *terminal) backupVerifyCommand() *cobra.Command {
	var identity string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE --identity FILE",
		Short: "Decrypt a backup and see whether it is whole",
		Long: `Decrypt a backup and see whether it is whole: every file in it against its manifest.
Nothing is written, and no key of the store is needed. Whether it can be restored,
keys included, shows best by restoring it into an empty folder.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if identity == "" {
				return errors.New("--identity FILE says with what it is decrypted")
			}
			report, err := verifyBackup(cmd.Context(), args[0], identity)
			if err != nil {
				return runError{err}
			}
			return t.tellBackup(report, asJSON, "whole:")
		},
	}
	cmd.Flags().StringVar(&identity, "identity", "", "`FILE` of the age identity of a recipient")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

func verifyBackup(ctx context.Context, file, identity string) (*BackupReport, error) {
	manifest, size, err := readBackup(ctx, file, identity, func(_ string, r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &BackupReport{File: file, Bytes: size, Parts: int64(len(manifest.Parts)), Checkpoint: manifest.Checkpoint}, nil
}

// setRecipients takes the recipients of backups as a list.
func (s *Settings) setRecipients(value string) error {
	s.BackupRecipients = slices.DeleteFunc(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }), func(r string) bool { return r == "" })
	if len(s.BackupRecipients) == 0 {
		return nil
	}
	_, err := parseRecipients(s.BackupRecipients)
	return err
}
