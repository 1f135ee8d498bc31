package service

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/passphrase"
	"tumen/service/records"
)

// confirmWithin is how long a new passphrase waits for its first code.
const confirmWithin = 15 * time.Minute

// signInKey is by what the passphrase of a name is found.
func (s *Server) signInKey(organisation, name string) []byte {
	return s.records.CredentialKey("sign in", organisation, name)
}

// organisationOf is the organisation in the name of a member.
func organisationOf(member string) string {
	at := strings.Index(member, "/members/")
	return member[:max(at, 0)]
}

// SetPassphrase implements tumenv1.CredentialServiceServer.
func (s credentialing) SetPassphrase(ctx context.Context, req *tumenv1.SetPassphraseRequest) (*tumenv1.SetPassphraseResponse, error) {
	member, organisation, err := s.selfOf(ctx)
	if err != nil {
		return nil, err
	}
	verifier, err := s.newVerifier(ctx, "passphrase", req.GetPassphrase(), member, organisation, req.GetSignInName())
	if err != nil {
		return nil, err
	}
	secret, uri, err := passphrase.NewDevice("Tumen "+organisation.GetHandle(), req.GetSignInName())
	if err != nil {
		return nil, err
	}
	key := s.signInKey(organisation.GetHandle(), req.GetSignInName())
	out := &tumenv1.SetPassphraseResponse{DeviceUri: uri}
	_, err = s.change(ctx, unrepeated{req}, func(c *change) error {
		if err := c.fresh(); err != nil {
			return err
		}
		if own, err := ownPassphrase(&c.View, c.reader); err != nil {
			return err
		} else if own.GetSignIn().GetConfirmTime() != nil {
			return fault.New(fault.Exists, "PASSPHRASE_SET", "you have a passphrase already: change it, or remove it first")
		} else if own != nil {
			c.DropCredential(own) // it was never confirmed
		}
		if taken, err := c.Credential(key); err != nil {
			return err
		} else if taken != nil && taken.GetMember() != c.reader.Member && !lapsed(taken, c.Now()) {
			return fault.New(fault.Exists, "SIGN_IN_NAME_TAKEN", "a colleague signs in with this name; choose another")
		}
		local, err := c.breakGlass()
		if err != nil {
			return err
		}
		until := timestamppb.New(c.Now().Add(confirmWithin))
		out.ConfirmUntil = until
		return c.PutCredential(&tumenv1.Credential{
			TokenHash: key, Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_PASSPHRASE, Member: c.reader.Member, Scope: c.reader.Roles,
			CreateTime: timestamppb.New(c.Now()), ExpireTime: until, Label: req.GetSignInName(), BreakGlass: local, ObtainedBy: c.obtainedBy(),
			SignIn: &tumenv1.SignIn{Name: req.GetSignInName(), Verifier: verifier, DeviceSecret: secret},
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// lapsed says whether somebody else may take the name of a passphrase.
func lapsed(cred *tumenv1.Credential, now time.Time) bool {
	return cred.GetRevokeTime() != nil || cred.GetSignIn().GetConfirmTime() == nil && !now.Before(cred.GetExpireTime().AsTime())
}

// newVerifier hashes a new passphrase that is worth it.
func (s *Server) newVerifier(ctx context.Context, field, given string, member *tumenv1.Member, organisation *tumenv1.Organisation, name string) ([]byte, error) {
	known := append(strings.Fields(member.GetDisplayName()+" "+organisation.GetDisplayName()), member.GetHandle(), organisation.GetHandle(), name)
	if weak := passphrase.Weak(given, known...); weak != "" {
		return nil, fault.Field(field, "PASSPHRASE_WEAK", "%s: choose one of several unrelated words", weak)
	}
	verifier, err := s.hasher.Verifier(ctx, given)
	if errors.Is(err, passphrase.ErrBusy) {
		return nil, fault.New(fault.Unavailable, "SERVER_BUSY", "too many people are signing in; try again in a moment")
	}
	return verifier, err
}

// selfOf are the member and the organisation who call.
func (s *Server) selfOf(ctx context.Context) (member *tumenv1.Member, organisation *tumenv1.Organisation, err error) {
	r := readerOf(ctx)
	err = s.records.View(ctx, func(v *records.View) (err error) {
		if member, err = records.Get[*tumenv1.Member](v, r.Member); err == nil {
			organisation, err = records.Get[*tumenv1.Organisation](v, r.Organisation)
		}
		return err
	})
	return member, organisation, err
}

// ownPassphrase is the passphrase of a member, confirmed or not; nil if there is none.
func ownPassphrase(v *records.View, r access.Reader) (*tumenv1.Credential, error) {
	mine, err := ownCredentials(v, r)
	at := slices.IndexFunc(mine, func(cred *tumenv1.Credential) bool { return cred.GetSignIn() != nil && cred.GetRevokeTime() == nil })
	if err != nil || at < 0 {
		return nil, err
	}
	return mine[at], nil
}

var errNoPassphrase = fault.New(fault.Refused, "NO_PASSPHRASE", "you have no passphrase; set one first")

// ConfirmPassphrase implements tumenv1.CredentialServiceServer.
func (s credentialing) ConfirmPassphrase(ctx context.Context, req *tumenv1.ConfirmPassphraseRequest) (*tumenv1.ConfirmPassphraseResponse, error) {
	out := new(tumenv1.ConfirmPassphraseResponse)
	_, err := s.change(ctx, unrepeated{req}, func(c *change) error {
		cred, err := ownPassphrase(&c.View, c.reader)
		switch {
		case err != nil:
			return err
		case cred == nil || lapsed(cred, c.Now()):
			return errNoPassphrase
		case cred.GetSignIn().GetConfirmTime() != nil:
			return fault.New(fault.Refused, "PASSPHRASE_CONFIRMED", "your passphrase is confirmed already")
		}
		step, ok := passphrase.Step(cred.GetSignIn().GetDeviceSecret(), req.GetCode(), c.Now(), 0)
		if !ok {
			return fault.Field("code", "CODE_WRONG", "is not what the device shows now; see that its clock is right")
		}
		cred.SignIn.LastStep, cred.SignIn.ConfirmTime, cred.ExpireTime = step, timestamppb.New(c.Now()), nil
		out.Credential = summary(c.reader, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ChangePassphrase implements tumenv1.CredentialServiceServer.
func (s credentialing) ChangePassphrase(ctx context.Context, req *tumenv1.ChangePassphraseRequest) (*tumenv1.ChangePassphraseResponse, error) {
	member, organisation, err := s.selfOf(ctx)
	if err != nil {
		return nil, err
	}
	var own *tumenv1.Credential
	err = s.records.View(ctx, func(v *records.View) (err error) {
		own, err = ownPassphrase(v, readerOf(ctx))
		return err
	})
	if err == nil && own == nil {
		err = errNoPassphrase
	}
	if err != nil {
		return nil, err
	}
	proved, err := s.proved(ctx, own.GetTokenHash(), req.GetPassphrase(), req.GetCode())
	if err != nil {
		return nil, err
	}
	verifier, err := s.newVerifier(ctx, "new_passphrase", req.GetNewPassphrase(), member, organisation, own.GetSignIn().GetName())
	if err != nil {
		return nil, err
	}
	out := new(tumenv1.ChangePassphraseResponse)
	_, err = s.change(ctx, unrepeated{req}, func(c *change) error {
		cred, err := useCode(c.Tx, proved, req.GetCode())
		if err != nil {
			return err
		}
		mine, err := ownCredentials(&c.View, c.reader)
		if err != nil {
			return err
		}
		if err := c.endSessions(mine); err != nil {
			return err
		}
		cred.SignIn.Verifier = verifier
		out.Credential = summary(c.reader, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	s.attempts.forget(own.GetTokenHash())
	return out, nil
}

// RemovePassphrase implements tumenv1.CredentialServiceServer.
func (s credentialing) RemovePassphrase(ctx context.Context, req *tumenv1.RemovePassphraseRequest) (*tumenv1.RemovePassphraseResponse, error) {
	out := new(tumenv1.RemovePassphraseResponse)
	_, err := s.change(ctx, unrepeated{req}, func(c *change) error {
		own, err := ownPassphrase(&c.View, c.reader)
		if err == nil && own == nil {
			err = errNoPassphrase
		}
		if err != nil {
			return err
		}
		mine, err := ownCredentials(&c.View, c.reader)
		if err == nil {
			_, out.WentAlong, err = c.revoke(mine, &tumenv1.RevokeCredentialRequest{Name: credentialName(own)})
		}
		return err
	})
	return out, err
}

// ClearSignInDelay implements tumenv1.CredentialServiceServer.
func (s credentialing) ClearSignInDelay(ctx context.Context, _ *tumenv1.ClearSignInDelayRequest) (*tumenv1.ClearSignInDelayResponse, error) {
	err := s.records.View(ctx, func(v *records.View) error {
		own, err := ownPassphrase(v, readerOf(ctx))
		if err == nil && own == nil {
			err = errNoPassphrase
		}
		if err == nil {
			s.attempts.forget(own.GetTokenHash())
		}
		return err
	})
	return new(tumenv1.ClearSignInDelayResponse), err
}
