package gate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"tumen/service/fault"
)

// domain is the ErrorInfo domain of every error.
const domain = "tumen"

// codeOf gives the gRPC code of each kind of fault.
var codeOf = map[fault.Kind]codes.Code{
	fault.Invalid:         codes.InvalidArgument,
	fault.Unauthenticated: codes.Unauthenticated,
	fault.Denied:          codes.PermissionDenied,
	fault.NotFound:        codes.NotFound,
	fault.Exists:          codes.AlreadyExists,
	fault.Stale:           codes.Aborted,
	fault.Refused:         codes.FailedPrecondition,
	fault.TooLarge:        codes.ResourceExhausted,
	fault.Unavailable:     codes.Unavailable,
}

// An outcome is what a call came to: what its caller is told, and what the log
// says besides.
type outcome struct {
	code     codes.Code
	reason   string
	incident string // of an error of ours: told to the caller, and found in the log
	status   *status.Status
}

// outcomeOf gives every error its one shape. What isn't a fault, a context's
// end or gRPC's own is ours: the caller is told an incident id and nothing else.
func outcomeOf(err error) outcome {
	if err == nil {
		return outcome{code: codes.OK}
	}
	if f := fault.Of(err); f != nil {
		if code, ok := codeOf[f.Kind]; ok {
			return shape(code, f)
		}
		return internal()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return canceled()
	case errors.Is(err, context.DeadlineExceeded):
		return expired()
	}
	switch status.Code(err) {
	case codes.Canceled:
		return canceled()
	case codes.DeadlineExceeded:
		return expired()
	case codes.Unimplemented:
		return shape(codes.Unimplemented, fault.New(fault.Internal, "UNIMPLEMENTED", "this server does not have this method"))
	}
	return internal()
}

func canceled() outcome {
	return shape(codes.Canceled, fault.New(fault.Unavailable, "CANCELLED", "the call was cancelled"))
}

func expired() outcome {
	return shape(codes.DeadlineExceeded, fault.New(fault.Unavailable, "DEADLINE_EXCEEDED", "the call's deadline passed"))
}

func internal() outcome {
	incident := strings.ToLower(rand.Text()[:16])
	o := shape(codes.Internal, fault.New(fault.Internal, "INTERNAL", "something went wrong here; the server's log has it under incident %s", incident).With("incident", incident))
	o.incident = incident
	return o
}

// shape puts a fault into a google.rpc.Status.
func shape(code codes.Code, f *fault.Error) outcome {
	info := &errdetails.ErrorInfo{Reason: f.Reason, Domain: domain}
	if info.Reason == "" {
		info.Reason = fmt.Sprintf("CODE_%d", code)
	}
	for key, value := range f.Metadata {
		if info.Metadata == nil {
			info.Metadata = make(map[string]string, len(f.Metadata))
		}
		info.Metadata[strings.ToValidUTF8(key, "")] = strings.ToValidUTF8(value, "")
	}
	details := []protoadapt.MessageV1{info}
	if len(f.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range f.Violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field:       strings.ToValidUTF8(v.Field, ""),
				Description: strings.ToValidUTF8(v.Description, ""),
				Reason:      strings.ToValidUTF8(v.Reason, ""),
			})
		}
		details = append(details, bad)
	}
	if f.Wait > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(f.Wait)})
	}
	plain := status.New(code, strings.ToValidUTF8(f.Message, ""))
	full, err := plain.WithDetails(details...)
	if err != nil {
		// Unreachable with valid text; the code alone is still right.
		full = plain
	}
	return outcome{code: code, reason: info.Reason, status: full}
}
