package service_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/captures"
)

func original() *tumenv1.Capture {
	return &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, MediaType: "text/plain", FileName: "kim.txt"}
}

func capturing(o *october, c *tumenv1.Capture) *tumenv1.CaptureHeader {
	return &tumenv1.CaptureHeader{Parent: o.names["S1"], Capture: c, Reason: "preserved"}
}

// download reads a capture from an offset on, and checks the offsets told.
func download(t *testing.T, o *october, m *member, name string, from int64) ([]byte, error) {
	t.Helper()
	stream, err := m.sources.DownloadCapture(o.ctx, &tumenv1.DownloadCaptureRequest{Name: name, Offset: from})
	ok(t, err)
	var content []byte
	for {
		out, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, err
		}
		if out.GetOffset() != from+int64(len(content)) {
			t.Errorf("a piece at %d after %d bytes from %d", out.GetOffset(), len(content), from)
		}
		content = append(content, out.GetChunk()...)
	}
}

func TestACaptureComesBackAsItWas(t *testing.T) {
	o := loadOctober(t)
	reviewer := o.member("reviewer", tumenv1.Role_ROLE_REVIEWER)
	content := bytes.Repeat([]byte("they were put on buses "), 40_000) // some pieces of a download
	for _, stated := range []bool{true, false} {
		c := original()
		if stated {
			c.Sha256, c.Size = sha(content), int64(len(content))
		}
		made, err := uploadPieces(o, o.worker, capturing(o, c), content, 1<<20)
		ok(t, err)
		if made.GetSha256() != sha(content) || made.GetSize() != int64(len(content)) {
			t.Errorf("made %v", made)
		}
		for _, from := range []int64{0, 1, 300_000, int64(len(content)) - 1, int64(len(content))} {
			got, err := download(t, o, reviewer, made.GetName(), from)
			ok(t, err)
			if !bytes.Equal(got, content[from:]) {
				t.Errorf("from %d: %d bytes, want %d", from, len(got), len(content)-int(from))
			}
		}
		_, err = download(t, o, reviewer, made.GetName(), int64(len(content))+1)
		refused(t, err, codes.InvalidArgument, "OFFSET_BEYOND_END", "offset")
	}
	empty, err := uploadPieces(o, o.worker, capturing(o, original()), nil, 1)
	ok(t, err)
	if got, err := download(t, o, reviewer, empty.GetName(), 0); err != nil || len(got) != 0 || empty.GetSha256() != sha(nil) {
		t.Errorf("nothing came back as %q, %v", got, err)
	}
}

func TestAnUploadThatIsNotAsStatedLeavesNothing(t *testing.T) {
	o, counting := counted(t)
	first, err := uploadPieces(o, o.worker, capturing(o, original()), []byte("first"), 9)
	ok(t, err)
	working := func(of string) *tumenv1.Capture {
		return &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_WORKING_COPY, Original: of}
	}
	copied, err := uploadPieces(o, o.worker, capturing(o, working(first.GetName())), []byte("copy"), 9)
	ok(t, err)
	elsewhere := capturing(o, working(first.GetName()))
	elsewhere.Parent = o.names["S2"]
	with := func(change func(*tumenv1.Capture)) *tumenv1.CaptureHeader {
		c := original()
		change(c)
		return capturing(o, c)
	}
	for _, c := range []struct {
		name   string
		header *tumenv1.CaptureHeader
		code   codes.Code
		reason string
		words  []string
	}{
		{"another hash", with(func(c *tumenv1.Capture) { c.Sha256 = sha([]byte("else")) }), codes.InvalidArgument, "SHA256_MISMATCH", []string{"header.capture.sha256"}},
		{"fewer bytes than stated", with(func(c *tumenv1.Capture) { c.Size = 100 }), codes.InvalidArgument, "SIZE_MISMATCH", []string{"header.capture.size"}},
		{"more bytes than stated", with(func(c *tumenv1.Capture) { c.Size = 3 }), codes.InvalidArgument, "SIZE_MISMATCH", []string{"header.capture.size"}},
		{"larger than a capture may be", with(func(c *tumenv1.Capture) { c.Size = captures.MaxSize + 1 }), codes.InvalidArgument, "INT64_GTE_LTE", []string{"header.capture.size"}},
		{"no such day", with(func(c *tumenv1.Capture) { c.CapturedOn = "2023-02-30" }), codes.InvalidArgument, "INVALID_DATE", []string{"header.capture.captured_on"}},
		{"an original of something", with(func(c *tumenv1.Capture) { c.Original = first.GetName() }), codes.InvalidArgument, "ORIGINAL_MISMATCH", []string{"header.capture.original"}},
		{"a working copy of nothing", capturing(o, working("")), codes.InvalidArgument, "ORIGINAL_MISMATCH", []string{"header.capture.original"}},
		{"a working copy of another source's capture", elsewhere, codes.InvalidArgument, "OTHER_SOURCE", []string{"header.capture.original"}},
		{"a working copy of a working copy", capturing(o, working(copied.GetName())), codes.InvalidArgument, "WORKING_COPY", []string{"header.capture.original"}},
		{"no reason", &tumenv1.CaptureHeader{Parent: o.names["S1"], Capture: original()}, codes.InvalidArgument, "STRING_MIN_LEN", []string{"header.reason"}},
		{"no capture", &tumenv1.CaptureHeader{Parent: o.names["S1"], Reason: "preserved"}, codes.InvalidArgument, "REQUIRED", []string{"header.capture"}},
		{"no source", &tumenv1.CaptureHeader{Parent: absent(o.names["S1"]), Capture: original(), Reason: "preserved"}, codes.NotFound, "NOT_FOUND", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			unwritten(t, o.worker, counting, func() {
				_, err := uploadPieces(o, o.worker, c.header, []byte("first"), 2)
				refused(t, err, c.code, c.reason, c.words...)
			})
		})
	}
}

