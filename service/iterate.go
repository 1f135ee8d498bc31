package service

import (
	"iter"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// first is the first record of a sequence; nil for an empty one.
func first[T records.Record](all iter.Seq2[T, error]) (records.Record, error) {
	for rec, err := range all {
		if err != nil {
			return nil, err
		}
		return rec, nil
	}
	return nil, nil
}

// standing leaves out what is deleted.
func standing[T records.Record](all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for rec, err := range all {
			if err == nil && rec.GetDeleteTime() != nil {
				continue
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// firstActive is the first claim of a sequence that is in force; nil without one.
func (c *change) firstActive(claims iter.Seq2[*tumenv1.Claim, error]) (records.Record, error) {
	for claim, err := range claims {
		if err != nil {
			return nil, err
		}
		if active(claim) {
			return claim, nil
		}
	}
	return nil, nil
}
