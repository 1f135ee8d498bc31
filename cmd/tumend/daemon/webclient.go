package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"google.golang.org/grpc"

	"tumen/clients/client"
	"tumen/clients/web"
)

const (
	// maxBrowsers is how many connections a listener of the web client holds in all.
	maxBrowsers = 2048
	// fewerBrowsers is from where on connections that wait make room for others, so that
	// the listener has nobody to refuse.
	fewerBrowsers = 1536
)

// webLimits are what browsers may ask for: far more than by hand, and of strangers no
// more than lets the server's other callers sign in beside them.
var webLimits = web.Limits{Session: 20, Address: 10, Strangers: 100, SignIns: 8, Connections: fewerBrowsers}

// ownClient is how the web client reaches this server: within the process, by a door that
// holds nobody up for another (service.PublicAndShared), as who signs in there.
func (s *Server) ownClient() web.Config {
	return web.Config{
		// The certificate of the server bears this name; the port is nobody's.
		Profile: &client.Profile{Address: "localhost:1", CA: s.CA()},
		Dial:    []client.Option{client.WithDialOptions(grpc.WithContextDialer(s.inside.Dial))},
		Leave:   s.settings.WebLeave, Log: s.log,
	}
}

// listenWeb opens the doors for browsers that the settings ask for.
func (s *Server) listenWeb(ctx context.Context, refused func()) error {
	if s.settings.WebListen != "" {
		if err := s.listenSite(ctx, refused); err != nil {
			return fmt.Errorf("web_listen: %w", err)
		}
	}
	if s.settings.WebOnion != "" {
		if err := s.listenOnion(ctx, refused); err != nil {
			return fmt.Errorf("web_onion_listen: %w", err)
		}
	}
	return nil
}

// listenSite opens the door for browsers that come by HTTPS, over TLS of its own or of a
// proxy on this machine. From a proxy all come from one address; what it says of others
// is not believed, as anybody can say it.
func (s *Server) listenSite(ctx context.Context, refused func()) error {
	config := s.ownClient()
	config.Limits, config.Onion = webLimits, s.settings.WebOnion
	config.Secure = s.settings.webScheme() == "https"
	config.Hosts = s.settings.webHosts()
	most, secured := maxBrowsers, func(l net.Listener) net.Listener { return l }
	if s.settings.WebCert != "" {
		shown, err := openWebCertificate(s.settings.WebCert, s.settings.WebKey, s.settings.WebNames, s.log)
		if err != nil {
			return err
		}
		config.Hosts, config.AddressOf = shown.hosts, addressOf
		most, secured = s.settings.MaxConnections, func(l net.Listener) net.Listener { return tls.NewListener(l, shown.tlsConfig()) }
	}
	l, err := s.openSite(ctx, config, s.settings.WebListen, secured, most, refused)
	if err == nil {
		s.webAddress = l.Addr().String()
		s.log.Info("serving the web client", "address", s.webAddress, "scheme", s.settings.webScheme())
	}
	return err
}

// listenOnion opens the door that Tor passes on to.
func (s *Server) listenOnion(ctx context.Context, refused func()) error {
	config := s.ownClient()
	config.Limits, config.Hosts = webLimits, web.Named(s.settings.WebOnion)
	l, err := s.openSite(ctx, config, s.settings.WebOnionListen, func(l net.Listener) net.Listener { return l }, maxBrowsers, refused)
	if err == nil {
		s.onionAddress = l.Addr().String()
		s.log.Info("serving the web client to Tor", "address", s.onionAddress)
	}
	return err
}

// openSite serves a site at an address, with so many connections from each other one.
func (s *Server) openSite(ctx context.Context, config web.Config, address string, secured func(net.Listener) net.Listener, most int, refused func()) (net.Listener, error) {
	site, err := web.New(ctx, config)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errors.Join(err, site.Close())
	}
	s.sites = append(s.sites, site)
	limited := newLimitedListener(l, most, maxBrowsers, refused)
	s.serve(func() error { return site.Serve(secured(limited)) })
	return l, nil
}

// WebAddress is where browsers call, host:port, or empty.
func (s *Server) WebAddress() string { return s.webAddress }

// OnionAddress is where Tor passes on to, host:port, or empty.
func (s *Server) OnionAddress() string { return s.onionAddress }

// demoPages opens the web client beside a demonstration, and gives its URL: anybody on
// this machine may sign in as one of its members.
func (s *Server) demoPages(ctx context.Context, profiles string) (url string, err error) {
	config := s.ownClient()
	for _, m := range demoMembers {
		profile, err := client.LoadProfile(filepath.Join(profiles, m.Member+".yaml"))
		if err != nil {
			return "", err
		}
		config.Demonstration = append(config.Demonstration, web.Member{Name: m.Member, Token: profile.Token})
	}
	l, err := s.openSite(ctx, config, "127.0.0.1:0", func(l net.Listener) net.Listener { return l }, maxBrowsers, func() {})
	if err != nil {
		return "", err
	}
	return "http://" + l.Addr().String() + "/", nil
}
