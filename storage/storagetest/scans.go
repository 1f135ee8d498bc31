package storagetest

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"testing"

	"tumen/storage"
)

var scanCases = []conformance{
	{"keys come in byte order", byteOrder},
	{"every bound in both directions", scanBounds},
	{"an empty store has no rows", emptyStore},
	{"a sequence may be iterated again, and left early", againAndEarly},
	{"a scan shows the transaction's own writes", scanOwnWrites},
	{"writes during a scan show where it hasn't been", writesDuringScan},
	{"deleting every row on the way, in both directions", deleteOnTheWay},
	{"pages go on where they stopped while others write", pagesDuringWrites},
}

func byteOrder(t *testing.T, open Opener) {
	// What a collation, signed bytes or a separator would order otherwise.
	ordered := []string{"\x00", "\x00\x00", "\x00\x01", "\x01", " ", "A", "B", "Z", "a", "a\x00", "a\x00b", "a!", "ab", "b", "\x7f", "\x80", "é", "가", "\xff", "\xff\x00", "\xff\xff"}
	var pairs []string
	for i := range ordered {
		key := ordered[(i*8)%len(ordered)]
		pairs = append(pairs, key, "v")
	}
	s := filled(t, open, pairs...)
	for _, reverse := range []bool{false, true} {
		view(t, s, func(r storage.Reader) error {
			got, err := collect(r, storage.Range{Reverse: reverse})
			if err != nil {
				return err
			}
			if reverse {
				slices.Reverse(got)
			}
			for i, key := range ordered {
				if len(got) != len(ordered) || got[i] != key+"=v" {
					t.Fatalf("reverse %v: %q, want the keys %q", reverse, got, ordered)
				}
			}
			return nil
		})
	}
}

func scanBounds(t *testing.T, open Opener) {
	keys := []string{"b", "d", "d\x00", "f", "\xff"}
	s := opened(t, open)
	update(t, s, func(w storage.Writer) error {
		for _, key := range keys {
			if err := w.Put([]byte(key), nil); err != nil {
				return err
			}
		}
		return nil
	})
	long := bytes.Repeat([]byte{'e'}, storage.MaxKey+5)
	bounds := [][]byte{nil, {}, []byte("a"), []byte("b"), []byte("b\x00"), []byte("c"), []byte("d"), []byte("d\x00"), []byte("d\x00\x00"), []byte("f"), []byte("g"), {0xff}, {0xff, 0}, long}
	view(t, s, func(r storage.Reader) error {
		for _, start := range bounds {
			for _, end := range bounds {
				for _, reverse := range []bool{false, true} {
					in := storage.Range{Start: start, End: end, Reverse: reverse}
					var want []string
					for _, key := range keys {
						if key >= string(start) && (end == nil || key < string(end)) {
							want = append(want, key+"=")
						}
					}
					if reverse {
						slices.Reverse(want)
					}
					if got, err := collect(r, in); err != nil || !slices.Equal(got, want) {
						t.Errorf("from %.9q to %.9q (nil %v) reverse %v: %q, %v, want %q", start, end, end == nil, reverse, got, err, want)
					}
				}
			}
		}
		return nil
	})
}

func emptyStore(t *testing.T, open Opener) {
	s := opened(t, open)
	holds(t, s)
	update(t, s, func(w storage.Writer) error {
		for _, in := range []storage.Range{{}, {Reverse: true}, {Start: []byte("a"), End: []byte("b"), Reverse: true}} {
			if got, err := collect(w, in); err != nil || len(got) != 0 {
				t.Errorf("%+v: %q, %v", in, got, err)
			}
		}
		return nil
	})
}

func againAndEarly(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2", "c", "3")
	view(t, s, func(r storage.Reader) error {
		rows := r.Scan(storage.Range{Start: []byte("b")})
		for range 2 {
			for row, err := range rows {
				if err != nil || string(row.Key) != "b" {
					t.Errorf("first row %q, %v", row.Key, err)
				}
				break
			}
		}
		// Two iterations side by side, one of them pulled.
		next, stop := iter.Pull2(rows)
		defer stop()
		for row, err := range rows {
			other, otherErr, ok := next()
			if err != nil || otherErr != nil || !ok || !bytes.Equal(row.Key, other.Key) {
				t.Errorf("side by side: %q %v, %q %v", row.Key, err, other.Key, otherErr)
			}
		}
		if row, err, ok := next(); ok {
			t.Errorf("a row after the last: %q, %v", row.Key, err)
		}
		return nil
	})
}

