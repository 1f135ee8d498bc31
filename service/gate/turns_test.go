package gate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestWhoFloodsWaitsAndTheOthersDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := newTurns()
		places.most, places.free = 2, 3
		take := func(organisation string, got *int) {
			go func() {
				if places.take(t.Context(), organisation) == nil {
					*got++
				}
			}()
			synctest.Wait()
		}
		var flood, second, third int
		for range 10 {
			take("flood", &flood)
		}
		if flood != 2 {
			t.Fatalf("the flood has %d places", flood)
		}
		if take("second", &second); second != 1 {
			t.Fatal("another organisation waits for it")
		}
		// Now all are taken, and who has fewer waiting comes as soon.
		take("third", &third)
		take("second", &second)
		places.leave("second")
		synctest.Wait()
		if third != 1 || flood != 2 {
			t.Fatalf("the third has %d places, the flood %d", third, flood)
		}
		for _, want := range []struct{ flood, second int }{{3, 1}, {3, 2}, {4, 2}} {
			from := "flood"
			if want.second == 2 && want.flood == 3 {
				from = "third"
			}
			places.leave(from)
			synctest.Wait()
			if flood != want.flood || second != want.second {
				t.Fatalf("after the %s left: the flood had %d turns, the second %d; want %+v", from, flood, second, want)
			}
		}
	})
}

func TestWhoGivesUpWaitingLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := newTurns()
		places.most, places.free = 1, 1
		if err := places.take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error, 1)
		go func() { gaveUp <- places.take(ctx, "b") }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		places.leave("a")
		if places.free != 1 || len(places.working)+len(places.waiting)+len(places.order) != 0 {
			t.Errorf("left are %+v", places)
		}
		// A place that was given at the very moment is passed on.
		if err := places.take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		place := make(chan struct{})
		places.waiting["b"], places.order = []chan struct{}{place}, []string{"b"}
		places.leave("a")
		places.giveUp("b", place)
		if places.free != 1 || len(places.working) != 0 {
			t.Errorf("left are %+v", places)
		}
	})
}

func BenchmarkTurns(b *testing.B) {
	places := newTurns()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if places.take(b.Context(), "a") == nil {
				places.leave("a")
			}
		}
	})
}
