package storage

import "bytes"

// Range is the keys from Start (inclusive) to End (exclusive). An empty Start is
// the very beginning. A nil End is unbounded; an End that is empty but not nil,
// like any End that isn't above Start, leaves nothing. Reverse asks for the same
// keys from the last to the first.
//
// The bounds need not be keys that exist, and may be longer than MaxKey. To go
// on after the key k of the last row of a page, take append(k, 0) as Start, or
// k as End when reversed.
type Range struct {
	Start, End []byte
	Reverse    bool
}

// Prefix returns the range of all keys that begin with p, p itself included. It
// keeps no reference to p. An empty p gives every key; as there is no key above
// a p of nothing but 0xff bytes to end at, that one is unbounded too.
func Prefix(p []byte) Range {
	r := Range{Start: bytes.Clone(p)}
	end := bytes.Clone(p)
	for len(end) > 0 {
		if end[len(end)-1] != 0xff {
			end[len(end)-1]++
			r.End = end
			return r
		}
		end = end[:len(end)-1]
	}
	return r
}

// Contains tells whether key lies in the range, whatever its direction.
func (r Range) Contains(key []byte) bool {
	return bytes.Compare(key, r.Start) >= 0 && (r.End == nil || bytes.Compare(key, r.End) < 0)
}
