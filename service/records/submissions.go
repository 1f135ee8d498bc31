package records

import (
	"encoding/hex"

	tumenv1 "tumen/proto/tumen/v1"
)

// WaitingFrom is how many submissions of an organisation nobody has decided yet, up to a
// limit.
func (v *View) WaitingFrom(organisation string, limit int) (int, error) {
	n := 0
	for row, err := range v.rowsAfter(ID{}, bySubmitter, v.idOf(organisation)) {
		if err == nil && len(row.Value) != 1 {
			err = errRow
		}
		if err != nil {
			return 0, err
		}
		if tumenv1.SubmissionState(row.Value[0]) == tumenv1.SubmissionState_SUBMISSION_STATE_WAITING {
			if n++; n == limit {
				break
			}
		}
	}
	return n, nil
}

// IntakeID is what the source that stands for a partner with an owner is called: 16 bytes
// in hexadecimal digits, hashed under a key of the store, as exports have it and are not to
// say who the partner is.
func (s *Store) IntakeID(owner, partner string) string {
	return hex.EncodeToString(s.blind.term("intake", owner, partner))
}
