package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	"tumen/internal/disk"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage/bolt"
)

// First is what a new store begins with: an organisation and its first
// administrator, who may then make members.
type First struct {
	Organisation string        // handle
	DisplayName  string        // of the organisation
	Admin        string        // handle of the administrator
	ProfileOut   string        // where the administrator's profile goes
	Lifetime     time.Duration // of the administrator's token; at most 366 days
}

func (t *terminal) initCommand() *cobra.Command {
	first := First{}
	cmd := &cobra.Command{
		Use:   "init --organisation HANDLE --display-name NAME --admin HANDLE",
		Short: "Make the folders, keys, store, organisation and first administrator",
		Long: `Make the folders, keys, store, organisation and first administrator.

The administrator's token is in the profile that is written (mode 0600), and
nowhere else. Keys that are there already are used and never overwritten.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			if first.ProfileOut == "" {
				first.ProfileOut = first.Admin + ".yaml"
			}
			if err := Init(cmd.Context(), s, first, false); err != nil {
				return err
			}
			if sameDisk(s.DataDir, s.KeysDir) {
				fmt.Fprintf(t.err, "tumend: warning: the keys in %s are on the same disk as the data: whoever takes it takes both\n", s.KeysDir)
			}
			fmt.Fprintf(t.out, "made %s for %s\nthe profile of %s/%s, with the token in it: %s\n", s.store(), first.DisplayName, first.Organisation, first.Admin, first.ProfileOut)
			return nil
		}),
	}
	addFlags(cmd.Flags(), false)
	flags := cmd.Flags()
	flags.StringVar(&first.Organisation, "organisation", "", "`HANDLE` of the organisation: small letters, digits, hyphens")
	flags.StringVar(&first.DisplayName, "display-name", "", "`NAME` of the organisation to show")
	flags.StringVar(&first.Admin, "admin", "", "`HANDLE` of the first administrator")
	flags.StringVar(&first.ProfileOut, "profile-out", "", "`FILE` for the administrator's profile (default HANDLE.yaml, here)")
	flags.DurationVar(&first.Lifetime, "lifetime", 720*time.Hour, "how long the administrator's token works")
	for _, name := range []string{"organisation", "display-name", "admin"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

// Init makes what Start needs: the folders, the keys, the certificate
// authority, and a store with an organisation and its first administrator,
// whose profile it writes. It refuses a data folder that has a store already,
// and a profile that exists. The store gets its name only when all of it is
// there, so that an interrupted Init is simply repeated; one that fails leaves
// nothing behind. demo makes a
// demonstration store.
func Init(ctx context.Context, s *Settings, first First, demo bool) error {
	if err := first.check(); err != nil {
		return err
	}
	if err := checkRoomForProfile(first.ProfileOut); err != nil {
		return err
	}
	before := lookAt(s.DataDir, s.KeysDir)
	if err := privateFolder(s.DataDir); err != nil {
		return err
	}
	release, err := lockFolder(s.DataDir)
	if err != nil {
		return err
	}
	defer release()
	if found, err := disk.Exists(s.store()); err != nil {
		return err
	} else if found {
		return fmt.Errorf("there is a store already: %s; nothing was changed", s.store())
	}
	if err := makeAll(ctx, s, first, demo); err != nil {
		return errors.Join(err, before.restore())
	}
	return nil
}

func makeAll(ctx context.Context, s *Settings, first First, demo bool) error {
	// Only now: beside a store that is there, no keys are ever made.
	if err := privateFolder(s.KeysDir); err != nil {
		return err
	}
	if err := makeKeys(ctx, s); err != nil {
		return err
	}
	root, err := loadRoot(s)
	if err != nil {
		return err
	}
	if err := makeAuthority(ctx, s.KeysDir, root); err != nil {
		return fmt.Errorf("making the certificate authority: %w", err)
	}
	return makeStore(ctx, s, first, demo)
}

// handle is what a handle may be, as in the contract.
var handle = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}$`)

// check finds out what the store would refuse, before anything is made.
func (f *First) check() error {
	for _, h := range []string{f.Organisation, f.Admin} {
		if !handle.MatchString(h) {
			return fmt.Errorf("%q is no handle: up to 39 small letters, digits and hyphens, the first no hyphen", h)
		}
	}
	if f.DisplayName == "" || utf8.RuneCountInString(f.DisplayName) > 200 {
		return errors.New("the display name has from 1 to 200 characters")
	}
	if f.Lifetime <= 0 || f.Lifetime > 366*24*time.Hour {
		return errors.New("the token's lifetime is above 0 and at most 366 days (8784h)")
	}
	return nil
}

// lockFolder keeps a second Init from the same folder at the same time.
func lockFolder(path string) (release func(), err error) {
	folder, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is being initialised by another process: %w", path, err), folder.Close())
	}
	return func() { folder.Close() }, nil
}

// makeStore makes the store under another name, and gives it its own when the
// administrator is in it.
func makeStore(ctx context.Context, s *Settings, first First, demo bool) error {
	keys, err := loadKeys(ctx, s)
	if err != nil {
		return err
	}
	authority, err := s.authority(ctx)
	if err != nil {
		return err
	}
	unfinished := filepath.Join(s.DataDir, "."+storeName+".init")
	if err := os.RemoveAll(unfinished); err != nil { // of an interrupted Init: we hold the lock
		return err
	}
	backend, err := bolt.Open(unfinished, bolt.Options{Quota: s.MaxSize})
	if err != nil {
		return err
	}
	o, err := openOn(ctx, backend, keys, s, opening{demo: demo, log: quiet(), metrics: prometheus.NewRegistry()})
	if err != nil {
		return err
	}
	var token string
	err = onOpened(o, func(admin tumenv1.AdminServiceClient) error {
		token, err = makeFirst(ctx, admin, first)
		return err
	})
	if err := errors.Join(err, o.close()); err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	profile, err := (&client.Profile{
		Address: s.Address, Token: token, CA: string(authority.pem), Organisation: first.Organisation, Member: first.Admin, Demo: demo,
	}).Encode()
	if err != nil {
		return err
	}
	if err := writeNew(first.ProfileOut, profile); err != nil {
		return fmt.Errorf("writing the profile: %w", err)
	}
	if err := os.Rename(unfinished, s.store()); err != nil { // only Init makes a store, under the lock
		return errors.Join(err, os.Remove(first.ProfileOut))
	}
	if err := disk.SyncFolder(s.DataDir); err != nil {
		return errors.Join(err, os.Remove(first.ProfileOut))
	}
	return nil
}

// makeFirst makes the organisation, its administrator, and a token.
func makeFirst(ctx context.Context, admin tumenv1.AdminServiceClient, first First) (token string, err error) {
	_, err = admin.CreateOrganisation(ctx, &tumenv1.CreateOrganisationRequest{
		Organisation: &tumenv1.Organisation{Handle: first.Organisation, DisplayName: first.DisplayName},
	})
	if err != nil {
		return "", err
	}
	_, err = admin.CreateMember(ctx, &tumenv1.CreateMemberRequest{
		Organisation: first.Organisation,
		Member:       &tumenv1.Member{Handle: first.Admin, Roles: []tumenv1.Role{tumenv1.Role_ROLE_ADMINISTRATOR}},
	})
	if err != nil {
		return "", err
	}
	made, err := admin.CreateToken(ctx, &tumenv1.CreateTokenRequest{
		Organisation: first.Organisation, Member: first.Admin, Lifetime: durationpb.New(first.Lifetime),
	})
	return made.GetToken(), err
}
