package gate

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// Whoever needs no credentials can't make the server wait for many messages.
func TestUnfinishedHealthChecksAreFew(t *testing.T) {
	r := start(t, &handlers{}, nil)
	stalled, release := context.WithCancel(t.Context())
	check := &grpc.StreamDesc{StreamName: "Check", ClientStreams: true}
	for range maxChecks {
		// The headers go out; the message never comes.
		if _, err := r.NewStream(stalled, check, healthpb.Health_Check_FullMethodName); err != nil {
			t.Fatal(err)
		}
	}
	// All streams share a connection, so these headers arrive after those.
	_, err := healthpb.NewHealthClient(r).Check(t.Context(), &healthpb.HealthCheckRequest{})
	checkShape(t, err, codes.ResourceExhausted, "HEALTH_BUSY")
	release()
	for status.Code(err) == codes.ResourceExhausted && t.Context().Err() == nil {
		_, err = healthpb.NewHealthClient(r).Check(t.Context(), &healthpb.HealthCheckRequest{})
	}
	if err != nil {
		t.Errorf("after they ended: %v", err)
	}
}
