package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"tumen/storage"
)

var lifecycleCases = []conformance{
	{"rows outlive closing and opening", reopening},
	{"a closed store refuses everything", afterClose},
	{"closing waits for transactions that run", closeWaits},
	{"closing turns waiting Updates away", closeTurnsAway},
	{"closing amid many callers", closeAmidCallers},
}

func reopening(t *testing.T, open Opener) {
	var want []string
	for round := range 4 {
		s := opened(t, open)
		holds(t, s, want...)
		update(t, s, func(w storage.Writer) error {
			for i := range 50 {
				if err := w.Put(fmt.Appendf(nil, "%d %03d", round, i), bytes.Repeat([]byte{byte('a' + round)}, i*20)); err != nil {
					return err
				}
			}
			return w.Delete(fmt.Appendf(nil, "%d 000", round))
		})
		_ = s.Update(context.Background(), func(w storage.Writer) error {
			return errors.Join(deleteAll(w), errRollback)
		})
		for i := 1; i < 50; i++ {
			want = append(want, fmt.Sprintf("%d %03d", round, i), string(bytes.Repeat([]byte{byte('a' + round)}, i*20)))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, opened(t, open), want...)
}

func refusesAll(t *testing.T, s storage.Store) {
	t.Helper()
	wantError(t, "View", viewOf(s, func(storage.Reader) error {
		t.Error("a View ran")
		return nil
	}), storage.ErrClosed)
	wantError(t, "Update", s.Update(context.Background(), func(storage.Writer) error {
		t.Error("an Update ran")
		return nil
	}), storage.ErrClosed)
}

func afterClose(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		refusesAll(t, s)
	}
	holds(t, opened(t, open), "a", "1")
}

func closeWaits(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	running, release := make(chan struct{}, 2), make(chan struct{})
	var ended atomic.Int32
	viewed, updated, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		viewed <- viewOf(s, func(r storage.Reader) error {
			running <- struct{}{}
			<-release
			v, err := r.Get([]byte("a"))
			if err == nil && string(v) != "1" {
				err = fmt.Errorf("a is %q", v)
			}
			ended.Add(1)
			return err
		})
	}()
	go func() {
		updated <- s.Update(context.Background(), func(w storage.Writer) error {
			running <- struct{}{}
			<-release
			ended.Add(1)
			return putAll(w, "b", "2")
		})
	}()
	<-running
	<-running
	go func() {
		err := s.Close()
		if n := ended.Load(); err == nil && n != 2 {
			err = fmt.Errorf("closed with %d of 2 transactions ended", n)
		}
		closed <- err
	}()
	// Closing has begun once new transactions are refused.
	for !errors.Is(viewOf(s, func(storage.Reader) error { return nil }), storage.ErrClosed) {
		runtime.Gosched()
	}
	refusesAll(t, s)
	close(release)
	if err := errors.Join(<-viewed, <-updated, <-closed); err != nil {
		t.Error(err)
	}
	holds(t, opened(t, open), "a", "1", "b", "2")
}

func closeTurnsAway(t *testing.T, open Opener) {
	s := opened(t, open)
	holding, release := make(chan struct{}), make(chan struct{})
	first, second, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		first <- s.Update(context.Background(), func(w storage.Writer) error {
			close(holding)
			<-release
			return putAll(w, "first", "1")
		})
	}()
	<-holding
	var ran atomic.Bool
	go func() {
		second <- s.Update(context.Background(), func(w storage.Writer) error {
			ran.Store(true)
			return nil
		})
	}()
	go func() { closed <- s.Close() }()
	err := <-second // before the first has ended
	// Where Updates run beside each other it may have had its turn.
	if !errors.Is(err, storage.ErrClosed) && (err != nil || !ran.Load()) {
		t.Errorf("the waiting Update returned %v", err)
	}
	close(release)
	if err := errors.Join(<-first, <-closed); err != nil {
		t.Error(err)
	}
	holds(t, opened(t, open), "first", "1")
}

func closeAmidCallers(t *testing.T, open Opener) {
	const callers = 16
	s := opened(t, open)
	var committed [callers]int // how far each was told that it got
	var commits atomic.Int32
	together(t, callers+1, func(i int) error {
		if i == callers {
			for commits.Load() < 2*callers {
				runtime.Gosched()
			}
			return s.Close()
		}
		for n := 1; ; n++ {
			key := fmt.Sprintf("caller %02d", i)
			err := retried(s, func(w storage.Writer) error { return putAll(w, key, fmt.Sprint(n)) })
			if err == nil {
				committed[i] = n
				commits.Add(1)
				err = viewOf(s, func(r storage.Reader) error { _, err := number(r, key); return err })
			}
			if errors.Is(err, storage.ErrClosed) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	view(t, opened(t, open), func(r storage.Reader) error {
		for i, want := range committed {
			n, err := number(r, fmt.Sprintf("caller %02d", i))
			if err != nil {
				return err
			}
			if n != want {
				t.Errorf("caller %d was told %d, the store has %d", i, want, n)
			}
		}
		return nil
	})
}
