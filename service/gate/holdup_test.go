package gate

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/tap"
)

func TestAFloodOfStrangersWaitsForItsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopping := make(chan struct{})
		h := newHoldups(stopping)
		took := func(call func(context.Context)) time.Duration {
			start := time.Now()
			call(t.Context())
			return time.Since(start)
		}
		for i := range burstSeconds * strangersPerSecond {
			if held := took(h.stranger); held != 0 {
				t.Fatalf("the %dth waits for %s", i, held)
			}
		}
		if held := took(h.stranger); held != holdStrangers {
			t.Errorf("after a flood it waits for %s", held)
		}
		if held := took(h.member); held != holdMembers {
			t.Errorf("a member waits for %s", held)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		if held := took(h.stranger); held != 0 {
			t.Errorf("a minute later it waits for %s", held)
		}
		// Whoever has gone is not waited for.
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if held := took(func(context.Context) { h.member(gone) }); held != 0 {
			t.Errorf("it waits for %s for nobody", held)
		}
		close(stopping)
		if held := took(h.member); held != 0 {
			t.Errorf("the server stops, and it waits for %s", held)
		}
	})
}

// Who comes by a connection that many share is refused at once, as the others would wait
// with them.
func TestNobodyIsHeldUpOnASharedConnection(t *testing.T) {
	g := gateOf(t)
	stranger := &tap.Info{FullMethodName: "/tumen.v1.ClaimService/GetClaim"}
	synctest.Test(t, func(t *testing.T) {
		g.holdups = newHoldups(nil)
		took := func(tapped tap.ServerInHandle) time.Duration {
			start := time.Now()
			if _, err := tapped(t.Context(), stranger); err == nil {
				t.Fatal("a stranger is let in")
			}
			return time.Since(start)
		}
		for range 2 * burstSeconds * strangersPerSecond {
			if held := took(g.tap); held != 0 {
				t.Fatalf("a stranger waits for %s", held)
			}
		}
		for range burstSeconds * strangersPerSecond {
			took(g.holdingUp)
		}
		if held := took(g.holdingUp); held != holdStrangers {
			t.Errorf("on a connection of their own they wait for %s", held)
		}
	})
}
