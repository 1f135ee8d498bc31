// Package service is Tumen's gRPC services: thin handlers between the gate,
// which every call passes, the pure rules, and the records.
package service

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/captures"
	"tumen/service/gate"
	"tumen/service/issuer"
	"tumen/service/passphrase"
	"tumen/service/publication"
	"tumen/service/records"
	"tumen/service/seal"
)

// Config is what a Server stands on. Records and Captures stay their owner's:
// Close does not close them.
type Config struct {
	Records  *records.Store
	Captures *captures.Store
	// Publisher publishes the ledger; nil: it is not published.
	Publisher *publication.Publisher
	Logger    *slog.Logger          // ids and reasons, never content
	Metrics   prometheus.Registerer // nil: none
	SealKey   []byte                // 32 bytes: etags and page tokens hold across restarts
	Demo      bool                  // tell every caller that this is a demonstration
	// Epoch wraps the data keys of Records and Captures, and is turned over when an
	// erasure asks for it. Keeper, which may be nil, sees to the custodians then.
	Epoch  *seal.Epoch
	Keeper Keeper
	// Allowances are how much each organisation may ask of the public server.
	Allowances gate.Allowances
	// Reflection lets members ask the public server which services it has.
	Reflection bool
}

// Server holds what the services share.
type Server struct {
	records  *records.Store
	captures *captures.Store
	logger   *slog.Logger
	etagKey  []byte
	pages    *pageSealer
	config   Config
	table    access.Table
	health   *health.Server
	members  memberCache
	used     chan []byte // keys of credentials whose use is to be noted
	attempts attempts
	hasher   *passphrase.Hasher
	turnover *turnover
	denials  *denials
	reach    atomic.Pointer[Reach]
	// authority signs client certificates; nil: the server gives out none.
	authority atomic.Pointer[Authority]
	// issuer is whose ID tokens count, once an administrator has confirmed it; nil: nobody's.
	issuer   atomic.Pointer[issuer.Issuer]
	life     context.Context // until Close
	stopping chan struct{}   // closed once it takes no more calls
	stopped  sync.Once
	stop     context.CancelFunc
	work     sync.WaitGroup
}

// New puts a server together and starts carrying source changes on to the
// findings, seeing to the turnovers of the epoch, and dropping drafts whose time is up.
func New(cfg Config) (*Server, error) {
	etagKey, err := hkdf.Key(sha256.New, cfg.SealKey, nil, "tumen etags", 32)
	if err != nil {
		return nil, err
	}
	pages, err := newPageSealer(cfg.SealKey)
	if err != nil {
		return nil, err
	}
	table, err := access.Rules(protoregistry.GlobalFiles)
	if err != nil {
		return nil, err
	}
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{records: cfg.Records, captures: cfg.Captures, logger: cfg.Logger, etagKey: etagKey, pages: pages, config: cfg, table: table, health: health.NewServer(), used: make(chan []byte, 100), hasher: passphrase.NewHasher(), stopping: make(chan struct{})}
	if cfg.Epoch == nil {
		return nil, errors.New("a server without the key of the epoch can't erase")
	}
	s.turnover, s.denials = newTurnover(s), newDenials(s)
	ctx, stop := context.WithCancel(context.Background())
	s.life, s.stop = ctx, stop
	s.work.Go(func() { s.fanOut(ctx) })
	s.work.Go(func() { s.turnover.run(ctx) })
	s.work.Go(func() { s.noteUses(ctx) })
	s.work.Go(func() { s.denials.run(ctx) })
	s.work.Go(func() { s.dropDrafts(ctx) })
	return s, nil
}

// Public makes the gRPC server that members call.
func (s *Server) Public(creds credentials.TransportCredentials) (*grpc.Server, error) {
	public, _, err := s.PublicAndShared(creds, nil)
	return public, err
}

// PublicAndShared makes the gRPC server that members call, and the same once more for
// clients of our own whose one connection carries the calls of many people (gate.Gate's
// SharedOptions). What an organisation may ask for, it may by both together. The second
// is nil where it has no credentials.
func (s *Server) PublicAndShared(public, shared credentials.TransportCredentials) (one, other *grpc.Server, err error) {
	table := s.table
	if s.config.Reflection {
		table = describable(table)
	}
	g, err := gate.New(gate.Door{Table: table, Authenticate: s.authenticate, Disclosed: s.disclosed, Denied: s.denials.note, Log: s.logger, Metrics: s.config.Metrics, Allowances: s.config.Allowances, Stopping: s.stopping, Demo: s.config.Demo})
	if err != nil {
		return nil, nil, err
	}
	one = grpc.NewServer(append(g.ServerOptions(), grpc.Creds(public))...)
	if err := s.serveMembers(one, table); err != nil || shared == nil {
		return one, nil, err
	}
	other = grpc.NewServer(append(g.SharedOptions(), grpc.Creds(shared))...)
	return one, other, s.serveMembers(other, table)
}

