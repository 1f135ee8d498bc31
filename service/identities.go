package service

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/issuer"
	"tumen/service/records"
)

var errNotLinked = fault.New(fault.Unauthenticated, "IDENTITY_UNKNOWN", "this ID token counts for nobody here: it is not of this server's issuer, has ended, or is linked with no member")

var errNotConfirmed = fault.New(fault.Unauthenticated, "ISSUER_NOT_CONFIRMED", "the issuer of ID tokens is not in use in your organisation until an administrator of it has confirmed it (tumen issuer confirm)")

// identified says whom an ID token speaks for: the member who has linked its subject.
func (s *Server) identified(ctx context.Context, token string) (access.Reader, error) {
	who, key, err := s.verified(ctx, token)
	if err != nil {
		return access.Reader{}, err
	}
	reader, err := s.admitted(ctx, key)
	if fault.Of(err) == errUnknownCaller {
		return access.Reader{}, errNotLinked
	}
	if err != nil {
		return reader, err
	}
	if err := s.records.View(ctx, func(v *records.View) error { return s.issuerConfirmed(v, reader.Organisation) }); err != nil {
		return access.Reader{}, err
	}
	if !who.SecondFactor && slices.ContainsFunc(reader.Roles, needsTwoFactors) {
		return access.Reader{}, fault.New(fault.Unauthenticated, "SECOND_FACTOR_MISSING", "reviewers and administrators have to prove who they are in two ways, and this ID token doesn't tell of a second one: sign in at the issuer with one, and call with that token")
	}
	reader.Until = who.Expiry
	return reader, nil
}

// needsTwoFactors says whether a role can do so much that one proof is too little.
func needsTwoFactors(role tumenv1.Role) bool {
	return role == tumenv1.Role_ROLE_REVIEWER || role == tumenv1.Role_ROLE_ADMINISTRATOR
}

// verified says whom an ID token of the server's issuer speaks of, and by what a link with
// them is found. Why it doesn't count is for the log.
func (s *Server) verified(ctx context.Context, token string) (issuer.Identity, []byte, error) {
	from := s.issuer.Load()
	if from == nil {
		return issuer.Identity{}, nil, errNotLinked
	}
	who, err := from.Verify(ctx, token)
	switch {
	case errors.Is(err, issuer.ErrNoKeys):
		return who, nil, fault.New(fault.Unavailable, "ISSUER_UNREACHED", "the issuer of ID tokens has not answered this server yet; try again later, or call with a token or a certificate")
	case err != nil:
		s.logger.Info("an ID token was refused", "reason", err)
		return who, nil, errNotLinked
	}
	return who, s.records.CredentialKey("identity", from.Settings().URL, who.Subject), nil
}

