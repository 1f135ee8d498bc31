package service_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestCostOfAnExport counts the rows that are read for each exported record: to
// decide about it its row and key, and what refers to it; to send it its row and key
// again, and of its proof the few hashes that no other has.
func TestCostOfAnExport(t *testing.T) {
	o, counting := counted(t)
	before := counting.Counts()
	x, err := o.takes(o.worker, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: o.names["october-2023"]}})
	ok(t, err)
	whole := counting.Counts()
	_, err = o.continues(o.worker, x.header.GetName(), 0)
	ok(t, err)
	records := len(x.records)
	for _, c := range []struct {
		name      string
		rows, max int
	}{
		{"an export", whole.Sub(before).RowsRead, 9},
		{"sending it again", counting.Counts().Sub(whole).RowsRead, 5},
	} {
		if c.rows > c.max*records {
			t.Errorf("%s reads %d rows for %d records, more than %d each", c.name, c.rows, records, c.max)
		}
		t.Logf("%s reads %d rows for %d records, %.1f each", c.name, c.rows, records, float64(c.rows)/float64(records))
	}
}

// TestAnExportEndsWithItsCall: also while a page is worked out and another is sent;
// the server would not stop before its calls have ended.
func TestAnExportEndsWithItsCall(t *testing.T) {
	o, _ := counted(t)
	x, err := o.takes(o.worker, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: o.names["october-2023"]}})
	ok(t, err)
	for received := range len(x.records) + 1 {
		ctx, cancel := context.WithCancel(o.ctx)
		stream, err := tumenv1.NewExportServiceClient(o.worker.conn).ContinueExport(ctx, &tumenv1.ContinueExportRequest{Name: x.header.GetName()})
		ok(t, err)
		for range received {
			_, err := stream.Recv()
			ok(t, err)
		}
		cancel()
		for err == nil {
			_, err = stream.Recv()
		}
		if err != io.EOF && status.Code(err) != codes.Canceled { // the rest may have been on its way
			t.Fatalf("after %d pieces: %v", received, err)
		}
	}
	again, err := o.continues(o.worker, x.header.GetName(), 0)
	if err != nil || len(again.records) != len(x.records) {
		t.Errorf("%d of %d records, %v", len(again.records), len(x.records), err)
	}
	for i, r := range again.records {
		if !bytes.Equal(r.GetLine(), x.records[i].GetLine()) {
			t.Errorf("%s reads otherwise when it is sent again", r.GetName())
		}
	}
}
