package client

import (
	"context"
	"fmt"
	"strconv"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The reasons for a message that can't be sent, the same as a server gives for
// one that it can't take: a caller need not know which of the two found it.
const (
	// ReasonInvalidUTF8: a text of the message is not UTF-8; the violation
	// names its field.
	ReasonInvalidUTF8 = "INVALID_UTF8"
	// ReasonMessageTooLarge: the message has more than 4 MiB; the metadata say
	// so, as "limit_bytes".
	ReasonMessageTooLarge = "MESSAGE_TOO_LARGE"
)

// unsentUnary stands next to grpc itself, where the message is what goes out.
func unsentUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return unsent(req, invoke(ctx, method, req, reply, cc, opts...))
}

// unsent gives an error of grpc's own over a message that it could not encode,
// or would not send, the form in which the server says the same. What a server
// answers carries details and stays as it is.
func unsent(message any, err error) error {
	s, ok := status.FromError(err)
	m, isMessage := message.(proto.Message)
	if err == nil || !ok || !isMessage || len(s.Details()) > 0 || s.Code() != codes.Internal && s.Code() != codes.ResourceExhausted {
		return err
	}
	if proto.Size(m) > maxSend {
		return &Error{
			Code: codes.ResourceExhausted, Reason: ReasonMessageTooLarge,
			Message:  fmt.Sprintf("a message may have at most %d bytes", maxSend),
			Metadata: map[string]string{"limit_bytes": strconv.Itoa(maxSend)},
		}
	}
	if path := invalidText(m.ProtoReflect()); path != "" {
		return &Error{
			Code: codes.InvalidArgument, Reason: ReasonInvalidUTF8, Message: "the request is not valid",
			Violations: []Violation{{Field: path, Reason: ReasonInvalidUTF8, Description: "is not valid UTF-8"}},
		}
	}
	return err
}

// invalidText is the path of the first text in a message that is not UTF-8;
// empty if there is none. Of a map it names the field: a key is content.
func invalidText(m protoreflect.Message) string {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.Has(fd) {
			continue
		}
		if path := invalidIn(fd, m.Get(fd)); path != "" {
			return path
		}
	}
	return ""
}

func invalidIn(fd protoreflect.FieldDescriptor, v protoreflect.Value) (path string) {
	name := string(fd.Name())
	switch {
	case fd.IsMap():
		v.Map().Range(func(key protoreflect.MapKey, item protoreflect.Value) bool {
			if _, bad := invalidValue(fd.MapKey(), key.Value()); bad {
				path = name
			} else if _, bad := invalidValue(fd.MapValue(), item); bad {
				path = name
			}
			return path == ""
		})
	case fd.IsList():
		for i := range v.List().Len() {
			if rest, bad := invalidValue(fd, v.List().Get(i)); bad {
				return name + "[" + strconv.Itoa(i) + "]" + rest
			}
		}
	default:
		if rest, bad := invalidValue(fd, v); bad {
			return name + rest
		}
	}
	return path
}

// invalidValue says whether a text, or one inside a message, is not UTF-8; rest
// is then the path below the value.
func invalidValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) (rest string, bad bool) {
	switch {
	case fd.Kind() == protoreflect.StringKind:
		return "", !utf8.ValidString(v.String())
	case fd.Message() != nil:
		path := invalidText(v.Message())
		return "." + path, path != ""
	}
	return "", false
}
