package gate

import (
	"context"
	"runtime/debug"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
)

// demoHeader marks the answers of a demonstration.
var demoHeader = metadata.Pairs("tumen-demo", "true")

func (g *Gate) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, p, err := g.enter(ctx, info.FullMethod)
	var answer any
	if g.door.Demo {
		// It fails only once the headers are out, and none are yet.
		_ = grpc.SetHeader(ctx, demoHeader)
	}
	if err == nil {
		err = Recovered(func() (err error) {
			if err = g.examine(p.method, request); err == nil {
				answer, err = g.handle(ctx, p, request, handler)
			}
			if err == nil && !p.disclosed {
				sent, _ := request.(proto.Message) // examined: it is one
				err = g.disclose(ctx, answer, sent)
			}
			return err
		})
	}
	if err = g.finish(ctx, p, err); err != nil {
		return nil, err
	}
	return answer, nil
}

// handle lets a call do its work: one that writes within what its organisation has
// left, one that reads in its turn.
func (g *Gate) handle(ctx context.Context, p *passage, request any, handler grpc.UnaryHandler) (any, error) {
	if g.writes[p.method] {
		if err := g.charge(p, request, 1); err != nil {
			return nil, err
		}
		return handler(ctx, request)
	}
	if open[p.method] {
		return handler(ctx, request)
	}
	if err := g.turns.take(ctx, p.reader.Organisation); err != nil {
		return nil, err
	}
	defer g.turns.leave(p.reader.Organisation)
	return handler(ctx, request)
}

func (g *Gate) charge(p *passage, request any, writes int) error {
	return g.rations.charge(p.reader, request.(proto.Message), writes) // examined: it is a message
}

func (g *Gate) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, p, err := g.enter(stream.Context(), info.FullMethod)
	if g.door.Demo {
		_ = stream.SetHeader(demoHeader)
	}
	if err == nil {
		err = Recovered(func() error {
			return handler(service, &examinedStream{ServerStream: stream, ctx: ctx, gate: g, passage: p})
		})
	}
	return g.finish(ctx, p, err)
}

// An examinedStream examines each message that comes in, and takes note of what
// those that go out disclose.
type examinedStream struct {
	grpc.ServerStream
	ctx     context.Context
	gate    *Gate
	passage *passage
	begun   bool            // a message has come in
	sent    []proto.Message // what came in of protected identity
}

// Context implements grpc.ServerStream.
func (s *examinedStream) Context() context.Context { return s.ctx }

// RecvMsg implements grpc.ServerStream. A message that doesn't pass is a fault,
// which the handler should return; the stream then ends.
func (s *examinedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if err := s.gate.examine(s.passage.method, m); err != nil {
		return err
	}
	if err := s.charge(m); err != nil {
		return err
	}
	if sent := m.(proto.Message); s.gate.echoes[s.passage.method] && len(access.Disclosures(sent)) > 0 { // examined: it is a message
		s.sent = append(s.sent, sent)
	}
	return nil
}

// charge takes what came in from the ration: the call is a change, and so is each
// document of a matter, but not each piece of a capture.
func (s *examinedStream) charge(m any) error {
	if !s.gate.writes[s.passage.method] {
		return nil
	}
	writes := 0
	if document, ok := m.(interface {
		GetDocument() *tumenv1.MatterDocument
	}); !s.begun || ok && document.GetDocument() != nil {
		writes, s.begun = 1, true
	}
	return s.gate.charge(s.passage, m, writes)
}

// SendMsg implements grpc.ServerStream. What can't be taken note of is not sent.
func (s *examinedStream) SendMsg(m any) error {
	if !s.passage.disclosed {
		if err := s.gate.disclose(s.ctx, m, s.sent...); err != nil {
			return err
		}
	}
	return s.ServerStream.SendMsg(m)
}

// A panicError is a panic of a handler.
type panicError struct {
	value any
	stack []byte
}

// Error implements error. It tells the kind of the panic's value and, of the
// runtime's own, what happened; other values may hold content.
func (e *panicError) Error() string {
	if err, ok := e.value.(interface {
		error
		RuntimeError()
	}); ok {
		return "panic: " + err.Error()
	}
	return "panic with a " + kindOf(e.value)
}

func panicked(value any) error { return &panicError{value: value, stack: debug.Stack()} }

// Recovered turns a panic into an error that the log tells with its stack, and nobody
// else: for the goroutines of a call, out of which a panic would end the server.
func Recovered(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	return call()
}

func tooLarge() error {
	return fault.New(fault.TooLarge, "MESSAGE_TOO_LARGE", "a message may have at most %d bytes", MaxMessage).
		With("limit_bytes", strconv.Itoa(MaxMessage))
}
