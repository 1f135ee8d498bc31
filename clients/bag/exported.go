package bag

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// exported is a line of records.jsonl, as far as the views show it.
type exported struct {
	Record    string
	Kind      string
	Revisions []shownRevision
}

type shownRevision struct {
	Revision int64
	Fields   map[string]json.RawMessage `json:",omitempty"` // once extracted, of the last alone
	Withheld []struct {
		Class, Rule string
		Fields      int
	} `json:",omitempty"`
}

func parseRecord(line []byte) (*exported, error) {
	r := new(exported)
	return r, json.Unmarshal(line, r)
}

// extract is a file, while the bag is unfinished, of what the views show of each
// record: signatures and proofs are most of a line, and are then read once.
const extract = unfinished + "/shown.jsonl"

// extracted makes that file.
func (w *Writer) extracted() (err error) {
	f, err := os.OpenFile(w.path(extract), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<18)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false) // values stay as they stand
	err = w.read("data/records.jsonl", func(r *exported) error {
		for i := range len(r.Revisions) - 1 {
			r.Revisions[i].Fields = nil
		}
		return e.Encode(r)
	})
	return errors.Join(err, b.Flush(), f.Close())
}

// each goes through what is shown of the records of the bag.
func (w *Writer) each(do func(*exported) error) error { return w.read(extract, do) }

// read goes through the records in a file.
func (w *Writer) read(name string, do func(*exported) error) error {
	f, err := os.Open(w.path(name))
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<18)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		r, err := parseRecord(line)
		if err != nil {
			return fmt.Errorf("%s can't be read: %w", name, err)
		}
		if err := do(r); err != nil {
			return err
		}
	}
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

var recordColumns = []string{"record", "kind", "revision", "field", "value"}

// rows gives what is disclosed of the last revision, a row a field.
func (r *exported) rows(row func(cells ...string) error) error {
	for _, field := range slices.Sorted(maps.Keys(r.last())) {
		value := string(r.last()[field])
		if strings.HasPrefix(value, `"`) {
			value = r.text(field)
		}
		if err := row(r.Record, r.Kind, strconv.Itoa(len(r.Revisions)), field, value); err != nil {
			return err
		}
	}
	return nil
}

var redactionColumns = []string{"record", "revision", "class", "rule", "fields"}

// redactions gives what was withheld of a record.
func (r *exported) redactions(row func(cells ...string) error) error {
	for _, revision := range r.Revisions {
		for _, d := range revision.Withheld {
			if err := row(r.Record, strconv.FormatInt(revision.Revision, 10), d.Class, d.Rule, strconv.Itoa(d.Fields)); err != nil {
				return err
			}
		}
	}
	return nil
}
