package daemon

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"tumen/clients/client"
	"tumen/clients/web"
)

// webServer serves the web client of a demonstration to browsers on this machine.
type webServer struct {
	http *http.Server
	site *web.Site
	url  string
}

// demoPages opens the web client beside a demonstration: anybody on this machine may
// sign in as one of its members.
func (s *Server) demoPages(ctx context.Context, profiles string) (*webServer, error) {
	config := web.Config{Log: s.log}
	for _, m := range demoMembers {
		profile, err := client.LoadProfile(filepath.Join(profiles, m.Member+".yaml"))
		if err != nil {
			return nil, err
		}
		config.Profile = profile
		config.Demonstration = append(config.Demonstration, web.Member{Name: m.Member, Token: profile.Token})
	}
	site, err := web.New(ctx, config)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, site.Close())
	}
	w := &webServer{site: site, url: "http://" + l.Addr().String() + "/", http: &http.Server{
		Handler:           site,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it tells who asked
	}}
	limited := newLimitedListener(l, maxConnections, func() {})
	s.serve(func() error { return w.http.Serve(limited) })
	return w, nil
}

// webPatience is how long pages under way may take once the server stops.
const webPatience = 2 * time.Second

func (w *webServer) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), webPatience)
	defer cancel()
	if w.http.Shutdown(ctx) != nil {
		w.http.Close()
	}
	return w.site.Close()
}
