package web

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// patience is how long pages under way may take once a site stops.
const patience = 2 * time.Second

// newServer is what reads requests for a site: slow ones are broken off, large headers
// refused. What takes longer for a reason moves its own deadline
// (http.ResponseController).
//
// It speaks HTTP/1.1 and no HTTP/2: a page loads a style sheet and a few pictures, for
// which a connection or two are enough, and streams that are opened and reset by the
// thousand are nothing that strangers can do.
func newServer(s *Site) *http.Server {
	var spoken http.Protocols
	spoken.SetHTTP1(true)
	return &http.Server{
		Handler:           s,
		Protocols:         &spoken,
		ConnContext:       s.welcome,
		ConnState:         s.crowd.follow,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it tells who asked
	}
}

// Serve answers at a listener until Stop, and then returns http.ErrServerClosed.
func (s *Site) Serve(l net.Listener) error { return s.server.Serve(l) }

// Stop lets pages under way end for two seconds, breaks off the rest, and closes the site.
func (s *Site) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		s.server.Close()
	}
	return s.Close()
}
