package bag

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
)

// exported is a line of records.jsonl, as far as the views show it.
type exported struct {
	name, kind string
	revisions  []shownRevision
	cells      []cell // of the last revision, by field
}

type shownRevision struct {
	number   int64
	withheld []withheld
}

type withheld struct {
	class, rule string
	fields      int64
}

// cell is a field: its value as it stands, and as it reads.
type cell struct {
	field string
	raw   []byte
	text  string
}

// parseRecord reads a line.
func parseRecord(line []byte) (*exported, error) {
	r := new(exported)
	c := &cursor{text: line}
	err := c.object(func(member string) (err error) {
		switch member {
		case "record":
			r.name, err = c.string()
		case "kind":
			r.kind, err = c.string()
		case "revisions":
			err = c.array(func() error { return r.revision(c) })
		default:
			_, err = c.value()
		}
		return err
	})
	if c.space(); err == nil && c.at < len(line) {
		err = errJSON
	}
	slices.SortFunc(r.cells, func(a, b cell) int { return cmp.Compare(a.field, b.field) })
	return r, err
}

func (r *exported) revision(c *cursor) error {
	var v shownRevision
	r.cells = r.cells[:0]
	err := c.object(func(member string) (err error) {
		switch member {
		case "revision":
			v.number, err = c.whole()
		case "fields":
			err = c.object(func(field string) error { return r.field(c, field) })
		case "withheld":
			err = c.array(func() error { return v.withhold(c) })
		default:
			_, err = c.value()
		}
		return err
	})
	r.revisions = append(r.revisions, v)
	return err
}

func (r *exported) field(c *cursor, field string) error {
	raw, err := c.value()
	if err != nil {
		return err
	}
	text := string(raw)
	if bytes.HasPrefix(raw, []byte(`"`)) {
		text = textOf(raw, bytes.IndexByte(raw, '\\') >= 0)
	}
	r.cells = append(r.cells, cell{field, raw, text})
	return nil
}

func (v *shownRevision) withhold(c *cursor) error {
	var d withheld
	err := c.object(func(member string) (err error) {
		switch member {
		case "class":
			d.class, err = c.string()
		case "rule":
			d.rule, err = c.string()
		case "fields":
			d.fields, err = c.whole()
		default:
			_, err = c.value()
		}
		return err
	})
	v.withheld = append(v.withheld, d)
	return err
}

// last is a field of the last revision; the zero cell if it is not disclosed.
func (r *exported) last(field string) cell {
	if i, there := slices.BinarySearchFunc(r.cells, field, func(c cell, f string) int { return cmp.Compare(c.field, f) }); there {
		return r.cells[i]
	}
	return cell{}
}

// text is a field of the last revision that is a string; empty if it is none.
func (r *exported) text(field string) string {
	if c := r.last(field); len(c.raw) > 0 && c.raw[0] == '"' {
		return c.text
	}
	return ""
}

var recordColumns = []string{"record", "kind", "revision", "field", "value"}

// rows gives what is disclosed of the last revision, a row a field.
func (r *exported) rows(row func(cells ...string) error) error {
	last := strconv.Itoa(len(r.revisions))
	for _, c := range r.cells {
		if err := row(r.name, r.kind, last, c.field, c.text); err != nil {
			return err
		}
	}
	return nil
}

var redactionColumns = []string{"record", "revision", "class", "rule", "fields"}

// redactions gives what was withheld of a record.
func (r *exported) redactions(row func(cells ...string) error) error {
	for _, v := range r.revisions {
		for _, d := range v.withheld {
			if err := row(r.name, strconv.FormatInt(v.number, 10), d.class, d.rule, strconv.FormatInt(d.fields, 10)); err != nil {
				return err
			}
		}
	}
	return nil
}
