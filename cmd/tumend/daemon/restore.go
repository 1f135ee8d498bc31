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
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"tumen/internal/disk"
	"tumen/service"
	"tumen/service/escrow"
	"tumen/service/records"
	"tumen/service/seal"
	"tumen/storage/bolt"
)

// RestoreReport is what `tumend restore` did, as it prints it with --json.
type RestoreReport struct {
	Store        string   `json:"store"`
	Made         string   `json:"made"` // the day of the backup
	Origin       string   `json:"origin"`
	VerifierKeys []string `json:"verifier_keys"`
	NewAuthority bool     `json:"new_certificate_authority"`
	Problems     []string `json:"problems"` // what is damaged in it, with --despite-damage
}

func (t *terminal) restoreCommand() *cobra.Command {
	r := &restoring{tell: func(line string) { fmt.Fprintln(t.err, line) }}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "restore --from FILE --identity FILE [--share FILE…]",
		Short: "Restore a backup into an empty data folder",
		Long: `Restore a backup into an empty data folder, with the keys that are in the keys
folder or, where the machine was lost with them, with the shares of custodians.

A share is the file that a custodian was given, with --share-identity FILE to
decrypt it, or the text that the custodian decrypted it to.

The ledger goes on under another origin, whose first entry cites the last
checkpoint of the backup: give its verifier key (tumend policy) to those who
verify exports, beside the one that they have.

Nothing can be seen of it before all is there and was checked. What is broken off
is simply begun again.

A backup in which something is damaged, or was set aside by a turnover, is restored
with --despite-damage alone: take an older one, of the same epoch, if there is one.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			if r.from == "" || r.identity == "" {
				return usageError{errors.New("--from FILE and --identity FILE say what is restored, and with what it is decrypted")}
			}
			r.settings = s
			report, err := r.run(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(t.out).Encode(report)
			}
			for _, problem := range report.Problems {
				fmt.Fprintln(t.out, "problem:", problem)
			}
			fmt.Fprintf(t.out, "restored %s as it was on %s\nthe ledger goes on as %s\n", report.Store, report.Made, report.Origin)
			if len(r.shares) > 0 {
				fmt.Fprintln(t.err, "tumend: should the lost machine turn up, its keys open this backup and what is copied of this epoch: destroy its keys folder, and turn the epoch over (tumend keys rotate)")
			}
			if report.NewAuthority {
				fmt.Fprintln(t.out, "there is a new certificate authority: members need new profiles (tumend token new)")
			}
			return nil
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().StringVar(&r.from, "from", "", "`FILE` of the backup")
	cmd.Flags().StringVar(&r.identity, "identity", "", "`FILE` of the age identity that decrypts it")
	cmd.Flags().StringArrayVar(&r.shares, "share", nil, "`FILE` of a custodian's share (repeatable)")
	cmd.Flags().StringArrayVar(&r.shareIdentities, "share-identity", nil, "`FILE` of the age identity of a custodian (repeatable)")
	cmd.Flags().BoolVar(&r.despite, "despite-damage", false, "restore it though not everything in it is in order")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// restoring is a backup on its way into a data folder.
type restoring struct {
	settings        *Settings
	from, identity  string
	shares          []string
	shareIdentities []string
	despite         bool // damage
	tell            func(string)
}

// unfinishedName is the folder, in the data folder, where a backup is unpacked and
// tried. While it is there without a store beside it, nothing else in the data
// folder counts.
const unfinishedName = ".restoring"

func (r *restoring) unfinished() string { return filepath.Join(r.settings.DataDir, unfinishedName) }

func (r *restoring) run(ctx context.Context) (*RestoreReport, error) {
	s := r.settings
	before := lookAt(s.DataDir, s.KeysDir)
	if err := privateFolder(s.DataDir); err != nil {
		return nil, err
	}
	release, err := lockFolder(s.DataDir)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := r.empty(); err != nil {
		return nil, err
	}
	report, err := r.all(ctx)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.unfinished()), before.restore())
	}
	return report, nil
}

// empty makes sure that there is nothing in the data folder but keys, and removes
// what a restoring that was broken off has left.
func (r *restoring) empty() error {
	s := r.settings
	if found, err := disk.Exists(s.store()); err != nil {
		return err
	} else if found {
		return fmt.Errorf("there is a store already: %s; a backup is restored into an empty folder; nothing was changed", s.store())
	}
	if left, err := disk.Exists(r.unfinished()); err != nil {
		return err
	} else if left {
		if err := errors.Join(os.RemoveAll(s.captures()), os.RemoveAll(r.unfinished())); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(s.DataDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if path := filepath.Join(s.DataDir, e.Name()); path != s.KeysDir {
			return fmt.Errorf("%s is in the data folder: a backup is restored into an empty one; nothing was changed", path)
		}
	}
	return nil
}

func (r *restoring) all(ctx context.Context) (*RestoreReport, error) {
	s := r.settings
	keys, err := r.keys(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(r.unfinished(), 0o700); err != nil {
		return nil, err
	}
	r.tell("unpacking " + r.from)
	manifest, _, err := readBackup(ctx, r.from, r.identity, r.unpack)
	if err != nil {
		return nil, err
	}
	if err := sameEpoch(manifest, keys); err != nil {
		return nil, err
	}
	report := &RestoreReport{Store: s.store(), Made: manifest.Made}
	if err := r.goOn(ctx, keys, manifest, report); err != nil {
		return nil, err
	}
	if report.Problems, err = r.try(ctx); err != nil {
		return nil, err
	}
	if len(manifest.Escrow) > 0 {
		if err := escrow.Join(s.KeysDir, keys, manifest.Escrow); err != nil {
			return nil, err
		}
	}
	if report.NewAuthority, err = r.authority(ctx); err != nil {
		return nil, fmt.Errorf("making the certificate authority: %w", err)
	}
	return report, r.settle()
}

// authority makes a certificate authority where there is none: the key of the former
// one is in no backup and no share.
func (r *restoring) authority(ctx context.Context) (made bool, err error) {
	found, err := disk.Exists(filepath.Join(r.settings.KeysDir, authorityCertName))
	if err != nil || found {
		return false, err
	}
	root, err := loadRoot(r.settings)
	if err != nil {
		return false, err
	}
	return true, makeAuthority(ctx, r.settings.KeysDir, root)
}

// sameEpoch says beforehand why a backup can't be opened that was made before a
// turnover: that is what erases.
func sameEpoch(m *service.BackupManifest, keys *seal.Keys) error {
	now := keys.Epoch().Status()
	if now.Turnover && m.Epoch+1 == now.Number {
		return nil // the turnover that was broken off has not destroyed the key yet
	}
	if m.Epoch != now.Number {
		return fmt.Errorf("the backup was made in epoch %d, and the keys are of epoch %d: they open no other; take a backup and keys of one epoch", m.Epoch, now.Number)
	}
	return nil
}

// keys finds the keys: in the keys folder, or, where shares are given, in these.
func (r *restoring) keys(ctx context.Context) (*seal.Keys, error) {
	s := r.settings
	if len(r.shares) == 0 {
		return findKeys(ctx, s)
	}
	if found, err := disk.Exists(filepath.Join(s.KeysDir, seal.PermanentFile)); err != nil {
		return nil, err
	} else if found {
		return nil, fmt.Errorf("there are keys in %s already; leave --share away to restore with them, or move them elsewhere; nothing was changed", s.KeysDir)
	}
	shares, err := r.openShares()
	if err != nil {
		return nil, err
	}
	restored, err := seal.Combine(shares)
	if err != nil {
		return nil, err
	}
	if err := privateFolder(s.KeysDir); err != nil {
		return nil, err
	}
	root, err := makeRoot(s)
	if err != nil {
		return nil, err
	}
	// The book was lost with the machine, and these shares still restore the keys. It
	// says so before there are any: whoever is broken off in between goes on with the
	// keys that are there, and without the shares.
	if err := escrow.Remember(s.KeysDir, shares, time.Now()); err != nil {
		return nil, err
	}
	return restored.Create(ctx, s.KeysDir, root)
}

func (r *restoring) openShares() ([]seal.Share, error) {
	var identities []age.Identity
	for _, file := range r.shareIdentities {
		parsed, err := readIdentities(file)
		if err != nil {
			return nil, err
		}
		identities = append(identities, parsed...)
	}
	var shares []seal.Share
	for _, file := range r.shares {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		share, err := seal.ParseShare(text)
		if err != nil && len(identities) > 0 {
			share, err = seal.OpenShare(text, identities...)
		}
		if err != nil {
			return nil, fmt.Errorf("the share %s: %w", file, err)
		}
		shares = append(shares, share)
	}
	return shares, nil
}

// unpack writes a file of the backup, whose name is known to be one of a backup's.
func (r *restoring) unpack(name string, content io.Reader) error {
	path := filepath.Join(r.unfinished(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// goOn begins the ledger's next origin in the unpacked store.
func (r *restoring) goOn(ctx context.Context, keys *seal.Keys, m *service.BackupManifest, report *RestoreReport) error {
	backend, err := bolt.Open(filepath.Join(r.unfinished(), storeName), bolt.Options{MustExist: true, Quota: r.settings.MaxSize})
	if err != nil {
		return fmt.Errorf("the store in the backup: %w", err)
	}
	options := records.OptionsOf(keys)
	err = records.Restore(ctx, backend, options, m.Made)
	if errors.Is(err, records.ErrDemo) {
		options.Demo = true
		err = records.Restore(ctx, backend, options, m.Made)
	}
	if errors.Is(err, records.ErrWrongKeys) {
		err = fmt.Errorf("these keys are those of another store than the backup: %w", err)
	}
	if err != nil {
		return errors.Join(err, backend.Close())
	}
	store, err := records.Open(ctx, backend, options)
	if err != nil {
		return errors.Join(err, backend.Close())
	}
	report.VerifierKeys = store.VerifierKeys()
	report.Origin = originOf(report.VerifierKeys[len(report.VerifierKeys)-1])
	return store.Close()
}

// try reads all that was unpacked, as `tumend check` does.
func (r *restoring) try(ctx context.Context) (problems []string, err error) {
	there := *r.settings
	there.DataDir = r.unfinished()
	i := &inquest{settings: &there, report: &CheckReport{Problems: []string{}}, tell: func(line string) error {
		r.tell(line)
		return nil
	}}
	if err := i.look(ctx); err != nil {
		return nil, err
	}
	found := i.report.Problems
	if n := len(found); n > 0 && !r.despite {
		return nil, fmt.Errorf("what is in the backup is not in order (%d problems, the first: %s); nothing was changed: restore an older one of the same epoch, or this one as it is, with --despite-damage", n, found[0])
	}
	return found, nil
}

// settle gives what was unpacked its place: the store last, as it is what counts.
func (r *restoring) settle() error {
	s := r.settings
	files := filepath.Join(r.unfinished(), capturesName)
	if found, err := disk.Exists(files); err != nil {
		return err
	} else if found {
		if err := syncFolders(files); err != nil {
			return err
		}
		if err := os.Rename(files, s.captures()); err != nil {
			return err
		}
	}
	if err := disk.SyncFolder(s.DataDir); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(r.unfinished(), storeName), s.store()); err != nil {
		return err
	}
	if err := disk.SyncFolder(s.DataDir); err != nil {
		return err
	}
	return os.RemoveAll(r.unfinished())
}

// syncFolders has the names in a folder and in those inside it on disk.
func syncFolders(path string) error {
	return filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = disk.SyncFolder(path)
		}
		return err
	})
}
