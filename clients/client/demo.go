package client

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// demoHeader is what a demonstration server says in the header of each reply.
const demoHeader = "tumen-demo"

// demoNotice tells, once, that the server is a demonstration.
type demoNotice struct {
	notify func()
	once   sync.Once
}

func (d *demoNotice) look(header metadata.MD) {
	if said := header.Get(demoHeader); d.notify != nil && len(said) > 0 && said[0] == "true" {
		d.once.Do(d.notify)
	}
}

func (d *demoNotice) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	var header metadata.MD
	err := invoke(ctx, method, req, reply, cc, append(opts, grpc.Header(&header))...)
	d.look(header)
	return err
}

func (d *demoNotice) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, err
	}
	return &demoStream{ClientStream: s, notice: d}, nil
}

// demoStream looks at the header when the first reply is there.
type demoStream struct {
	grpc.ClientStream
	notice *demoNotice
	looked bool
}

// RecvMsg implements grpc.ClientStream; only one goroutine may call it.
func (s *demoStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if !s.looked {
		s.looked = true
		if header, headerErr := s.Header(); headerErr == nil {
			s.notice.look(header)
		}
	}
	return err
}
