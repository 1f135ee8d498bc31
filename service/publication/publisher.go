package publication

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tumen/service/ledger"
	"tumen/service/records"
)

// Publisher publishes the ledger of a store. Its methods may be called by many
// goroutines at once.
type Publisher struct {
	records *records.Store
	policy  *Policy
	log     *slog.Logger
	client  *http.Client
	current atomic.Pointer[publication] // nil: nothing was published

	mu   sync.Mutex       // one publication at a time
	seen map[string]int64 // by the witness's key: the size that it cosigned last, as far as is known
}

// publication is what outsiders see.
type publication struct {
	checkpoint []byte
	size       int64
}

// New makes a Publisher and takes up the last publication where it stands. A nil
// policy asks no witness. Failures of witnesses go to log.
func New(ctx context.Context, store *records.Store, policy *Policy, log *slog.Logger) (*Publisher, error) {
	if policy == nil {
		policy = new(Policy)
	}
	if err := policy.fits(store.VerifierKey()); err != nil {
		return nil, fmt.Errorf("the policy of witnesses: %w", err)
	}
	p := &Publisher{records: store, policy: policy, log: log, client: newClient(), seen: map[string]int64{}}
	var last publication
	err := store.View(ctx, func(v *records.View) (err error) {
		last.checkpoint, last.size, err = v.Published()
		return err
	})
	if err == nil && last.checkpoint != nil {
		p.current.Store(&last)
		p.recall(&last)
	}
	return p, err
}

// recall takes from a cosigned checkpoint what its witnesses have seen.
func (p *Publisher) recall(last *publication) {
	_, lines, _ := cutSignatures(last.checkpoint)
	for _, w := range p.policy.witnesses {
		if _, err := w.Cosignature(last.checkpoint, lines); err == nil {
			p.seen[w.Key()] = last.size
		}
	}
}

// ErrQuorum: too few witnesses have cosigned. What was published before stays.
var ErrQuorum = errors.New("too few witnesses have cosigned the checkpoint; what was published before stays")

// Publish makes the ledger, as it is now, what outsiders see: it has the newest
// checkpoint cosigned, and keeps it durably before any of it is served. On an
// error what was published before stays. It takes a bounded time. The result is
// the published checkpoint, nil while the ledger is empty.
func (p *Publisher) Publish(ctx context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var next publication
	err := p.records.View(ctx, func(v *records.View) (err error) {
		next.checkpoint, next.size, err = v.Checkpoint()
		return err
	})
	if err != nil || next.checkpoint == nil {
		return nil, err
	}
	cosigned, n := p.cosigned(ctx, &next)
	if n < p.policy.quorum {
		return nil, fmt.Errorf("%w: %d, and it takes %d of %d", ErrQuorum, n, p.policy.quorum, len(p.policy.witnesses))
	}
	next.checkpoint = cosigned
	if err := p.records.Publish(ctx, next.checkpoint); err != nil {
		return nil, err
	}
	p.current.Store(&next)
	p.log.Info("the ledger was published", "leaves", next.size, "cosignatures", n)
	return next.checkpoint, nil
}

// cosigned asks all witnesses at once and adds their cosignatures to a checkpoint,
// in the order of the policy; one that fails is logged and keeps nobody waiting.
func (p *Publisher) cosigned(ctx context.Context, next *publication) ([]byte, int) {
	a := &asking{client: p.client, checkpoint: next.checkpoint, size: next.size, grown: func(from int64) (proof []ledger.Hash, err error) {
		return proof, p.records.View(ctx, func(v *records.View) error {
			proof, err = v.ProveGrowth(from, next.size)
			return err
		})
	}}
	lines := make([][]byte, len(p.policy.witnesses))
	var all sync.WaitGroup
	for i, w := range p.policy.witnesses {
		seen := min(p.seen[w.Key()], next.size)
		all.Go(func() {
			line, err := a.cosign(ctx, w, seen)
			level := slog.LevelWarn
			if errors.Is(err, errSplit) {
				level = slog.LevelError
			}
			if err != nil {
				p.log.Log(ctx, level, "a witness did not cosign the ledger", "witness", w.label, "error", err)
				return
			}
			lines[i] = line
		})
	}
	all.Wait()
	checkpoint, n := append([]byte{}, next.checkpoint...), 0
	for i, w := range p.policy.witnesses {
		if lines[i] != nil {
			p.seen[w.Key()] = next.size
			checkpoint, n = append(checkpoint, lines[i]...), n+1
		}
	}
	return checkpoint, n
}

// Run publishes at every full multiple of every, counted from midnight UTC of 1
// January of the year 1: with an hour, at the full hour. It returns when ctx is
// done. A publication that fails is logged, and the next is tried at its time.
func (p *Publisher) Run(ctx context.Context, every time.Duration) {
	onSchedule(ctx, time.Now, every, func() {
		if _, err := p.publishSafely(ctx); err != nil && ctx.Err() == nil {
			p.log.Error("the ledger was not published: outsiders see what they saw before", "error", err)
		}
	})
}

// publishSafely is Publish for a goroutine of its own, where a panic would end the
// server.
func (p *Publisher) publishSafely(ctx context.Context) (checkpoint []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic with a %T", v)
		}
	}()
	return p.Publish(ctx)
}
