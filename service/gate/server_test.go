package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
)

const (
	organisation = "organisations/00000000000000000000000001"
	caseName     = "cases/00000000000000000000000002"
	claimName    = caseName + "/claims/00000000000000000000000003"
)

// members are who the server of the tests knows, by token.
var members = map[string]access.Reader{
	"worker-token":        member("a", tumenv1.Role_ROLE_CASE_WORKER),
	"reviewer-token":      member("b", tumenv1.Role_ROLE_REVIEWER),
	"auditor-token":       member("c", tumenv1.Role_ROLE_AUDITOR),
	"administrator-token": member("d", tumenv1.Role_ROLE_ADMINISTRATOR),
}

func member(letter string, role tumenv1.Role) access.Reader {
	return access.Reader{
		Member:       organisation + "/members/0000000000000000000000000" + letter,
		Organisation: organisation, Roles: []tumenv1.Role{role},
	}
}

func authenticate(_ context.Context, shown Shown) (access.Reader, error) {
	token := shown.Token
	if token == "panic-token" {
		panic("secret")
	}
	if token == "store-token" {
		return access.Reader{}, errors.New("secret: the store is gone")
	}
	reader, ok := members[token]
	if !ok {
		return access.Reader{}, fault.New(fault.Unauthenticated, "TOKEN_UNKNOWN", "the token is not known, or has ended")
	}
	return reader, nil
}

// handlers are a few methods of the contract that do as their test says.
type handlers struct {
	tumenv1.UnimplementedClaimServiceServer
	tumenv1.UnimplementedCaseServiceServer
	tumenv1.UnimplementedExchangeServiceServer
	tumenv1.UnimplementedAdminServiceServer
	get    func(ctx context.Context, request *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error)
	create func(request *tumenv1.CreateClaimRequest) error
	update func(request *tumenv1.UpdateClaimRequest) error
	apply  func(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) error
	export func(stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error
}

func (h *handlers) GetClaim(ctx context.Context, request *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error) {
	if h.get == nil {
		return &tumenv1.GetClaimResponse{Claim: &tumenv1.Claim{Name: request.GetName(), Creator: ReaderOf(ctx).Member}}, nil
	}
	return h.get(ctx, request)
}

func (h *handlers) CreateClaim(_ context.Context, request *tumenv1.CreateClaimRequest) (*tumenv1.CreateClaimResponse, error) {
	if err := h.create(request); err != nil {
		return nil, err
	}
	return &tumenv1.CreateClaimResponse{Claim: request.GetClaim()}, nil
}

func (h *handlers) UpdateClaim(_ context.Context, request *tumenv1.UpdateClaimRequest) (*tumenv1.UpdateClaimResponse, error) {
	return &tumenv1.UpdateClaimResponse{Claim: request.GetClaim()}, h.update(request)
}

func (h *handlers) ApplyMatter(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) error {
	return h.apply(stream)
}

func (h *handlers) ExportMatter(_ *tumenv1.ExportMatterRequest, stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
	return h.export(stream)
}

func (h *handlers) CreateToken(ctx context.Context, _ *tumenv1.CreateTokenRequest) (*tumenv1.CreateTokenResponse, error) {
	return &tumenv1.CreateTokenResponse{Token: "for " + ReaderOf(ctx).Member}, nil
}

// A running server, with what it wrote to its log and counted.
type running struct {
	*grpc.ClientConn
	address string
	log     *locked
	metrics *prometheus.Registry
}

type locked struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

// lines gives what was logged so far, a record a line.
func (l *locked) lines(t *testing.T) (lines []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, record)
	}
	return lines
}

// noDisclosure takes note of disclosures by forgetting them.
func noDisclosure(context.Context, []access.Disclosure) error { return nil }

// start runs a server on loopback behind a gate; change may alter its door.
func start(t testing.TB, h *handlers, change func(*Door)) *running {
	t.Helper()
	table, err := access.Rules(protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{log: &locked{}, metrics: prometheus.NewRegistry()}
	door := Door{
		Table: table, Authenticate: authenticate, Disclosed: noDisclosure, Metrics: r.metrics,
		Log: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&door)
	}
	g, err := New(door)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(g.ServerOptions()...)
	tumenv1.RegisterClaimServiceServer(server, h)
	tumenv1.RegisterCaseServiceServer(server, h)
	tumenv1.RegisterExchangeServiceServer(server, h)
	tumenv1.RegisterAdminServiceServer(server, h)
	healthpb.RegisterHealthServer(server, health.NewServer())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	r.address = listener.Addr().String()
	r.ClientConn, err = grpc.NewClient(r.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// as calls with a token.
func as(token string) context.Context {
	return metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token)
}

// checkShape checks that an error has the one shape, with this code and reason.
func checkShape(t *testing.T, err error, code codes.Code, reason string) (*errdetails.ErrorInfo, *errdetails.BadRequest) {
	t.Helper()
	s := status.Convert(err)
	if s.Code() != code {
		t.Fatalf("%v: %s; want %v", s.Code(), s.Message(), code)
	}
	var info *errdetails.ErrorInfo
	var bad *errdetails.BadRequest
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.BadRequest:
			bad = d
		}
	}
	if info == nil || info.Domain != "tumen" || info.Reason != reason || s.Message() == "" {
		t.Fatalf("%v: %q with %v; want the reason %s", s.Code(), s.Message(), info, reason)
	}
	return info, bad
}

// A rawCodec sends bytes as they are, and reads nothing.
type rawCodec struct{}

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}
func (rawCodec) Unmarshal(mem.BufferSlice, any) error { return nil }
func (rawCodec) Name() string                         { return "proto" }

var _ encoding.CodecV2 = rawCodec{}

// sendRaw calls a method with bytes that need not be a message.
func (r *running) sendRaw(method string, message []byte) error {
	var nothing []byte
	return r.Invoke(as("worker-token"), method, message, &nothing, grpc.ForceCodecV2(rawCodec{}))
}
