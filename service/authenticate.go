package service

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/issuer"
	"tumen/service/records"
)

// tokenPrefix begins every token, so that one that leaked is recognised.
const tokenPrefix = "tumen_"

// newSecret draws 256 random bits. Only its hash is kept.
func newSecret(prefix string) (secret string, hash []byte) {
	var b [32]byte
	rand.Read(b[:])
	secret = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(secret))
	return secret, sum[:]
}

var errUnknownCaller = fault.New(fault.Unauthenticated, "CREDENTIALS_UNKNOWN", "this credential is not valid here: unknown, expired or revoked")

var errSuspended = fault.New(fault.Unauthenticated, "MEMBER_SUSPENDED", "a colleague has suspended you; an administrator of your organisation restores you")

// errUnconfirmed is for who has enrolled, and nobody has confirmed that.
var errUnconfirmed = fault.New(fault.Denied, "NOT_CONFIRMED", "an administrator of your organisation has yet to confirm that you enrolled")

// unconfirmed is errUnconfirmed with what the administrator asks for.
func unconfirmed(cred *tumenv1.Credential) error {
	return fault.New(errUnconfirmed.Kind, errUnconfirmed.Reason, "%s; they ask you what your token is called: %s", errUnconfirmed.Message, credentialName(cred))
}

// letIn says why a member is not let in, whatever credential they have; nil where they
// are.
func letIn(m *tumenv1.Member) *fault.Error {
	switch {
	case m.GetDeleteTime() != nil:
		return errUnknownCaller
	case m.GetSuspendTime() != nil:
		return errSuspended
	case m.GetPending().GetEnrolment():
		return errUnconfirmed
	}
	return nil
}

// memberCache remembers who a credential speaks for until a member, organisation or
// credential changes.
type memberCache struct {
	mu         sync.RWMutex
	generation uint64
	known      map[string]knownCaller
}

type knownCaller struct {
	reader access.Reader
	until  time.Time
	used   time.Time // what is noted as its last use

	session bool // it ends when nobody uses it
}

const maxKnownCallers = 10_000

func (m *memberCache) get(generation uint64, key string) (knownCaller, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.generation != generation {
		return knownCaller{}, false
	}
	c, ok := m.known[key]
	return c, ok
}

func (m *memberCache) put(generation uint64, key string, c knownCaller) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.generation != generation || m.known == nil || len(m.known) >= maxKnownCallers {
		m.generation, m.known = generation, map[string]knownCaller{}
	}
	m.known[key] = c
}

// authenticate says whose the credentials of a call are. Whoever shows two is admitted by
// both: they are the same member's, and allow what each of them does. Of a member who is
// not let in it says, beside the error, who that is.
func (s *Server) authenticate(ctx context.Context, shown gate.Shown) (access.Reader, error) {
	var ways []func() (access.Reader, error)
	if issuer.LooksLike(shown.Token) {
		ways = append(ways, func() (access.Reader, error) { return s.identified(ctx, shown.Token) })
	} else if shown.Token != "" {
		key, err := tokenKey(shown.Token)
		if err != nil {
			return access.Reader{}, err
		}
		ways = append(ways, func() (access.Reader, error) { return s.admitted(ctx, key) })
	}
	if shown.Certificate != nil {
		ways = append(ways, func() (access.Reader, error) { return s.admitted(ctx, certificateKey(shown.Certificate.Raw)) })
	}
	var reader access.Reader
	for _, admit := range ways {
		one, err := admit()
		switch {
		case err != nil:
			return one, err
		case reader.Member == "":
			reader = one
		case reader.Member != one.Member:
			return access.Reader{}, fault.New(fault.Unauthenticated, "CREDENTIALS_DIFFER", "the token and the certificate of this call are not the same member's: send one of them")
		default:
			reader.Roles = intersect(reader.Roles, one.Roles)
			reader.Credentials = append(slices.Clone(reader.Credentials), one.Credentials...)
		}
	}
	return reader, nil
}

// tokenKey is by what a token is found.
func tokenKey(token string) ([]byte, error) {
	if !strings.HasPrefix(token, tokenPrefix) || len(token) > 100 {
		return nil, errUnknownCaller
	}
	sum := sha256.Sum256([]byte(token))
	return sum[:], nil
}

// certificateKey is by what a certificate is found.
func certificateKey(der []byte) []byte {
	sum := sha256.Sum256(der)
	return sum[:]
}

// admitted says who a credential speaks for, on every call: it is looked up again
// whenever anything about members has changed. Of a member who is not let in it says,
// beside the error, who that is.
func (s *Server) admitted(ctx context.Context, key []byte) (access.Reader, error) {
	generation := s.records.AccessGeneration()
	now := s.records.Now()
	caller, ok := s.members.get(generation, string(key))
	if !ok {
		var err error
		if caller, err = s.lookUp(ctx, key); err != nil {
			return caller.reader, err
		}
		s.members.put(generation, string(key), caller)
	}
	if !now.Before(caller.until) {
		return access.Reader{}, errUnknownCaller
	}
	if caller.session && !now.Before(caller.used.Add(maxIdle)) {
		// What is remembered may be a moment older than what is noted.
		var err error
		if caller, err = s.lookUp(ctx, key); err != nil {
			return caller.reader, err
		}
	}
	if caller.used.Before(usedAt(now, caller.session)) {
		s.noteUse(key)
	}
	return caller.reader, nil
}

