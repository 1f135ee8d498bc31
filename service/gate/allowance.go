package gate

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
)

// An Allowance is how much the members of one organisation may ask of the server,
// together. What is zero is without limit.
type Allowance struct {
	CallsPerSecond int   // on average; for a moment burstSeconds times as many
	CallsAtOnce    int   // under way
	WritesPerDay   int   // calls that change something, and documents of a matter
	BytesPerDay    int64 // sent with such calls, captures included
}

// Allowances are how much each organisation may ask for: its own workers, and its
// members who are partners and nothing else.
type Allowances struct{ Workers, Partners Allowance }

const (
	burstSeconds = 4
	day          = 24 * time.Hour
	// maxRations bounds what is remembered of who asked for how much. There is a
	// ration for each organisation whose members call, so outsiders add none.
	maxRations = 10_000
)

// rations hand out what the allowances give. A nil one gives everything.
type rations struct {
	allowances Allowances
	mu         sync.Mutex
	of         map[rationKey]*ration
}

type rationKey struct {
	organisation string
	partner      bool
}

// A ration is what is left of an organisation's allowance. Each part fills up evenly
// with time: there is no midnight at which all of it comes back at once.
type ration struct {
	allowance            Allowance
	calls, writes, bytes *rate.Limiter
	underWay             atomic.Int64
}

func newRations(a Allowances) *rations {
	if a == (Allowances{}) {
		return nil
	}
	return &rations{allowances: a, of: map[rationKey]*ration{}}
}

func newRation(a Allowance) *ration {
	return &ration{
		allowance: a,
		calls:     bucket(int64(a.CallsPerSecond), time.Second, burstSeconds),
		writes:    bucket(int64(a.WritesPerDay), day, 1),
		bytes:     bucket(a.BytesPerDay, day, 1),
	}
}

// bucket holds so many times what comes in each span.
func bucket(most int64, each time.Duration, times int64) *rate.Limiter {
	if most == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(float64(most)/each.Seconds()), int(most*times))
}

// forReader is the ration that a member's calls are taken from.
func (r *rations) forReader(reader access.Reader) *ration {
	isPartner := func(role tumenv1.Role) bool { return role == tumenv1.Role_ROLE_PARTNER }
	key := rationKey{reader.Organisation, len(reader.Roles) > 0 && !slices.ContainsFunc(reader.Roles, func(role tumenv1.Role) bool { return !isPartner(role) })}
	r.mu.Lock()
	defer r.mu.Unlock()
	if found, ok := r.of[key]; ok {
		return found
	}
	if len(r.of) >= maxRations {
		r.forget(time.Now())
	}
	made := newRation(r.allowances.Workers)
	if key.partner {
		made = newRation(r.allowances.Partners)
	}
	r.of[key] = made
	return made
}

// forget drops the rations that nothing is missing of: made anew they are the same.
func (r *rations) forget(now time.Time) {
	for key, one := range r.of {
		if one.underWay.Load() == 0 && full(one.calls, now) && full(one.writes, now) && full(one.bytes, now) {
			delete(r.of, key)
		}
	}
}

func full(l *rate.Limiter, now time.Time) bool {
	return l.Limit() == rate.Inf || l.TokensAt(now) >= float64(l.Burst())
}

// enter takes a call from its caller's ration, or refuses it. The call counts as
// under way until ctx, which is its own, is done.
func (r *rations) enter(ctx context.Context, reader access.Reader) error {
	if r == nil {
		return nil
	}
	one := r.forReader(reader)
	if wait := take(one.calls, 1); wait > 0 {
		return spent(callsTooFrequent, int64(one.allowance.CallsPerSecond), "calls a second", wait)
	}
	if most := int64(one.allowance.CallsAtOnce); most > 0 && one.underWay.Add(1) > most {
		one.underWay.Add(-1)
		return spent("TOO_MANY_CALLS_AT_ONCE", most, "calls at once", time.Second)
	} else if most > 0 {
		context.AfterFunc(ctx, func() { one.underWay.Add(-1) })
	}
	return nil
}

// charge takes a message of a call that writes from its caller's ration: its bytes,
// and so many changes.
func (r *rations) charge(reader access.Reader, message proto.Message, writes int) error {
	if r == nil {
		return nil
	}
	one := r.forReader(reader)
	if wait := take(one.bytes, proto.Size(message)); wait > 0 {
		return spent("BYTES_SPENT", one.allowance.BytesPerDay, "bytes a day", wait)
	}
	if wait := take(one.writes, writes); wait > 0 {
		return spent("WRITES_SPENT", int64(one.allowance.WritesPerDay), "changes a day", wait)
	}
	return nil
}

// take takes so much from a bucket, or nothing and says how long to wait for it.
func take(from *rate.Limiter, n int) time.Duration {
	now := time.Now()
	reserved := from.ReserveN(now, n)
	if !reserved.OK() {
		return day // more than it ever holds
	}
	wait := reserved.DelayFrom(now)
	if wait > 0 {
		reserved.CancelAt(now)
	}
	return wait
}

const callsTooFrequent = "CALLS_TOO_FREQUENT"

// spent refuses what goes beyond an allowance.
func spent(reason string, most int64, what string, wait time.Duration) error {
	wait = max(roundedUp(wait), time.Millisecond)
	return fault.New(fault.TooLarge, reason, "your organisation may make the server take %d %s, and asks for more: try again in %s, or ask whoever runs the server to allow more", most, what, wait).
		With("limit", strconv.FormatInt(most, 10)).Later(wait)
}

// roundedUp is a time to wait as people are told it.
func roundedUp(d time.Duration) time.Duration {
	unit := time.Millisecond
	if d > time.Second {
		unit = time.Second
	}
	return (d + unit - 1).Truncate(unit)
}
