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
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

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
	address   string       // where public listens
	scrape    string       // where metrics listens; empty: nowhere
	patience  time.Duration
	failed    chan error
	serving   sync.WaitGroup
	stop      sync.Once
	stopped   error
}

// Start opens the store and begins to take calls; Stop ends it. On an error
// nothing is left running. demo opens a demonstration store, and no other.
func Start(ctx context.Context, s *Settings, log *slog.Logger, demo bool) (*Server, error) {
	if !demo && sameDisk(s.DataDir, s.KeysDir) {
		log.Warn("the keys are on the same disk as the data: whoever takes it takes both; put them elsewhere (--keys-dir)", "keys_dir", s.KeysDir)
	}
	if err := s.checkIssuer(); err != nil {
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
	server := &Server{settings: s, log: log, opened: o, authority: authority, patience: stopPatience, failed: make(chan error, 4)}
	if err := server.listen(registry); err != nil {
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
func (s *Server) listen(registry *prometheus.Registry) error {
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
	if s.public, err = s.opened.service.Public(creds); err != nil {
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
	limited := newLimitedListener(members, s.settings.MaxConnections)
	s.serve(func() error { return s.public.Serve(limited) })
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
		deadline := time.AfterFunc(s.patience, func() {
			s.log.Warn("breaking off calls that have not finished")
			s.breakOff()
		})
		for _, server := range []*grpc.Server{s.public, s.admin} {
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
		s.stopped = s.opened.close()
		if s.stopped != nil {
			s.log.Error("stopped", "error", s.stopped)
		} else {
			s.log.Info("stopped")
		}
	})
	return s.stopped
}

func (s *Server) breakOff() {
	for _, server := range []*grpc.Server{s.public, s.admin} {
		if server != nil {
			server.Stop()
		}
	}
}
