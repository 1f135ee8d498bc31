package client

import (
	"context"
	"io"
	"iter"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// ApplyMatter sends the documents of a matter, which the server applies whole or
// not at all. A call that finds no server is repeated under the same request_id,
// so documents must give the same sequence each time. sent, which may be nil, is
// told how many have gone out. With header.ValidateOnly the reply lists the
// faults and nothing is written.
func (c *Conn) ApplyMatter(ctx context.Context, header *tumenv1.MatterHeader, documents iter.Seq[*tumenv1.MatterDocument], sent func(int)) (*tumenv1.ApplyMatterResponse, error) {
	header = proto.CloneOf(header)
	if header.RequestId == "" {
		header.RequestId = NewRequestID()
	}
	var reply *tumenv1.ApplyMatterResponse
	err := c.reach.retry(ctx, func() error {
		var err error
		reply, err = c.applyOnce(ctx, header, documents, sent)
		return err
	})
	return reply, err
}

func (c *Conn) applyOnce(ctx context.Context, header *tumenv1.MatterHeader, documents iter.Seq[*tumenv1.MatterDocument], sent func(int)) (*tumenv1.ApplyMatterResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Exchange.ApplyMatter(ctx)
	if err != nil {
		return nil, err
	}
	err = stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: header}})
	count := 0
	for document := range documents {
		if err != nil {
			break
		}
		err = stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: document}})
		if count++; sent != nil {
			sent(count)
		}
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	// io.EOF from Send means that the server has answered already; the answer says why.
	return stream.CloseAndRecv()
}

// ExportMatter walks the documents of a case, as ApplyMatter takes them, and then
// what was left out of them. After an error the walk ends.
func (c *Conn) ExportMatter(ctx context.Context, name string) iter.Seq2[*tumenv1.ExportMatterResponse, error] {
	return func(yield func(*tumenv1.ExportMatterResponse, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := c.Exchange.ExportMatter(ctx, &tumenv1.ExportMatterRequest{Name: name})
		if err != nil {
			yield(nil, err)
			return
		}
		for {
			reply, err := stream.Recv()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(reply, nil) {
				return
			}
		}
	}
}