// serveMembers has a server answer what members call.
func (s *Server) serveMembers(server *grpc.Server, table access.Table) error {
	tumenv1.RegisterCaseServiceServer(server, cases{Server: s})
	tumenv1.RegisterPersonServiceServer(server, persons{Server: s})
	tumenv1.RegisterSourceServiceServer(server, sources{Server: s})
	tumenv1.RegisterClaimServiceServer(server, claims{Server: s})
	tumenv1.RegisterVerificationServiceServer(server, findings{Server: s})
	tumenv1.RegisterPlaceServiceServer(server, places{Server: s})
	tumenv1.RegisterVocabularyServiceServer(server, terms{Server: s})
	tumenv1.RegisterStatisticsServiceServer(server, statistics{Server: s})
	tumenv1.RegisterRecordServiceServer(server, anyRecords{Server: s})
	tumenv1.RegisterExchangeServiceServer(server, exchange{Server: s})
	tumenv1.RegisterExportServiceServer(server, exports{Server: s})
	tumenv1.RegisterErasureServiceServer(server, erasures{Server: s})
	tumenv1.RegisterAccessServiceServer(server, accessing{Server: s})
	tumenv1.RegisterCredentialServiceServer(server, credentialing{Server: s})
	tumenv1.RegisterDraftServiceServer(server, drafts{Server: s})
	tumenv1.RegisterGrantServiceServer(server, grants{Server: s})
	tumenv1.RegisterSubmissionServiceServer(server, submissions{Server: s})
	tumenv1.RegisterLedgerServiceServer(server, ledgers{Server: s})
	tumenv1.RegisterAuditServiceServer(server, audits{Server: s})
	tumenv1.RegisterReleaseServiceServer(server, releases{Server: s})
	healthpb.RegisterHealthServer(server, s.health)
	if s.config.Reflection {
		reflection.Register(server)
	}
	return covers(server, table)
}

// Admin makes the gRPC server of the local admin socket.
func (s *Server) Admin() (*grpc.Server, error) {
	g, err := gate.New(gate.Door{Table: s.table, Local: true, Log: s.logger, Metrics: s.config.Metrics, Demo: s.config.Demo})
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer(g.ServerOptions()...)
	tumenv1.RegisterAdminServiceServer(server, admin{Server: s})
	return server, covers(server, s.table)
}

// describable is a table with rules for reflection: any member may ask, as the
// contract is no secret, and nobody else.
func describable(table access.Table) access.Table {
	members := access.Rule{}
	for number := range tumenv1.Role_name {
		if role := tumenv1.Role(number); role != tumenv1.Role_ROLE_UNSPECIFIED {
			members.Roles = append(members.Roles, role)
		}
	}
	wider := maps.Clone(table)
	wider[reflectionv1.ServerReflection_ServerReflectionInfo_FullMethodName] = members
	wider[reflectionv1alpha.ServerReflection_ServerReflectionInfo_FullMethodName] = members
	return wider
}

// covers refuses a server with a method that no rule speaks of.
func covers(server *grpc.Server, table access.Table) error {
	for name, info := range server.GetServiceInfo() {
		for _, m := range info.Methods {
			path := "/" + name + "/" + m.Name
			if _, ok := table[path]; !ok && name != healthpb.Health_ServiceDesc.ServiceName {
				return fmt.Errorf("no rule says who may call %s", path)
			}
		}
	}
	return nil
}

// Reach is how members reach the server.
type Reach struct {
	Address string // host:port
	CA      string // certificate of the authority that vouches for it, in PEM; empty: without TLS
}

// SetReach tells local commands how members reach the server.
func (s *Server) SetReach(r Reach) { s.reach.Store(&r) }

// SetAuthority has the server give out client certificates of an authority, which the
// public server has to ask for (AskForCertificates).
func (s *Server) SetAuthority(a *Authority) { s.authority.Store(a) }

// SetServing tells health checks whether the server takes calls. One that takes none any
// more is about to be stopped.
func (s *Server) SetServing(serving bool) {
	status := healthpb.HealthCheckResponse_NOT_SERVING
	if serving {
		status = healthpb.HealthCheckResponse_SERVING
	} else {
		s.stopped.Do(func() { close(s.stopping) })
	}
	s.health.SetServingStatus("", status)
}

// Close stops the server's own work and writes down what is left to be. Stop the gRPC
// servers first.
func (s *Server) Close() error {
	s.stop()
	s.work.Wait()
	s.denials.close()
	return nil
}
