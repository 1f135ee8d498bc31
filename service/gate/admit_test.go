package gate

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	tumenv1 "tumen/proto/tumen/v1"
)

func get(ctx context.Context, r *running) (*tumenv1.GetClaimResponse, error) {
	return tumenv1.NewClaimServiceClient(r).GetClaim(ctx, &tumenv1.GetClaimRequest{Name: claimName})
}

func TestWhoIsLetIn(t *testing.T) {
	r := start(t, &handlers{}, nil)
	header := func(values ...string) context.Context {
		ctx := context.Background()
		for _, v := range values {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", v)
		}
		return ctx
	}
	for _, tc := range []struct {
		name   string
		ctx    context.Context
		code   codes.Code
		reason string
	}{
		{"a worker", as("worker-token"), codes.OK, ""},
		{"with the scheme in small letters", header("bearer worker-token"), codes.OK, ""},
		{"an administrator", as("administrator-token"), codes.PermissionDenied, "ROLE_NOT_ALLOWED"},
		{"nobody", header(), codes.Unauthenticated, "CREDENTIALS_MISSING"},
		{"an unknown token", as("guessed"), codes.Unauthenticated, "TOKEN_UNKNOWN"},
		{"an empty token", header("Bearer "), codes.Unauthenticated, "CREDENTIALS_MALFORMED"},
		{"no scheme", header("worker-token"), codes.Unauthenticated, "CREDENTIALS_MALFORMED"},
		{"another scheme", header("Basic worker-token"), codes.Unauthenticated, "CREDENTIALS_MALFORMED"},
		{"two headers", header("Bearer worker-token", "Bearer worker-token"), codes.Unauthenticated, "CREDENTIALS_MALFORMED"},
		{"a token without end", as(strings.Repeat("a", 5000)), codes.Unauthenticated, "CREDENTIALS_MALFORMED"},
		{"a fault of the server", as("store-token"), codes.Internal, "INTERNAL"},
		{"a panic of the server", as("panic-token"), codes.Internal, "INTERNAL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answer, err := get(tc.ctx, r)
			if tc.code != codes.OK {
				checkShape(t, err, tc.code, tc.reason)
				if strings.Contains(err.Error(), "secret") {
					t.Errorf("tells %v", err)
				}
				return
			}
			if err != nil || answer.Claim.Creator != members["worker-token"].Member {
				t.Errorf("%v, %v", answer, err)
			}
		})
	}
}

