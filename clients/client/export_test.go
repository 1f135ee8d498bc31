package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// breakingExport has an export of five records and breaks off as it is told.
type breakingExport struct {
	tumenv1.UnimplementedExportServiceServer
	breaks   []int // behind so many pieces of each call; the header is the first
	calls    []string
	requests []string
	skip     int64 // continues so many records too far on
}

func (b *breakingExport) register(s *grpc.Server) { tumenv1.RegisterExportServiceServer(s, b) }

func (b *breakingExport) send(call string, offset int64, header func(*tumenv1.ExportHeader) error, record func(*tumenv1.ExportedRecord) error) error {
	limit := 100
	if len(b.calls) < len(b.breaks) {
		limit = b.breaks[len(b.calls)]
	}
	b.calls = append(b.calls, call)
	for n := 0; ; n++ {
		var err error
		switch at := offset + int64(n) - 1; {
		case n == limit:
			return status.Error(codes.Unavailable, "restarting")
		case n == 0:
			err = header(&tumenv1.ExportHeader{Name: "exports/x", Records: 5})
		case at == 5:
			return nil
		default:
			err = record(&tumenv1.ExportedRecord{Offset: at, Name: fmt.Sprint(at)})
		}
		if err != nil {
			return err
		}
	}
}

func (b *breakingExport) ExportRecords(req *tumenv1.ExportRecordsRequest, stream grpc.ServerStreamingServer[tumenv1.ExportRecordsResponse]) error {
	b.requests = append(b.requests, req.GetRequestId())
	return b.send("new", 0, func(h *tumenv1.ExportHeader) error {
		return stream.Send(&tumenv1.ExportRecordsResponse{Piece: &tumenv1.ExportRecordsResponse_Header{Header: h}})
	}, func(r *tumenv1.ExportedRecord) error {
		return stream.Send(&tumenv1.ExportRecordsResponse{Piece: &tumenv1.ExportRecordsResponse_Record{Record: r}})
	})
}

func (b *breakingExport) ContinueExport(req *tumenv1.ContinueExportRequest, stream grpc.ServerStreamingServer[tumenv1.ContinueExportResponse]) error {
	return b.send(fmt.Sprint(req.GetName(), "+", req.GetOffset()), req.GetOffset()+b.skip, func(h *tumenv1.ExportHeader) error {
		return stream.Send(&tumenv1.ContinueExportResponse{Piece: &tumenv1.ContinueExportResponse_Header{Header: h}})
	}, func(r *tumenv1.ExportedRecord) error {
		return stream.Send(&tumenv1.ContinueExportResponse{Piece: &tumenv1.ContinueExportResponse_Record{Record: r}})
	})
}

func TestAnExportGoesOnWhereItBrokeOff(t *testing.T) {
	for _, tc := range []struct {
		name   string
		breaks []int
		calls  string
	}{
		{"whole", nil, "new"},
		{"before the header", []int{0}, "new new"},
		{"behind the header", []int{1}, "new exports/x+0"},
		{"among the records", []int{3, 2}, "new exports/x+2 exports/x+3"},
		{"behind the last record", []int{6}, "new"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := &breakingExport{breaks: tc.breaks}
			conn := dial(t, serve(t, newAuthority(t), nil, server.register))
			headers, got := 0, ""
			err := conn.Export(t.Context(), &tumenv1.ExportRecordsRequest{Reason: "x"}, client.ExportSink{
				Header: func(*tumenv1.ExportHeader) error { headers++; return nil },
				Record: func(r *tumenv1.ExportedRecord) error { got += r.GetName(); return nil },
			})
			try(t, err)
			if got != "01234" || headers != 1 || strings.Join(server.calls, " ") != tc.calls {
				t.Errorf("records %s, %d headers, calls %q", got, headers, server.calls)
			}
			if server.requests[0] == "" || len(slices.Compact(server.requests)) != 1 {
				t.Errorf("request ids %q", server.requests)
			}
		})
	}
}

func TestAnExportWithAGapIsRefused(t *testing.T) {
	server := &breakingExport{breaks: []int{3}, skip: 1}
	conn := dial(t, serve(t, newAuthority(t), nil, server.register))
	err := conn.Export(t.Context(), &tumenv1.ExportRecordsRequest{Reason: "x"}, client.ExportSink{
		Header: func(*tumenv1.ExportHeader) error { return nil },
		Record: func(*tumenv1.ExportedRecord) error { return nil },
	})
	if err == nil || !strings.Contains(err.Error(), "record 3 where record 2 was due") {
		t.Error(err)
	}
}