func scanOwnWrites(t *testing.T, open Opener) {
	s := filled(t, open, "a", "1", "b", "2", "d", "4")
	update(t, s, func(w storage.Writer) error {
		if err := putAll(w, "c", "3", "a", "new"); err != nil {
			return err
		}
		if err := w.Delete([]byte("b")); err != nil {
			return err
		}
		for _, reverse := range []bool{false, true} {
			want := []string{"a=new", "c=3", "d=4"}
			if reverse {
				slices.Reverse(want)
			}
			if got, err := collect(w, storage.Range{Reverse: reverse}); err != nil || !slices.Equal(got, want) {
				t.Errorf("reverse %v: %q, %v", reverse, got, err)
			}
		}
		return nil
	})
}

func writesDuringScan(t *testing.T, open Opener) {
	for _, c := range []struct {
		reverse bool
		want    []string
	}{
		{false, []string{"b=2", "d=4", "e=new", "f=6"}},
		{true, []string{"f=6", "e=new", "d=4", "b=2"}},
	} {
		s := filled(t, open, "b", "2", "c", "3", "d", "4", "f", "6")
		update(t, s, func(w storage.Writer) error {
			var got []string
			for row, err := range w.Scan(storage.Range{Reverse: c.reverse}) {
				if err != nil {
					return err
				}
				got = append(got, string(row.Key)+"="+string(row.Value))
				switch key := string(row.Key); {
				case len(got) == 1: // ahead in either direction
					if err := putAll(w, "e", "new"); err != nil {
						return err
					}
					if err := w.Delete([]byte("c")); err != nil {
						return err
					}
				case key == "d" && !c.reverse: // behind, and the row it stands on
					if err := putAll(w, "a", "behind", "d", "again"); err != nil {
						return err
					}
				case key == "d":
					if err := putAll(w, "z", "behind", "d", "again"); err != nil {
						return err
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("reverse %v: %q, want %q", c.reverse, got, c.want)
			}
			return deleteAll(w)
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// deleteAll deletes every row.
func deleteAll(w storage.Writer) error {
	for row, err := range w.Scan(storage.Range{}) {
		if err != nil {
			return err
		}
		if err := w.Delete(row.Key); err != nil {
			return err
		}
	}
	return nil
}

func deleteOnTheWay(t *testing.T, open Opener) {
	const n = 400 // of a size that fills many pages
	s := opened(t, open)
	for _, reverse := range []bool{false, true} {
		update(t, s, func(w storage.Writer) error {
			for i := range n {
				if err := w.Put(numbered(i), bytes.Repeat([]byte{'x'}, 100)); err != nil {
					return err
				}
			}
			return nil
		})
		update(t, s, func(w storage.Writer) error {
			// Empty the middle first, so that the scan crosses emptied pages.
			for i := n / 4; i < n*3/4; i++ {
				if err := w.Delete(numbered(i)); err != nil {
					return err
				}
			}
			seen := 0
			for row, err := range w.Scan(storage.Range{Reverse: reverse}) {
				if err != nil {
					return err
				}
				seen++
				if err := w.Delete(row.Key); err != nil {
					return err
				}
			}
			if seen != n/2 {
				t.Errorf("reverse %v: %d rows on the way, want %d", reverse, seen, n/2)
			}
			for _, in := range []storage.Range{{}, {Reverse: true}, {End: numbered(n / 2), Reverse: true}} {
				if left, err := collect(w, in); err != nil || len(left) != 0 {
					t.Errorf("reverse %v: left over %q, %v", reverse, left, err)
				}
			}
			return nil
		})
		holds(t, s)
	}
}

func pagesDuringWrites(t *testing.T, open Opener) {
	for _, reverse := range []bool{false, true} {
		t.Run(fmt.Sprintf("reverse %v", reverse), func(t *testing.T) {
			s := opened(t, open)
			update(t, s, func(w storage.Writer) error {
				for i := 0; i < 100; i += 2 {
					if err := w.Put(numbered(i), []byte("old")); err != nil {
						return err
					}
				}
				return nil
			})
			seen := map[string]int{}
			in := storage.Range{Reverse: reverse}
			for page := 0; ; page++ {
				n := 0
				view(t, s, func(r storage.Reader) error {
					for row, err := range r.Scan(in) {
						if err != nil {
							return err
						}
						seen[string(row.Key)]++
						if reverse {
							in.End = bytes.Clone(row.Key)
						} else {
							in.Start = append(bytes.Clone(row.Key), 0)
						}
						if n++; n == 7 {
							break
						}
					}
					return nil
				})
				if n == 0 {
					break
				}
				// New odd rows all over, before and after where the pages are.
				update(t, s, func(w storage.Writer) error {
					for i := 1 + 2*(page%10); i < 100; i += 20 {
						if err := w.Put(numbered(i), []byte("new")); err != nil {
							return err
						}
					}
					return nil
				})
			}
			for i := 0; i < 100; i++ {
				if n := seen[string(numbered(i))]; n > 1 || i%2 == 0 && n != 1 {
					t.Errorf("row %d was seen %d times", i, n)
				}
			}
			update(t, s, deleteAll)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
