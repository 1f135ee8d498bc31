package web

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// sending is a table on its way to the server, beside requests: bound to the session in
// which somebody sent it, and stopped when they sign out.
type sending struct {
	in    string // the case
	back  string // the page of its table
	total int
	sent  atomic.Int64 // so many rows have gone out
	stop  context.CancelFunc
	done  chan struct{} // closed when what follows is known
	reply *tumenv1.ApplyMatterResponse
	err   error
}

// finished says whether it has ended.
func (s *sending) finished() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// underway is the session's sending; nil if there is none.
func (s *session) underway() *sending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sending
}

// stopSending has nothing more sent.
func (s *session) stopSending() {
	if of := s.underway(); of != nil {
		of.stop()
	}
}

// send begins to send documents for the session, and gives what tells how far it is. Once
// they are recorded, the draft that they were typed in is deleted.
func (v *visit) send(in, back, draft string, header *tumenv1.MatterHeader, documents []*tumenv1.MatterDocument) {
	ctx, stop := context.WithCancel(client.As(v.site.beside, client.Caller{Token: v.session.token}))
	s := &sending{in: in, back: back, total: len(documents), stop: stop, done: make(chan struct{})}
	v.session.mu.Lock()
	v.session.sending = s
	v.session.mu.Unlock()
	site := v.site
	site.sendings.Go(func() {
		defer stop()
		defer close(s.done)
		s.reply, s.err = site.conn.ApplyMatter(ctx, header, slices.Values(documents), func(n int) { s.sent.Store(int64(n)) })
		if s.err == nil {
			site.dropDraft(ctx, draft)
		}
	})
}

// lookFor is for how long a page waits for the end of what it shows: nobody has to look
// again for what takes but a moment.
const lookFor = 3 * time.Second

// progressPage shows how far a sending is.
type progressPage struct {
	In, Back    string
	Sent, Total int
	Of          string // the total, to read
	None        bool   // nothing is on its way
	Running     bool
	Created     int
	Fault       string
	Server      string // the server's own words
}

// showProgress says how far what the session sends is.
func (s *Site) showProgress(v *visit) error {
	of := v.session.underway()
	if in := "cases/" + v.r.PathValue("case"); of == nil || of.in != in {
		return v.render(http.StatusOK, "progress", v.say().Say("bulk.progress"), &progressPage{In: in, None: true})
	}
	wait, cancel := context.WithTimeout(v.r.Context(), lookFor)
	defer cancel()
	select {
	case <-of.done:
	case <-wait.Done():
	}
	p := &progressPage{In: of.in, Back: of.back, Sent: int(of.sent.Load()), Total: of.total, Of: v.say().Number(int64(of.total)), Running: !of.finished()}
	status := http.StatusOK
	if !p.Running {
		p.Created = int(of.reply.GetCreated())
		if of.err != nil {
			status, p.Fault = http.StatusConflict, v.say().Say("bulk.not_sent")
			if _, f := v.failure(of.err); f.Server != "" {
				p.Server = f.Server
			} else {
				p.Server = f.Said
			}
		}
	}
	return v.render(status, "progress", v.say().Say("bulk.progress"), p)
}

// stopProgress stops what the session sends.
func (s *Site) stopProgress(v *visit) error {
	v.session.stopSending()
	return v.redirect(link("cases/"+v.r.PathValue("case")) + "/bulk/progress")
}