func TestPermissionComesBeforeAnythingElse(t *testing.T) {
	r := start(t, &handlers{}, nil)
	invalid := &tumenv1.CreateClaimRequest{Parent: "nonsense"}
	_, err := tumenv1.NewClaimServiceClient(r).CreateClaim(as("auditor-token"), invalid)
	checkShape(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = tumenv1.NewClaimServiceClient(r).CreateClaim(context.Background(), invalid)
	checkShape(t, err, codes.Unauthenticated, "CREDENTIALS_MISSING")
	// 20 MiB are not even read for somebody who may not call.
	big := &tumenv1.ListClaimsRequest{Parent: strings.Repeat("a", 20<<20)}
	_, err = tumenv1.NewClaimServiceClient(r).ListClaims(as("administrator-token"), big)
	checkShape(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

func TestUnknownPathsAreRefused(t *testing.T) {
	r := start(t, &handlers{}, nil)
	for _, path := range []string{
		"/tumen.v1.ClaimService/Guess", "/tumen.v1.NoService/GetClaim", "//tumen.v1.ClaimService/GetClaim",
		"/tumen.v1.ClaimService/GetClaim/", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
		"/grpc.health.v1.Health/List", "/",
	} {
		checkShape(t, r.sendRaw(path, nil), codes.PermissionDenied, "UNKNOWN_METHOD")
	}
	for _, line := range r.log.lines(t) {
		if line["method"] != "unknown" {
			t.Errorf("logged as %v: a caller could fill the log", line["method"])
		}
	}
}

// gRPC clients always send the leading slash, so this one is written by hand.
func TestAPathWithoutItsLeadingSlashIsRefused(t *testing.T) {
	called := false
	r := start(t, &handlers{get: func(context.Context, *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error) {
		called = true
		return &tumenv1.GetClaimResponse{}, nil
	}}, nil)
	for path, want := range map[string]string{
		"tumen.v1.ClaimService/GetClaim":  "7", // PERMISSION_DENIED
		"/tumen.v1.ClaimService/GetClaim": "3", // INVALID_ARGUMENT: an empty name
	} {
		if got := rawStatus(t, r.address, path); got != want {
			t.Errorf("%s answers with the status %s instead of %s", path, got, want)
		}
	}
	if called {
		t.Error("the handler ran")
	}
}

// rawStatus calls a path with an empty message over HTTP/2 written by hand, and
// gives the grpc-status.
func rawStatus(t *testing.T, address, path string) string {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(connection, connection)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var block strings.Builder
	encoder := hpack.NewEncoder(&block)
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", address},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"authorization", "Bearer worker-token"},
	} {
		if err := encoder.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte(block.String()), EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteData(1, true, []byte{0, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if headers, ok := frame.(*http2.MetaHeadersFrame); ok {
			for _, h := range headers.Fields {
				if h.Name == "grpc-status" {
					return h.Value
				}
			}
		}
	}
}

func TestHealthNeedsNoCredentials(t *testing.T) {
	r := start(t, &handlers{}, nil)
	answer, err := healthpb.NewHealthClient(r).Check(context.Background(), &healthpb.HealthCheckRequest{})
	if err != nil || answer.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", answer, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	watch, err := healthpb.NewHealthClient(r).Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := watch.Recv(); err != nil || answer.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestTheTwoDoors(t *testing.T) {
	public := start(t, &handlers{}, nil)
	local := start(t, &handlers{}, func(d *Door) { d.Local, d.Authenticate = true, nil })
	request := &tumenv1.CreateTokenRequest{Organisation: "o", Member: "m", Lifetime: nil}
	create := func(ctx context.Context, at *running) error {
		_, err := tumenv1.NewAdminServiceClient(at).CreateToken(ctx, request)
		return err
	}
	checkShape(t, create(as("worker-token"), public), codes.PermissionDenied, "LOCAL_ONLY")
	checkShape(t, create(context.Background(), public), codes.Unauthenticated, "CREDENTIALS_MISSING")
	checkShape(t, create(context.Background(), local), codes.InvalidArgument, "REQUIRED")
	_, err := get(as("worker-token"), local)
	checkShape(t, err, codes.PermissionDenied, "NOT_LOCAL")
	checkShape(t, local.sendRaw("/tumen.v1.AdminService/Guess", nil), codes.PermissionDenied, "UNKNOWN_METHOD")
	if _, err := healthpb.NewHealthClient(local).Check(context.Background(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
}

// What was admitted to one method, or by another gate, is not admitted here.
func TestAPassageIsForOneGateAndOneMethod(t *testing.T) {
	const method = "/tumen.v1.ClaimService/GetClaim"
	g := gateOf(t)
	for name, p := range map[string]*passage{
		"another gate's":   {gate: gateOf(t), method: method, reader: members["worker-token"]},
		"another method's": {gate: g, method: "/tumen.v1.CaseService/GetCase", reader: members["worker-token"]},
		"none":             nil,
	} {
		ctx := context.Background()
		if p != nil {
			ctx = context.WithValue(ctx, passageKey{}, p)
		}
		_, err := g.unary(ctx, &tumenv1.GetClaimRequest{Name: claimName}, &grpc.UnaryServerInfo{FullMethod: method}, func(context.Context, any) (any, error) {
			t.Errorf("%s passage was taken", name)
			return nil, nil
		})
		checkShape(t, err, codes.Unauthenticated, "CREDENTIALS_MISSING")
	}
	// Without the tap the interceptor asks for itself.
	ctx := metadata.NewIncomingContext(context.Background(), metadata.Pairs("authorization", "Bearer worker-token"))
	_, err := g.unary(ctx, &tumenv1.GetClaimRequest{Name: claimName}, &grpc.UnaryServerInfo{FullMethod: method}, func(ctx context.Context, _ any) (any, error) {
		if ReaderOf(ctx).Member != members["worker-token"].Member {
			t.Errorf("the reader is %q", ReaderOf(ctx).Member)
		}
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
	if ReaderOf(context.Background()).Member != "" {
		t.Error("somebody outside of any call")
	}
}
