package service_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestWhoAcceptsIsNotToldWhoTheSourceIs: they have written none of it, so it takes a
// clearance and a purpose, as before they accepted.
func TestWhoAcceptsIsNotToldWhoTheSourceIs(t *testing.T) {
	x := startSharing(t)
	_, err := x.share(organisationOf(x.partner), content, time.Hour)
	ok(t, err)
	sent, err := x.send(x.partner, x.offer("a witness"))
	ok(t, err)
	taken, err := x.accept(sent.GetName(), nil)
	ok(t, err)
	source := taken.GetResults()[0]
	told := func(m *member, purpose bool) bool {
		t.Helper()
		ctx := x.ctx
		if purpose {
			ctx = forPurpose(ctx)
		}
		got, err := m.sources.GetSource(ctx, &tumenv1.GetSourceRequest{Name: source})
		ok(t, err)
		return strings.Contains(protojson.Format(got), secret)
	}
	if told(x.worker, false) || told(x.worker, true) {
		t.Error("who accepted it is told who the source is, without a clearance")
	}
	cleared := x.cleared("cleared", 0, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY)
	if told(cleared, true) {
		t.Error("nothing says that the source agreed to be recorded")
	}
}
