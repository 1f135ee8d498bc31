package web

import (
	"context"
	"time"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// restingAfter is when a form's session is told to the tumen server again, which forgets
// what lies unused for 30 minutes; keepEvery is how often that is looked at.
const (
	restingAfter = 15 * time.Minute
	keepEvery    = 5 * time.Minute
)

// keepTyping has the tumen server remember the sessions of people who may be typing in a
// form for long, so that what they send late can be kept as a draft. In such a session
// nothing else can be done any more. It ends with ctx.
func (s *Site) keepTyping(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.remindServer(ctx)
		}
	}
}

func (s *Site) remindServer(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, keepEvery)
	defer cancel()
	for _, of := range s.sessions.lastForms() {
		// One that is refused is found to be when somebody sends the form.
		_, _ = s.conn.Access.GetSelf(client.As(ctx, client.Caller{Token: of.token}), &tumenv1.GetSelfRequest{})
	}
}
