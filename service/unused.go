package service

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// unused refuses to delete what active claims stand on: a deleted source or
// event would change what is supported without anybody having said so.
func (c *change) unused(rec records.Record) error {
	switch r := rec.(type) {
	case *tumenv1.Source:
		for claim, err := range c.ClaimsOf(r.GetName()) {
			if err != nil {
				return err
			}
			if active(claim) {
				return inUse(rec, claim.GetName())
			}
		}
		for relayer, err := range c.RelayersOf(r.GetName()) {
			if err != nil {
				return err
			}
			return inUse(rec, relayer.GetName())
		}
	case *tumenv1.Event, *tumenv1.Involvement, *tumenv1.Person:
		for claim, err := range c.ClaimsOn(rec.GetName(), 0) {
			if err != nil {
				return err
			}
			if active(claim) {
				return inUse(rec, claim.GetName())
			}
		}
	}
	return nil
}

func inUse(rec records.Record, by string) error {
	return fault.New(fault.Refused, "IN_USE", "this %s can't be deleted while %s rests on it; retract or change that first", records.KindOf(rec), by).With("by", by)
}
