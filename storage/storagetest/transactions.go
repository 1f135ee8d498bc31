package storagetest

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"testing"

	"tumen/storage"
)

var transactionCases = []conformance{
	{"an error of fn rolls back and comes back as it is", errorRollsBack},
	{"a panic of fn rolls back, releases and goes on", panicRollsBack},
	{"a goroutine that ends in fn rolls back and releases", goexitRollsBack},
	{"a View is one snapshot", viewIsSnapshot},
	{"uncommitted writes don't show", uncommittedHidden},
	{"readers and iterators end with fn", readersEnd},
	{"a Reader of a View can't be made a Writer", readerCantWrite},
}

var errRollback = errors.New("storagetest: roll back")

func errorRollsBack(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2")
	err := s.Update(context.Background(), func(w storage.Writer) error {
		if err := putAll(w, "a", "x", "c", "x"); err != nil {
			return err
		}
		if err := w.Delete([]byte("b")); err != nil {
			return err
		}
		return errRollback
	})
	if err != errRollback {
		t.Errorf("Update returned %v, not the very error of fn", err)
	}
	if err := s.View(context.Background(), func(storage.Reader) error { return errRollback }); err != errRollback {
		t.Errorf("View returned %v, not the very error of fn", err)
	}
	holds(t, s, "a", "1", "b", "2")
	update(t, s, func(w storage.Writer) error { return putAll(w, "b", "3") })
	holds(t, s, "a", "1", "b", "3")
}

func panicRollsBack(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	caught := func(call func()) (p any) {
		defer func() { p = recover() }()
		call()
		return nil
	}
	if p := caught(func() {
		_ = s.Update(context.Background(), func(w storage.Writer) error {
			if err := putAll(w, "a", "x"); err != nil {
				return err
			}
			panic("fn's own")
		})
	}); p != "fn's own" {
		t.Errorf("Update let out %v", p)
	}
	if p := caught(func() {
		_ = s.View(context.Background(), func(r storage.Reader) error {
			for range r.Scan(storage.Range{}) {
				panic("in a scan")
			}
			return nil
		})
	}); p != "in a scan" {
		t.Errorf("View let out %v", p)
	}
	holds(t, s, "a", "1")
	update(t, s, func(w storage.Writer) error { return putAll(w, "b", "2") })
	holds(t, s, "a", "1", "b", "2")
}

func goexitRollsBack(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Update(context.Background(), func(w storage.Writer) error {
			if err := putAll(w, "a", "x"); err != nil {
				return err
			}
			runtime.Goexit() // what t.Fatal does
			return nil
		})
	}()
	<-done
	update(t, s, func(w storage.Writer) error { return putAll(w, "b", "2") })
	holds(t, s, "a", "1", "b", "2")
}

func viewIsSnapshot(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2")
	view(t, s, func(r storage.Reader) error {
		next, stop := iter.Pull2(r.Scan(storage.Range{}))
		defer stop()
		if row, err, ok := next(); !ok || err != nil || string(row.Key) != "a" {
			t.Errorf("first row %q, %v", row.Key, err)
		}
		written := make(chan error)
		go func() {
			written <- retried(s, func(w storage.Writer) error {
				return errors.Join(putAll(w, "a", "new", "c", "3"), w.Delete([]byte("b")))
			})
		}()
		if err := <-written; err != nil {
			return err
		}
		if row, err, ok := next(); !ok || err != nil || string(row.Key) != "b" {
			t.Errorf("a scan under way shows what was written since: %q, %v", row.Key, err)
		}
		if got, err := collect(r, storage.Range{}); err != nil || len(got) != 2 || got[0] != "a=1" || got[1] != "b=2" {
			t.Errorf("the snapshot changed: %q, %v", got, err)
		}
		_, err := r.Get([]byte("c"))
		wantError(t, "Get of a row written since", err, storage.ErrNotFound)
		return nil
	})
	holds(t, s, "a", "new", "c", "3")
}

func uncommittedHidden(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	wrote, seen, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		first := true
		done <- s.Update(context.Background(), func(w storage.Writer) error {
			if err := putAll(w, "a", "2", "b", "2"); err != nil {
				return err
			}
			if first {
				first = false
				close(wrote)
				<-seen
			}
			return nil
		})
	}()
	<-wrote
	holds(t, s, "a", "1")
	close(seen)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	holds(t, s, "a", "2", "b", "2")
}

func readersEnd(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2")
	ended := func(what string, r storage.Reader, next func() (storage.Row, error, bool)) {
		_, err := r.Get([]byte("a"))
		wantError(t, "Get after "+what, err, storage.ErrClosed)
		_, err = r.GetMany([][]byte{[]byte("a")})
		wantError(t, "GetMany after "+what, err, storage.ErrClosed)
		_, err = collect(r, storage.Range{})
		wantError(t, "Scan after "+what, err, storage.ErrClosed)
		row, err, ok := next()
		if !ok || row.Key != nil || row.Value != nil {
			t.Errorf("an iterator held after %s: %q, %v", what, row.Key, ok)
		}
		wantError(t, "an iterator held after "+what, err, storage.ErrClosed)
		if _, _, ok := next(); ok {
			t.Error("an iterator goes on after its error")
		}
	}
	var reader storage.Reader
	var next func() (storage.Row, error, bool)
	stop := func() {}
	hold := func(r storage.Reader) error {
		stop() // of an earlier run
		reader = r
		next, stop = iter.Pull2(r.Scan(storage.Range{}))
		_, err, _ := next()
		return err
	}
	view(t, s, hold)
	ended("View", reader, next)
	stop()
	var writer storage.Writer
	for _, result := range []error{nil, errRollback} {
		err := s.Update(context.Background(), func(w storage.Writer) error {
			writer = w
			return errors.Join(hold(w), result)
		})
		wantError(t, "Update", err, result)
		ended("Update", writer, next)
		wantError(t, "Put after Update", writer.Put([]byte("x"), nil), storage.ErrClosed)
		wantError(t, "Delete after Update", writer.Delete([]byte("a")), storage.ErrClosed)
		stop()
	}
	holds(t, s, "a", "1", "b", "2")
}

func readerCantWrite(t *testing.T, open Opener) {
	s := opened(t, open)
	view(t, s, func(r storage.Reader) error {
		if w, ok := r.(storage.Writer); ok {
			if err := w.Put([]byte("a"), nil); err == nil {
				t.Error("a View can write")
			}
		}
		return nil
	})
	holds(t, s)
}
