package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// Enrolment is a member who is to have a profile.
type Enrolment struct {
	Organisation string // handle; its name to show is made from it where it is new
	Member       string // handle, and the name of the profile
	Roles        []tumenv1.Role
}

// Enrol sees to it that members exist and that each has a fresh token, good for
// lifetime, in a profile FOLDER/MEMBER.yaml (mode 0600), which it replaces. The
// members' earlier tokens are revoked. It is for demonstrations and tests: with
// it, one process holds everybody's credentials.
func (s *Server) Enrol(ctx context.Context, folder string, lifetime time.Duration, members ...Enrolment) error {
	return overSocket(s.settings.AdminSocket, func(admin tumenv1.AdminServiceClient) error {
		var organisations []string
		for _, e := range members {
			if !slices.Contains(organisations, e.Organisation) {
				organisations = append(organisations, e.Organisation)
				if err := s.organisation(ctx, admin, e.Organisation); err != nil {
					return fmt.Errorf("organisation %s: %w", e.Organisation, inWords(err))
				}
			}
			if err := s.enrol(ctx, admin, folder, lifetime, e); err != nil {
				return fmt.Errorf("member %s: %w", e.Member, inWords(err))
			}
		}
		return nil
	})
}

func (s *Server) organisation(ctx context.Context, admin tumenv1.AdminServiceClient, handle string) error {
	_, err := admin.CreateOrganisation(ctx, &tumenv1.CreateOrganisationRequest{
		Organisation: &tumenv1.Organisation{Handle: handle, DisplayName: handle},
	})
	return unlessThere(err)
}

func (s *Server) enrol(ctx context.Context, admin tumenv1.AdminServiceClient, folder string, lifetime time.Duration, e Enrolment) error {
	_, err := admin.CreateMember(ctx, &tumenv1.CreateMemberRequest{
		Organisation: e.Organisation, Member: &tumenv1.Member{Handle: e.Member, Roles: e.Roles},
	})
	if err := unlessThere(err); err != nil {
		return err
	}
	if _, err := admin.RevokeTokens(ctx, &tumenv1.RevokeTokensRequest{Organisation: e.Organisation, Member: e.Member}); err != nil {
		return err
	}
	made, err := admin.CreateToken(ctx, &tumenv1.CreateTokenRequest{
		Organisation: e.Organisation, Member: e.Member, Lifetime: durationpb.New(lifetime),
	})
	if err != nil {
		return err
	}
	profile, err := (&client.Profile{
		Address: s.Address(), Token: made.GetToken(), CA: s.CA(),
		Organisation: e.Organisation, Member: e.Member, Demo: s.opened.records.Demo(),
	}).Encode()
	if err != nil {
		return err
	}
	return replace(filepath.Join(folder, e.Member+".yaml"), profile)
}

// unlessThere takes that something is there already for success.
func unlessThere(err error) error {
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}
