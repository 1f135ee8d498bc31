package service

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/captures"
	"tumen/service/fault"
	"tumen/service/records"
)

// A turnover ends what a backup could still restore. So it does not begin where a key
// doesn't open that it would have to renew, unless just that is given up: then it is
// set aside, so that damage delays no erasure for ever.

const giveUp = "; `tumend check` says what else is wrong. Restore it from a backup of this epoch, or give it up for good: tumend keys rotate --set-damaged-aside "

const reasonDamaged = "DAMAGED"

// shownDamage bounds how much of it an error names.
const shownDamage = 5

// look finds, before a turnover begins or goes on, what it could not renew, and refuses unless it
// is as much as is to be given up.
func (t *turnover) look(ctx context.Context, how turning) error {
	damage, err := t.damage(ctx)
	if err != nil || len(damage) == how.given {
		return err
	}
	shown := strings.Join(damage[:min(len(damage), shownDamage)], "; ")
	switch {
	case len(damage) == 0:
		return fault.New(fault.Refused, "NOT_DAMAGED", "everything that a turnover renews can be read: there is nothing to set aside; nothing was turned over")
	case how.given > 0:
		return fault.New(fault.Refused, reasonDamaged, "%d of the keys and rows that a turnover renews can't be read, and not the %d that were to be given up: %s; nothing was turned over", len(damage), how.given, shown)
	}
	return fault.New(fault.Refused, reasonDamaged, "%d of the keys and rows that a turnover renews can't be read, and no backup restores them afterwards: %s%s%d; nothing was turned over", len(damage), shown, giveUp, len(damage))
}

// asDamage says what there is to be done about what turns up damaged in the middle.
func asDamage(err error) error {
	if records.IsDamage(err) || errors.Is(err, captures.ErrDamaged) {
		return fault.New(fault.Refused, reasonDamaged, "the turnover can't go on: %v; try again to be told all that can't be read", err)
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
	if err = t.server.records.Unopened(ctx, note); err != nil {
		return nil, err
	}
	spoken, err := t.spoken(ctx, func(error) error { return nil }) // they are noted already
	if err == nil {
		err = t.server.captures.Unopened(ctx, spoken, note)
	}
	return all, err
}

// sweep removes the files of captures that no record speaks of: else their keys
// would be renewed with the others. A record that was set aside speaks of none.
func (t *turnover) sweep(ctx context.Context) error {
	return t.server.captures.Sweep(ctx, func() (map[string]bool, error) {
		return t.spoken(ctx, func(err error) error { return err })
	})
}

// spoken are the files of captures that records speak of; unread judges about a record
// that can't be read.
func (t *turnover) spoken(ctx context.Context, unread func(error) error) (map[string]bool, error) {
	all := map[string]bool{}
	err := t.server.records.View(ctx, func(v *records.View) error {
		for k, err := range records.All[*tumenv1.Capture](v, records.Capture) {
			if records.IsDamage(err) {
				if err = unread(err); err == nil {
					continue
				}
			}
			if err != nil {
				return err
			}
			all[t.server.captures.Name(k.GetOwner(), k.GetSha256())] = true
		}
		return nil
	})
	return all, err
}

// setAsideKind is what the ledger's entries about what was given up are of.
const setAsideKind = "aside"

// setAsideStatement is what such an entry is about. What it was stands in the server's
// log: outside, nothing names what can't be read.
type setAsideStatement struct {
	V     int `json:"v"`     // 1
	Count int `json:"count"` // of keys and rows
}

// stateAside states in the ledger that so much is given up.
func (t *turnover) stateAside(ctx context.Context, count int) error {
	if count == 0 {
		return nil
	}
	content, err := json.Marshal(setAsideStatement{1, count})
	if err != nil {
		return err
	}
	author := records.Author{Method: "AdminService/TurnEpochOver", Reason: "local administration"}
	_, err = t.server.records.Change(ctx, author, func(tx *records.Tx) error {
		_, err := tx.State(setAsideKind, content)
		return err
	})
	return err
}
