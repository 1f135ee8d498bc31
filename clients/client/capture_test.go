package client_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// breaking keeps one capture and breaks transfers off as it is told.
type breaking struct {
	tumenv1.UnimplementedSourceServiceServer
	content  []byte
	sha256   string
	breaks   int // so many transfers break off on the way
	requests []string
	offsets  []int64
	skip     int64 // answers from so many bytes too far on
}

func (b *breaking) register(s *grpc.Server) { tumenv1.RegisterSourceServiceServer(s, b) }

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (b *breaking) UploadCapture(stream grpc.ClientStreamingServer[tumenv1.UploadCaptureRequest, tumenv1.UploadCaptureResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	b.requests = append(b.requests, first.GetHeader().GetRequestId())
	var content []byte
	for {
		piece, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		content = append(content, piece.GetChunk()...)
		if len(b.requests) <= b.breaks {
			return status.Error(codes.Unavailable, "restarting")
		}
	}
	capture := first.GetHeader().GetCapture()
	if capture.GetSha256() != digest(content) || capture.GetSize() != int64(len(content)) {
		return status.Error(codes.InvalidArgument, "the bytes are not those announced")
	}
	b.content = content
	return stream.SendAndClose(&tumenv1.UploadCaptureResponse{Capture: capture})
}

func (b *breaking) GetCapture(context.Context, *tumenv1.GetCaptureRequest) (*tumenv1.GetCaptureResponse, error) {
	return &tumenv1.GetCaptureResponse{Capture: &tumenv1.Capture{Size: int64(len(b.content)), Sha256: b.sha256}}, nil
}

func (b *breaking) DownloadCapture(request *tumenv1.DownloadCaptureRequest, stream grpc.ServerStreamingServer[tumenv1.DownloadCaptureResponse]) error {
	b.offsets = append(b.offsets, request.GetOffset())
	at := request.GetOffset() + b.skip
	for at < int64(len(b.content)) {
		end := min(at+1000, int64(len(b.content)))
		if err := stream.Send(&tumenv1.DownloadCaptureResponse{Chunk: b.content[at:end], Offset: at, Size: int64(len(b.content))}); err != nil {
			return err
		}
		at = end
		if len(b.offsets) <= b.breaks && at > request.GetOffset()+2000 {
			return status.Error(codes.Unavailable, "this connection is old")
		}
	}
	return nil
}

func randomBytes(n int) []byte {
	content := make([]byte, n)
	for i := range content {
		content[i] = byte(rand.IntN(256))
	}
	return content
}

func TestAnUploadThatBreaksOffIsRecordedOnce(t *testing.T) {
	content := randomBytes(600_000)
	server := &breaking{breaks: 2}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	var last int64
	capture, err := conn.UploadCapture(t.Context(), &tumenv1.CaptureHeader{Parent: "sources/x", Reason: "r"}, bytes.NewReader(content), func(done, total int64) { last = done })
	try(t, err)
	if !bytes.Equal(server.content, content) || capture.GetSha256() != digest(content) || last != int64(len(content)) {
		t.Errorf("%d bytes arrived, %d told", len(server.content), last)
	}
	if len(server.requests) != 3 || server.requests[0] != server.requests[2] || server.requests[0] == "" {
		t.Errorf("attempts went out under %q", server.requests)
	}
}

func TestAnEmptyUpload(t *testing.T) {
	server := &breaking{}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	_, err := conn.UploadCapture(t.Context(), &tumenv1.CaptureHeader{}, bytes.NewReader(nil), nil)
	try(t, err)
}

func TestADownloadGoesOnWhereItBrokeOff(t *testing.T) {
	content := randomBytes(40_000)
	server := &breaking{content: content, sha256: digest(content), breaks: 9}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	var got bytes.Buffer
	_, err := conn.DownloadCapture(t.Context(), "sources/x/captures/y", &got, client.Download{})
	try(t, err)
	if !bytes.Equal(got.Bytes(), content) {
		t.Error("the bytes differ")
	}
	for i := 1; i < len(server.offsets); i++ {
		if server.offsets[i] <= server.offsets[i-1] {
			t.Errorf("offsets %v: nothing was gained", server.offsets)
		}
	}
}

func TestADownloadGoesOnFromAnEarlierOne(t *testing.T) {
	content := randomBytes(10_000)
	server := &breaking{content: content, sha256: digest(content)}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	for _, have := range []int{0, 1, 9_999, 10_000} {
		var rest bytes.Buffer
		_, err := conn.DownloadCapture(t.Context(), "n", &rest, client.Download{Have: bytes.NewReader(content[:have])})
		try(t, err)
		if !bytes.Equal(rest.Bytes(), content[have:]) {
			t.Errorf("having %d: the rest differs", have)
		}
	}
}

func TestWrongBytesAreNoticed(t *testing.T) {
	content := randomBytes(10_000)
	for name, test := range map[string]struct {
		server *breaking
		have   string
	}{
		"another digest":         {&breaking{content: content, sha256: digest([]byte("other"))}, ""},
		"what is here is other":  {&breaking{content: content, sha256: digest(content)}, "other"},
		"what is here is longer": {&breaking{content: content, sha256: digest(content)}, strings.Repeat("x", 10_001)},
		"bytes left out":         {&breaking{content: content, sha256: digest(content), skip: 10}, ""},
	} {
		conn := dial(t, serve(t, newAuthority(t), nil, test.server.register))
		if _, err := conn.DownloadCapture(t.Context(), "n", io.Discard, client.Download{Have: strings.NewReader(test.have)}); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}
