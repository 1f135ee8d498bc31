package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"tumen/storage"
)

var concurrencyCases = []conformance{
	{"no update is lost", noLostUpdate},
	{"no write skew between two keys", noWriteSkew},
	{"no phantom in a scanned range", noPhantom},
	{"many writers and readers see whole transactions", wholeTransactions},
	{"a View started after an Update returned shows it", readYourWrites},
}

// together runs fn n times at once and fails t on any error.
func together(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	start := make(chan struct{})
	results := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			results[i] = fn(i)
		})
	}
	close(start)
	group.Wait()
	if err := errors.Join(results...); err != nil {
		t.Fatal(err)
	}
}

func number(r storage.Reader, key string) (int, error) {
	v, err := r.Get([]byte(key))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

func noLostUpdate(t *testing.T, open Opener) {
	const writers, each = 16, 10
	s := opened(t, open)
	together(t, writers, func(int) error {
		for range each {
			if err := retried(s, func(w storage.Writer) error {
				n, err := number(w, "counter")
				if err != nil {
					return err
				}
				return w.Put([]byte("counter"), []byte(strconv.Itoa(n+1)))
			}); err != nil {
				return err
			}
		}
		return nil
	})
	holds(t, s, "counter", strconv.Itoa(writers*each))
}

func noWriteSkew(t *testing.T, open Opener) {
	s := opened(t, open)
	for round := range 20 {
		a, b := fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round)
		together(t, 2, func(i int) error {
			return retried(s, func(w storage.Writer) error {
				values, err := w.GetMany([][]byte{[]byte(a), []byte(b)})
				if err != nil || values[0] != nil || values[1] != nil {
					return err
				}
				return w.Put([]byte([]string{a, b}[i]), []byte("the only one"))
			})
		})
		view(t, s, func(r storage.Reader) error {
			values, err := r.GetMany([][]byte{[]byte(a), []byte(b)})
			if err == nil && (values[0] == nil) == (values[1] == nil) {
				t.Errorf("round %d: %q; each should have seen the other", round, values)
			}
			return err
		})
	}
}

func noPhantom(t *testing.T, open Opener) {
	const places, takers = 3, 12
	s := opened(t, open)
	together(t, takers, func(i int) error {
		return retried(s, func(w storage.Writer) error {
			taken, err := collect(w, storage.Prefix([]byte("place ")))
			if err != nil || len(taken) >= places {
				return err
			}
			return w.Put(fmt.Appendf(nil, "place %d", i), nil)
		})
	})
	view(t, s, func(r storage.Reader) error {
		taken, err := collect(r, storage.Prefix([]byte("place ")))
		if len(taken) != places {
			t.Errorf("%d places taken of %d: %q", len(taken), places, taken)
		}
		return err
	})
}

func wholeTransactions(t *testing.T, open Opener) {
	const writers, readers, each = 24, 6, 8
	s := opened(t, open)
	together(t, writers+readers, func(i int) error {
		for n := range each {
			if i >= writers {
				if err := wholeView(s); err != nil {
					return err
				}
				continue
			}
			key := fmt.Appendf(nil, "%02d %02d", i, n)
			if err := retried(s, func(w storage.Writer) error {
				return errors.Join(
					w.Put(append([]byte("left "), key...), key),
					w.Put(append([]byte("right "), key...), bytes.Repeat(key, 20)))
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := wholeView(s); err != nil {
		t.Error(err)
	}
	view(t, s, func(r storage.Reader) error {
		rows, err := collect(r, storage.Range{})
		if len(rows) != 2*writers*each {
			t.Errorf("%d rows, want %d", len(rows), 2*writers*each)
		}
		return err
	})
}

// wholeView returns an error if the two rows of some transaction aren't both
// there.
func wholeView(s storage.Store) error {
	return viewOf(s, func(r storage.Reader) error {
		left, err := collect(r, storage.Prefix([]byte("left ")))
		if err != nil {
			return err
		}
		right, err := collect(r, storage.Prefix([]byte("right ")))
		if err == nil && len(left) != len(right) {
			err = fmt.Errorf("half a transaction: %d rows left, %d right", len(left), len(right))
		}
		return err
	})
}

func readYourWrites(t *testing.T, open Opener) {
	s := opened(t, open)
	together(t, 8, func(i int) error {
		for n := range 10 {
			key, value := fmt.Sprintf("own %d", i), strconv.Itoa(n+1)
			if err := retried(s, func(w storage.Writer) error { return putAll(w, key, value) }); err != nil {
				return err
			}
			if err := viewOf(s, func(r storage.Reader) error {
				got, err := number(r, key)
				if err == nil && got != n+1 {
					err = fmt.Errorf("%s is %d after %d was committed", key, got, n+1)
				}
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
