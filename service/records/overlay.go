package records

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"slices"
	"sort"

	"tumen/storage"
)

// seed makes the hashes by which a change notices that a row it read has
// changed; they live no longer than the process.
var seed = maphash.MakeSeed()

// readSet is what a change has read: by it the committing transaction notices
// that something changed meanwhile.
type readSet struct {
	keys   map[string]uint64 // key -> hash of its value; 0 for absent
	ranges []readRange
}

type readRange struct {
	of   storage.Range
	hash uint64
}

func hashValue(value []byte) uint64 {
	if value == nil {
		return 0
	}
	return maphash.Bytes(seed, value) | 1
}

// rangeHash digests a scan, row by row.
type rangeHash struct{ h maphash.Hash }

func newRangeHash() *rangeHash {
	r := new(rangeHash)
	r.h.SetSeed(seed)
	return r
}

func (r *rangeHash) add(row storage.Row) {
	var lengths [8]byte // so that no two lists of rows look alike
	binary.LittleEndian.PutUint32(lengths[:], uint32(len(row.Key)))
	binary.LittleEndian.PutUint32(lengths[4:], uint32(len(row.Value)))
	r.h.Write(lengths[:])
	r.h.Write(row.Key)
	r.h.Write(row.Value)
}

// holds says whether everything that was read is still so.
func (s *readSet) holds(r storage.Reader) (bool, error) {
	keys := make([][]byte, 0, len(s.keys))
	for k := range s.keys {
		keys = append(keys, []byte(k))
	}
	values, err := r.GetMany(keys)
	if err != nil {
		return false, err
	}
	for i, k := range keys {
		if hashValue(values[i]) != s.keys[string(k)] {
			return false, nil
		}
	}
	for _, rr := range s.ranges {
		h := newRangeHash()
		for row, err := range r.Scan(rr.of) {
			if err != nil {
				return false, err
			}
			h.add(row)
		}
		if h.h.Sum64() != rr.hash {
			return false, nil
		}
	}
	return true, nil
}

// overlay holds what a change has written so far, so that it sees it itself.
type overlay struct {
	rows   map[string][]byte // nil: deleted
	sorted []string          // the keys in order; nil when out of date
}

func (o *overlay) put(key, value []byte) {
	if _, known := o.rows[string(key)]; !known {
		o.sorted = nil
	}
	o.rows[string(key)] = value
}

// within returns the written keys of a range, ascending.
func (o *overlay) within(r storage.Range) []string {
	if o.sorted == nil {
		o.sorted = make([]string, 0, len(o.rows))
		for k := range o.rows {
			o.sorted = append(o.sorted, k)
		}
		slices.Sort(o.sorted)
	}
	from := sort.SearchStrings(o.sorted, string(r.Start))
	to := len(o.sorted)
	if r.End != nil {
		to = sort.SearchStrings(o.sorted, string(r.End))
	}
	if from >= to {
		return nil
	}
	return o.sorted[from:to]
}

// scan gives the rows of a range with what the change wrote laid over them.
func (o *overlay) scan(base storage.Reader, r storage.Range) iter.Seq2[storage.Row, error] {
	own := slices.Clone(o.within(r))
	if r.Reverse {
		slices.Reverse(own)
	}
	before := func(a, b []byte) bool { return (bytes.Compare(a, b) < 0) != r.Reverse }
	return func(yield func(storage.Row, error) bool) {
		rest := own
		emit := func(k string) bool {
			v := o.rows[k]
			return v == nil || yield(storage.Row{Key: []byte(k), Value: v}, nil)
		}
		for row, err := range base.Scan(r) {
			if err != nil {
				yield(row, err)
				return
			}
			for len(rest) > 0 && before([]byte(rest[0]), row.Key) {
				if !emit(rest[0]) {
					return
				}
				rest = rest[1:]
			}
			if len(rest) > 0 && rest[0] == string(row.Key) {
				if !emit(rest[0]) {
					return
				}
				rest = rest[1:]
				continue
			}
			if !yield(row, nil) {
				return
			}
		}
		for _, k := range rest {
			if !emit(k) {
				return
			}
		}
	}
}
