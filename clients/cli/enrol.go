package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) enrolCommand() *cobra.Command {
	var invitation, out, label string
	var lifetime time.Duration
	code := &secretValue{}
	cmd := &cobra.Command{
		Use:   "enrol --invitation FILE",
		Short: "Make your own credential, with the code that an administrator gave you",
		Long: `Make your own credential, with the code and the file that an administrator of your
organisation gave you (tumen member add). It stands in the profile that is written, for
your eyes only, and nobody else ever has it.

The code is asked for, or read from standard input; or give --code @FILE. It works once.

What is printed of your token is its name, not the token: an administrator asks you for
it, before you can do anything.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			if invitation == "" {
				return usagef("which server? --invitation FILE says; an administrator of your organisation gives you the file")
			}
			profile, err := client.LoadInvitation(invitation)
			if err != nil {
				return err
			}
			given, err := s.enrolmentCode(cmd.Context(), code)
			if err != nil {
				return err
			}
			return s.enrol(cmd.Context(), profile, out, &tumenv1.EnrolRequest{Code: given, Label: label, Lifetime: durationpb.New(lifetime)})
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&invitation, "invitation", "", "`FILE` that says how the server is reached")
	flags.Var(code, "code", "the code")
	flags.StringVar(&out, "profile-out", "", "new `FILE` for your profile (default HANDLE.yaml, here)")
	flags.StringVar(&label, "label", "", "what the token is for, in your `WORDS`")
	flags.DurationVar(&lifetime, "lifetime", 30*24*time.Hour, "how long the token works, such as 8h; at most 90 days")
	return cmd
}

// enrolmentCode reads the code, without showing it.
func (s *session) enrolmentCode(ctx context.Context, given *secretValue) (string, error) {
	if len(given.values) > 0 {
		text, err := s.sensitive(ctx, "code", given.values[0])
		return strings.TrimSpace(text), err
	}
	return s.ask("Code", true)
}

// enrol makes the token and writes the profile with it.
func (s *session) enrol(ctx context.Context, profile *client.Profile, out string, request *tumenv1.EnrolRequest) error {
	if err := s.dial(ctx, profile, client.Unknown()); err != nil {
		return err
	}
	file, err := os.OpenFile(firstOf(out, profile.Member+".yaml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // before there is a token that it has to hold
	if err != nil {
		return err
	}
	reply, err := s.conn.Access.Enrol(ctx, request)
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	profile.Organisation, profile.Member = reply.GetOrganisation().GetHandle(), reply.GetMember().GetHandle()
	if err := s.saveProfile(file, reply.GetSecret()); err != nil {
		return fmt.Errorf("%w; the token is lost: ask for another code", err)
	}
	if s.json {
		reply.Secret = ""
		return s.out.document(reply)
	}
	s.out.line("%s: you are %s of %s, until %s", visible(file.Name()), visible(memberLabel(reply.GetMember())), visible(reply.GetOrganisation().GetDisplayName()), minute(reply.GetToken().GetExpireTime().AsTime(), true))
	s.out.line("Your token is called %s", reply.GetToken().GetName())
	s.out.line("An administrator asks you for that. Until they have confirmed that it was you who")
	s.out.line("enrolled, you can do nothing.")
	return nil
}
