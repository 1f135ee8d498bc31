package records

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"tumen/storage"
)

// maxProblems bounds the list of a Report.
const maxProblems = 100

// Report is what Check found.
type Report struct {
	Records  map[Kind]int // current records, deleted ones too
	Rows     int          // of every sort
	Problems []string     // names, ids and rows, never content; the first 100
	Found    int          // all problems, listed or not
}

// Check reads every row of a store and compares what should agree: every
// revision decodes, is in its one form and bears the name of its key; the
// revisions of a record are 1 to n; its index rows are there with the right
// values, and none is there that no record implies; notes, marks, requests and
// credentials point to what exists.
//
// It only reads, from one snapshot, and keeps little in memory. progress, which
// may be nil, is told now and then how many rows have been read. Errors: those of
// the backend and of ctx, ErrFormat, ErrDemo, ErrWrongKeys.
func Check(ctx context.Context, backend storage.Store, o Options, progress func(done int)) (*Report, error) {
	names, err := NewNamer(o.IDKey)
	if err != nil {
		return nil, err
	}
	c := &checker{
		report: &Report{Records: map[Kind]int{}}, progress: progress,
		store:    &Store{backend: backend, names: names, blind: newBlinder(o.IndexKey), sealer: newSealer(o.Epoch, o.RowKey)},
		expected: map[[2]byte]int{}, found: map[[2]byte]int{},
	}
	err = backend.View(ctx, func(r storage.Reader) error {
		marks, err := readMarks(r)
		if err != nil || marks == nil {
			return err
		}
		if err := compareMarks(marks, o); err != nil {
			return err
		}
		if c.signers, err = readSigners(marks, o.Ledger); err != nil {
			return err
		}
		c.view = &View{store: c.store, base: r}
		return c.all()
	})
	if err != nil {
		return nil, err
	}
	if progress != nil {
		progress(c.report.Rows)
	}
	return c.report, nil
}

// checker goes through one store.
type checker struct {
	report   *Report
	progress func(int)
	store    *Store
	view     *View
	// How many rows of each index records imply, and how many there are: as every
	// one that is implied is looked up, equal numbers leave none that isn't.
	expected, found map[[2]byte]int
	signers         *signers
	room            workroom
}

func (c *checker) problem(format string, args ...any) {
	if c.report.Found++; len(c.report.Problems) < maxProblems {
		c.report.Problems = append(c.report.Problems, fmt.Sprintf(format, args...))
	}
}

