package client

import (
	"context"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A call that finds no server is tried so often, with pauses that double from
// firstPause to maxPause and are shortened by up to half at random, so that
// many clients do not come back in step. Some six seconds in all; but a server
// that never answered is given up once patience would be used up, and one that
// is the wrong one at once.
const (
	attempts   = 7
	firstPause = 100 * time.Millisecond
	maxPause   = 3 * time.Second
	patience   = 2 * time.Second
)

// NewRequestID makes the UUID under which a write can be repeated safely. It is
// of version 7, which grows with time: what the server remembers of calls then
// lies side by side.
func NewRequestID() string {
	return uuid.Must(uuid.NewV7()).String()
}

// retryUnary repeats a call whose server was not reached. What only reads is
// safe to repeat; a write is, because it goes out with a request_id, which is
// made here where the caller left it empty. The caller's message is not
// changed: the same message sent twice is two writes.
func (r *reach) retryUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	message, repeatable := withRequestID(req)
	if !repeatable && !reads(method) {
		return invoke(ctx, method, req, reply, cc, opts...)
	}
	return r.retry(ctx, func() error { return invoke(ctx, method, message, reply, cc, opts...) })
}

// retry calls do until it does anything but find no server, or one that asks for a
// little patience, the context ends or the attempts are used up.
func (r *reach) retry(ctx context.Context, do func() error) error {
	pause, start := firstPause, time.Now()
	for try := 1; ; try++ {
		err := do()
		wait := askedToWait(err)
		switch {
		case try == attempts, wait > maxPause:
			return err
		case wait > 0:
			wait += mathrand.N(wait)
		case status.Code(err) != codes.Unavailable || !r.worthwhile(time.Since(start)+pause):
			return err
		default:
			wait = pause/2 + mathrand.N(pause/2)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		pause = min(2*pause, maxPause)
	}
}

// askedToWait is after how long a server that was asked for too much at a time takes
// the call again; 0 if that isn't what it says.
func askedToWait(err error) time.Duration {
	if status.Code(err) != codes.ResourceExhausted {
		return 0
	}
	for _, detail := range status.Convert(err).Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			return retry.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// worthwhile says whether one more attempt, which would begin so long after the
// first, may reach the server.
func (r *reach) worthwhile(after time.Duration) bool {
	answered, refused := r.state()
	return refused == nil && (answered || after <= patience)
}

// reads says whether a method of the contract changes nothing.
func reads(method string) bool {
	name := method[strings.LastIndexByte(method, '/')+1:]
	for _, verb := range []string{"Get", "List", "Find", "Count"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// withRequestID returns the message with its request_id filled in, and whether
// it has such a field.
func withRequestID(req any) (any, bool) {
	m, ok := req.(proto.Message)
	if !ok {
		return req, false
	}
	field := m.ProtoReflect().Descriptor().Fields().ByName("request_id")
	if field == nil || field.Kind() != protoreflect.StringKind {
		return req, false
	}
	if m.ProtoReflect().Get(field).String() != "" {
		return req, true
	}
	m = proto.Clone(m)
	m.ProtoReflect().Set(field, protoreflect.ValueOfString(NewRequestID()))
	return m, true
}
