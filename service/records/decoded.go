package records

import (
	"bytes"
	"sync"
)

// decodedRows keeps records that many calls read (the case, source, event and
// finding of every claim) decoded, each beside the row that it was decoded from.
// A snapshot reads its row all the same, and takes the record only where the row
// is equal: so what it sees is always what its snapshot holds.
type decodedRows struct {
	mu   sync.RWMutex
	rows map[Key]decodedRow
	// before are those that were kept before rows was begun anew. What is read again
	// moves on, the rest is forgotten when rows is full the next time.
	before map[Key]decodedRow
}

type decodedRow struct {
	row    []byte
	record Record
}

// forget drops them all.
func (d *decodedRows) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows, d.before = nil, nil
}

// maxDecoded bounds how many records are kept, twice, and maxDecodedRow how large
// each is.
const (
	maxDecoded    = 8 << 10
	maxDecodedRow = 16 << 10
)

// decode returns the record of a row.
func (v *View) decode(k Key, row []byte) (Record, error) {
	d := &v.store.decoded
	if k.Kind == Claim || k.Kind == Capture || len(row) > maxDecodedRow {
		return v.decodeRow(k, row)
	}
	d.mu.RLock()
	known, ok := d.rows[k]
	old := false
	if !ok {
		known, old = d.before[k]
	}
	d.mu.RUnlock()
	if (ok || old) && bytes.Equal(known.row, row) {
		if old {
			d.keep(k, known)
		}
		return known.record, nil
	}
	rec, err := v.decodeRow(k, row)
	if err != nil {
		return nil, err
	}
	d.keep(k, decodedRow{bytes.Clone(row), rec})
	return rec, nil
}

func (d *decodedRows) keep(k Key, r decodedRow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rows == nil || len(d.rows) >= maxDecoded {
		d.rows, d.before = make(map[Key]decodedRow), d.rows
	}
	d.rows[k] = r
}
