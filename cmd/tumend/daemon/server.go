package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"tumen/clients/web"
	"tumen/service"
	"tumen/storage"
)

// stopPatience is how long calls may go on after the server was told to stop.
const stopPatience = 10 * time.Second

// Server is a running tumend: it takes members' calls over TLS (or, where that
// is asked for, without it on loopback), and local administration over the admin socket.
type Server struct {
	settings  *Settings
	log       *slog.Logger
	opened    *opened
	authority *authority
	public    *grpc.Server
	admin     *grpc.Server
	metrics   *http.Server // nil: none
	tiles     *tilesServer // nil: none
	inside    *inside      // where our own web client calls
	shared    *grpc.Server // answers there
	sites     []*web.Site
	address   string // where public listens
	scrape    string // where metrics listens; empty: nowhere

	webAddress, onionAddress string // where sites listen; empty: nowhere

	patience time.Duration
	failed   chan error
	serving  sync.WaitGroup
	stop     sync.Once
	stopped  error
}

// Start opens the store and begins to take calls; Stop ends it. On an error
// nothing is left running. demo opens a demonstration store, and no other.
func Start(ctx context.Context, s *Settings, log *slog.Logger, demo bool) (*Server, error) {
	if !demo && sameDisk(s.DataDir, s.KeysDir) {
		log.Warn("the keys are on the same disk as the data: whoever takes it takes both; put them elsewhere (--keys-dir)", "keys_dir", s.KeysDir)
	}
	if err := errors.Join(s.checkIssuer(), s.checkWeb()); err != nil {
		return nil, err
	}
	if s.BackupDir != "" {
		if _, err := parseRecipients(s.BackupRecipients); err != nil {
			return nil, fmt.Errorf("backup_dir: %w", err)
		}
	}
	// The store's lock decides; this only saves waiting for it.
	if running, err := socketAnswers(s.AdminSocket); err == nil && running {
		return nil, fmt.Errorf("%s is in use: a server answers at %s (%w)", s.store(), s.AdminSocket, storage.ErrInUse)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	o, err := open(ctx, s, opening{demo: demo, tiles: true, log: log, metrics: registry})
	if err != nil {
		return nil, err
	}
	authority, err := s.authority(ctx) // after the keys, which tell more clearly when the folder is another's
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	server := &Server{settings: s, log: log, opened: o, authority: authority, patience: stopPatience, inside: listenInside(), failed: make(chan error, 8)}
	if err := server.listen(ctx, registry); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	o.service.SetServing(true)
	log.Info("taking calls", "address", server.address, "store", s.store(), "demo", demo)
	return server, nil
}

// sameDisk says whether two folders lie in one file system.
func sameDisk(a, b string) bool {
	device := func(path string) (uint64, bool) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, false
		}
		about, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return 0, false
		}
		return uint64(about.Dev), true
	}
	deviceA, okA := device(a)
	deviceB, okB := device(b)
	return okA && okB && deviceA == deviceB
}

