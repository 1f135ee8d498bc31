package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

const (
	// idle is for how long a session may lie unused. A tumen server forgets its own
	// after 30 minutes, so that here it is known first, and what was typed can be kept.
	idle = 25 * time.Minute
	// longest is how long a session lasts at most.
	longest = 12 * time.Hour
	// maxSessions bounds the memory that sessions take.
	maxSessions = 10_000
	// typingFor is for how long after a session lay unused what was typed in its last form
	// can still be kept: nothing else can be done in it any more.
	typingFor = 4 * time.Hour
)

// session is one browser in which somebody has signed in. Nothing of it is ever
// written to a disk.
type session struct {
	token      string // by which the tumen server knows the member
	credential string // the session there, to end it with this one; empty for a token of the member's own
	self       *tumenv1.GetSelfResponse

	// With which the member signed in, where by a passphrase.
	organisation, signInName string

	formKey []byte
	ends    time.Time // whatever is done
	asked   *rate.Limiter

	mu       sync.Mutex
	language wording.Language
	used     time.Time
	typing   bool              // the last page was a form
	opened   map[string]opened // records that were opened for a purpose

	sending *sending // a table on its way; nil for none

	recording sync.Mutex // held while something is recorded that must not be twice
}

// sessions are all of them, by the hash of what the browser's cookie holds.
type sessions struct {
	now       func() time.Time
	perSecond int // requests of one; 0: as many as they like

	mu  sync.Mutex
	all map[[sha256.Size]byte]*session
}

func newSessions(now func() time.Time, perSecond int) *sessions {
	return &sessions{now: now, perSecond: perSecond, all: map[[sha256.Size]byte]*session{}}
}

var errCrowded = errors.New("too many sessions")

// begin keeps a session and gives what the cookie is to hold.
func (s *sessions) begin(of *session) (string, error) {
	secret := random()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for id, other := range s.all {
		if other.gone(now) {
			delete(s.all, id)
		}
	}
	s.makeRoom(of)
	if len(s.all) >= maxSessions {
		return "", errCrowded
	}
	of.used, of.formKey, of.asked = now, random(), ration(s.perSecond)
	if last := now.Add(longest); of.ends.IsZero() || of.ends.After(last) {
		of.ends = last
	}
	s.all[sha256.Sum256(secret)] = of
	return base64.RawURLEncoding.EncodeToString(secret), nil
}

// find gives the session of a cookie, now used once more; nil if there is none, or if
// it has ended. ended says that there was one: who it was is then still known.
func (s *sessions) find(cookie string) (of *session, ended bool) {
	id, ok := idOf(cookie)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[id]
	if !ok || found == nil {
		return nil, false
	}
	now := s.now()
	if found.over(now) {
		delete(s.all, id) // also one in which somebody typed: it is taken up once, to keep that
		return found, true
	}
	found.mu.Lock()
	found.used, found.typing = now, false
	found.mu.Unlock()
	return found, false
}

// lastForms are the sessions whose last page was a form and that have lain unused so long
// that the tumen server would soon forget them.
func (s *sessions) lastForms() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var all []*session
	for _, of := range s.all {
		if !of.gone(now) && of.resting(now) {
			all = append(all, of)
		}
	}
	return all
}

// peek gives the session of a cookie without using it; nil if there is none that goes on.
func (s *sessions) peek(cookie string) *session {
	id, ok := idOf(cookie)
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.all[id]; ok && found != nil && !found.gone(s.now()) {
		return found
	}
	return nil
}

// idOf is what the session of a cookie is kept by.
func idOf(cookie string) (id [sha256.Size]byte, ok bool) {
	secret, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(secret) != secretBytes {
		return id, false
	}
	return sha256.Sum256(secret), true
}

// end forgets the session of a cookie.
func (s *sessions) end(cookie string) {
	if id, ok := idOf(cookie); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, id)
	}
}

func (s *sessions) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.all)
}

func (s *session) over(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !now.Before(s.ends) || now.Sub(s.used) >= idle
}

// gone says whether nothing of it is of use any more: it is over, and nobody may still be
// typing in its last form.
func (s *session) gone(now time.Time) bool {
	if !s.over(now) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.typing || !now.Before(s.ends) || now.Sub(s.used) >= typingFor
}

// resting says whether somebody may be typing in its last form for long.
func (s *session) resting(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typing && now.Sub(s.used) >= restingAfter
}

func (s *session) types() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typing = true
}

// until is when it ends if nothing more is done.
func (s *session) until() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.used.Add(idle); last.Before(s.ends) {
		return last
	}
	return s.ends
}

func (s *session) in() wording.Language {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.language
}

func (s *session) speak(l wording.Language) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.language = l
}

// formToken is what a form of this session carries: of use in no other.
func (s *session) formToken() string { return formToken(s.formKey, "session") }

func formToken(key []byte, of string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("tumen form 1\x00" + of))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// matches compares without telling by its time where the two differ.
func matches(want, got string) bool { return hmac.Equal([]byte(want), []byte(got)) }

// secretBytes is the length of cookies and keys.
const secretBytes = 32

func random() []byte {
	b := make([]byte, secretBytes)
	rand.Read(b) // never fails
	return b
}
