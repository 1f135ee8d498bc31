package service

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/captures"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
	"tumen/service/seal"
)

// UploadCapture implements tumenv1.SourceServiceServer. The bytes are kept
// first, then the record: bytes without a record are harmless, the reverse is
// not.
func (s sources) UploadCapture(stream grpc.ClientStreamingServer[tumenv1.UploadCaptureRequest, tumenv1.UploadCaptureResponse]) error {
	ctx := stream.Context()
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return fault.Field("header", "HEADER_MISSING", "the header comes first")
	}
	if err != nil {
		return err
	}
	header := first.GetHeader()
	if header == nil {
		return fault.Field("header", "HEADER_MISSING", "the header comes first")
	}
	if err := s.mayUpload(ctx, header); err != nil {
		return err
	}
	capture := header.GetCapture()
	want := captures.Expectation{SHA256: capture.GetSha256(), Size: capture.GetSize()}
	var made *tumenv1.Capture
	_, err = s.captures.Keep(ctx, gate.ReaderOf(ctx).Organisation, &chunks{next: s.admittedPieces(stream)}, want, func(blob captures.Blob) (err error) {
		capture.Sha256, capture.Size = blob.SHA256, blob.Size
		made, err = create(ctx, s.Server, header, "header.capture", header.GetParent(), capture)
		return err
	})
	if err != nil {
		return err
	}
	return stream.SendAndClose(&tumenv1.UploadCaptureResponse{Capture: made})
}

// mayUpload checks the description before any bytes are taken.
func (s sources) mayUpload(ctx context.Context, header *tumenv1.CaptureHeader) error {
	return s.read(ctx, func(v *records.View, r access.Reader) error {
		source, err := v.Read(header.GetParent())
		if err != nil {
			return err
		}
		if !access.Editable(r, source) {
			return fault.New(fault.Denied, "NOT_THE_OWNER", "only the organisation that owns %s adds to it", header.GetParent())
		}
		if source.GetDeleteTime() != nil {
			return fault.New(fault.Refused, "PARENT_DELETED", "%s is deleted; undelete it first", header.GetParent())
		}
		draft := proto.Clone(header.GetCapture()).(*tumenv1.Capture)
		draft.Name = header.GetParent() + "/captures/-" // for rules that look at where it lies
		violations, err := checkRecord(v, r, "header.capture", draft, nil)
		if err != nil {
			return err
		}
		return invalid(violations)
	})
}

// admittedPieces receives the pieces of an upload as long as its token is good.
func (s sources) admittedPieces(stream grpc.ClientStreamingServer[tumenv1.UploadCaptureRequest, tumenv1.UploadCaptureResponse]) func() (*tumenv1.UploadCaptureRequest, error) {
	return func() (*tumenv1.UploadCaptureRequest, error) {
		req, err := stream.Recv()
		if err == nil {
			err = s.stillAdmitted(stream.Context())
		}
		return req, err
	}
}

// chunks reads the bytes of an upload.
type chunks struct {
	next func() (*tumenv1.UploadCaptureRequest, error)
	rest []byte
}

// Read implements io.Reader.
func (c *chunks) Read(b []byte) (int, error) {
	for len(c.rest) == 0 {
		req, err := c.next()
		if err != nil {
			return 0, err // io.EOF at the end
		}
		if req.GetHeader() != nil {
			return 0, fault.Field("header", "HEADER_REPEATED", "the header comes once")
		}
		c.rest = req.GetChunk()
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// downloadChunk is the size of one piece of a download.
const downloadChunk = 256 << 10

// DownloadCapture implements tumenv1.SourceServiceServer. No snapshot is held
// while bytes flow: they never change.
func (s sources) DownloadCapture(req *tumenv1.DownloadCaptureRequest, stream grpc.ServerStreamingServer[tumenv1.DownloadCaptureResponse]) error {
	capture, err := get[*tumenv1.Capture](stream.Context(), s.Server, req.GetName())
	if err != nil {
		return err
	}
	if req.GetOffset() > capture.GetSize() {
		return fault.Field("offset", "OFFSET_BEYOND_END", "the capture has %d bytes", capture.GetSize())
	}
	if err := s.bytesShown(stream.Context(), capture.GetName()); err != nil {
		return err
	}
	if err := s.discloseBytes(stream.Context(), capture); err != nil {
		return err
	}
	blob, _, err := s.captures.OpenAt(capture.GetOwner(), capture.GetSha256(), req.GetOffset())
	if err != nil {
		return s.asDamaged(capture, err)
	}
	defer blob.Close()
	offset := req.GetOffset()
	buf := make([]byte, downloadChunk)
	for {
		n, err := io.ReadFull(blob, buf)
		if n > 0 {
			if err := s.stillAdmitted(stream.Context()); err != nil {
				return err
			}
			if err := s.bytesShown(stream.Context(), capture.GetName()); err != nil {
				return err
			}
			if err := stream.Send(&tumenv1.DownloadCaptureResponse{Chunk: buf[:n], Offset: offset, Size: capture.GetSize()}); err != nil {
				return err
			}
			offset += int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return s.asDamaged(capture, err)
		}
	}
}

// bytesShown refuses the bytes of a capture that the caller doesn't see, be it no longer,
// and to who sees it by a grant those that nobody has marked free of identities.
func (s sources) bytesShown(ctx context.Context, name string) error {
	return s.read(ctx, func(v *records.View, r access.Reader) error {
		rec, err := v.Read(name)
		if err == nil && !access.TextsShown(r, rec) {
			err = fault.New(fault.Denied, "NOT_MARKED_FREE", "nobody has marked %s free of identities yet; ask the organisation that shares it", name)
		}
		return err
	})
}

// asDamaged says of bytes that can't be read that no other try will: who runs the
// server has to look.
func (s *Server) asDamaged(capture *tumenv1.Capture, err error) error {
	damaged := errors.Is(err, captures.ErrDamaged) || errors.Is(err, captures.ErrMissing) || errors.Is(err, seal.ErrSealed)
	if !damaged {
		return err
	}
	s.logger.Error("the bytes of a capture can't be read", "capture", capture.GetName(), "error", err)
	return fault.New(fault.Refused, "CAPTURE_DAMAGED", "the bytes of %s are damaged, or not there; tell whoever runs the server (tumend check)", capture.GetName())
}

// discloseBytes takes note of a download that may show who a source is.
func (s sources) discloseBytes(ctx context.Context, capture *tumenv1.Capture) error {
	var shown []access.Disclosure
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		source, err := records.Get[*tumenv1.Source](v.Entire(), records.ParentOf(capture.GetName()))
		shown = bytesDisclose(source, capture)
		return err
	})
	if err != nil {
		return err
	}
	return gate.Disclose(ctx, shown)
}