// listen opens the doors: the admin socket first, so that local commands find
// it as soon as the store is held. By then the port is known that it tells them.
func (s *Server) listen(ctx context.Context, registry *prometheus.Registry) error {
	var err error
	if s.admin, err = s.opened.service.Admin(); err != nil {
		return err
	}
	reach, creds := service.Reach{CA: s.CA()}, credentials.NewTLS(s.authority.tlsConfig())
	if s.settings.Plaintext {
		if err := s.settings.checkPlaintext(); err != nil { // settings made by hand may never have been
			return err
		}
		s.log.Warn("calls are taken without TLS, of this machine only", "listen", s.settings.Listen)
		reach.CA, creds = "", insecure.NewCredentials()
	}
	s.opened.service.SetAuthority(s.authority.ofMembers())
	if err := s.useIssuer(); err != nil {
		return err
	}
	if s.public, s.shared, err = s.opened.service.PublicAndShared(creds, credentials.NewTLS(s.authority.tlsConfig())); err != nil {
		return err
	}
	members, err := net.Listen("tcp", s.settings.Listen)
	if err != nil {
		return err
	}
	s.address, reach.Address = members.Addr().String(), s.settings.reachedAt(members.Addr())
	s.opened.service.SetReach(reach)
	socket, err := listenPrivately(s.settings.AdminSocket)
	if err != nil {
		return errors.Join(err, members.Close())
	}
	s.serve(func() error { return s.admin.Serve(socket) })
	refused := s.crowd(registry)
	limited := newLimitedListener(members, s.settings.MaxConnections, maxConnections, refused)
	s.serve(func() error { return s.public.Serve(limited) })
	s.serve(func() error { return s.shared.Serve(s.inside) })
	if err := s.listenWeb(ctx, refused); err != nil {
		return err
	}
	if s.opened.publisher != nil {
		if err := s.listenTiles(); err != nil {
			return err
		}
	}
	if s.settings.MetricsListen == "" {
		return nil
	}
	return s.listenMetrics(registry)
}

// crowd gives what counts the connections that are closed because there are too many,
// and says so in the log once a minute, without telling whose they are.
func (s *Server) crowd(metrics prometheus.Registerer) func() {
	refused := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "tumen_connections_refused_total", Help: "Connections closed at once, as there were too many.",
	})
	metrics.MustRegister(refused)
	said := rate.NewLimiter(rate.Every(time.Minute), 1)
	return func() {
		refused.Inc()
		if said.Allow() {
			s.log.Warn("connections are closed at once, as there are too many", "from_one_address", s.settings.MaxConnections, "in_all", maxConnections, "of_browsers", maxBrowsers)
		}
	}
}

func (s *Server) listenMetrics(registry *prometheus.Registry) error {
	l, err := net.Listen("tcp", s.settings.MetricsListen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s.metrics = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	s.scrape = l.Addr().String()
	s.serve(func() error { return s.metrics.Serve(l) })
	return nil
}

// serve runs what takes calls; its end, unless we asked for it, ends the server.
func (s *Server) serve(run func() error) {
	s.serving.Go(func() {
		if err := run(); err != nil && !errors.Is(err, grpc.ErrServerStopped) && !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	})
}

// Address is where members call: host:port, with the port that was chosen if
// the settings left it open (port 0).
func (s *Server) Address() string { return s.address }

// MetricsAddress is where the metrics are, host:port, or empty.
func (s *Server) MetricsAddress() string { return s.scrape }

// CA is the certificate that clients trust, in PEM.
func (s *Server) CA() string { return string(s.authority.pem) }

// Wait returns when ctx is done, with nil, or when the server can't go on.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("the server can't go on: %w", err)
	}
}

// Stop tells health checks, lets calls under way finish for up to ten seconds,
// breaks off the rest, and closes the store. Stopping again does nothing and
// returns the same.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.opened.service.SetServing(false)
		var closed error
		for _, site := range s.sites { // first, as its pages are made of calls
			closed = errors.Join(closed, site.Stop())
		}
		deadline := time.AfterFunc(s.patience, func() {
			s.log.Warn("breaking off calls that have not finished")
			s.breakOff()
		})
		for _, server := range s.servers() {
			if server != nil {
				server.GracefulStop()
			}
		}
		deadline.Stop()
		if s.metrics != nil {
			s.metrics.Close()
		}
		if s.tiles != nil {
			s.tiles.stop()
		}
		s.serving.Wait()
		s.stopped = errors.Join(closed, s.opened.close())
		if s.stopped != nil {
			s.log.Error("stopped", "error", s.stopped)
		} else {
			s.log.Info("stopped")
		}
	})
	return s.stopped
}

func (s *Server) servers() []*grpc.Server { return []*grpc.Server{s.public, s.shared, s.admin} }

func (s *Server) breakOff() {
	for _, server := range s.servers() {
		if server != nil {
			server.Stop()
		}
	}
}
