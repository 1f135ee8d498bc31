package service_test

import (
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestATurnoverWaitsForNoBackup: one whose taker stalls is ended, and the next one
// is whole.
func TestATurnoverWaitsForNoBackup(t *testing.T) {
	o := loadOctober(t)
	content := make([]byte, 8<<20) // more than is on its way when nobody takes it
	if _, err := uploadPieces(o, o.worker, capturing(o, original()), content, 1<<20); err != nil {
		t.Fatal(err)
	}
	stalled, err := o.admin.BackUp(o.ctx, &tumenv1.BackUpRequest{})
	ok(t, err)
	_, err = stalled.Recv()
	ok(t, err)
	turn, err := o.admin.TurnEpochOver(o.ctx, &tumenv1.TurnEpochOverRequest{})
	ok(t, err)
	for {
		reply, err := turn.Recv()
		ok(t, err)
		if reply.GetEpoch() == 2 {
			break
		}
	}
	for err = nil; err == nil; {
		_, err = stalled.Recv()
	}
	refused(t, err, codes.Unavailable, "TURNOVER")

	whole, err := o.admin.BackUp(o.ctx, &tumenv1.BackUpRequest{})
	ok(t, err)
	size, parts := 0, int64(0)
	for {
		reply, err := whole.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		ok(t, err)
		size, parts = size+len(reply.GetPiece()), parts+reply.GetParts()
	}
	if parts != 2 || size < 8<<20 {
		t.Errorf("%d parts in %d bytes", parts, size)
	}
}
