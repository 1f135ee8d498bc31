package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestRetry(t *testing.T) {
	unavailable := status.Error(codes.Unavailable, "no server")
	spent, soon, tomorrow := status.Error(codes.ResourceExhausted, "too large"), later(t, time.Second), later(t, 20*time.Hour)
	tests := []struct {
		name    string
		method  string
		request any
		answers []error // one each attempt; the last for all that follow
		tries   int
		code    codes.Code
		known   reach
	}{
		{"a read", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{unavailable, nil}, 2, codes.OK, reach{}},
		{"a list", "/tumen.v1.CaseService/ListCases", &tumenv1.ListCasesRequest{}, []error{unavailable, unavailable, nil}, 3, codes.OK, reach{}},
		{"a write", "/tumen.v1.CaseService/DeleteCase", &tumenv1.DeleteCaseRequest{}, []error{unavailable, nil}, 2, codes.OK, reach{}},
		{"gives up", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{unavailable}, attempts, codes.Unavailable, reach{answered: true}},
		{"gives up sooner on a server that never answered", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{unavailable}, 5, codes.Unavailable, reach{}},
		{"gives up at once on the wrong server", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{unavailable}, 1, codes.Unavailable, reach{refused: errors.New("tls: not this one")}},
		{"a conflict is no outage", "/tumen.v1.CaseService/DeleteCase", &tumenv1.DeleteCaseRequest{}, []error{status.Error(codes.Aborted, "stale")}, 1, codes.Aborted, reach{}},
		{"asked to wait a little", "/tumen.v1.CaseService/DeleteCase", &tumenv1.DeleteCaseRequest{}, []error{soon, soon, nil}, 3, codes.OK, reach{answered: true}},
		{"asked to wait again and again", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{soon}, attempts, codes.ResourceExhausted, reach{answered: true}},
		{"asked to wait long", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{tomorrow}, 1, codes.ResourceExhausted, reach{answered: true}},
		{"what no wait helps", "/tumen.v1.CaseService/GetCase", &tumenv1.GetCaseRequest{}, []error{spent}, 1, codes.ResourceExhausted, reach{answered: true}},
		{"what may not be repeated", "/tumen.v1.AdminService/CreateToken", &tumenv1.CreateTokenRequest{}, []error{unavailable}, 1, codes.Unavailable, reach{}},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				invoke := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
					tries++
					return test.answers[min(tries, len(test.answers))-1]
				}
				start := time.Now()
				err := test.known.retryUnary(t.Context(), test.method, test.request, nil, nil, invoke)
				if spent := time.Since(start); !test.known.answered && spent > patience {
					t.Errorf("waited %v for a server that never answered", spent)
				}
				if tries != test.tries || status.Code(err) != test.code {
					t.Errorf("%d tries and %v, want %d and %v", tries, err, test.tries, test.code)
				}
			})
		})
	}
}

// later is a refusal that says after how long to try again.
func later(t *testing.T, wait time.Duration) error {
	t.Helper()
	s, err := status.New(codes.ResourceExhausted, "not now").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

func TestAServerThatBreaksOffIsToldFromOneThatNeverAnswered(t *testing.T) {
	lost := status.New(codes.Unavailable, `connection error: desc = "transport: Error while dialing: dial tcp: refused"`)
	for want, way := range map[string]*reach{ReasonLost: {address: "a:1", answered: true}, ReasonUnreachable: {address: "a:1"}} {
		e := way.explain(lost)
		if e == nil || e.Reason != want || !strings.Contains(e.Message, " a:1 ") || !strings.Contains(e.Message, "(dial tcp: refused)") {
			t.Errorf("want %s, got %+v", want, e)
		}
	}
	said, err := lost.WithDetails(&errdetails.ErrorInfo{Reason: "OVERLOADED", Domain: "tumen"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*status.Status{said, status.New(codes.NotFound, "not there")} {
		if e := (&reach{}).explain(s); e != nil {
			t.Errorf("what the server says itself became %v", e)
		}
	}
}

func TestRetryEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := (&reach{}).retry(ctx, func() error { return status.Error(codes.Unavailable, "no server") })
		if status.Code(err) != codes.Unavailable || time.Since(start) > 120*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestRequestIDsAreUUIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewRequestID()
		if len(id) != 36 || id[14] != '7' || (id[19] != '8' && id[19] != '9' && id[19] != 'a' && id[19] != 'b') {
			t.Fatalf("%s is no UUID of version 7", id)
		}
		if seen[id] {
			t.Fatalf("%s came twice", id)
		}
		seen[id] = true
	}
}

func TestPages(t *testing.T) {
	pages := map[string]*tumenv1.ListCasesResponse{
		"":  {Matches: []*tumenv1.CaseMatch{{}, {}}, NextPageToken: "a"},
		"a": {NextPageToken: "b"}, // a page may be empty and not the last
		"b": {Matches: []*tumenv1.CaseMatch{{}}},
	}
	list := func(_ context.Context, request *tumenv1.ListCasesRequest, _ ...grpc.CallOption) (*tumenv1.ListCasesResponse, error) {
		if request.GetAct() != "arrest" {
			return nil, errors.New("the filter got lost")
		}
		return pages[request.GetPageToken()], nil
	}
	request := &tumenv1.ListCasesRequest{Act: "arrest"}
	count := 0
	for _, err := range Items(t.Context(), list, request, (*tumenv1.ListCasesResponse).GetMatches) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != 3 || request.GetPageToken() != "" {
		t.Errorf("%d items, want 3; the request ended as %v", count, request)
	}
	count = 0
	for range Items(t.Context(), list, request, (*tumenv1.ListCasesResponse).GetMatches) {
		if count++; count == 1 {
			break
		}
	}
	failing := func(_ context.Context, request *tumenv1.ListCasesRequest, _ ...grpc.CallOption) (*tumenv1.ListCasesResponse, error) {
		if request.GetPageToken() == "" {
			return pages[""], nil
		}
		return nil, errors.New("gone")
	}
	var last error
	for _, err := range Items(t.Context(), failing, request, (*tumenv1.ListCasesResponse).GetMatches) {
		last = err
	}
	if last == nil {
		t.Error("the error of the second page got lost")
	}
	again := func(context.Context, *tumenv1.ListCasesRequest, ...grpc.CallOption) (*tumenv1.ListCasesResponse, error) {
		return &tumenv1.ListCasesResponse{NextPageToken: "same"}, nil
	}
	count = 0
	for _, err := range Pages(t.Context(), again, request) {
		if count++; err != nil {
			last = err
		}
	}
	if count > 3 {
		t.Error("a server that gives the same page for ever is followed for ever")
	}
}