// rows gives the rows of a range and counts them.
func (c *checker) rows(r storage.Range) iter.Seq2[storage.Row, error] {
	return func(yield func(storage.Row, error) bool) {
		for row, err := range c.view.base.Scan(r) {
			if err == nil {
				if c.report.Rows++; c.progress != nil && c.report.Rows%1000 == 0 {
					c.progress(c.report.Rows)
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// all goes through the rows in the order of their keys, except that earlier
// revisions are read beside the current ones.
func (c *checker) all() error {
	parts := []struct {
		of    byte
		check func(storage.Range) error
	}{
		{rowAct, c.opened(c.act)}, {rowBudget, c.opened(c.budget)}, {rowToken, c.opened(c.credential)}, {rowChanged, c.opened(c.note)}, {rowErased, c.opened(c.tombstone)}, {rowHistory, nil}, {rowKey, c.each(c.wrapped)},
		{rowLeaf, c.ledger}, {rowMeta, c.each(c.meta)}, {rowRequest, c.opened(c.request)},
		{rowCurrent, c.records}, {rowStatement, c.each(c.statement)}, {rowUnique, c.opened(c.index)}, {rowDraft, c.ownDrafts}, {rowIndex, c.opened(c.index)},
	}
	var unknown storage.Range
	for _, p := range parts {
		r := storage.Prefix([]byte{p.of})
		unknown.End = r.Start
		if err := c.each(c.stray)(unknown); err != nil {
			return err
		}
		unknown.Start = r.End
		if p.check == nil {
			continue
		}
		if err := p.check(r); err != nil {
			return err
		}
	}
	unknown.End = nil
	if err := c.each(c.stray)(unknown); err != nil {
		return err
	}
	return c.surplus()
}

// each goes through a range with a check of single rows.
func (c *checker) each(check func(storage.Row) error) func(storage.Range) error {
	return func(r storage.Range) error {
		for row, err := range c.rows(r) {
			if err != nil {
				return err
			}
			if err := check(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// opened is each for rows that are sealed.
func (c *checker) opened(check func(storage.Row) error) func(storage.Range) error {
	return c.each(func(row storage.Row) error {
		value, err := c.store.sealer.openRow(row.Key, row.Value)
		if err != nil {
			c.problem("a sealed row does not open: %x", row.Key[:min(len(row.Key), 40)])
			return nil
		}
		return check(storage.Row{Key: row.Key, Value: value})
	})
}

func (c *checker) stray(row storage.Row) error {
	c.problem("a row of no known sort: %x", row.Key[:min(len(row.Key), 40)])
	return nil
}

// records goes through the current revisions, and through the earlier ones
// beside them.
func (c *checker) records(r storage.Range) error {
	next, stop := iter.Pull2(c.rows(storage.Prefix([]byte{rowHistory})))
	defer stop()
	earlier := &history{checker: c, next: next}
	if err := earlier.advance(); err != nil {
		return err
	}
	for row, err := range c.rows(r) {
		if err != nil {
			return err
		}
		k, ok := parseCurrentKey(row.Key)
		if !ok {
			c.problem("a record under a malformed key: %x", row.Key[:min(len(row.Key), 40)])
			continue
		}
		rev := c.revision(k, row.Value, fmt.Sprintf("%s %x", k.Kind, k.ID))
		c.report.Records[k.Kind]++
		if rev == nil {
			if err := earlier.skip(k); err != nil {
				return err
			}
			continue
		}
		if err := c.current(k, rev.record); err != nil {
			return err
		}
		if err := earlier.of(k, rev); err != nil {
			return err
		}
	}
	return earlier.before(Key{Kind: 0xff}) // what is left
}

// current checks what a record implies.
func (c *checker) current(k Key, rec Record) error {
	name := rec.GetName()
	if builtIn(k) != nil {
		c.problem("%s: it comes with the program and can't be stored", name)
	}
	if parent := ParentOf(name); parent != "" {
		if above, err := c.named(parent); err != nil {
			return err
		} else if above == nil {
			c.problem("%s: what it lies under is not there", name)
		}
	}
	rows, err := c.view.indexRows(k, rec)
	if IsDamage(err) || err == errNotAName {
		c.problem("%s: what it is found by can't be told", name)
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range distinct(rows) {
		value, err := c.view.get(r.key)
		if err != nil {
			return err
		}
		if value == nil {
			if value, err = c.notRenewed(rec, r.key); err != nil {
				return err
			}
		}
		switch {
		case value == nil:
			c.problem("%s: it is missing from the index %s", name, indexName(r.key))
			continue // so that it is not counted as one of those there
		case !bytes.Equal(value, r.value):
			c.problem("%s: the index %s says something else of it", name, indexName(r.key))
		}
		c.expected[[2]byte(r.key)]++
	}
	return nil
}

// notRenewed returns the row of an external id that a turnover has not reached yet.
func (c *checker) notRenewed(rec Record, key []byte) ([]byte, error) {
	blind, turnover := c.store.sealer.bygone()
	if key[0] != rowUnique || key[1] != uniqueExternal || !turnover {
		return nil, nil
	}
	for _, x := range rec.GetExternalIds() {
		if bytes.Equal(key, c.store.sealer.epochal().external(rec.GetOwner(), x.GetIssuer(), x.GetId())) {
			return c.view.get(blind.external(rec.GetOwner(), x.GetIssuer(), x.GetId()))
		}
	}
	return nil, nil
}

// distinct leaves out repeated rows.
func distinct(rows []row) []row {
	seen := make(map[string]bool, len(rows))
	out := rows[:0]
	for _, r := range rows {
		if !seen[string(r.key)] {
			seen[string(r.key)] = true
			out = append(out, r)
		}
	}
	return out
}

// named reads the record of a name; nil where there is none.
func (c *checker) named(name string) (Record, error) {
	k, err := c.store.names.Parse(name)
	if err != nil {
		return nil, nil
	}
	rec, err := c.view.read(k)
	if IsDamage(err) {
		return nil, nil // told where it stands
	}
	if err != nil || rec == nil || rec.GetName() != name {
		return nil, err
	}
	return rec, nil
}

func parseCurrentKey(b []byte) (Key, bool) {
	if len(b) != 18 {
		return Key{}, false
	}
	k, err := keyOf(b[1:])
	return k, err == nil
}

// indexName tells an index by its letters.
func indexName(key []byte) string { return string(key[:2]) }
