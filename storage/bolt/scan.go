package bolt

import (
	"bytes"
	"iter"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"tumen/storage"
)

// Scan implements storage.Reader.
func (t *transaction) Scan(r storage.Range) iter.Seq2[storage.Row, error] {
	return func(yield func(storage.Row, error) bool) {
		s := scan{t: t, r: r}
		for {
			row, err := s.next()
			if err != nil {
				yield(storage.Row{}, err)
				return
			}
			if row.Key == nil || !yield(row, nil) {
				return
			}
		}
	}
}

// scan is one iteration.
type scan struct {
	t      *transaction
	r      storage.Range
	cursor *bbolt.Cursor
	last   []byte // key of the row given last
	writes int    // the transaction's when the cursor was set
}

// next returns the next row, the zero Row at the end.
func (s *scan) next() (row storage.Row, err error) {
	if err := s.t.ready(); err != nil {
		return row, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer s.t.guard(&err)
	fresh := s.cursor == nil || s.writes != s.t.writes
	if s.cursor == nil {
		s.cursor = s.t.rows.Cursor()
	}
	s.writes = s.t.writes
	step := s.forward
	if s.r.Reverse {
		step = s.backward
	}
	k, v := step(fresh)
	if k == nil || s.beyond(k) {
		return row, nil
	}
	if !sound(k, v) || !s.r.Contains(k) || !s.follows(k) {
		return row, s.t.corrupt("rows out of order or beyond the limits")
	}
	s.last = k
	return storage.Row{Key: k, Value: v}, nil
}

// beyond tells whether k lies past the end of the range, in its direction.
func (s *scan) beyond(k []byte) bool {
	if s.r.Reverse {
		return bytes.Compare(k, s.r.Start) < 0
	}
	return s.r.End != nil && bytes.Compare(k, s.r.End) >= 0
}

func (s *scan) follows(k []byte) bool {
	if s.last == nil {
		return true
	}
	order := bytes.Compare(k, s.last)
	return order != 0 && (order < 0) == s.r.Reverse
}

func (s *scan) forward(fresh bool) (k, v []byte) {
	switch {
	case !fresh:
		return s.cursor.Next()
	case s.last == nil && len(s.r.Start) == 0:
		return s.cursor.First()
	case s.last == nil:
		return s.cursor.Seek(s.r.Start)
	}
	if k, v = s.cursor.Seek(s.last); bytes.Equal(k, s.last) {
		return s.cursor.Next()
	}
	return k, v
}

func (s *scan) backward(fresh bool) (k, v []byte) {
	bound := s.last
	if bound == nil {
		bound = s.r.End
	}
	if !fresh {
		return s.previous(bound)
	}
	if s.t.deleted {
		// On a tree of nothing but emptied pages bbolt's Last doesn't return.
		if k, _ := s.cursor.First(); k == nil {
			return nil, nil
		}
	}
	if bound == nil {
		return s.cursor.Last()
	}
	if k, _ := s.cursor.Seek(bound); k == nil {
		return s.cursor.Last()
	}
	return s.previous(bound)
}

// previous steps back from bound. bbolt's Prev stops at a page that this
// transaction has emptied as if it were the beginning, so it is asked again
// until nothing is left before bound.
func (s *scan) previous(bound []byte) (k, v []byte) {
	k, v = s.cursor.Prev()
	for k == nil && s.t.deleted {
		if first, _ := s.t.cursor.First(); first == nil || bytes.Compare(first, bound) >= 0 {
			return nil, nil
		}
		k, v = s.cursor.Prev()
	}
	return k, v
}