// endOf is when a credential ends at the latest.
func endOf(cred *tumenv1.Credential) time.Time {
	if credentialKind(cred) == tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY {
		return time.Unix(1<<40, 0) // it is its tokens that end
	}
	return cred.GetExpireTime().AsTime()
}

// works says whether a credential lets its member in at a time.
func works(cred *tumenv1.Credential, now time.Time) bool {
	switch credentialKind(cred) {
	case tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN, tumenv1.CredentialKind_CREDENTIAL_KIND_CERTIFICATE:
	case tumenv1.CredentialKind_CREDENTIAL_KIND_IDENTITY:
		return cred.GetRevokeTime() == nil // its tokens end
	case tumenv1.CredentialKind_CREDENTIAL_KIND_SESSION:
		if !now.Before(lastUse(cred).Add(maxIdle)) {
			return false
		}
	default:
		return false
	}
	return cred.GetRevokeTime() == nil && now.Before(cred.GetExpireTime().AsTime())
}

// lastUse is the day on which a credential is known to have been there: that it was used
// on the day on which it was made is not worth a note. Of a session it is the minute.
func lastUse(cred *tumenv1.Credential) time.Time {
	if cred.GetLastUseTime() != nil {
		return cred.GetLastUseTime().AsTime()
	}
	return usedAt(cred.GetCreateTime().AsTime(), isSession(cred))
}

func isSession(cred *tumenv1.Credential) bool {
	return credentialKind(cred) == tumenv1.CredentialKind_CREDENTIAL_KIND_SESSION
}

// usedAt is as exactly as it is noted when a credential was used.
func usedAt(t time.Time, session bool) time.Time {
	if session {
		return t.UTC().Truncate(time.Minute)
	}
	return dayOf(t)
}

// dayOf is the beginning of a moment's day (UTC).
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// noteUse has it noted when a credential is used, once a day, beside the call: it is for
// its member to see one that somebody else uses. Of a session it is noted once a minute.
func (s *Server) noteUse(hash []byte) {
	select {
	case s.used <- bytes.Clone(hash):
	default: // the next call notes it
	}
}

// noteUses notes what noteUse was told, until ctx is done.
func (s *Server) noteUses(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case hash := <-s.used:
			if err := recovered(func() error { return s.noteUseNow(ctx, hash) }); err != nil && ctx.Err() == nil {
				s.logger.Warn("the use of a credential was not noted", "error", err)
			}
		}
	}
}

func (s *Server) noteUseNow(ctx context.Context, hash []byte) error {
	_, err := s.records.Change(ctx, records.Author{Method: "server"}, func(tx *records.Tx) error {
		cred, err := tx.Credential(hash)
		if err != nil || cred == nil || !works(cred, tx.Now()) || !lastUse(cred).Before(usedAt(tx.Now(), isSession(cred))) {
			return err
		}
		cred.LastUseTime = timestamppb.New(usedAt(tx.Now(), isSession(cred)))
		return tx.PutCredential(cred)
	})
	return err
}

func (s *Server) lookUp(ctx context.Context, hash []byte) (knownCaller, error) {
	var caller knownCaller
	err := s.records.View(ctx, func(v *records.View) error {
		cred, err := v.Credential(hash)
		if err != nil {
			return err
		}
		if cred == nil {
			return errUnknownCaller
		}
		member, err := records.Get[*tumenv1.Member](v, cred.GetMember())
		if isMissing(err) {
			return errUnknownCaller
		}
		if err != nil {
			return err
		}
		switch barred := letIn(member); {
		case barred == errSuspended, barred == errUnconfirmed && works(cred, s.records.Now()):
			caller.reader = access.Reader{Member: member.GetName(), Organisation: member.GetOwner()} // to whom it is denied
			if barred == errSuspended {
				return barred
			}
			return unconfirmed(cred)
		case barred == errUnknownCaller, !works(cred, s.records.Now()):
			return errUnknownCaller
		}
		roles := member.GetRoles()
		if len(cred.GetScope()) > 0 {
			roles = intersect(roles, cred.GetScope())
		}
		caller = knownCaller{reader: access.Reader{
			Member: member.GetName(), Organisation: member.GetOwner(), Roles: roles, HighestMarking: member.GetHighestMarking(), Clearances: member.GetClearances(),
			Credentials: []string{string(hash)},
		}, until: endOf(cred), used: lastUse(cred), session: isSession(cred)}
		return nil
	})
	return caller, err
}

func intersect(a, b []tumenv1.Role) []tumenv1.Role {
	var both []tumenv1.Role
	for _, x := range a {
		for _, y := range b {
			if x == y {
				both = append(both, x)
			}
		}
	}
	return both
}

// credential makes a token for a member, good for a while.
func credential(tx *records.Tx, member string, lifetime time.Duration) (string, *tumenv1.Credential, error) {
	token, hash := newSecret(tokenPrefix)
	c := &tumenv1.Credential{
		TokenHash: hash, Kind: tumenv1.CredentialKind_CREDENTIAL_KIND_TOKEN, Member: member,
		CreateTime: timestamppb.New(tx.Now()), ExpireTime: timestamppb.New(tx.Now().Add(lifetime)),
	}
	return token, c, tx.PutCredential(c)
}
