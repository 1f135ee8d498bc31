package storage_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"tumen/storage"
)

func TestPrefixBounds(t *testing.T) {
	for _, c := range []struct {
		name               string
		prefix, start, end []byte
	}{
		{"nothing is everything", nil, nil, nil},
		{"the last byte counts up", []byte("ab"), []byte("ab"), []byte("ac")},
		{"0xff carries", []byte{1, 0xff, 0xff}, []byte{1, 0xff, 0xff}, []byte{2}},
		{"nothing but 0xff is unbounded", []byte{0xff, 0xff}, []byte{0xff, 0xff}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := storage.Prefix(c.prefix)
			if !bytes.Equal(r.Start, c.start) || !bytes.Equal(r.End, c.end) || (r.End == nil) != (c.end == nil) || r.Reverse {
				t.Errorf("Prefix(%x) = [%x, %x) reverse=%v", c.prefix, r.Start, r.End, r.Reverse)
			}
		})
	}
}

func TestPrefixHoldsExactlyTheKeysThatBeginWithIt(t *testing.T) {
	edgy := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7f, 0xfe, 0xff}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		p, key := edgy.Draw(t, "prefix"), edgy.Draw(t, "key")
		if got, want := storage.Prefix(p).Contains(key), bytes.HasPrefix(key, p); got != want {
			t.Fatalf("Prefix(%x).Contains(%x) = %v", p, key, got)
		}
	})
}

func TestPrefixKeepsNoReference(t *testing.T) {
	p := []byte("ab")
	r := storage.Prefix(p)
	p[0], p[1] = 'x', 'y'
	if string(r.Start) != "ab" || string(r.End) != "ac" {
		t.Errorf("changing the prefix changed the range: [%s, %s)", r.Start, r.End)
	}
}

func TestCheckRowLimits(t *testing.T) {
	key := make([]byte, storage.MaxKey+1)
	value := make([]byte, storage.MaxValue+1)
	for _, c := range []struct {
		name       string
		key, value []byte
		want       error
	}{
		{"empty key", nil, nil, storage.ErrEmptyKey},
		{"largest key and value", key[1:], value[1:], nil},
		{"key too large", key, nil, storage.ErrKeyTooLarge},
		{"value too large", key[1:], value, storage.ErrValueTooLarge},
	} {
		if err := storage.CheckRow(c.key, c.value); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
