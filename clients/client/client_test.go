package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// cases answers as the test says and keeps what it was asked.
type cases struct {
	tumenv1.UnimplementedCaseServiceServer
	answer func(ctx context.Context, request *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error)
}

func (c *cases) CreateCase(ctx context.Context, request *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
	return c.answer(ctx, request)
}

func (c *cases) register(s *grpc.Server) { tumenv1.RegisterCaseServiceServer(s, c) }

func ok(context.Context, *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
	return &tumenv1.CreateCaseResponse{}, nil
}

func create(conn *client.Conn) error {
	_, err := conn.Cases.CreateCase(context.Background(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A"}, Reason: "r"})
	return err
}

func TestCallsCarryTheTokenAndARequestID(t *testing.T) {
	var tokens, ids []string
	server := &cases{answer: func(ctx context.Context, request *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		tokens = append(tokens, md.Get("authorization")...)
		ids = append(ids, request.GetRequestId())
		return &tumenv1.CreateCaseResponse{}, nil
	}}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	request := &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A"}}
	for range 2 {
		_, err := conn.Cases.CreateCase(t.Context(), request)
		try(t, err)
	}
	if len(tokens) != 2 || tokens[0] != "Bearer tok-1" {
		t.Errorf("tokens %q", tokens)
	}
	if len(ids) != 2 || len(ids[0]) != 36 || ids[0] == ids[1] {
		t.Errorf("two writes need a request_id each, got %q", ids)
	}
	if request.GetRequestId() != "" {
		t.Error("the caller's message was changed")
	}
	request.RequestId = "6f2a3f0e-7a61-4a3e-9a57-0d4f5a1f6c11"
	_, err := conn.Cases.CreateCase(t.Context(), request)
	try(t, err)
	if ids[2] != request.RequestId {
		t.Errorf("the caller's own request_id became %q", ids[2])
	}
}

func TestAWriteIsRepeatedUnderTheSameRequestID(t *testing.T) {
	var ids []string
	server := &cases{answer: func(_ context.Context, request *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
		if ids = append(ids, request.GetRequestId()); len(ids) < 3 {
			return nil, status.Error(codes.Unavailable, "restarting")
		}
		return &tumenv1.CreateCaseResponse{}, nil
	}}
	try(t, create(dial(t, serve(t, newAuthority(t), nil, server.register))))
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("attempts went out under %q", ids)
	}
}

func TestErrorsHaveCodeReasonAndViolations(t *testing.T) {
	server := &cases{answer: func(context.Context, *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
		s, err := status.New(codes.InvalidArgument, "the request is not valid").WithDetails(
			&errdetails.ErrorInfo{Reason: "DATE_INVALID", Domain: "tumen", Metadata: map[string]string{"name": "cases/x"}},
			&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "case.follow_up_date", Description: "no such day", Reason: "DATE_INVALID"}}})
		try(t, err)
		return nil, s.Err()
	}}
	err := create(dial(t, serve(t, newAuthority(t), nil, server.register)))
	failure := client.AsError(err)
	if failure == nil {
		t.Fatalf("%T: %v", err, err)
	}
	if failure.Code != codes.InvalidArgument || failure.Reason != "DATE_INVALID" || failure.Metadata["name"] != "cases/x" ||
		len(failure.Violations) != 1 || failure.Violations[0] != (client.Violation{Field: "case.follow_up_date", Reason: "DATE_INVALID", Description: "no such day"}) {
		t.Errorf("%+v", failure)
	}
	if want := "the request is not valid\n  case.follow_up_date: no such day"; err.Error() != want {
		t.Errorf("%q", err.Error())
	}
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("grpc reads the code as %v", status.Code(err))
	}
}

