package records

import (
	"bytes"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// To unseal, unpack and decode a record takes ten times as long as to read its row.
// Where all of many records are asked for, that is done for some of them together,
// on all processors, before their turn.

// readAhead is how many records are decoded together.
const readAhead = 64

// ahead gives ids as they come, and decodes what they are of.
func (v *View) ahead(kind Kind, ids iter.Seq2[ID, error]) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		var some []ID
		give := func() bool {
			v.decodeAhead(kind, some)
			for _, id := range some {
				if !yield(id, nil) {
					return false
				}
			}
			some = some[:0]
			return true
		}
		for id, err := range ids {
			if err != nil {
				if give() {
					yield(id, err)
				}
				return
			}
			if some = append(some, id); len(some) == readAhead && !give() {
				return
			}
		}
		give()
	}
}

// decoding is a record that is decoded before its turn.
type decoding struct {
	of   Key
	row  []byte
	kept keptRow // with the key to open it
	rec  Record  // nil where it failed
}

// decodeAhead makes records known. Whatever can't be is left to its turn, where it
// fails as it would have.
func (v *View) decodeAhead(kind Kind, ids []ID) {
	var all []*decoding
	for _, id := range ids {
		k := Key{kind, id}
		if v.cache[k] != nil {
			continue
		}
		row, err := v.get(currentKey(k))
		if row == nil || err != nil {
			return
		}
		// Memory of the store may fault, which is caught where its transaction runs alone.
		d := &decoding{of: k, row: bytes.Clone(row)}
		if d.kept.opened.key, err = v.dataKey(k); err != nil {
			continue
		}
		all = append(all, d)
	}
	var next atomic.Int64
	var working sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		working.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				all[i].decode()
			}
		})
	}
	working.Wait()
	for _, d := range all {
		if d.rec != nil {
			v.makeRoom()
			v.keep(d.of, d.rec)
			v.keepRow(d.of, d.kept.stored, d.kept.opened)
		}
	}
}

// decode decodes a record. A panic would not reach who can recover from it here: it
// comes again in the record's turn.
func (d *decoding) decode() {
	defer func() { _ = recover() }()
	var err error
	if d.kept.stored, err = parseRevision(d.row); err != nil {
		return
	}
	if d.kept.opened, err = d.kept.stored.open(d.of, d.kept.opened.key); err != nil {
		return
	}
	if rec, err := d.kept.opened.record(d.of, d.kept.stored.revision); err == nil {
		d.rec = rec
	}
}
