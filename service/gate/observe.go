package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"

	"tumen/service/access"
)

// counts are the metrics of calls.
type counts struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func register(metrics prometheus.Registerer) (*counts, error) {
	c := &counts{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tumen_calls_total", Help: "Calls by method and gRPC code.",
		}, []string{"method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tumen_call_seconds", Help: "How long calls took, from their headers to their answer.",
			Buckets: prometheus.ExponentialBuckets(0.000_1, 4, 10),
		}, []string{"method"}),
	}
	var there prometheus.AlreadyRegisteredError
	if err := metrics.Register(c.calls); errors.As(err, &there) {
		c.calls, _ = there.ExistingCollector.(*prometheus.CounterVec)
	} else if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	if err := metrics.Register(c.seconds); errors.As(err, &there) {
		c.seconds, _ = there.ExistingCollector.(*prometheus.HistogramVec)
	} else if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	if c.calls == nil || c.seconds == nil {
		return nil, errors.New("gate: metrics of other kinds have the names of the gate's")
	}
	return c, nil
}

// finish counts and logs what a call came to, and gives the error to answer.
func (g *Gate) finish(ctx context.Context, p *passage, err error) error {
	o := outcomeOf(err)
	took := time.Since(p.start)
	method := p.method
	if _, known := g.door.Table[method]; !known && !open[method] {
		// A caller makes these up: they would fill the log and the metrics.
		method = "unknown"
	}
	g.counts.calls.WithLabelValues(method, o.code.String()).Inc()
	g.counts.seconds.WithLabelValues(method).Observe(took.Seconds())
	if level := levelOf(o.code); g.door.Log.Enabled(ctx, level) {
		said, unsaid := g.refusals.of(p.reader, o.code).say()
		if !said {
			return o.status.Err()
		}
		attrs := make([]slog.Attr, 0, 8)
		attrs = append(attrs, slog.String("method", method), slog.String("code", o.code.String()),
			slog.Duration("took", took), slog.String("member", p.reader.Member))
		if err != nil {
			attrs = append(attrs, slog.String("reason", o.reason))
		}
		if unsaid > 0 {
			attrs = append(attrs, slog.Int64("unlogged", unsaid))
		}
		if o.incident != "" {
			attrs = append(attrs, causes(o, err)...)
		}
		g.door.Log.LogAttrs(ctx, level, "call", attrs...)
	}
	if o.status == nil {
		return nil
	}
	return o.status.Err()
}

// refusals are what is refused to strangers and to members, which each can ask for as
// fast as they like: the log tells of so many, and how many it left out. Those of
// strangers hide no member's.
type refusals struct{ strangers, members muffled }

func newRefusals() *refusals {
	return &refusals{muffled{limit: rate.NewLimiter(refusalsPerSecond, refusalsAtOnce)}, muffled{limit: rate.NewLimiter(refusalsPerSecond, refusalsAtOnce)}}
}

const (
	refusalsPerSecond = 5
	refusalsAtOnce    = 200
)

// of is what a call that came to a code counts among; nil: the log tells of all such.
func (r *refusals) of(reader access.Reader, code codes.Code) *muffled {
	switch code {
	case codes.Unauthenticated, codes.PermissionDenied, codes.ResourceExhausted:
	default:
		return nil
	}
	if reader.Member == "" {
		return &r.strangers
	}
	return &r.members
}

// muffled is what the log tells of so often and no more.
type muffled struct {
	limit  *rate.Limiter
	unsaid atomic.Int64
}

// say says whether the log tells of one more, and how many it left out before.
func (m *muffled) say() (said bool, unsaid int64) {
	if m == nil {
		return true, 0
	}
	if !m.limit.Allow() {
		m.unsaid.Add(1)
		return false, 0
	}
	return true, m.unsaid.Swap(0)
}

// causes is what the log says of an error of ours, and nobody else is told.
func causes(o outcome, err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("incident", o.incident), slog.String("cause", err.Error())}
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	return attrs
}

// logFault logs an error of ours that no call is finished with.
func (g *Gate) logFault(ctx context.Context, what string, o outcome, err error) {
	g.door.Log.LogAttrs(ctx, levelOf(o.code), what, causes(o, err)...)
}

// levelOf says how loudly the log speaks of an outcome.
func levelOf(code codes.Code) slog.Level {
	switch code {
	case codes.OK:
		return slog.LevelDebug
	case codes.Internal:
		return slog.LevelError
	case codes.PermissionDenied, codes.Unauthenticated:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// kindOf names the type of a value without its content.
func kindOf(v any) string { return fmt.Sprintf("%T", v) }
