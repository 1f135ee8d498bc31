package storagetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tumen/storage"
)

var rowCases = []conformance{
	{"what was put is there", putAndGet},
	{"absent keys are ErrNotFound and nil", absentKeys},
	{"an empty value differs from an absent one", emptyValues},
	{"GetMany keeps order, repeats and gaps", getMany},
	{"any bytes make a key and a value", anyBytes},
	{"the largest row fits", largestRow},
	{"rows beyond the limits are refused and change nothing", beyondLimits},
	{"slices given may be reused", givenSlices},
	{"slices returned stay as they are until fn returns", returnedSlices},
}

func putAndGet(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2")
	update(t, s, func(w storage.Writer) error {
		if err := putAll(w, "a", "3", "c", "4"); err != nil {
			return err
		}
		if v, err := w.Get([]byte("a")); err != nil || string(v) != "3" {
			t.Errorf("a transaction doesn't see its own Put: %q, %v", v, err)
		}
		if err := w.Delete([]byte("b")); err != nil {
			return err
		}
		if _, err := w.Get([]byte("b")); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("a transaction doesn't see its own Delete: %v", err)
		}
		return w.Delete([]byte("never there"))
	})
	holds(t, s, "a", "3", "c", "4")
}

func absentKeys(t *testing.T, open Opener) {
	s := filled(t, open, "ab", "1")
	view(t, s, func(r storage.Reader) error {
		for _, key := range []string{"a", "abc", "b", "\x00", "\xff"} {
			v, err := r.Get([]byte(key))
			wantError(t, "Get of "+key, err, storage.ErrNotFound)
			if v != nil {
				t.Errorf("Get of the absent key %q returned %q", key, v)
			}
		}
		return nil
	})
}

func emptyValues(t *testing.T, open Opener) {
	s := opened(t, open)
	check := func(r storage.Reader) error {
		for _, key := range []string{"empty", "nil"} {
			if v, err := r.Get([]byte(key)); v == nil || len(v) != 0 || err != nil {
				t.Errorf("Get of %s: %#v, %v", key, v, err)
			}
		}
		many, err := r.GetMany([][]byte{[]byte("empty"), []byte("absent"), []byte("nil")})
		if err != nil || len(many) != 3 || many[0] == nil || many[1] != nil || many[2] == nil {
			t.Errorf("GetMany: %#v, %v", many, err)
		}
		return nil
	}
	update(t, s, func(w storage.Writer) error {
		if err := w.Put([]byte("empty"), []byte{}); err != nil {
			return err
		}
		if err := w.Put([]byte("nil"), nil); err != nil {
			return err
		}
		return check(w)
	})
	view(t, s, check)
	holds(t, s, "empty", "", "nil", "")
}

func getMany(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2", "c", "3")
	view(t, s, func(r storage.Reader) error {
		got, err := r.GetMany([][]byte{[]byte("c"), []byte("x"), []byte("a"), []byte("c")})
		if err != nil {
			return err
		}
		want := []string{"3", "", "1", "3"}
		if len(got) != len(want) {
			t.Fatalf("GetMany of 4 keys returned %d values", len(got))
		}
		for i := range want {
			if string(got[i]) != want[i] || (got[i] == nil) != (i == 1) {
				t.Errorf("value %d is %#v, want %q", i, got[i], want[i])
			}
		}
		if none, err := r.GetMany(nil); err != nil || len(none) != 0 {
			t.Errorf("GetMany of nothing: %q, %v", none, err)
		}
		_, err = r.GetMany([][]byte{[]byte("a"), nil})
		wantError(t, "GetMany with an empty key", err, storage.ErrEmptyKey)
		_, err = r.GetMany([][]byte{make([]byte, storage.MaxKey+1), []byte("a")})
		wantError(t, "GetMany with a large key", err, storage.ErrKeyTooLarge)
		return nil
	})
}

func anyBytes(t *testing.T, open Opener) {
	s := opened(t, open)
	var pairs []string
	for i := range 256 {
		pairs = append(pairs, string([]byte{byte(i)}), string([]byte{0, byte(i), 0xff}))
	}
	update(t, s, func(w storage.Writer) error { return putAll(w, pairs...) })
	holds(t, s, pairs...)
}

