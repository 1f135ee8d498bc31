package web

import "time"

// disclosing is for how long a stated purpose stands before it has to be stated, and
// the member shown to be there, once more.
const disclosing = 10 * time.Minute

// purposeAt is the purpose for which protected identity is shown; empty while none
// stands.
func (s *session) purposeAt(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.purpose == "" || now.Sub(s.purposed) >= disclosing {
		return ""
	}
	return s.purpose
}

// state has protected identity shown for a purpose from now on; none with "".
func (s *session) state(purpose string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.purpose, s.purposed = purpose, now
}
