package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/passphrase"
	"tumen/service/records"
)

const (
	// maxSession is how long somebody is signed in at most, and maxIdle how long without
	// a call.
	maxSession = 12 * time.Hour
	maxIdle    = 30 * time.Minute
	// freshSession is how long after signing in a session may ask for what outlives it.
	freshSession = 15 * time.Minute
	// keptSession is how long sessions that have ended are still listed.
	keptSession = 30 * 24 * time.Hour
)

// errSignIn is the one answer to who doesn't prove who they are, whatever was wrong.
var errSignIn = fault.New(fault.Unauthenticated, "SIGN_IN_REFUSED", "the name, the passphrase or the code is not right, or the code was used before")

// SignIn implements tumenv1.CredentialServiceServer.
func (s credentialing) SignIn(ctx context.Context, req *tumenv1.SignInRequest) (*tumenv1.SignInResponse, error) {
	key := s.signInKey(req.GetOrganisation(), req.GetSignInName())
	proved, err := s.proved(ctx, key, req.GetPassphrase(), req.GetCode())
	if err != nil {
		return nil, err
	}
	out := new(tumenv1.SignInResponse)
	author := records.Author{Member: proved.GetMember(), Organisation: organisationOf(proved.GetMember()), Method: "CredentialService/SignIn"}
	_, err = s.records.Change(ctx, author, func(tx *records.Tx) error {
		cred, err := useCode(tx, proved, req.GetCode())
		if err != nil {
			return err
		}
		member, err := records.Get[*tumenv1.Member](&tx.View, cred.GetMember())
		switch {
		case isMissing(err), err == nil && member.GetDeleteTime() != nil:
			return errSignIn
		case err != nil:
			return err
		}
		if barred := letIn(member); barred != nil {
			return barred
		}
		lifetime := maxSession
		if asked := req.GetLifetime(); asked != nil {
			lifetime = min(lifetime, asked.AsDuration())
		}
		secret, session, err := credential(tx, cred.GetMember(), lifetime)
		if err != nil {
			return err
		}
		session.Kind, session.Scope, session.Label = tumenv1.CredentialKind_CREDENTIAL_KIND_SESSION, cred.GetScope(), req.GetLabel()
		session.BreakGlass = cred.GetBreakGlass()
		// By what the passphrase was set, too: its name may be given to another one.
		session.ObtainedBy = append([][]byte{cred.GetTokenHash()}, cred.GetObtainedBy()...)
		if err := roomForSession(tx, cred.GetMember()); err != nil {
			return err
		}
		out.Secret, out.Credential = secret, summary(readerOf(ctx), session)
		return tx.PutCredential(session)
	})
	if err != nil {
		return nil, err
	}
	s.attempts.forget(key)
	return out, nil
}

// proved is the passphrase of a name, if it and a code of its device are given. To
// whoever guesses, a name that there is not is like one that there is: the same answer
// after the same work.
func (s *Server) proved(ctx context.Context, key []byte, given, code string) (*tumenv1.Credential, error) {
	if wait := s.attempts.begin(string(key), s.records.Now()); wait > 0 {
		return nil, fault.New(fault.TooLarge, "SIGN_IN_DELAYED", "too many attempts with this name have failed; wait %s, or, with a credential of yours that works, have the delay cleared (tumen passphrase clear-delay)", wait.Round(time.Second))
	}
	var cred *tumenv1.Credential
	err := s.records.View(ctx, func(v *records.View) (err error) {
		cred, err = v.Credential(key)
		return err
	})
	if err != nil {
		return nil, err
	}
	usable := cred.GetSignIn().GetConfirmTime() != nil && cred.GetRevokeTime() == nil
	var verifier []byte
	if usable {
		verifier = cred.GetSignIn().GetVerifier()
	}
	matches, err := s.hasher.Matches(ctx, given, verifier)
	if err != nil {
		s.attempts.undo(string(key))
	}
	if errors.Is(err, passphrase.ErrBusy) {
		return nil, fault.New(fault.Unavailable, "SERVER_BUSY", "too many people are signing in; try again in a moment")
	}
	if err != nil {
		return nil, err
	}
	// The code is looked at in either case, and both are asked for together.
	_, fits := passphrase.Step(cred.GetSignIn().GetDeviceSecret(), code, s.records.Now(), cred.GetSignIn().GetLastStep())
	if !matches || !fits || !usable {
		return nil, errSignIn
	}
	return cred, nil
}

// useCode takes the code of a passphrase that was proved, in the change that rests on it:
// of two calls with one code, the second is refused.
func useCode(tx *records.Tx, proved *tumenv1.Credential, code string) (*tumenv1.Credential, error) {
	cred, err := tx.Credential(proved.GetTokenHash())
	if err != nil {
		return nil, err
	}
	in := cred.GetSignIn()
	if cred.GetMember() != proved.GetMember() || cred.GetRevokeTime() != nil || in.GetConfirmTime() == nil || !slices.Equal(in.GetVerifier(), proved.GetSignIn().GetVerifier()) {
		return nil, errSignIn
	}
	step, ok := passphrase.Step(in.GetDeviceSecret(), code, tx.Now(), in.GetLastStep())
	if !ok {
		return nil, errSignIn
	}
	in.LastStep = step
	cred.LastUseTime = timestamppb.New(dayOf(tx.Now()))
	return cred, tx.PutCredential(cred)
}

// roomForSession drops a member's sessions that ended long ago and by which nothing was
// obtained, and ends their oldest where they have too many.
func roomForSession(tx *records.Tx, member string) error {
	var working, old []*tumenv1.Credential
	gave := map[string]bool{}
	for cred, err := range tx.Credentials() {
		if err != nil {
			return err
		}
		if cred.GetMember() != member {
			continue
		}
		for _, by := range cred.GetObtainedBy() {
			gave[string(by)] = true
		}
		switch {
		case !isSession(cred):
		case works(cred, tx.Now()):
			working = append(working, cred)
		case tx.Now().After(cred.GetExpireTime().AsTime().Add(keptSession)):
			old = append(old, cred)
		}
	}
	for _, cred := range old {
		if !gave[string(cred.GetTokenHash())] {
			tx.DropCredential(cred)
		}
	}
	if len(working) < maxCredentials {
		return nil
	}
	oldest := slices.MinFunc(working, func(a, b *tumenv1.Credential) int {
		return a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime())
	})
	return end(tx, oldest)
}

// endSessions ends the sessions among a member's credentials, but for that of the call.
func (c *change) endSessions(mine []*tumenv1.Credential) error {
	for _, cred := range mine {
		if !isSession(cred) || cred.GetRevokeTime() != nil || slices.Contains(c.reader.Credentials, string(cred.GetTokenHash())) {
			continue
		}
		if err := end(c.Tx, cred); err != nil {
			return err
		}
	}
	return nil
}

// fresh refuses what outlives a session to a session that was left open: whoever comes
// across one must not stay.
func (c *change) fresh() error {
	for _, key := range c.reader.Credentials {
		cred, err := c.Credential([]byte(key))
		if err != nil {
			return err
		}
		if cred.GetKind() == tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY {
			return fault.New(fault.Denied, "IDENTITY_LASTS_NO_LONGER", "what the issuer answers for ends when the issuer says so: ask for what outlives it with a token, a certificate or a passphrase")
		}
		if isSession(cred) && c.Now().After(cred.GetCreateTime().AsTime().Add(freshSession)) {
			return fault.New(fault.Denied, "SESSION_NOT_FRESH", "you signed in more than a quarter of an hour ago: sign in again to ask for what outlives the session")
		}
	}
	return nil
}