// LinkIdentity implements tumenv1.CredentialServiceServer. Members link themselves: so
// whoever is linked has proved to be both.
func (s credentialing) LinkIdentity(ctx context.Context, req *tumenv1.LinkIdentityRequest) (*tumenv1.LinkIdentityResponse, error) {
	if s.issuer.Load() == nil {
		return nil, errNoIssuer
	}
	_, key, err := s.verified(ctx, req.GetIdToken())
	if fault.Of(err) == errNotLinked {
		err = fault.Field("id_token", "ID_TOKEN_REFUSED", "is no ID token that this server takes: not of its issuer, not for it, or not now")
	}
	if err != nil {
		return nil, err
	}
	out := new(tumenv1.LinkIdentityResponse)
	_, err = s.change(ctx, unrepeated{req}, func(c *change) error {
		if err := s.issuerConfirmed(&c.View, c.reader.Organisation); err != nil {
			return err
		}
		scope, err := c.scopeOfNew(nil, tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY)
		if err != nil {
			return err
		}
		if linked, err := c.Credential(key); err != nil {
			return err
		} else if linked != nil && linked.GetRevokeTime() == nil {
			return fault.New(fault.Exists, "IDENTITY_LINKED", "this identity is linked with a member already")
		}
		local, err := c.breakGlass()
		if err != nil {
			return err
		}
		cred := &tumenv1.Credential{
			TokenHash: key, Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY, Member: c.reader.Member, Scope: scope,
			CreateTime: timestamppb.New(c.Now()), Label: req.GetLabel(), BreakGlass: local, ObtainedBy: c.obtainedBy(),
		}
		out.Credential = summary(c.reader, cred)
		return c.PutCredential(cred)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// issuerKind is what the ledger's entries about the issuer of ID tokens are of.
const issuerKind = "issuer"

// issuerStatement is what the ledger commits to about the issuer: JSON with its members
// in this order and no white space.
type issuerStatement struct {
	V            int      `json:"v"`   // 1
	Act          string   `json:"act"` // stated, removed, confirmed
	Issuer       string   `json:"issuer,omitempty"`
	Audiences    []string `json:"audiences,omitempty"`
	Fingerprint  string   `json:"fingerprint"`
	Organisation string   `json:"organisation,omitempty"` // for which it was confirmed
}

func tellIssuer(tx *records.Tx, act string, from *issuer.Issuer, fingerprint, organisation string) error {
	st := issuerStatement{V: 1, Act: act, Fingerprint: fingerprint, Organisation: organisation}
	if from != nil {
		st.Issuer, st.Audiences = from.Settings().URL, from.Settings().Audiences
	}
	content, err := json.Marshal(st)
	if err == nil {
		_, err = tx.State(issuerKind, content)
	}
	return err
}

// UseIssuer has the server take the ID tokens of the issuer that its operator has set,
// nil for none, wherever an administrator has confirmed it. Each change of it is noted in
// the ledger, and what was confirmed before counts no more.
func (s *Server) UseIssuer(ctx context.Context, from *issuer.Issuer) error {
	if err := s.stateIssuer(ctx, from); err != nil {
		return err
	}
	s.issuer.Store(from)
	if from != nil {
		s.work.Go(func() { from.Run(s.life) })
	}
	return nil
}

func (s *Server) stateIssuer(ctx context.Context, from *issuer.Issuer) error {
	fingerprint := ""
	if from != nil {
		fingerprint = from.Settings().Fingerprint()
	}
	key := s.records.CredentialKey("issuer")
	_, err := s.records.Change(ctx, records.Author{Method: "server"}, func(tx *records.Tx) error {
		stated, err := tx.Credential(key)
		switch {
		case err != nil, stated == nil && from == nil, stated != nil && stated.GetLabel() == fingerprint:
			return err
		case from == nil:
			tx.DropCredential(stated)
			return tellIssuer(tx, "removed", nil, stated.GetLabel(), "")
		}
		if err := tellIssuer(tx, "stated", from, fingerprint, ""); err != nil {
			return err
		}
		return tx.PutCredential(&tumenv1.Credential{TokenHash: key, Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_ISSUER, Label: fingerprint, CreateTime: timestamppb.New(tx.Now())})
	})
	return err
}

var errNoIssuer = fault.New(fault.Refused, "NO_ISSUER", "this server takes no ID tokens: its operator has set no issuer")

// issuerConfirmed refuses an issuer that no administrator of an organisation has
// confirmed since the operator set it.
func (s *Server) issuerConfirmed(v *records.View, organisation string) error {
	stated, err := v.Credential(s.records.CredentialKey("issuer"))
	if err != nil {
		return err
	}
	confirmed, err := v.Credential(s.records.CredentialKey("issuer", organisation))
	if err != nil {
		return err
	}
	if s.issuer.Load() == nil || stated == nil || confirmed == nil || confirmed.GetRevokeTime() != nil || confirmed.GetLabel() != s.issuer.Load().Settings().Fingerprint() ||
		stated.GetLabel() != confirmed.GetLabel() || confirmed.GetCreateTime().AsTime().Before(stated.GetCreateTime().AsTime()) {
		return errNotConfirmed
	}
	return nil
}

// GetIssuer implements tumenv1.CredentialServiceServer.
func (s credentialing) GetIssuer(ctx context.Context, _ *tumenv1.GetIssuerRequest) (*tumenv1.GetIssuerResponse, error) {
	if s.issuer.Load() == nil {
		return nil, errNoIssuer
	}
	set := s.issuer.Load().Settings()
	out := &tumenv1.GetIssuerResponse{Url: set.URL, Audiences: set.Audiences, SubjectClaim: set.SubjectClaim, FactorClaim: set.FactorClaim, FactorValues: set.FactorValues, Fingerprint: set.Fingerprint()}
	err := s.records.View(ctx, func(v *records.View) error {
		err := s.issuerConfirmed(v, readerOf(ctx).Organisation)
		if out.Confirmed = err == nil; fault.Of(err) == errNotConfirmed {
			return nil
		}
		return err
	})
	return out, err
}

// ConfirmIssuer implements tumenv1.CredentialServiceServer.
func (s credentialing) ConfirmIssuer(ctx context.Context, req *tumenv1.ConfirmIssuerRequest) (*tumenv1.ConfirmIssuerResponse, error) {
	from := s.issuer.Load()
	if from == nil {
		return nil, errNoIssuer
	}
	if req.GetFingerprint() != from.Settings().Fingerprint() {
		return nil, fault.Field("fingerprint", "ISSUER_CHANGED", "is not that of the issuer that is set now: look at it again (tumen issuer show)")
	}
	_, err := s.change(ctx, unrepeated{req}, func(c *change) error {
		if err := tellIssuer(c.Tx, "confirmed", from, req.GetFingerprint(), c.reader.Organisation); err != nil {
			return err
		}
		return c.PutCredential(&tumenv1.Credential{
			TokenHash: s.records.CredentialKey("issuer", c.reader.Organisation), Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_ISSUER, Member: c.reader.Member,
			Label: req.GetFingerprint(), CreateTime: timestamppb.New(c.Now()),
		})
	})
	return new(tumenv1.ConfirmIssuerResponse), err
}
