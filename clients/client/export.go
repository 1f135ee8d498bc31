package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// ExportSink is told of an export as it arrives: the header once, then every
// record once, in order. What it returns ends the export.
type ExportSink struct {
	Header func(*tumenv1.ExportHeader) error
	Record func(*tumenv1.ExportedRecord) error
}

// Export makes an export and takes it in. One that breaks off goes on where it
// stopped: under the same request_id until its header has arrived, so that the
// ledger has it once, then by its name. Until Export returns without error, what
// has arrived is not whole.
func (c *Conn) Export(ctx context.Context, req *tumenv1.ExportRecordsRequest, sink ExportSink) error {
	req = proto.CloneOf(req)
	if req.RequestId == "" {
		req.RequestId = NewRequestID()
	}
	return c.take(ctx, &taking{conn: c, request: req, sink: sink})
}

// ExportAgain takes an export in once more, by its name, under the checkpoint that
// was published last, with the cosignatures of witnesses. Else it is as Export.
func (c *Conn) ExportAgain(ctx context.Context, name string, sink ExportSink) error {
	return c.take(ctx, &taking{conn: c, again: name, sink: sink})
}

func (c *Conn) take(ctx context.Context, x *taking) error {
	for x.header == nil || x.offset < x.header.GetRecords() {
		err := c.reach.retry(ctx, func() error {
			before, headed := x.offset, x.header != nil
			err := x.once(ctx)
			if status.Code(err) == codes.Unavailable && (x.offset > before || x.header != nil && !headed) {
				return nil // it broke off, but gained something: go on there at once
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// taking is how far an export has come.
type taking struct {
	conn    *Conn
	request *tumenv1.ExportRecordsRequest // of a new one
	again   string                        // the name of one that was made before
	sink    ExportSink
	header  *tumenv1.ExportHeader
	offset  int64
}

// exportPiece is one message of either call.
type exportPiece interface {
	GetHeader() *tumenv1.ExportHeader
	GetRecord() *tumenv1.ExportedRecord
}

func (x *taking) once(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if x.header == nil && x.again == "" {
		stream, err := x.conn.Exports.ExportRecords(ctx, x.request)
		if err != nil {
			return err
		}
		return x.take(func() (exportPiece, error) { return stream.Recv() })
	}
	stream, err := x.conn.Exports.ContinueExport(ctx, &tumenv1.ContinueExportRequest{Name: cmp.Or(x.again, x.header.GetName()), Offset: x.offset, Published: x.again != ""})
	if err != nil {
		return err
	}
	return x.take(func() (exportPiece, error) { return stream.Recv() })
}

func (x *taking) take(receive func() (exportPiece, error)) error {
	for {
		piece, err := receive()
		if err == io.EOF {
			if x.header == nil || x.offset != x.header.GetRecords() {
				return errors.New("the server ended the export too early")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if h := piece.GetHeader(); h != nil {
			err = x.begin(h)
		} else {
			err = x.next(piece.GetRecord())
		}
		if err != nil {
			return err
		}
	}
}

func (x *taking) begin(h *tumenv1.ExportHeader) error {
	if x.header != nil {
		if !proto.Equal(h, x.header) {
			return errors.New("the server continues another export than it began")
		}
		return nil
	}
	if err := x.sink.Header(h); err != nil {
		return err
	}
	x.header = h
	return nil
}

func (x *taking) next(r *tumenv1.ExportedRecord) error {
	if x.header == nil || r.GetOffset() != x.offset {
		return fmt.Errorf("the server sent record %d where record %d was due", r.GetOffset(), x.offset)
	}
	if err := x.sink.Record(r); err != nil {
		return err
	}
	x.offset++
	return nil
}
