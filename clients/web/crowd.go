package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// crowd are the connections of a site. Whoever opens many and says nothing, or says it
// slowly, would have all that there may be: behind an onion service they can't be told
// from others. So where there are too many, the one goes that has waited longest without
// a request of its own being answered: theirs, and not the next visitor's.
type crowd struct {
	most int // 0: as many as come

	mu  sync.Mutex
	all map[net.Conn]*visitor
}

// visitor is one connection.
type visitor struct {
	conn    net.Conn
	address netip.Addr // the zero one: not told
	waiting time.Time  // since when; zero while a request is answered
}

type visitorKey struct{}

// visitorOf is the connection that a request came by; nil outside of Serve.
func visitorOf(r *http.Request) *visitor {
	v, _ := r.Context().Value(visitorKey{}).(*visitor)
	return v
}

// welcome takes a connection in. Its context goes with it as long as it is there.
func (s *Site) welcome(ctx context.Context, c net.Conn) context.Context {
	v := &visitor{conn: c, waiting: time.Now()}
	if s.config.AddressOf != nil {
		v.address = s.config.AddressOf(c)
	}
	if gone := s.crowd.enter(v); gone != nil {
		gone.conn.Close()
	}
	return context.WithValue(ctx, visitorKey{}, v)
}

// enter gives the visitor that has to go for this one; nil for none.
func (c *crowd) enter(v *visitor) (gone *visitor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most > 0 && len(c.all) >= c.most {
		for _, other := range c.all {
			if !other.waiting.IsZero() && (gone == nil || other.waiting.Before(gone.waiting)) {
				gone = other
			}
		}
		if gone != nil {
			delete(c.all, gone.conn)
		}
	}
	c.all[v.conn] = v
	return gone
}

// follow implements http.Server.ConnState.
func (c *crowd) follow(conn net.Conn, now http.ConnState) {
	if now == http.StateClosed || now == http.StateHijacked {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.all, conn)
	}
}

// answering says that a request of a visitor is answered, until what it gives is called.
func (c *crowd) answering(v *visitor) (done func()) {
	if v == nil {
		return func() {}
	}
	set := func(since time.Time) {
		c.mu.Lock()
		defer c.mu.Unlock()
		v.waiting = since
	}
	set(time.Time{})
	return func() { set(time.Now()) }
}
