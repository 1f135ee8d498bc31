package gate

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// Reading is work for the processors. Were all calls that read let in at once, an
// organisation with a hundred of them under way would have a hundred shares of the
// processors, and one with a single call one. So they take turns: an organisation
// after the other, whatever each has waiting, and none has all the places.

// turns are places at which calls that read work, given out in turn. A nil one has
// a place for everybody.
type turns struct {
	most int // places of one organisation

	mu      sync.Mutex
	free    int
	working map[string]int             // by organisation
	waiting map[string][]chan struct{} // by organisation; a place is given by closing
	order   []string                   // organisations that wait, the next first
}

// newTurns makes places for so many processors. One organisation gets at most two
// thirds of them, so that the first call of another finds one.
func newTurns() *turns {
	processors := runtime.GOMAXPROCS(0)
	return &turns{most: 2 * processors, free: 3 * processors, working: map[string]int{}, waiting: map[string][]chan struct{}{}}
}

// take waits for a place, or for the end of ctx, which is the error then. Who has a
// place gives it back with leave.
func (t *turns) take(ctx context.Context, organisation string) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	if t.free > 0 && t.working[organisation] < t.most {
		t.enter(organisation)
		t.mu.Unlock()
		return nil
	}
	place := make(chan struct{})
	if len(t.waiting[organisation]) == 0 {
		t.order = append(t.order, organisation)
	}
	t.waiting[organisation] = append(t.waiting[organisation], place)
	t.mu.Unlock()
	select {
	case <-place:
		return nil
	case <-ctx.Done():
		t.giveUp(organisation, place)
		return ctx.Err()
	}
}

func (t *turns) enter(organisation string) {
	t.free--
	t.working[organisation]++
}

// leave gives a place back.
func (t *turns) leave(organisation string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.working[organisation]--; t.working[organisation] == 0 {
		delete(t.working, organisation)
	}
	t.next()
}

// next gives the free places to who waits. An organisation that gets one goes behind
// the others.
func (t *turns) next() {
	for i := 0; i < len(t.order) && t.free > 0; {
		organisation := t.order[i]
		if t.working[organisation] >= t.most {
			i++
			continue
		}
		place := t.waiting[organisation][0]
		t.order = slices.Delete(t.order, i, i+1)
		t.remove(organisation, 0)
		if len(t.waiting[organisation]) > 0 {
			t.order = append(t.order, organisation)
		}
		t.enter(organisation)
		close(place)
	}
}

func (t *turns) remove(organisation string, i int) {
	t.waiting[organisation] = slices.Delete(t.waiting[organisation], i, i+1)
	if len(t.waiting[organisation]) == 0 {
		delete(t.waiting, organisation)
	}
}

// giveUp ends the wait for a place, and passes one on that was given meanwhile.
func (t *turns) giveUp(organisation string, place chan struct{}) {
	t.mu.Lock()
	i := slices.Index(t.waiting[organisation], place)
	if i < 0 {
		t.mu.Unlock()
		t.leave(organisation)
		return
	}
	t.remove(organisation, i)
	if len(t.waiting[organisation]) == 0 {
		t.order = slices.DeleteFunc(t.order, func(o string) bool { return o == organisation })
	}
	t.mu.Unlock()
}
