package verify

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// The views of a bag are made again here, from the records that were checked, and
// compared: a table that reads otherwise than the evidence is what most readers
// would see of it.

const (
	fileTable      = "data/records.csv"
	fileSheets     = "data/records.xlsx"
	fileRedactions = "data/redactions.csv"
	fileProvenance = "data/prov.json"
)

// view is one view, which is compared while the records go by.
type view interface {
	record(rec *record) error
	// end is called after the last record.
	end() error
	io.Closer
}

// differs is how a view differs from the records.
type differs struct {
	where, reads, want string
}

func (d *differs) Error() string {
	return fmt.Sprintf("%s is not what the records give: it reads %s, and they give %s", d.where, inQuotes(d.reads), inQuotes(d.want))
}

func inQuotes(t string) string {
	if t == "" {
		return "nothing"
	}
	return fmt.Sprintf("%q", shortened([]byte(t)))
}

// openViews opens the views that are there.
func (r *run) openViews() error {
	r.views = map[string]view{}
	for path, open := range map[string]func(fs.File) (view, error){
		fileTable: func(f fs.File) (view, error) {
			return newTable(f, (*record).rows, "record", "kind", "revision", "field", "value")
		},
		fileRedactions: func(f fs.File) (view, error) {
			return newTable(f, (*record).redactions, "record", "revision", "class", "rule", "fields")
		},
		fileSheets:     func(f fs.File) (view, error) { return newSheets(f) },
		fileProvenance: func(f fs.File) (view, error) { return newProvenance(f), nil },
	} {
		if _, there := r.bag.sizes[path]; !there {
			continue
		}
		f, err := r.bag.fsys.Open(path)
		if err != nil {
			return readError{err}
		}
		v, err := open(f)
		if err != nil {
			if err := r.viewFailed(path, err); err != nil {
				return err
			}
			f.Close()
			continue
		}
		r.views[path] = v
		r.tally.views++
	}
	return nil
}

// viewFailed notes how a view differs, once.
func (r *run) viewFailed(path string, err error) error {
	if v := r.views[path]; v != nil {
		v.Close()
		delete(r.views, path)
	}
	return r.found(CheckViews, path, err)
}

// viewed shows a record to the views.
func (r *run) viewed(rec *record) error {
	for _, path := range sortedKeys(r.views) {
		if err := r.views[path].record(rec); err != nil {
			if err := r.viewFailed(path, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) endViews() error {
	for _, path := range sortedKeys(r.views) {
		if err := r.views[path].end(); err != nil {
			if err := r.viewFailed(path, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) closeViews() {
	for _, v := range r.views {
		v.Close()
	}
}

// table is a view as CSV.
type table struct {
	fs.File
	r    *bufio.Reader
	line int
	due  []byte // a row
	rows func(*record, func(cells ...string) error) error
}

func newTable(f fs.File, rows func(*record, func(cells ...string) error) error, columns ...string) (*table, error) {
	t := &table{File: f, r: bufio.NewReaderSize(f, 1<<16), rows: rows}
	if mark, _ := t.r.Peek(3); string(mark) == "\ufeff" {
		_, _ = t.r.Discard(3) // it was peeked at
	}
	return t, t.row(columns...)
}

func (t *table) record(rec *record) error { return t.rows(rec, t.row) }

func (t *table) row(cells ...string) error {
	t.line++
	t.due = appendCSV(t.due[:0], cells)
	if there, _ := t.r.Peek(len(t.due)); bytes.Equal(there, t.due) { // an error comes again when that is read
		_, _ = t.r.Discard(len(t.due))
		return nil
	}
	return same(t.r, fmt.Sprintf("row %d", t.line), string(t.due))
}

func (t *table) end() error {
	return ended(t.r, fmt.Sprintf("row %d", t.line+1))
}

// same compares what comes next with what is due.
func same(r io.Reader, where, want string) error {
	got := make([]byte, len(want))
	n, err := io.ReadFull(r, got)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return readError{err}
	}
	if got = got[:n]; string(got) != want {
		at := 0
		for at < n && got[at] == want[at] {
			at++
		}
		at = bytes.LastIndexByte([]byte(want[:at]), '\n') + 1
		return &differs{where, string(got[min(at, n):]), want[at:]}
	}
	return nil
}

// ended says whether nothing follows.
func ended(r io.Reader, where string) error {
	rest := make([]byte, 80)
	switch n, err := io.ReadFull(r, rest); {
	case n > 0:
		return &differs{where, strings.ToValidUTF8(string(rest[:n]), "\ufffd"), ""}
	case err != io.EOF:
		return readError{err}
	}
	return nil
}

// appendCSV appends a row of CSV (RFC 4180) in its one form: in quotation marks is
// only what needs them.
func appendCSV(dst []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		if executable(c) {
			c = "'" + c
		}
		if strings.ContainsAny(c, "\",\n\r") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		dst = append(dst, c...)
	}
	return append(dst, "\r\n"...)
}

// executable says whether a spreadsheet might run a cell.
func executable(cell string) bool {
	for i, r := range cell {
		switch {
		case i == 0 && (r == '\t' || r == '\r' || r == '\n'):
			return true
		case strings.ContainsRune("=+-@＝＋－＠", r):
			return true
		case !unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf):
			return false
		}
	}
	return false
}

// shown gives what is disclosed of the last revision, as it stands.
func (rec *record) shown() map[string][]byte { return rec.last }

// cell is a field as tables show it.
type cell struct{ field, value string }

// show works out what the views show of a record: of its last revision what is
// disclosed, texts as they read, all else as it stands.
func (rec *record) show() {
	rec.last = map[string][]byte{}
	if rec.erased {
		return
	}
	for _, f := range rec.revisions[len(rec.revisions)-1].fields {
		rec.last[f.name] = f.value
	}
	for _, name := range sortedKeys(rec.last) {
		value := string(rec.last[name])
		if value[0] == '"' {
			value = says(rec.last, name)
		}
		rec.cells = append(rec.cells, cell{name, value})
	}
}

// says gives a field that is a text; "" if it is none.
func says(fields map[string][]byte, name string) string {
	t, _ := text(fields[name])
	return t
}

// rows are those of records.csv.
func (rec *record) rows(row func(cells ...string) error) error {
	last := strconv.Itoa(len(rec.revisions))
	for _, c := range rec.cells {
		if err := row(rec.name, rec.kind, last, c.field, c.value); err != nil {
			return err
		}
	}
	return nil
}

// redactions are the rows of redactions.csv.
func (rec *record) redactions(row func(cells ...string) error) error {
	for _, v := range rec.revisions {
		for _, w := range v.withheld {
			if err := row(rec.name, fmt.Sprint(v.number), w.class, w.rule, fmt.Sprint(w.number)); err != nil {
				return err
			}
		}
	}
	return nil
}
