package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
	"tumen/service/seal"
)

// turnover turns the epoch over, so that what was erased can be read from no copy
// that was made before: when an erasure is due, when it is asked to, and, where one
// was broken off, at once.
type turnover struct {
	server *Server
	epoch  *seal.Epoch
	keeper Keeper
	woken  chan struct{}
	mu     sync.Mutex                              // one at a time
	wanted atomic.Int32                            // how many wait to turn the epoch over
	backup atomic.Pointer[context.CancelCauseFunc] // ends the backup that has the lock; nil: none
}

// errTurnedOver ends a backup that a turnover can't wait for.
var errTurnedOver = fault.New(fault.Unavailable, "TURNOVER", "the epoch is being turned over, and what is backed up now could not be restored; make the backup again")

// lets has a backup go on, which holds the lock, until a turnover wants that.
func (t *turnover) lets(cancel context.CancelCauseFunc) bool {
	t.backup.Store(&cancel)
	return t.wanted.Load() == 0
}

// take waits for the lock, and for no backup that has it.
func (t *turnover) take() {
	t.wanted.Add(1)
	defer t.wanted.Add(-1)
	if cancel := t.backup.Load(); cancel != nil {
		(*cancel)(errTurnedOver)
	}
	t.mu.Lock()
}

// Keeper sees to it that nothing is lost with a machine when the epoch is turned
// over.
type Keeper interface {
	// BeforeDestroy is called when everything rests on the newest epoch and its key
	// is in the keys folder, before the key of the one before is destroyed: to give
	// custodians new shares, and to make a backup, as nobody opens an older one any
	// more. An error leaves the turnover where it is.
	BeforeDestroy(ctx context.Context, backup func(context.Context, io.Writer) error) error
	// Book is what is known of who holds shares of the keys, sealed, for each backup to
	// have: a machine that is lost takes it along. nil: nothing.
	Book() ([]byte, error)
	// Held says whether custodians could still bring back the keys of an epoch whose
	// key was destroyed here.
	Held(epoch uint64) (bool, error)
}

// nobody keeps nothing elsewhere.
type nobody struct{}

func (nobody) BeforeDestroy(context.Context, func(context.Context, io.Writer) error) error {
	return nil
}
func (nobody) Book() ([]byte, error)     { return nil, nil }
func (nobody) Held(uint64) (bool, error) { return false, nil }

func newTurnover(s *Server) *turnover {
	t := &turnover{server: s, epoch: s.config.Epoch, keeper: s.config.Keeper, woken: make(chan struct{}, 1)}
	if t.keeper == nil {
		t.keeper = nobody{}
	}
	return t
}

func (t *turnover) wake() {
	select {
	case t.woken <- struct{}{}:
	default:
	}
}

// Between two looks at what is due, and after one that failed.
const (
	turnoverLook  = time.Hour
	turnoverAgain = time.Minute
)

// run sees to what is due until ctx is done.
func (t *turnover) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := turnoverLook
		next, err := t.seeTo(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.server.logger.Error("turning the epoch over", "error", err)
			if !isDamaged(err) { // which waits for people
				wait = turnoverAgain
			}
		case !next.IsZero():
			wait = min(wait, max(time.Until(next), 0)+time.Millisecond)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-t.woken:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// seeTo turns the epoch over if that is due, takes a turnover up that was broken
// off, and carries both on to the erasures. It returns when the next is due, zero
// for none.
func (t *turnover) seeTo(ctx context.Context) (next time.Time, err error) {
	err = recovered(func() error {
		next, err = t.seeToIt(ctx)
		return err
	})
	return next, err
}

// recovered turns a panic, which outside a call would end the server, into an error.
func recovered(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic with a %T", v)
		}
	}()
	return do()
}

