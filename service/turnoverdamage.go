package service

import (
	"context"
	"errors"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/captures"
	"tumen/service/fault"
	"tumen/service/records"
)

// A turnover ends what a backup could still restore. So it does not begin where
// something doesn't open that it would have to renew, unless that is given up: then
// it is set aside, so that damage delays no erasure for ever.

const giveUp = "; `tumend check` says what else is wrong. Restore it from a backup of this epoch, or give it up for good: tumend keys rotate --set-damaged-aside"

const reasonDamaged = "DAMAGED"

// shownDamage bounds how much of it an error names.
const shownDamage = 5

// begin begins a turnover if nothing is in its way.
func (t *turnover) begin(ctx context.Context, how turning) error {
	if how.aside == nil {
		damage, err := t.damage(ctx)
		if err != nil {
			return err
		}
		if len(damage) > 0 {
			shown := strings.Join(damage[:min(len(damage), shownDamage)], "; ")
			return fault.New(fault.Refused, reasonDamaged, "%d of the keys and rows that a turnover renews can't be read, and no backup restores them afterwards: %s%s; the turnover was not begun", len(damage), shown, giveUp)
		}
	}
	return t.epoch.Begin(ctx, t.server.records.Now())
}

// asDamage says what there is to be done about what turns up damaged in the middle.
func asDamage(err error) error {
	if records.IsDamage(err) || errors.Is(err, captures.ErrDamaged) {
		return fault.New(fault.Refused, reasonDamaged, "the turnover can't go on: %v%s", err, giveUp)
	}
	return err
}

func isDamaged(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Reason == reasonDamaged
}

// damage is all that a turnover could not renew.
func (t *turnover) damage(ctx context.Context) (all []string, err error) {
	note := func(what string) { all = append(all, what) }
	err = t.server.records.Unopened(ctx, note)
	if err == nil {
		err = t.server.captures.Unopened(ctx, note)
	}
	return all, err
}

// sweep removes the files of captures that no record speaks of: else their keys
// would be renewed with the others. A record that was set aside speaks of none.
func (t *turnover) sweep(ctx context.Context) error {
	return t.server.captures.Sweep(ctx, func() (map[string]bool, error) {
		spoken := map[string]bool{}
		err := t.server.records.View(ctx, func(v *records.View) error {
			for k, err := range records.All[*tumenv1.Capture](v, records.Capture) {
				if records.IsSetAside(err) {
					continue
				}
				if err != nil {
					return err
				}
				spoken[t.server.captures.Name(k.GetOwner(), k.GetSha256())] = true
			}
			return nil
		})
		return spoken, err
	})
}
