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
	keys   [][]byte
	hashes []uint64 // of the values; 0 for absent
	ranges []readRange
}

type readRange struct {
	of   storage.Range
	hash uint64
}

// add notes a key, which has to stay as it is, and its value.
func (s *readSet) add(key, value []byte) {
	s.keys, s.hashes = append(s.keys, key), append(s.hashes, hashValue(value))
}

// Len, Less and Swap put the keys into the order in which the backend has them.
func (s *readSet) Len() int           { return len(s.keys) }
func (s *readSet) Less(i, j int) bool { return bytes.Compare(s.keys[i], s.keys[j]) < 0 }
func (s *readSet) Swap(i, j int) {
	s.keys[i], s.keys[j] = s.keys[j], s.keys[i]
	s.hashes[i], s.hashes[j] = s.hashes[j], s.hashes[i]
}

// settle sorts the keys and leaves out those that were read again, which gave
// the same: it was one snapshot.
func (s *readSet) settle() {
	sort.Sort(s)
	n := 0
	for i := range s.keys {
		if n == 0 || !bytes.Equal(s.keys[i], s.keys[n-1]) {
			s.keys[n], s.hashes[n] = s.keys[i], s.hashes[i]
			n++
		}
	}
	s.keys, s.hashes = s.keys[:n], s.hashes[:n]
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
	values, err := r.GetMany(s.keys)
	if err != nil {
		return false, err
	}
	for i, value := range values {
		if hashValue(value) != s.hashes[i] {
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
	rows  []row          // in the order written; a nil value deletes
	at    map[string]int // where a key stands in rows, once they are many
	order []int          // rows by key; shorter than rows when out of date

	making map[int]*sealing // what makes the values of rows that have none yet
}

// few is how many rows are looked through one by one: as many as most changes
// write. More have a map.
const few = 16

// find returns where a key stands in the rows, -1 for nowhere.
func (o *overlay) find(key []byte) int {
	if o.at != nil {
		if i, known := o.at[string(key)]; known {
			return i
		}
		return -1
	}
	for i := range o.rows {
		if bytes.Equal(o.rows[i].key, key) {
			return i
		}
	}
	return -1
}

// put notes a row. Key and value have to stay as they are.
func (o *overlay) put(key, value []byte) {
	if i := o.find(key); i >= 0 {
		o.rows[i].value = value
		delete(o.making, i)
		return
	}
	if o.rows == nil {
		o.rows = make([]row, 0, few)
	}
	o.rows = append(o.rows, row{key, value})
	switch {
	case o.at != nil:
		o.at[string(key)] = len(o.rows) - 1
	case len(o.rows) > few:
		o.at = make(map[string]int, 4*few)
		for i, r := range o.rows {
			o.at[string(r.key)] = i
		}
	}
}

// get returns a row that was written, nil if it was deleted, and whether either
// was done.
func (o *overlay) get(key []byte) (value []byte, written bool) {
	i := o.find(key)
	if i < 0 {
		return nil, false
	}
	return o.made(i), true
}

// byKey returns the places of the rows in the order of their keys.
func (o *overlay) byKey() []int {
	if len(o.order) != len(o.rows) {
		o.order = make([]int, len(o.rows))
		for i := range o.order {
			o.order[i] = i
		}
		slices.SortFunc(o.order, func(i, j int) int { return bytes.Compare(o.rows[i].key, o.rows[j].key) })
	}
	return o.order
}

// sorted returns the rows in the order of their keys: neighbours in the tree are
// then written one after another.
func (o *overlay) sorted() []row {
	rows := make([]row, len(o.rows))
	for i, at := range o.byKey() {
		rows[i] = o.rows[at]
	}
	return rows
}

// within returns the places of the rows of a range, in its direction.
func (o *overlay) within(r storage.Range) []int {
	all := o.byKey()
	from := sort.Search(len(all), func(i int) bool { return bytes.Compare(o.rows[all[i]].key, r.Start) >= 0 })
	to := len(all)
	if r.End != nil {
		to = sort.Search(len(all), func(i int) bool { return bytes.Compare(o.rows[all[i]].key, r.End) >= 0 })
	}
	if from >= to {
		return nil
	}
	own := slices.Clone(all[from:to])
	if r.Reverse {
		slices.Reverse(own)
	}
	return own
}

// scan gives the rows of a range with what the change wrote laid over them. Of
// what is written while it goes on it shows new values, not new rows.
func (o *overlay) scan(base storage.Reader, r storage.Range) iter.Seq2[storage.Row, error] {
	before := func(a, b []byte) bool { return (bytes.Compare(a, b) < 0) != r.Reverse }
	return func(yield func(storage.Row, error) bool) {
		rest := o.within(r)
		emit := func() bool {
			key, value := o.rows[rest[0]].key, o.made(rest[0])
			rest = rest[1:]
			return value == nil || yield(storage.Row{Key: key, Value: value}, nil)
		}
		for stored, err := range base.Scan(r) {
			if err != nil {
				yield(stored, err)
				return
			}
			for len(rest) > 0 && before(o.rows[rest[0]].key, stored.Key) {
				if !emit() {
					return
				}
			}
			replaced := len(rest) > 0 && bytes.Equal(o.rows[rest[0]].key, stored.Key)
			if replaced && !emit() || !replaced && !yield(stored, nil) {
				return
			}
		}
		for len(rest) > 0 {
			if !emit() {
				return
			}
		}
	}
}
