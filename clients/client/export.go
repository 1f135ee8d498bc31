package client

import (
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
	return (&taking{conn: c, request: req, sink: sink}).run(ctx)
}

// ContinueExport takes in the rest of an export that was made before, from an
// offset on. The header comes once more.
func (c *Conn) ContinueExport(ctx context.Context, name string, offset int64, sink ExportSink) error {
	return (&taking{conn: c, name: name, offset: offset, sink: sink}).run(ctx)
}

func (x *taking) run(ctx context.Context) error {
	for x.header == nil || x.offset < x.header.GetRecords() {
		err := x.conn.reach.retry(ctx, func() error {
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
	request *tumenv1.ExportRecordsRequest
	name    string // of the export, once it is known
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
	if x.name == "" {
		stream, err := x.conn.Exports.ExportRecords(ctx, x.request)
		if err != nil {
			return err
		}
		return x.take(func() (exportPiece, error) { return stream.Recv() })
	}
	stream, err := x.conn.Exports.ContinueExport(ctx, &tumenv1.ContinueExportRequest{Name: x.name, Offset: x.offset})
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
	x.header, x.name = h, h.GetName()
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