func TestAnEndedContextIsPassedOnAsSuch(t *testing.T) {
	server := &cases{answer: func(ctx context.Context, _ *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := conn.Cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestADemonstrationIsTold(t *testing.T) {
	demo := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		try(t, grpc.SetHeader(ctx, metadata.Pairs("tumen-demo", "true")))
		return next(ctx, req)
	}
	server := &cases{answer: ok}
	p := serve(t, newAuthority(t), nil, server.register, grpc.UnaryInterceptor(demo))
	var told atomic.Int32
	conn := dial(t, p, client.OnDemo(func() { told.Add(1) }))
	try(t, create(conn))
	try(t, create(conn))
	if told.Load() != 1 {
		t.Errorf("told %d times, want once", told.Load())
	}
	real := dial(t, serve(t, newAuthority(t), nil, server.register), client.OnDemo(func() { t.Error("called a server a demonstration that is none") }))
	try(t, create(real))
}

func TestOnlyTheProfilesCAAndTLS13AreTrusted(t *testing.T) {
	server := &cases{answer: ok}
	ca := newAuthority(t)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	try(t, err)
	t.Cleanup(func() { plain.Close() })
	go http.Serve(plain, http.NotFoundHandler())
	other := serve(t, ca, nil, server.register)
	other.CA = newAuthority(t).pem
	renamed := serve(t, ca, nil, server.register)
	renamed.Address = strings.Replace(renamed.Address, "127.0.0.1", "localhost", 1)
	for name, test := range map[string]struct {
		profile *client.Profile
		says    string
	}{
		"another CA":   {other, "check that address and CA of the profile belong to the same server"},
		"TLS 1.2":      {serve(t, ca, &tls.Config{MaxVersion: tls.VersionTLS12}, server.register), "does not speak TLS 1.3"},
		"no TLS":       {&client.Profile{Address: plain.Addr().String(), Token: "tok-1", CA: ca.pem}, "does not speak TLS 1.3"},
		"another name": {renamed, "is for another name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := create(dial(t, test.profile))
			failure := client.AsError(err)
			if failure == nil || failure.Code != codes.Unavailable || failure.Reason != client.ReasonNotTrusted {
				t.Fatalf("got %v, want that the server is not trusted", err)
			}
			if !strings.Contains(failure.Message, test.profile.Address) || !strings.Contains(failure.Message, test.says) || failure.Metadata["address"] != test.profile.Address {
				t.Errorf("%s", failure.Message)
			}
		})
	}
}

func TestAServerThatDoesNotAnswerIsNamed(t *testing.T) {
	ca := newAuthority(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	try(t, err)
	address := listener.Addr().String()
	try(t, listener.Close())
	err = create(dial(t, &client.Profile{Address: address, Token: "tok-1", CA: ca.pem}))
	failure := client.AsError(err)
	if failure == nil || failure.Reason != client.ReasonUnreachable || failure.Code != codes.Unavailable {
		t.Fatalf("%v", err)
	}
	if !strings.HasPrefix(failure.Message, "no server answers at "+address+" (dial tcp ") || !strings.Contains(failure.Message, "connection refused): check the profile's address") {
		t.Error(failure.Message)
	}
}

func TestDialRefusesAnIncompleteProfile(t *testing.T) {
	ca := newAuthority(t).pem
	for name, p := range map[string]*client.Profile{
		"no address":     {Token: "t", CA: ca},
		"no port":        {Address: "example.org", Token: "t", CA: ca},
		"no token":       {Address: "example.org:1", CA: ca},
		"token of lines": {Address: "example.org:1", Token: "a\nb", CA: ca},
		"no CA":          {Address: "example.org:1", Token: "t"},
		"no PEM":         {Address: "example.org:1", Token: "t", CA: "hello"},
	} {
		if _, err := client.Dial(t.Context(), p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// One connection serves several people, each known by a token of their own.
func TestACallIsMadeByWhoTheContextNames(t *testing.T) {
	var header metadata.MD
	server := &cases{answer: func(ctx context.Context, _ *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
		header, _ = metadata.FromIncomingContext(ctx)
		return &tumenv1.CreateCaseResponse{}, nil
	}}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	for _, tc := range []struct {
		ctx            context.Context
		token, purpose []string
	}{
		{t.Context(), []string{"Bearer tok-1"}, nil},
		{client.As(t.Context(), client.Caller{Token: "tok-2", Purpose: "송환"}), []string{"Bearer tok-2"}, []string{"송환"}},
		{client.As(t.Context(), client.Caller{}), nil, nil},
	} {
		_, err := conn.Cases.CreateCase(tc.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A"}, Reason: "r"})
		try(t, err)
		if got := header.Get("authorization"); !slices.Equal(got, tc.token) {
			t.Errorf("known by %q, want %q", got, tc.token)
		}
		if got := header.Get("tumen-purpose-bin"); !slices.Equal(got, tc.purpose) {
			t.Errorf("for %q, want %q", got, tc.purpose)
		}
	}
}
