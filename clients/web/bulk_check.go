package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	"tumen/clients/web/alike"
	"tumen/clients/web/entry"
	"tumen/clients/web/sheet"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// bulk is a table of records of one kind, as a draft holds it: columns by path.
type bulk struct {
	in    string // the case
	kind  *entry.Kind
	table *sheet.Sheet
	draft string
	once  string
}

// cell is a place in a table; column -1 is the row as a whole.
type cell struct{ row, column int }

// cellFaults are what is wrong, by cell.
type cellFaults map[cell]string

// rows are the rows in which something is wrong, in their order.
func (f cellFaults) rows() []int {
	var all []int
	for at := range f {
		if !slices.Contains(all, at.row) {
			all = append(all, at.row)
		}
	}
	slices.Sort(all)
	return all
}

// checkTable makes the documents of a table and says what is wrong with which cell, by
// itself and as the server says. Nothing is written.
func (v *visit) checkTable(ctx context.Context, b *bulk) ([]*tumenv1.MatterDocument, cellFaults, error) {
	faults := cellFaults{}
	c := &tableReader{bulk: b, v: v, choices: v.choices(ctx, b.in), known: map[string]string{}, keys: b.keys()}
	var documents []*tumenv1.MatterDocument
	for n := range b.table.Rows {
		documents = append(documents, c.document(n, faults))
	}
	header := &tumenv1.MatterHeader{ValidateOnly: true, Reason: cmp.Or(v.got(reasonField), "bulk")}
	reply, err := v.site.conn.ApplyMatter(ctx, header, slices.Values(documents), nil)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range reply.GetFaults() {
		if n := int(f.GetDocument()); n >= 0 && n < len(b.table.Rows) {
			v.faultIn(b, n, pathInRecord(b.kind, f.GetField()), v.refusedFault(b.kind, pathInRecord(b.kind, f.GetField()), f.GetReason(), f.GetDescription(), "").Words, faults)
		}
	}
	// A table that was recorded whole, only nobody heard of it, changes nothing.
	if int(reply.GetUnchanged()) == len(documents) {
		return documents, faults, nil
	}
	for n, d := range reply.GetDocuments() {
		if n < len(b.table.Rows) && !d.GetCreated() && d.GetName() != "" {
			faults.add(cell{n, b.columnOf(keyColumn)}, v.say().Say("bulk.key_taken"))
		}
	}
	return documents, faults, nil
}

// faultIn notes what is wrong with a field of a row; one that has no column is named.
func (v *visit) faultIn(b *bulk, n int, path, text string, faults cellFaults) {
	at := cell{n, b.columnOf(path)}
	if field := b.kind.At(path); at.column < 0 && field != "" {
		text = v.fieldLabel(b.kind, field) + ": " + text
	}
	faults.add(at, text)
}

// add notes what is wrong with a cell, unless something else is already.
func (f cellFaults) add(at cell, text string) {
	if f[at] == "" {
		f[at] = text
	}
}

// columnOf is the column that something said about a path is about; -1 for none.
func (b *bulk) columnOf(path string) int {
	if at := slices.Index(b.table.Columns, path); at >= 0 {
		return at
	}
	if at := slices.Index(b.table.Columns, b.kind.At(path)); at >= 0 {
		return at
	}
	return slices.IndexFunc(b.table.Columns, func(c string) bool { return path != "" && strings.HasPrefix(c, path+".") })
}

// keys are those of the table's rows.
func (b *bulk) keys() map[string]bool {
	keys, at := map[string]bool{}, b.columnOf(keyColumn)
	for _, row := range b.table.Rows {
		keys[row[at]] = true
	}
	return keys
}

// tableReader makes documents of rows.
type tableReader struct {
	*bulk
	v       *visit
	choices *choices
	known   map[string]string // names by what cells call records
	keys    map[string]bool
}

// document makes the document of a row.
func (c *tableReader) document(n int, faults cellFaults) *tumenv1.MatterDocument {
	texts := entry.Texts{}
	for at, path := range c.table.Columns {
		if path != keyColumn {
			texts[path] = c.text(path, c.table.Rows[n][at])
		}
	}
	record := c.kind.New()
	found := append(c.kind.Missing(texts), entry.Fill(record, texts, c.resolve)...)
	for _, f := range found {
		c.v.faultIn(c.bulk, n, f.Path, c.v.faultText(f), faults)
	}
	d := &tumenv1.MatterDocument{Key: c.table.Rows[n][c.columnOf(keyColumn)], Record: wrapped(c.kind, record), Incomplete: len(found) > 0}
	if c.kind.InCase {
		d.Case = c.in
	}
	if d.Key == "" {
		faults.add(cell{n, c.columnOf(keyColumn)}, c.v.say().Say("entry.fault_missing"))
	}
	return d
}

// text is a cell as a form would send it: the word of a value that is written in a
// language, and a line for each of several records.
func (c *tableReader) text(path, text string) string {
	fd := c.kind.Leaf(path)
	if text == "" || fd == nil {
		return text
	}
	if _, refers := labels.Referenced(fd); refers && fd.IsList() {
		return strings.ReplaceAll(text, ";", "\n")
	}
	if fd.Enum() != nil {
		return enumCalled(fd, text)
	}
	return text
}

// enumCalled is the short word of a value that is called so in one of the languages, else
// the text as it is.
func enumCalled(fd protoreflect.FieldDescriptor, text string) string {
	if _, ok := labels.EnumNumber(fd.Enum(), text); ok {
		return text
	}
	wanted := alike.Title(text)
	for _, language := range wording.Languages() {
		for _, n := range labels.Choices(fd) {
			if alike.Title(wording.In(language).EnumValue(fd.Enum(), n)) == wanted {
				return labels.EnumWord(fd.Enum(), n)
			}
		}
	}
	return text
}

// resolve gives the name of the record that a cell stands for. A key is left to the server,
// which knows those of the table too and says which it doesn't.
func (c *tableReader) resolve(path string, kinds []string, text string) (string, entry.Problem) {
	if labels.KindOf(text) != "" || c.keys[text] {
		return text, ""
	}
	of := entry.Plain(path) + "\x00" + text
	if name, there := c.known[of]; there {
		return name, ""
	}
	_, options, err := c.choices.records(c.kind, path, kinds, false)
	if err != nil {
		return "", entry.NoRecord
	}
	name := c.v.session.self.GetOrganisation().GetHandle() + ":" + text
	if strings.Contains(text, ":") {
		name = text
	}
	if at := slices.IndexFunc(options, func(o option) bool { return o.Label == text }); at >= 0 {
		name = options[at].Value
	} else if labels.CalledSo("", text).GetReference() != "" {
		var problem entry.Problem
		if name, problem = c.v.calledSo(c.choices.ctx, kinds, text); problem != "" {
			return "", problem
		}
	}
	c.known[of] = name
	return name, ""
}
