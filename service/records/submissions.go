package records

import tumenv1 "tumen/proto/tumen/v1"

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
