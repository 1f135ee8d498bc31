package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// MaxCapture is the largest copy that a server takes, in bytes: 256 MiB.
const MaxCapture = 256 << 20

// pieceSize is how much of a copy goes in one message; the contract allows 1 MiB.
const pieceSize = 256 << 10

// Progress is told how many bytes of how many have gone over. It is called from
// the goroutine that transfers, often.
type Progress func(done, total int64)

// UploadCapture preserves a copy: header says to which source it belongs, what
// is known of it, and why. The bytes are read twice, first to state their size
// and SHA-256, which the server checks. An upload that breaks off starts again
// under the same request_id, so that the copy is recorded once. progress may be
// nil.
func (c *Conn) UploadCapture(ctx context.Context, header *tumenv1.CaptureHeader, content io.ReadSeeker, progress Progress) (*tumenv1.Capture, error) {
	digest := sha256.New()
	size, err := io.Copy(digest, io.LimitReader(content, MaxCapture+1))
	if err != nil {
		return nil, fmt.Errorf("reading what to preserve: %w", err)
	}
	if size > MaxCapture {
		return nil, fmt.Errorf("a copy has at most %d MiB", MaxCapture>>20)
	}
	header = proto.CloneOf(header)
	if header.Capture == nil {
		header.Capture = &tumenv1.Capture{}
	}
	if header.RequestId == "" {
		header.RequestId = NewRequestID()
	}
	header.Capture.Size, header.Capture.Sha256 = size, hex.EncodeToString(digest.Sum(nil))
	var recorded *tumenv1.Capture
	err = c.reach.retry(ctx, func() error {
		if _, err := content.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("reading what to preserve: %w", err)
		}
		recorded, err = c.uploadOnce(ctx, header, content, progress)
		return err
	})
	if err != nil {
		return nil, err
	}
	if said := recorded.GetSha256(); said != "" && said != header.Capture.Sha256 {
		return nil, errors.New("the server recorded other bytes than were sent: SHA-256 differs")
	}
	return recorded, nil
}

// ErrTooLarge: a copy has more bytes than a server, or who asked, takes.
var ErrTooLarge = errors.New("the copy is too large")

// ErrCutShort: what was to be preserved broke off before its end.
var ErrCutShort = errors.New("what was to be preserved broke off before its end")

// StreamCapture is UploadCapture for bytes that come but once and are kept nowhere: their
// SHA-256 is compared with what the server recorded. With more than largest bytes
// (ErrTooLarge), or when they break off (ErrCutShort), nothing is recorded. An upload that
// breaks off on the way to the server is not tried again.
func (c *Conn) StreamCapture(ctx context.Context, header *tumenv1.CaptureHeader, content io.Reader, largest int64) (*tumenv1.Capture, error) {
	counted := &counting{from: content, left: min(largest, MaxCapture), digest: sha256.New()}
	recorded, err := c.uploadOnce(ctx, header, counted, nil)
	if err != nil {
		return nil, err
	}
	if recorded.GetSha256() != "" && recorded.GetSha256() != hex.EncodeToString(counted.digest.Sum(nil)) {
		return nil, errors.New("the server recorded other bytes than were sent: SHA-256 differs")
	}
	return recorded, nil
}

// counting reads so many bytes at most, and tells an end from a break.
type counting struct {
	from   io.Reader
	left   int64
	digest hash.Hash
}

// Read implements io.Reader.
func (c *counting) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.digest.Write(b[:n])
	if c.left -= int64(n); c.left < 0 {
		return n, ErrTooLarge
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, ErrCutShort // else it would be taken for the end
	}
	return n, err
}

// uploadOnce sends a copy from its first byte on.
func (c *Conn) uploadOnce(ctx context.Context, header *tumenv1.CaptureHeader, content io.Reader, progress Progress) (*tumenv1.Capture, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Sources.UploadCapture(ctx)
	if err != nil {
		return nil, err
	}
	err = stream.Send(&tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Header{Header: header}})
	var sent int64
	for err == nil {
		piece := make([]byte, pieceSize)
		n, readErr := io.ReadFull(content, piece)
		if n > 0 {
			err = stream.Send(&tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Chunk{Chunk: piece[:n]}})
			sent += int64(n)
			report(progress, sent, header.Capture.Size)
		}
		if readErr == io.EOF || readErr == io.ErrUnexpectedEOF {
			break
		}
		if readErr != nil {
			return nil, fmt.Errorf("reading what to preserve: %w", readErr)
		}
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	// io.EOF from Send means that the server has answered already; the answer says why.
	reply, err := stream.CloseAndRecv()
	if err != nil {
		return nil, err
	}
	return reply.GetCapture(), nil
}

// ErrOtherBytes: what was fetched, or was here before, are other bytes than those
// that were preserved.
var ErrOtherBytes = errors.New("the bytes are not those recorded")

// Download says how a copy is fetched.
type Download struct {
	Have     io.Reader // the first bytes, from an earlier attempt; nil for none
	Progress Progress  // may be nil
}

// DownloadCapture writes a capture's bytes to w, from where Have ends. A download
// that breaks off goes on at its offset. At the end the SHA-256 of the whole is
// compared with the recorded one; until it returns without error, nothing that
// was written may be relied upon.
func (c *Conn) DownloadCapture(ctx context.Context, name string, w io.Writer, how Download) (*tumenv1.Capture, error) {
	known, err := c.Sources.GetCapture(ctx, &tumenv1.GetCaptureRequest{Name: name})
	if err != nil {
		return nil, err
	}
	capture := known.GetCapture()
	d := &download{conn: c, name: name, w: w, size: capture.GetSize(), digest: sha256.New(), progress: how.Progress}
	if how.Have != nil {
		if d.offset, err = io.Copy(d.digest, io.LimitReader(how.Have, d.size+1)); err != nil {
			return nil, fmt.Errorf("reading what is already here: %w", err)
		}
		if d.offset > d.size {
			return nil, fmt.Errorf("%w: what is already here is longer than the capture; remove it and start again", ErrOtherBytes)
		}
	}
	for d.offset < d.size {
		before := d.offset
		err := c.reach.retry(ctx, func() error {
			err := d.once(ctx)
			if status.Code(err) == codes.Unavailable && d.offset > before {
				return nil // it broke off, but gained something: go on there at once
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if got := hex.EncodeToString(d.digest.Sum(nil)); got != capture.GetSha256() {
		return nil, fmt.Errorf("%w: SHA-256 differs; remove them and start again", ErrOtherBytes)
	}
	return capture, nil
}

// download is how far a download has come.
type download struct {
	conn     *Conn
	name     string
	w        io.Writer
	offset   int64
	size     int64
	digest   hash.Hash
	progress Progress
}

// once fetches from the offset on, as far as it gets.
func (d *download) once(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := d.conn.Sources.DownloadCapture(ctx, &tumenv1.DownloadCaptureRequest{Name: d.name, Offset: d.offset})
	if err != nil {
		return err
	}
	for {
		piece, err := stream.Recv()
		if err == io.EOF {
			if d.offset != d.size {
				return errors.New("the server ended the download too early")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if piece.GetOffset() != d.offset || d.offset+int64(len(piece.GetChunk())) > d.size {
			return errors.New("the server sent bytes that do not follow on those before")
		}
		n, err := d.w.Write(piece.GetChunk())
		d.digest.Write(piece.GetChunk()[:n])
		d.offset += int64(n)
		if err != nil {
			return err
		}
		report(d.progress, d.offset, d.size)
	}
}

func report(p Progress, done, total int64) {
	if p != nil {
		p(done, total)
	}
}
