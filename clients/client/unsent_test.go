package client_test

import (
	"context"
	"io"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// exchange reads a matter to its end and does nothing with it.
type exchange struct {
	tumenv1.UnimplementedExchangeServiceServer
}

func (e *exchange) register(s *grpc.Server) { tumenv1.RegisterExchangeServiceServer(s, e) }

func (*exchange) ApplyMatter(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) error {
	for {
		if _, err := stream.Recv(); err == io.EOF {
			return stream.SendAndClose(&tumenv1.ApplyMatterResponse{})
		} else if err != nil {
			return err
		}
	}
}

func TestWhatCannotBeSentIsToldAsTheServerWould(t *testing.T) {
	const bad = "not \xff text"
	server := &cases{answer: ok}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	invalid := func(field string) *client.Error {
		return &client.Error{Code: codes.InvalidArgument, Reason: client.ReasonInvalidUTF8, Message: "the request is not valid",
			Violations: []client.Violation{{Field: field, Reason: client.ReasonInvalidUTF8, Description: "is not valid UTF-8"}}}
	}
	tooLarge := &client.Error{Code: codes.ResourceExhausted, Reason: client.ReasonMessageTooLarge, Message: "a message may have at most 4194304 bytes",
		Metadata: map[string]string{"limit_bytes": "4194304"}}
	for _, tc := range []struct {
		name    string
		request *tumenv1.CreateCaseRequest
		want    *client.Error
	}{
		{"a text that is not UTF-8", &tumenv1.CreateCaseRequest{Reason: bad}, invalid("reason")},
		{"one in the record", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: bad}}, invalid("case.title")},
		{"the second of a list", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Languages: []string{"ko", bad}}}, invalid("case.languages[1]")},
		{"one in a list of messages", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{ExternalIds: []*tumenv1.ExternalId{{}, {Id: bad}}}}, invalid("case.external_ids[1].id")},
		{"the value in a map", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Labels: map[string]string{"a": "b", "c": bad}}}, invalid("case.labels")},
		{"the key in a map", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Labels: map[string]string{bad: "b"}}}, invalid("case.labels")},
		{"the first of two", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: bad}, Reason: bad}, invalid("case.title")},
		{"more than 4 MiB", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: strings.Repeat("a", 5<<20)}}, tooLarge},
		{"more than 4 MiB only with the request id", &tumenv1.CreateCaseRequest{Reason: strings.Repeat("a", 4<<20-10)}, tooLarge},
		{"more than 4 MiB, and not UTF-8 either", &tumenv1.CreateCaseRequest{Reason: bad, Case: &tumenv1.Case{Title: strings.Repeat("a", 5<<20)}}, tooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := conn.Cases.CreateCase(t.Context(), tc.request)
			if got := client.AsError(err); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%+v (%v), want %+v", got, err, tc.want)
			}
			if status.Code(err) != tc.want.Code {
				t.Errorf("grpc reads the code as %v", status.Code(err))
			}
		})
	}
	header := &tumenv1.MatterHeader{Reason: "r"}
	document := func(title string) *tumenv1.MatterDocument {
		return &tumenv1.MatterDocument{Key: "k", Record: &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: title}}}}
	}
	for _, tc := range []struct {
		name, title string
		want        *client.Error
	}{
		{"in a stream, a text that is not UTF-8", bad, invalid("document.record.case.title")},
		{"in a stream, more than 4 MiB", strings.Repeat("a", 5<<20), tooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			draining := serve(t, newAuthority(t), nil, (&exchange{}).register)
			_, err := dial(t, draining).ApplyMatter(t.Context(), header, func(yield func(*tumenv1.MatterDocument) bool) {
				yield(document(tc.title))
			}, nil)
			if got := client.AsError(err); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%+v (%v), want %+v", got, err, tc.want)
			}
		})
	}
}

func TestAServersOwnFailureIsNotTakenForOneOfTheMessage(t *testing.T) {
	for _, code := range []codes.Code{codes.Internal, codes.ResourceExhausted} {
		server := &cases{answer: func(context.Context, *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
			return nil, status.Error(code, "the server's own words")
		}}
		failure := client.AsError(create(dial(t, serve(t, newAuthority(t), nil, server.register))))
		if failure == nil || failure.Code != code || failure.Reason != "" || failure.Message != "the server's own words" {
			t.Errorf("%+v", failure)
		}
	}
}
