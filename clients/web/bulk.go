package web

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	"tumen/clients/web/sheet"
	tumenv1 "tumen/proto/tumen/v1"
)

// bulkKinds are the kinds of record that a table may hold.
var bulkKinds = []string{"claim", "person"}

// bulkKind is the kind of the address, and the case.
func (v *visit) bulkKind() (*entry.Kind, string, error) {
	name, in := v.got("kind"), "cases/"+v.r.PathValue("case")
	if name == "" {
		name = bulkKinds[0]
	}
	k := entry.KindOf(name)
	if k == nil || !slices.Contains(bulkKinds, name) || labels.KindOf(in) != "Case" || !v.may("ExchangeService/ApplyMatter") || !v.may("DraftService/CreateDraft") || !v.may(k.Service+"/Create"+k.Title()) {
		return nil, "", errNotFound
	}
	return k, in, nil
}

// bulkAddress is the page of tables of a kind in a case.
func bulkAddress(k *entry.Kind, in string) string { return link(in) + "/bulk?" + query("kind", k.Name) }

// uploadPage asks for a table.
type uploadPage struct {
	Case     *tumenv1.Case
	Here     string
	Kinds    []intakeLink
	Template string
	Fault    string
	Columns  []string // what is wrong with columns
	Rows     string   // that a table has at most
	MiB      int
}

// showBulk asks for a table, or shows the one that a draft holds, checked.
func (s *Site) showBulk(v *visit) error {
	k, in, err := v.bulkKind()
	if err != nil {
		return err
	}
	if v.got(draftField) != "" {
		b, err := v.openTable(k, in)
		if err != nil {
			return err
		}
		return v.showTable(http.StatusOK, b, "")
	}
	return v.askTable(http.StatusOK, k, in, "", nil)
}

func (v *visit) askTable(status int, k *entry.Kind, in, fault string, columns []string) error {
	reply, err := v.site.conn.Cases.GetCase(v.context(), &tumenv1.GetCaseRequest{Name: in})
	if err != nil {
		return err
	}
	p := &uploadPage{Case: reply.GetCase(), Here: bulkAddress(k, in), Template: link(in) + "/bulk/template?" + query("kind", k.Name), Fault: fault, Columns: columns, Rows: v.say().Number(sheet.MaxRows), MiB: sheet.MaxBytes >> 20}
	for _, name := range bulkKinds {
		p.Kinds = append(p.Kinds, intakeLink{v.say().Say("bulk.kind_" + name), bulkAddress(entry.KindOf(name), in), name == k.Name})
	}
	return v.render(status, "bulk", v.say().Say("bulk.title_"+k.Name), p)
}

// takeTable reads a file that somebody sent, keeps it as a draft and leads to its check.
func (s *Site) takeTable(v *visit) error {
	k, in, err := v.bulkKind()
	if err != nil {
		return err
	}
	table, err := v.sentTable()
	if bad := new(sheet.Error); errors.As(err, &bad) {
		return v.askTable(http.StatusUnprocessableEntity, k, in, v.say().Say("bulk.problem_"+string(bad.Problem), "line", bad.Line, "rows", v.say().Number(sheet.MaxRows), "columns", sheet.MaxColumns), nil)
	}
	if err != nil {
		return err
	}
	if faults := columnPaths(k, table); len(faults) > 0 {
		return v.askTable(http.StatusUnprocessableEntity, k, in, v.say().Say("bulk.columns"), v.columnTexts(faults))
	}
	withKeys(table, v.freeReference(v.context()))
	b := &bulk{in: in, kind: k, table: table, once: client.NewRequestID()}
	if err := v.keepTable(b); err != nil {
		if errors.Is(err, errTooMuch) {
			return v.askTable(http.StatusUnprocessableEntity, k, in, v.say().Say("bulk.problem_too_long"), nil)
		}
		return err
	}
	return v.redirect(b.address())
}

// visitWithTable is a visit whose form carries a table. What is too large is still read, up
// to twice what may be sent, so that the browser gets to read the answer.
func (s *Site) visitWithTable(w http.ResponseWriter, r *http.Request) *visit {
	r.Body = http.MaxBytesReader(w, r.Body, 2*sheet.MaxBytes+maxForm)
	return &visit{site: s, w: w, r: r, withFile: true}
}

// sentTable is the table in the file of the form.
func (v *visit) sentTable() (*sheet.Sheet, error) {
	if v.file == nil {
		return nil, &sheet.Error{Problem: sheet.Empty}
	}
	raw, err := io.ReadAll(io.LimitReader(sentFile{v}, sheet.MaxBytes+1))
	v.drain()
	switch {
	case isTooLarge(err, errTooMuch):
		return nil, &sheet.Error{Problem: sheet.TooLong}
	case err != nil:
		return nil, errForm
	}
	return sheet.Read(raw)
}

// columnTexts say what is wrong with columns.
func (v *visit) columnTexts(faults []columnFault) []string {
	var all []string
	for _, f := range faults {
		switch {
		case f.Twice:
			all = append(all, v.say().Say("bulk.column_twice", "column", f.Column))
		case len(f.Several) > 0:
			all = append(all, v.say().Say("bulk.column_several", "column", f.Column, "paths", strings.Join(f.Several, ", ")))
		default:
			all = append(all, v.say().Say("bulk.column_unknown", "column", f.Column))
		}
	}
	return all
}

// address is the page of the table.
func (b *bulk) address() string {
	return bulkAddress(b.kind, b.in) + "&" + query(draftField, b.draft)
}

// longestDraft is how many bytes of a table a draft has room for, beside what it is called.
const longestDraft = 1<<20 - 1<<10

// keepTable saves the table in its draft, or in a new one.
func (v *visit) keepTable(b *bulk) error {
	values := url.Values{"table": {b.table.Pack()}, onceField: {b.once}}
	if content, err := json.Marshal(values); err != nil || len(content) > longestDraft {
		return errors.Join(errTooMuch, err)
	}
	name, err := v.saveDraft(v.context(), bulkDraft, b.draft, v.say().Count("bulk.label_"+b.kind.Name, int64(len(b.table.Rows))), kept{Page: bulkAddress(b.kind, b.in), Values: values})
	if err == nil {
		b.draft = name
	}
	return err
}

// openTable reads the table of the draft that the address names.
func (v *visit) openTable(k *entry.Kind, in string) (*bulk, error) {
	d, what, err := v.openDraft(v.got(draftField))
	if err != nil {
		return nil, err
	}
	table, err := sheet.Unpack(what.Values.Get("table"))
	if err != nil || d.GetKind() != bulkDraft || what.Page != bulkAddress(k, in) || !slices.Contains(table.Columns, keyColumn) {
		return nil, errNotFound
	}
	return &bulk{in: in, kind: k, table: table, draft: d.GetName(), once: what.Values.Get(onceField)}, nil
}

// bulkTemplate is a table without rows, to be filled in.
func (s *Site) bulkTemplate(v *visit) error {
	k, _, err := v.bulkKind()
	if err != nil {
		return err
	}
	called := headings(v.say(), k, 1)
	var names []string
	for _, c := range columnsOf(v.say(), k, 1) {
		names = append(names, called[c.path])
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(k.Name+"s.csv"))
	_, _ = io.WriteString(v.w, "\ufeff") // or spreadsheets take it for another encoding
	w := csv.NewWriter(v.w)
	_ = w.Write(names) // who has gone away reads no error
	w.Flush()
	return nil
}
