package web

import (
	"crypto/sha256"
	"time"
)

// maxOwn is how many sessions one member has at most.
const maxOwn = 100

// makeRoom forgets the session that a member has left unused for longest, where they have as
// many as may be: nobody takes all that there are.
func (s *sessions) makeRoom(of *session) {
	var oldest [sha256.Size]byte
	var since time.Time
	n := 0
	for id, other := range s.all {
		if other.member() != of.member() {
			continue
		}
		other.mu.Lock()
		used := other.used
		other.mu.Unlock()
		if n++; n == 1 || used.Before(since) {
			oldest, since = id, used
		}
	}
	if n >= maxOwn {
		delete(s.all, oldest)
	}
}

// member is whose session it is.
func (s *session) member() string { return s.self.GetMember().GetName() }
