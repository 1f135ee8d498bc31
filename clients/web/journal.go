package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	refusalsPerSecond = 5
	refusalsAtOnce    = 200
)

// journal is what the log is told of pages. Of refusals, which anybody can ask for as
// fast as they like, it tells so many and how many it left out: they fill no disk.
type journal struct {
	log    *slog.Logger
	told   *rate.Limiter
	untold atomic.Int64
}

func newJournal(log *slog.Logger) *journal {
	return &journal{log: log, told: rate.NewLimiter(refusalsPerSecond, refusalsAtOnce)}
}

// note tells of a page that was answered: what went well at debug level, as everywhere.
func (j *journal) note(r *http.Request, status int, took time.Duration) {
	level, more := slog.LevelDebug, []slog.Attr(nil)
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status >= http.StatusBadRequest:
		if !j.told.Allow() {
			j.untold.Add(1)
			return
		}
		level = slog.LevelInfo
		if n := j.untold.Swap(0); n > 0 {
			more = append(more, slog.Int64("unlogged", n))
		}
	}
	j.log.LogAttrs(context.Background(), level, "page", append([]slog.Attr{
		slog.String("method", knownMethod(r.Method)), slog.String("pattern", r.Pattern), slog.Int("status", status), slog.Duration("took", took.Round(time.Microsecond)),
	}, more...)...)
}
