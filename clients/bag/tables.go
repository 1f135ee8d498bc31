package bag

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// exported is a line of records.jsonl, as far as the views show it.
type exported struct {
	Record    string
	Kind      string
	Revisions []struct {
		Revision int64
		Fields   map[string]json.RawMessage
		Withheld []struct {
			Class, Rule string
			Fields      int
		}
	}
}

func parseRecord(line []byte) (*exported, error) {
	r := new(exported)
	return r, json.Unmarshal(line, r)
}

// last gives what is disclosed of the last revision.
func (r *exported) last() map[string]json.RawMessage {
	if len(r.Revisions) == 0 {
		return nil
	}
	return r.Revisions[len(r.Revisions)-1].Fields
}

// text is a field of the last revision that is a string.
func (r *exported) text(field string) string {
	var s string
	_ = json.Unmarshal(r.last()[field], &s) // what is no string is not asked for
	return s
}

// table is a CSV file (RFC 4180) that no spreadsheet takes for a program.
type table struct{ *csv.Writer }

func (w *Writer) table(name string, columns ...string) (*table, error) {
	f, err := w.create(name)
	if err != nil {
		return nil, err
	}
	if w.options.Excel {
		if _, err := f.WriteString("\ufeff"); err != nil {
			return nil, err
		}
	}
	t := &table{csv.NewWriter(f)}
	t.UseCRLF = true
	return t, t.Write(columns)
}

// row writes cells, all of them as text: what a spreadsheet would take for a
// formula gets an apostrophe before it.
func (t *table) row(cells ...string) error {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return t.Write(cells)
}

// record writes what is disclosed of the last revision, a row a field.
func (t *table) record(r *exported) error {
	for _, field := range slices.Sorted(maps.Keys(r.last())) {
		value := string(r.last()[field])
		if strings.HasPrefix(value, `"`) {
			value = r.text(field)
		}
		if err := t.row(r.Record, r.Kind, strconv.Itoa(len(r.Revisions)), field, value); err != nil {
			return err
		}
	}
	return nil
}

// redactions writes what was withheld of a record.
func (t *table) redactions(r *exported) error {
	for _, revision := range r.Revisions {
		for _, d := range revision.Withheld {
			if err := t.row(r.Record, strconv.FormatInt(revision.Revision, 10), d.Class, d.Rule, strconv.Itoa(d.Fields)); err != nil {
				return err
			}
		}
	}
	return nil
}
