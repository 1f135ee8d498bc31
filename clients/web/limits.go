package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tumen/clients/web/wording"
)

// Limits are how much who comes to a site may ask for, in requests a second on average;
// for a moment four times as many. What is zero is without limit.
//
// A session has its own ration, so that nobody is kept waiting by others who come from
// the same address: an office, a relay of Tor, an onion service. Who has none yet shares
// what their address may ask for, where addresses are told apart, and what all strangers
// may.
type Limits struct {
	Session   int
	Address   int
	Strangers int
	// SignIns are attempts to sign in that are under way at once. A tumen server takes a
	// few at once from everybody, so strangers at this site leave some to others.
	SignIns int
	// Connections are kept open at once. Beyond, those are closed that have waited longest.
	Connections int
}

const (
	burstSeconds = 4
	// signInCosts is for how many requests an attempt to sign in counts: to look at a
	// passphrase is work.
	signInCosts = 10
	// maxAddresses bounds what is remembered of who asked for how much.
	maxAddresses = 10_000
	// strangersForm is how long the form of somebody may take who has no session: it is
	// small, and while it comes their connection is not taken for one that waits.
	strangersForm = 10 * time.Second
)

// doorkeeper keeps what strangers may still ask for. Addresses stay in its memory for
// seconds, and go nowhere.
type doorkeeper struct {
	limits    Limits
	now       func() time.Time
	strangers *rate.Limiter
	signIns   chan struct{} // nil: as many at once as like

	mu        sync.Mutex
	addresses map[netip.Addr]*rate.Limiter
}

func newDoorkeeper(l Limits, now func() time.Time) *doorkeeper {
	d := &doorkeeper{limits: l, now: now, strangers: ration(l.Strangers), addresses: map[netip.Addr]*rate.Limiter{}}
	if l.SignIns > 0 {
		d.signIns = make(chan struct{}, l.SignIns)
	}
	return d
}

// ration is so many a second.
func ration(perSecond int) *rate.Limiter {
	if perSecond == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), burstSeconds*perSecond)
}

// stranger takes a request from its address's ration, and then from that of all: one
// address alone does not use up what is for all.
func (d *doorkeeper) stranger(from netip.Addr, cost int) bool {
	now := d.now()
	if from.IsValid() && d.limits.Address > 0 && !d.of(from, now).AllowN(now, cost) {
		return false
	}
	return d.strangers.AllowN(now, cost)
}

func (d *doorkeeper) of(from netip.Addr, now time.Time) *rate.Limiter {
	d.mu.Lock()
	defer d.mu.Unlock()
	if found := d.addresses[from]; found != nil {
		return found
	}
	if len(d.addresses) >= maxAddresses {
		d.forget(now)
	}
	made := ration(d.limits.Address)
	d.addresses[from] = made
	return made
}

// forget drops the rations that nothing is missing of, and all of them where most have
// been drawn on: what all strangers may ask for together still holds then.
func (d *doorkeeper) forget(now time.Time) {
	for from, left := range d.addresses {
		if left.TokensAt(now) >= float64(left.Burst()) {
			delete(d.addresses, from)
		}
	}
	if len(d.addresses) > maxAddresses/2 {
		clear(d.addresses)
	}
}

// beginSignIn says whether an attempt may be looked at, and what has to be called when
// it has been.
func (d *doorkeeper) beginSignIn() (done func(), ok bool) {
	if d.signIns == nil {
		return func() {}, true
	}
	select {
	case d.signIns <- struct{}{}:
		return func() { <-d.signIns }, true
	default:
		return nil, false
	}
}

// mayAsk says whether who makes a request has not asked for too much.
func (s *Site) mayAsk(w http.ResponseWriter, r *http.Request) bool {
	if cookie, err := r.Cookie(s.cookieName()); err == nil {
		if of := s.sessions.peek(cookie.Value); of != nil {
			return of.asked.AllowN(s.config.Now(), 1)
		}
	}
	cost := 1
	if r.Method == http.MethodPost && r.URL.Path == "/sign-in" {
		cost = signInCosts
	}
	var from netip.Addr
	if v := visitorOf(r); v != nil {
		from = v.address
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(strangersForm)) // a connection that can't is closed
	}
	return s.door.stranger(from, cost)
}

// turnAway refuses a request before anything is made of it, so with words and no page.
func turnAway(w http.ResponseWriter, r *http.Request, status int, word string) {
	words := wording.In(wording.Match(r.Header.Get("Accept-Language")))
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "2")
	}
	w.Header().Set("Content-Language", string(words.Language()))
	http.Error(w, words.Say(word), status)
}
