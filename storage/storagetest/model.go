package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tumen/storage"
)

var modelCases = []conformance{
	{"any sequence of operations does what a sorted map does", likeSortedMap},
}

// model is the slow and obvious store.
type model map[string]string

// scan returns the rows of a range as collect does.
func (m model) scan(in storage.Range) []string {
	var rows []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if in.Contains([]byte(key)) {
			rows = append(rows, key+"="+m[key])
		}
	}
	if in.Reverse {
		slices.Reverse(rows)
	}
	return rows
}

var (
	// Few keys, so that they meet: short ones of edgy bytes, and numbered ones.
	someKey = rapid.OneOf(
		rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'r', 0xff}), 1, 3),
		rapid.Map(rapid.IntRange(0, 60), numbered),
	)
	// Values large enough that some dozens of rows fill several pages.
	someValue = rapid.Custom(func(t *rapid.T) []byte {
		return bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, rapid.SampledFrom([]int{0, 1, 10, 700, 1500, 9000}).Draw(t, "length"))
	})
	someRange = rapid.Custom(func(t *rapid.T) storage.Range {
		r := storage.Range{Reverse: rapid.Bool().Draw(t, "reverse")}
		if rapid.Bool().Draw(t, "bounded below") {
			r.Start = someKey.Draw(t, "start")
		}
		if rapid.Bool().Draw(t, "bounded above") {
			r.End = someKey.Draw(t, "end")
		}
		return r
	})
)

func likeSortedMap(t *testing.T, open Opener) {
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	rapid.Check(t, func(t *rapid.T) {
		if err := s.Update(context.Background(), deleteAll); err != nil {
			t.Fatal(err)
		}
		committed := model{}
		for range rapid.IntRange(1, 6).Draw(t, "transactions") {
			switch rapid.SampledFrom([]string{"update", "update", "update", "roll back", "view", "reopen"}).Draw(t, "transaction") {
			case "update":
				var next model
				if err := s.Update(context.Background(), func(w storage.Writer) error {
					next = maps.Clone(committed)
					writeBoth(t, w, next)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				committed = next
			case "roll back":
				if err := s.Update(context.Background(), func(w storage.Writer) error {
					writeBoth(t, w, maps.Clone(committed))
					return errRollback
				}); !errors.Is(err, errRollback) {
					t.Fatal(err)
				}
			case "view":
				if err := viewOf(s, func(r storage.Reader) error {
					for range 5 {
						readBoth(t, r, committed)
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			case "reopen":
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = open(); err != nil {
					t.Fatal(err)
				}
			}
			if err := viewOf(s, func(r storage.Reader) error { return same(r, committed, storage.Range{}) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// writeBoth does some random operations to both, comparing what they read.
func writeBoth(t *rapid.T, w storage.Writer, m model) {
	for range rapid.IntRange(1, 12).Draw(t, "operations") {
		var err error
		switch rapid.SampledFrom([]string{"put", "put many", "delete", "delete range", "scan and write", "read"}).Draw(t, "operation") {
		case "put":
			key, value := someKey.Draw(t, "key"), someValue.Draw(t, "value")
			err = w.Put(key, value)
			m[string(key)] = string(value)
		case "put many":
			value := someValue.Draw(t, "value")
			from := rapid.IntRange(0, 60).Draw(t, "from")
			for i := from; i <= 60 && err == nil; i++ {
				err = w.Put(numbered(i), value)
				m[string(numbered(i))] = string(value)
			}
		case "delete":
			key := someKey.Draw(t, "key")
			err = w.Delete(key)
			delete(m, string(key))
		case "delete range":
			in := someRange.Draw(t, "range")
			for row, e := range w.Scan(in) {
				if err = errors.Join(err, e); err == nil {
					err = w.Delete(row.Key)
				}
			}
			maps.DeleteFunc(m, func(key, _ string) bool { return in.Contains([]byte(key)) })
		case "scan and write":
			err = scanAndWrite(t, w, m)
		case "read":
			readBoth(t, w, m)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// scanAndWrite writes while it scans, and compares each row with the next one
// that the model has by then.
func scanAndWrite(t *rapid.T, w storage.Writer, m model) error {
	in := someRange.Draw(t, "range")
	ahead := in
	for row, err := range w.Scan(in) {
		if err != nil {
			return err
		}
		if left, got := m.scan(ahead), string(row.Key)+"="+string(row.Value); len(left) == 0 || left[0] != got {
			return fmt.Errorf("%+v gave %.40q, the model has %.40q", in, got, left)
		}
		if in.Reverse {
			ahead.End = bytes.Clone(row.Key)
		} else {
			ahead.Start = append(bytes.Clone(row.Key), 0)
		}
		if !rapid.Bool().Draw(t, "write") {
			continue
		}
		if key := someKey.Draw(t, "key"); rapid.Bool().Draw(t, "delete") {
			err = w.Delete(key)
			delete(m, string(key))
		} else {
			err = w.Put(key, key)
			m[string(key)] = string(key)
		}
		if err != nil {
			return err
		}
	}
	if left := m.scan(ahead); len(left) > 0 {
		return fmt.Errorf("%+v ended before %.40q", in, left)
	}
	return nil
}

func readBoth(t *rapid.T, r storage.Reader, m model) {
	keys := rapid.SliceOfN(someKey, 0, 4).Draw(t, "keys")
	many, err := r.GetMany(keys)
	if err != nil || len(many) != len(keys) {
		t.Fatalf("GetMany: %d values, %v", len(many), err)
	}
	for i, key := range keys {
		want, there := m[string(key)]
		one, err := r.Get(key)
		if there != (err == nil) || !there && !errors.Is(err, storage.ErrNotFound) || string(one) != want {
			t.Fatalf("Get(%q): %d bytes, %v; want %d bytes, %v", key, len(one), err, len(want), there)
		}
		if (many[i] != nil) != there || string(many[i]) != want {
			t.Fatalf("GetMany of %q: %d bytes; want %d, %v", key, len(many[i]), len(want), there)
		}
	}
	if err := same(r, m, someRange.Draw(t, "range")); err != nil {
		t.Fatal(err)
	}
}

// same returns an error unless both have the same rows in the range.
func same(r storage.Reader, m model, in storage.Range) error {
	got, err := collect(r, in)
	if err != nil {
		return err
	}
	if want := m.scan(in); !slices.Equal(got, want) {
		return fmt.Errorf("%+v: %.40q, want %.40q", in, got, want)
	}
	return nil
}
