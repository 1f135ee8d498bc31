package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func (t *terminal) tokenCommand() *cobra.Command {
	return group("token", "Tokens, with which members call the server", t.tokenNewCommand(), t.tokenRevokeCommand())
}

// newToken is a token to make, and where it goes.
type newToken struct {
	organisation, member string // handles
	lifetime             time.Duration
	profileOut           string // file for a whole profile; empty: none
	address              string // host:port for the profile; empty: what the server says
}

func (t *terminal) tokenNewCommand() *cobra.Command {
	var n newToken
	cmd := &cobra.Command{
		Use:   "new ORGANISATION HANDLE",
		Short: "Make a token for a member, shown once",
		Long: `Make a token for a member, shown once. But for the first of a server, it is marked as
break-glass, and every administrator sees it: members enrol themselves (tumen enrol).

A profile has the address and the authority of the server that runs, whatever
the settings here are; --address goes before it.`,
		Args: cobra.ExactArgs(2),
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, args []string) error {
			n.organisation, n.member = args[0], args[1]
			if cmd.Flags().Changed("address") {
				n.address = s.Address
			}
			made, err := n.make(cmd.Context(), s)
			if err != nil {
				return err
			}
			if n.profileOut == "" {
				fmt.Fprintln(t.out, made.GetToken())
			} else {
				fmt.Fprintf(t.out, "the profile of %s/%s, with the token in it: %s\n", n.organisation, n.member, n.profileOut)
			}
			fmt.Fprintf(t.err, "it works until %s\n", made.GetExpireTime().AsTime().UTC().Format(minutes))
			return nil
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().DurationVar(&n.lifetime, "lifetime", 720*time.Hour, "how long it works; at most 366 days")
	cmd.Flags().StringVar(&n.profileOut, "profile-out", "", "write a whole profile to `FILE` (mode 0600), instead of the token to standard output")
	return cmd
}

// make makes the token and, if asked for, a profile with it. What would keep
// the profile from being written is found out before the token is made.
func (n *newToken) make(ctx context.Context, s *Settings) (*tumenv1.CreateTokenResponse, error) {
	if n.profileOut != "" {
		if err := checkRoomForProfile(n.profileOut); err != nil {
			return nil, err
		}
	}
	var profile *client.Profile
	var made *tumenv1.CreateTokenResponse
	err := administer(ctx, s, func(admin tumenv1.AdminServiceClient) error {
		var err error
		if n.profileOut != "" {
			if profile, err = n.profile(ctx, s, admin); err != nil {
				return err
			}
		}
		made, err = admin.CreateToken(ctx, &tumenv1.CreateTokenRequest{Organisation: n.organisation, Member: n.member, Lifetime: durationpb.New(n.lifetime)})
		return err
	})
	if err != nil || profile == nil {
		return made, err
	}
	profile.Token = made.GetToken()
	encoded, err := profile.Encode()
	if err == nil {
		err = writeNew(n.profileOut, encoded)
	}
	if err != nil {
		return nil, fmt.Errorf("a token was made, but its profile can't be written (`tumend token revoke %s %s` takes it back): %w", n.organisation, n.member, err)
	}
	return made, nil
}

// profile is the profile without its token: how to reach the server that runs,
// or, where none does, the one that these settings would start.
func (n *newToken) profile(ctx context.Context, s *Settings, admin tumenv1.AdminServiceClient) (*client.Profile, error) {
	told, err := admin.DescribeServer(ctx, &tumenv1.DescribeServerRequest{})
	if err != nil {
		return nil, err
	}
	p := &client.Profile{Address: told.GetAddress(), CA: told.GetCertificateAuthority(), Demo: told.GetDemo(), Organisation: n.organisation, Member: n.member}
	switch {
	case p.Address == "":
		ca, err := readSecret(filepath.Join(s.KeysDir, "ca.crt"))
		if err != nil {
			return nil, fmt.Errorf("the server's certificate authority, for the profile: %w", err)
		}
		p.Address, p.CA = s.Address, string(ca)
	case p.CA == "":
		return nil, errors.New("the server takes calls without TLS, and a profile is for TLS: leave --profile-out away, and the token is printed")
	}
	if n.address != "" {
		p.Address = n.address
	}
	return p, nil
}

func (t *terminal) tokenRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke ORGANISATION HANDLE",
		Short: "Revoke all tokens of a member, at once",
		Args:  cobra.ExactArgs(2),
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, args []string) error {
			return administer(cmd.Context(), s, func(admin tumenv1.AdminServiceClient) error {
				done, err := admin.RevokeTokens(cmd.Context(), &tumenv1.RevokeTokensRequest{Organisation: args[0], Member: args[1]})
				if err == nil {
					fmt.Fprintf(t.out, "revoked: %d\n", done.GetRevoked())
				}
				return err
			})
		}),
	}
	addFlags(cmd.Flags(), false)
	return cmd
}
