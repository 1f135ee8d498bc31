package service

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// codePrefix begins every code to enrol by: none is taken for a token.
const codePrefix = "enrol_"

// usualCode is how long a code works of which nothing else is said; it is also the most.
const usualCode = 7 * 24 * time.Hour

// newCode makes a code by which a member enrols, once.
func newCode(tx *records.Tx, member string, lifetime *durationpb.Duration) (code string, ends *timestamppb.Timestamp, err error) {
	code, hash := newSecret(codePrefix)
	within := usualCode
	if lifetime != nil {
		within = lifetime.AsDuration()
	}
	c := &tumenv1.Credential{
		TokenHash: hash, Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_ENROLMENT_CODE, Member: member,
		CreateTime: timestamppb.New(tx.Now()), ExpireTime: timestamppb.New(tx.Now().Add(within)),
	}
	return code, c.GetExpireTime(), tx.PutCredential(c)
}

// errUnknownCode is the answer to every code that doesn't open: which of it is wrong is
// nobody's business.
var errUnknownCode = fault.New(fault.Unauthenticated, "CODE_UNKNOWN", "this code is not valid here: unknown, used, expired or replaced; ask an administrator of your organisation for another")

// Enrol implements tumenv1.AccessServiceServer.
func (s accessing) Enrol(ctx context.Context, req *tumenv1.EnrolRequest) (*tumenv1.EnrolResponse, error) {
	sum := sha256.Sum256([]byte(req.GetCode()))
	author, err := s.enrolling(ctx, sum[:])
	if err != nil {
		return nil, err
	}
	out := new(tumenv1.EnrolResponse)
	_, err = s.records.Change(ctx, author, func(tx *records.Tx) error {
		code, m, err := codeOf(&tx.View, sum[:], tx.Now())
		if err != nil {
			return err
		}
		code.RevokeTime = timestamppb.New(tx.Now())
		if err := tx.PutCredential(code); err != nil {
			return err
		}
		secret, cred, err := credential(tx, m.GetName(), req.GetLifetime().AsDuration())
		if err != nil {
			return err
		}
		cred.Label = req.GetLabel()
		if err := tx.PutCredential(cred); err != nil {
			return err
		}
		organisation, err := records.Get[*tumenv1.Organisation](&tx.View, m.GetOwner())
		if err != nil {
			return err
		}
		m = proto.Clone(m).(*tumenv1.Member)
		m.Pending.EnrolTime = timestamppb.New(tx.Now())
		if err := tx.Put(m); err != nil {
			return err
		}
		out = &tumenv1.EnrolResponse{Secret: secret, Token: tokenShown(readerOf(ctx), cred), Member: managed(s.Server, m), Organisation: managed(s.Server, organisation)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// enrolledAs checks what a member says that the token is called by which they have
// enrolled. Only they were told: so who confirms knows that it was they, and not who made
// the code.
func enrolledAs(tx *records.Tx, m *tumenv1.Member, said string) error {
	p := m.GetPending()
	switch {
	case !p.GetEnrolment():
		return nil
	case p.GetEnrolTime() == nil:
		return fault.New(fault.Refused, "NOT_ENROLLED", "%s has not enrolled yet: what is confirmed is who has", m.GetHandle())
	case said == "":
		return fault.Field("token", "TOKEN_MISSING", "ask the member themselves what the token is called by which they have enrolled, and give that: it tells that it was they")
	}
	for cred, err := range tx.Credentials() {
		if err != nil {
			return err
		}
		if cred.GetMember() == m.GetName() && !cred.GetBreakGlass() && works(cred, tx.Now()) &&
			strings.HasPrefix(credentialName(cred), "tokens/"+strings.TrimPrefix(said, "tokens/")) {
			return nil
		}
	}
	return fault.New(fault.Refused, "TOKEN_DIFFERS", "this is not what the token is called by which somebody has enrolled: ask the member themselves; if it was not they, reject it")
}

// enrolling is who enrols by a code.
func (s accessing) enrolling(ctx context.Context, code []byte) (author records.Author, err error) {
	method, _ := grpc.Method(ctx)
	err = s.records.View(ctx, func(v *records.View) error {
		_, m, err := codeOf(v, code, s.records.Now())
		author = records.Author{Member: m.GetName(), Organisation: m.GetOwner(), Method: strings.TrimPrefix(method, "/tumen.v1."), Reason: "enrolled"}
		return err
	})
	return author, err
}

// codeOf reads a code to enrol by and whose it is, if it can be used.
func codeOf(v *records.View, hash []byte, now time.Time) (*tumenv1.Credential, *tumenv1.Member, error) {
	code, err := v.Credential(hash)
	if err != nil {
		return nil, nil, err
	}
	if code.GetKind() != tumenv1.CredentialKind_CREDENTIAL_KIND_ENROLMENT_CODE || code.GetRevokeTime() != nil || !now.Before(code.GetExpireTime().AsTime()) {
		return nil, nil, errUnknownCode
	}
	m, err := records.Get[*tumenv1.Member](v, code.GetMember())
	if isMissing(err) || err == nil && letIn(m) != errUnconfirmed {
		return nil, nil, errUnknownCode
	}
	return code, m, err
}
