package service

import (
	"sync"
	"time"
)

// attempts counts who tries to sign in, by name, whether there is such a name or not. A
// restart forgets it: nobody but the operator brings one about.
type attempts struct {
	mu    sync.Mutex
	known map[string]attempt
}

// attempt is how often in a row signing in with a name has failed.
type attempt struct {
	failed int
	last   time.Time
	until  time.Time // before it nothing is looked at
}

const (
	freeAttempts   = 5
	longestDelay   = 15 * time.Minute
	forgottenAfter = 24 * time.Hour
	maxAttempts    = 50_000 // names
)

// begin counts an attempt as failed until it has succeeded, so that many at once gain
// nothing, and says how long one has to wait instead of making it.
func (a *attempts) begin(key string, now time.Time) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.known[key]
	if now.Sub(one.last) > forgottenAfter {
		one = attempt{}
	}
	if now.Before(one.until) {
		return one.until.Sub(now)
	}
	one.failed++
	one.last = now
	if over := one.failed - freeAttempts; over >= 0 {
		one.until = now.Add(min(time.Second<<min(over, 20), longestDelay))
	}
	if a.known == nil {
		a.known = map[string]attempt{}
	}
	if _, there := a.known[key]; !there && len(a.known) >= maxAttempts {
		a.makeRoom(now)
	}
	a.known[key] = one
	return 0
}

// undo takes back that an attempt was counted which nobody looked at.
func (a *attempts) undo(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one, there := a.known[key]; there {
		one.failed, one.until = max(one.failed-1, 0), time.Time{}
		a.known[key] = one
	}
}

// makeRoom forgets what is old, or else, of some names, the one that was tried least: who
// floods the list with names gains little for the one that matters.
func (a *attempts) makeRoom(now time.Time) {
	least, looked := "", 0
	for key, one := range a.known {
		if now.Sub(one.last) > forgottenAfter {
			delete(a.known, key)
			return
		}
		if least == "" || one.failed < a.known[least].failed {
			least = key
		}
		if looked++; looked >= 1000 {
			break
		}
	}
	delete(a.known, least)
}

// forget takes what has failed back.
func (a *attempts) forget(key []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, string(key))
}
