package storagetest

import (
	"context"
	"testing"
	"time"

	"tumen/storage"
)

var cancellationCases = []conformance{
	{"a context that is done lets nothing begin", doneBefore},
	{"a scan ends when its context does", doneDuringScan},
	{"every operation notices", doneDuringOperations},
	{"an Update cancelled before its commit leaves nothing", doneBeforeCommit},
	{"a swallowed cancellation isn't committed", doneAndSwallowed},
	{"a context that ends after the commit changes nothing", doneAfter},
	{"waiting for a turn ends with the context", doneWhileWaiting},
}

func viewOf(s storage.Store, fn func(storage.Reader) error) error {
	return s.View(context.Background(), fn)
}

func doneBefore(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	for _, c := range []struct {
		ctx  context.Context
		want error
	}{{cancelled, context.Canceled}, {late, context.DeadlineExceeded}} {
		wantError(t, "View", s.View(c.ctx, func(storage.Reader) error {
			t.Error("a View ran")
			return nil
		}), c.want)
		wantError(t, "Update", s.Update(c.ctx, func(storage.Writer) error {
			t.Error("an Update ran")
			return nil
		}), c.want)
	}
	holds(t, s, "a", "1")
}

func doneDuringScan(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2", "c", "3")
	for _, reverse := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		rows, failures := 0, 0
		err := s.View(ctx, func(r storage.Reader) error {
			var last error
			for row, err := range r.Scan(storage.Range{Reverse: reverse}) {
				if err != nil {
					if row.Key != nil || row.Value != nil {
						t.Errorf("an error with the row %q", row.Key)
					}
					failures++
					last = err
					continue // a sequence that goes on is caught below
				}
				rows++
				cancel()
			}
			return last
		})
		wantError(t, "View", err, context.Canceled)
		if rows != 1 || failures != 1 {
			t.Errorf("%d rows and %d errors, want one of each", rows, failures)
		}
	}
}

func doneDuringOperations(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := s.Update(ctx, func(w storage.Writer) error {
		if _, err := w.Get([]byte("a")); err != nil {
			return err
		}
		cancel()
		_, err := w.Get([]byte("a"))
		wantError(t, "Get", err, context.Canceled)
		_, err = w.GetMany([][]byte{[]byte("a")})
		wantError(t, "GetMany", err, context.Canceled)
		_, err = collect(w, storage.Range{})
		wantError(t, "Scan", err, context.Canceled)
		wantError(t, "Put", w.Put([]byte("a"), nil), context.Canceled)
		wantError(t, "Delete", w.Delete([]byte("a")), context.Canceled)
		return errRollback
	})
	wantError(t, "Update", err, errRollback)
	holds(t, s, "a", "1")
}

func doneBeforeCommit(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Update(ctx, func(w storage.Writer) error {
		defer cancel()
		return putAll(w, "a", "x", "b", "x")
	})
	wantError(t, "Update", err, context.Canceled)
	holds(t, s, "a", "1")
	update(t, s, func(w storage.Writer) error { return putAll(w, "b", "2") })
	holds(t, s, "a", "1", "b", "2")
}

func doneAndSwallowed(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Update(ctx, func(w storage.Writer) error {
		if err := putAll(w, "a", "x"); err != nil {
			return err
		}
		cancel()
		_ = w.Put([]byte("b"), nil)
		return nil
	})
	wantError(t, "Update", err, context.Canceled)
	holds(t, s, "a", "1")
}

func doneAfter(t *testing.T, open Opener) {
	s := opened(t, open)
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Update(ctx, func(w storage.Writer) error { return putAll(w, "a", "1") }); err != nil {
		t.Fatal(err)
	}
	cancel()
	holds(t, s, "a", "1")
	// What a View has read before its context ended, it has read.
	ctx, cancel = context.WithCancel(context.Background())
	if err := s.View(ctx, func(r storage.Reader) error {
		defer cancel()
		_, err := r.Get([]byte("a"))
		return err
	}); err != nil {
		t.Errorf("a View that had read everything: %v", err)
	}
}

func doneWhileWaiting(t *testing.T, open Opener) {
	s := opened(t, open)
	ctx, cancel := context.WithCancel(context.Background())
	holding, release := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		began := false
		first <- s.Update(context.Background(), func(w storage.Writer) error {
			if !began {
				began = true
				close(holding)
			}
			<-release
			return putAll(w, "first", "1")
		})
	}()
	<-holding
	go func() {
		second <- s.Update(ctx, func(w storage.Writer) error {
			// Where Updates run beside each other, this one has its turn at once.
			<-ctx.Done()
			return putAll(w, "second", "2")
		})
	}()
	cancel()
	err := <-second // while the first still runs
	close(release)
	wantError(t, "the Update that was cancelled", err, context.Canceled)
	if err := <-first; err != nil {
		t.Errorf("the Update that it waited for: %v", err)
	}
	holds(t, s, "first", "1")
}