func (t *turnover) seeToIt(ctx context.Context) (next time.Time, err error) {
	open, err := t.openErasures(ctx)
	if err != nil {
		return next, err
	}
	now := t.server.records.Now()
	wanted := t.epoch.Status().Turnover
	for _, e := range open {
		if t.destroyed(e) {
			continue
		}
		if due(e, now) {
			wanted = true
		} else if at := e.GetDueTime().AsTime(); e.GetState() == tumenv1.ErasureState_ERASURE_STATE_CONFIRMED && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if wanted {
		err = t.turn(ctx, turning{})
	}
	return next, errors.Join(err, t.settle(ctx, open))
}

// openErasures are those of all organisations that are confirmed, and not over. One
// that can't be read keeps no other waiting.
func (t *turnover) openErasures(ctx context.Context) ([]*tumenv1.Erasure, error) {
	var open []*tumenv1.Erasure
	err := t.server.records.View(ctx, func(v *records.View) error {
		for e, err := range records.All[*tumenv1.Erasure](v, records.Erasure) {
			if records.IsDamage(err) {
				t.server.logger.Error("an erasure can't be read, and if it waits for a turnover, nobody knows", "error", err)
				continue
			}
			if err != nil {
				return err
			}
			switch e.GetState() {
			case tumenv1.ErasureState_ERASURE_STATE_CONFIRMED, tumenv1.ErasureState_ERASURE_STATE_HELD_BY_CUSTODIANS:
				open = append(open, e)
			}
		}
		return nil
	})
	return open, err
}

// destroyed says whether the key with which copies give back what was erased is
// destroyed here.
func (t *turnover) destroyed(e *tumenv1.Erasure) bool {
	s := t.epoch.Status()
	newestGone := uint64(e.GetEpoch()) < s.Number
	return newestGone && !(s.Turnover && uint64(e.GetEpoch()) == s.Number-1)
}

// Stages of a turnover, as its progress tells them.
const (
	stageKeys     = "keys of records"
	stageCaptures = "keys of captures"
	stageKeep     = "shares of custodians, and a backup"
	stageDestroy  = "destroying the former key"
)

// turning is how an epoch is turned over.
type turning struct {
	// given is how many keys that don't open are given up: just these are set aside,
	// and nothing opens them ever after. 0: one ends the turnover, or has it not begin.
	given    int
	aside    func(what string)            // is told of each; nil: nobody is
	progress func(stage string, done int) // is told the stage, and how far it is; may be nil
}

// turn turns the epoch over, or goes on where one was broken off.
func (t *turnover) turn(ctx context.Context, how turning) error {
	if how.progress == nil {
		how.progress = func(string, int) {}
	}
	// Before anybody is kept waiting: what is damaged waits for people.
	if err := t.look(ctx, how); err != nil {
		return err
	}
	t.take()
	defer t.mu.Unlock()
	if err := t.stateAside(ctx, how.given); err != nil {
		return err
	}
	if !t.epoch.Status().Turnover {
		if err := t.epoch.Begin(ctx, t.server.records.Now()); err != nil {
			return err
		}
	}
	if err := t.renew(ctx, how); err != nil {
		return asDamage(err)
	}
	how.progress(stageKeep, 0)
	err := t.keeper.BeforeDestroy(ctx, func(ctx context.Context, w io.Writer) error {
		_, err := t.server.backUp(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	how.progress(stageDestroy, 0)
	if err := t.epoch.Finish(ctx); err != nil {
		return err
	}
	t.server.records.Forget()
	t.server.logger.Info("the epoch was turned over", "epoch", t.epoch.Status().Number)
	return nil
}

// gaveUp tells of something that was set aside.
func (h *turning) gaveUp(what string) {
	if h.aside != nil {
		h.aside(what)
	}
}

// renew puts everything under the newest key of the epoch.
func (t *turnover) renew(ctx context.Context, how turning) error {
	store, files := t.server.records, t.server.captures
	var aside func(string)
	if how.given > 0 {
		aside = how.gaveUp
	}
	t.server.dropExpiredDrafts(ctx) // their keys need not live on
	err := store.Renew(ctx, aside, func(done int) { how.progress(stageKeys, done) })
	if err == nil {
		err = t.sweep(ctx)
	}
	if err == nil {
		err = files.Renew(ctx, aside, func(done int) { how.progress(stageCaptures, done) })
	}
	if err == nil {
		err = store.Renewed(ctx)
	}
	if err == nil {
		err = files.Renewed(ctx)
	}
	return err
}

// settle carries what has been destroyed on to the erasures.
func (t *turnover) settle(ctx context.Context, open []*tumenv1.Erasure) error {
	for _, e := range open {
		if !t.destroyed(e) {
			continue
		}
		held, err := t.keeper.Held(uint64(e.GetEpoch()))
		if err != nil {
			return err
		}
		state := tumenv1.ErasureState_ERASURE_STATE_ERASED
		if held {
			state = tumenv1.ErasureState_ERASURE_STATE_HELD_BY_CUSTODIANS
		}
		if state == e.GetState() {
			continue
		}
		author := records.Author{Method: "server", Reason: "the keys of the time were destroyed"}
		if _, err := t.server.records.Change(ctx, author, func(tx *records.Tx) error { return settled(tx, e.GetName(), state) }); err != nil {
			return err
		}
	}
	return nil
}

// erasedStatement is what the ledger's entry about an erasure is about.
type erasedStatement struct {
	V       int      `json:"v"` // 1
	Erasure string   `json:"erasure"`
	Records []string `json:"records"`
	Epoch   int64    `json:"epoch"` // whose key was destroyed
}

// settled notes that the keys of an erasure's time are destroyed here, and states
// it in the ledger.
func settled(tx *records.Tx, name string, state tumenv1.ErasureState) error {
	before, err := records.Get[*tumenv1.Erasure](&tx.View, name)
	if err != nil {
		return err
	}
	e := proto.Clone(before).(*tumenv1.Erasure)
	if e.GetState() == tumenv1.ErasureState_ERASURE_STATE_CONFIRMED {
		e.DestroyTime = timestamppb.New(tx.Now())
		content, err := json.Marshal(erasedStatement{1, name, slices.Clone(e.GetRecords()), e.GetEpoch()})
		if err != nil {
			return err
		}
		if _, err := tx.State("erased", content); err != nil {
			return err
		}
	}
	e.State = state
	return tx.Put(e)
}
