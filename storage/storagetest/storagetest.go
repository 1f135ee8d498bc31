// Package storagetest holds what tests need around package storage: the
// conformance suite that every backend passes (Run), a store that injects faults
// (Faults) and one that counts (Counting).
package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tumen/storage"
)

// Opener opens one and the same store each time: first empty, then as the last
// one that was opened, and closed since, has left it.
type Opener func() (storage.Store, error)

// Run holds a backend to the contract of package storage. fresh makes a new
// place for a store, gone when t ends; Run calls it for every test.
func Run(t *testing.T, fresh func(t testing.TB) Opener) {
	for _, group := range []struct {
		name  string
		cases []conformance
	}{
		{"rows", rowCases},
		{"scan", scanCases},
		{"transaction", transactionCases},
		{"concurrency", concurrencyCases},
		{"cancellation", cancellationCases},
		{"lifecycle", lifecycleCases},
		{"model", modelCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
			}
		})
	}
}

// conformance is one test of the suite.
type conformance struct {
	name string
	test func(t *testing.T, open Opener)
}

// opened opens the store and closes it when t ends, unless t has done so.
func opened(t testing.TB, open Opener) storage.Store {
	t.Helper()
	s, err := open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// filled opens the store and puts pairs, keys and values in turn.
func filled(t testing.TB, open Opener, pairs ...string) storage.Store {
	t.Helper()
	s := opened(t, open)
	update(t, s, func(w storage.Writer) error { return putAll(w, pairs...) })
	return s
}

func putAll(w storage.Writer, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := w.Put([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

func update(t testing.TB, s storage.Store, fn func(storage.Writer) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t testing.TB, s storage.Store, fn func(storage.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// holds fails t unless the store has exactly the given pairs, in byte order.
func holds(t testing.TB, s storage.Store, pairs ...string) {
	t.Helper()
	var got []string
	view(t, s, func(r storage.Reader) (err error) {
		got, err = collect(r, storage.Range{})
		return err
	})
	var want []string
	for i := 0; i < len(pairs); i += 2 {
		want = append(want, pairs[i]+"="+pairs[i+1])
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the store holds %q, want %q", got, want)
	}
}

// collect returns the rows of a scan as key=value.
func collect(r storage.Reader, in storage.Range) ([]string, error) {
	var rows []string
	for row, err := range r.Scan(in) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, string(row.Key)+"="+string(row.Value))
	}
	return rows, nil
}

// retried runs an Update again for as long as it loses against others.
func retried(s storage.Store, fn func(storage.Writer) error) error {
	for {
		err := s.Update(context.Background(), fn)
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func numbered(i int) []byte { return fmt.Appendf(nil, "row %06d", i) }