func TestAnUploadIsAHeaderAndThenBytes(t *testing.T) {
	o := loadOctober(t)
	chunk := &tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Chunk{Chunk: []byte("x")}}
	head := &tumenv1.UploadCaptureRequest{Piece: &tumenv1.UploadCaptureRequest_Header{Header: capturing(o, original())}}
	for _, c := range []struct {
		pieces []*tumenv1.UploadCaptureRequest
		reason string
	}{
		{nil, "HEADER_MISSING"},
		{[]*tumenv1.UploadCaptureRequest{chunk, head}, "HEADER_MISSING"},
		{[]*tumenv1.UploadCaptureRequest{{}}, "HEADER_MISSING"},
		{[]*tumenv1.UploadCaptureRequest{head, chunk, head}, "HEADER_REPEATED"},
		{[]*tumenv1.UploadCaptureRequest{head, {Piece: &tumenv1.UploadCaptureRequest_Chunk{Chunk: make([]byte, 1<<20+1)}}}, "BYTES_MAX_LEN"},
	} {
		stream, err := o.worker.sources.UploadCapture(o.ctx)
		ok(t, err)
		for _, p := range c.pieces {
			_ = stream.Send(p) // the error shows at the end
		}
		_, err = stream.CloseAndRecv()
		refused(t, err, codes.InvalidArgument, c.reason)
	}
}

func TestACaptureThatSomethingRestsOnStays(t *testing.T) {
	o := loadOctober(t)
	made, err := uploadPieces(o, o.worker, capturing(o, original()), []byte("a letter"), 9)
	ok(t, err)
	remove := func(name, etag string) error {
		_, err := o.worker.sources.DeleteCapture(o.ctx, &tumenv1.DeleteCaptureRequest{Name: name, Etag: etag, Reason: "tidy"})
		return err
	}
	out, err := o.worker.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(o), Reason: "recorded", Claim: &tumenv1.Claim{
		Source: o.names["S1"], Subjects: []string{o.names["E5"]}, Aspect: occurrence, Stance: asserts,
		Examination: &tumenv1.Examination{Capture: made.GetName(), Examiner: "an expert", Method: "handwriting"}}})
	ok(t, err)
	refused(t, remove(made.GetName(), made.GetEtag()), codes.FailedPrecondition, "IN_USE", out.GetClaim().GetName())
	_, err = o.worker.claims.RetractClaim(o.ctx, &tumenv1.RetractClaimRequest{Name: out.GetClaim().GetName(), Etag: out.GetClaim().GetEtag(), Reason: "forged"})
	ok(t, err)
	copied, err := uploadPieces(o, o.worker, capturing(o, &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_WORKING_COPY, Original: made.GetName()}), []byte("copy"), 9)
	ok(t, err)
	refused(t, remove(made.GetName(), made.GetEtag()), codes.FailedPrecondition, "IN_USE", copied.GetName())
	ok(t, remove(copied.GetName(), copied.GetEtag()))
	ok(t, remove(made.GetName(), made.GetEtag()))
	gone, err := o.worker.sources.GetCapture(o.ctx, &tumenv1.GetCaptureRequest{Name: copied.GetName()})
	ok(t, err)
	_, err = o.worker.sources.UndeleteCapture(o.ctx, &tumenv1.UndeleteCaptureRequest{Name: copied.GetName(), Etag: gone.GetCapture().GetEtag(), Reason: "needed"})
	refused(t, err, codes.FailedPrecondition, "FOUNDATION_DELETED", made.GetName())
}
