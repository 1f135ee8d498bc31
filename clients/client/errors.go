package client

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Error is a call's failure: the server's answer, or that it was not reached.
// Programs match Code and Reason; Message and the violations are for people.
type Error struct {
	Code       codes.Code
	Reason     string            // UPPER_SNAKE; empty if the server gave none
	Message    string            // what was wrong and what to do
	Violations []Violation       // for bad input: one per field
	Metadata   map[string]string // ids and codes: "name", "guard" and the like
}

// Violation is one thing that is wrong with a request.
type Violation struct {
	Field       string // path in the contract's names, "claim.value.count.low"; empty for the whole
	Reason      string // UPPER_SNAKE, or empty
	Description string
}

// Error gives the message and every violation, a line each.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Message == "" {
		b.WriteString(e.Code.String())
	}
	for _, v := range e.Violations {
		if v.Field == "" {
			fmt.Fprintf(&b, "\n  %s", v.Description)
			continue
		}
		fmt.Fprintf(&b, "\n  %s: %s", v.Field, v.Description)
	}
	return b.String()
}

// GRPCStatus lets grpc's own functions read the code.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Message) }

// AsError finds the failure of a call in an error; anything else is nil.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Unseen says whether an error is that a record is not there for this reader, or not to
// be read by them: a view then goes on without it.
func Unseen(err error) bool {
	e := AsError(err)
	return e != nil && (e.Code == codes.NotFound || e.Code == codes.PermissionDenied)
}

// typed gives an error of grpc its form here, and says of a server that was not
// reached where it was looked for. A context that ended is passed on
// as such, so that errors.Is finds it.
func (r *reach) typed(ctx context.Context, err error) error {
	if err == nil || AsError(err) != nil {
		return err
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	if ended := ctx.Err(); ended != nil && (s.Code() == codes.Canceled || s.Code() == codes.DeadlineExceeded) {
		return ended
	}
	if unreached := r.explain(s); unreached != nil {
		return unreached
	}
	e := &Error{Code: s.Code(), Message: s.Message()}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			e.Reason, e.Metadata = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				e.Violations = append(e.Violations, Violation{Field: v.GetField(), Reason: v.GetReason(), Description: v.GetDescription()})
			}
		}
	}
	return e
}

func (r *reach) typedUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return r.typed(ctx, invoke(ctx, method, req, reply, cc, opts...))
}

func (r *reach) typedStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, r.typed(ctx, err)
	}
	return &errorStream{s, r}, nil
}

// errorStream gives the errors of a stream their form. (io.EOF is no status and
// passes as it is.)
type errorStream struct {
	grpc.ClientStream
	reach *reach
}

// SendMsg implements grpc.ClientStream.
func (s *errorStream) SendMsg(m any) error {
	return s.reach.typed(s.Context(), unsent(m, s.ClientStream.SendMsg(m)))
}

// RecvMsg implements grpc.ClientStream.
func (s *errorStream) RecvMsg(m any) error {
	return s.reach.typed(s.Context(), s.ClientStream.RecvMsg(m))
}