func largestRow(t *testing.T, open Opener) {
	s := opened(t, open)
	key, value := bytes.Repeat([]byte{0xff}, storage.MaxKey), make([]byte, storage.MaxValue)
	value[0], value[storage.MaxValue-1] = 1, 2
	update(t, s, func(w storage.Writer) error { return w.Put(key, value) })
	view(t, s, func(r storage.Reader) error {
		if got, err := r.Get(key); err != nil || !bytes.Equal(got, value) {
			t.Errorf("the largest row came back with %d bytes, %v", len(got), err)
		}
		return nil
	})
}

func beyondLimits(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1")
	long, large := make([]byte, storage.MaxKey+1), make([]byte, storage.MaxValue+1)
	update(t, s, func(w storage.Writer) error {
		wantError(t, "Put of an empty key", w.Put(nil, []byte("x")), storage.ErrEmptyKey)
		wantError(t, "Put of a large key", w.Put(long, []byte("x")), storage.ErrKeyTooLarge)
		wantError(t, "Put of a large value", w.Put([]byte("a"), large), storage.ErrValueTooLarge)
		wantError(t, "Delete of an empty key", w.Delete([]byte{}), storage.ErrEmptyKey)
		wantError(t, "Delete of a large key", w.Delete(long), storage.ErrKeyTooLarge)
		_, err := w.Get(nil)
		wantError(t, "Get of an empty key", err, storage.ErrEmptyKey)
		_, err = w.Get(long)
		wantError(t, "Get of a large key", err, storage.ErrKeyTooLarge)
		return w.Put([]byte("b"), []byte("the transaction goes on"))
	})
	holds(t, s, "a", "1", "b", "the transaction goes on")
}

func givenSlices(t *testing.T, open Opener) {
	s := opened(t, open)
	update(t, s, func(w storage.Writer) error {
		key, value := []byte("key"), []byte("value")
		if err := w.Put(key, value); err != nil {
			return err
		}
		copy(key, "xxx")
		copy(value, "xxxxx")
		if got, err := collect(w, storage.Range{}); err != nil || len(got) != 1 || got[0] != "key=value" {
			t.Errorf("changing the slices after Put changed the row: %q, %v", got, err)
		}
		copy(key, "two")
		return w.Put(key, value)
	})
	holds(t, s, "key", "value", "two", "xxxxx")
}

func returnedSlices(t *testing.T, open Opener) {
	s := filled(t, open, "a", "old", "b", "2")
	err := s.Update(context.Background(), func(w storage.Writer) error {
		stored, err := w.Get([]byte("a"))
		if err != nil {
			return err
		}
		if err := putAll(w, "a", "new", "c", "3"); err != nil {
			return err
		}
		own, err := w.Get([]byte("a"))
		if err != nil {
			return err
		}
		var first storage.Row
		for first, err = range w.Scan(storage.Range{}) {
			break
		}
		if err != nil {
			return err
		}
		for i := range 300 { // enough to move everything about
			if err := w.Put(numbered(i), bytes.Repeat([]byte{'x'}, 100)); err != nil {
				return err
			}
		}
		if err := errors.Join(w.Put([]byte("a"), []byte("newest")), w.Delete([]byte("b")), w.Delete([]byte("a"))); err != nil {
			return err
		}
		if string(stored) != "old" || string(own) != "new" || string(first.Key) != "a" || string(first.Value) != "new" {
			t.Errorf("slices changed before fn returned: %q %q %q=%q", stored, own, first.Key, first.Value)
		}
		_ = append(own, "appended"...)
		_ = append(first.Key, "appended"...)
		if v, err := w.Get([]byte("c")); err != nil || string(v) != "3" {
			t.Errorf("appending to a returned slice changed another row: %q, %v", v, err)
		}
		return errRollback
	})
	wantError(t, "Update", err, errRollback)
	holds(t, s, "a", "old", "b", "2")
}
