package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// tablePerPage is how many rows of a table a page shows.
const tablePerPage = 20

// sheetPage shows the rows of a table in which something is wrong, else the first ones.
type sheetPage struct {
	To             string // the case
	Action, Here   string // where the form is sent, and its page
	Draft, State   string
	Stale          bool // it is another than the one that the form was of
	Columns        []string
	Rows           []tableRow
	Total, Faulty  int
	Of             string // the total, to read
	Reason, Fault  string
	Previous, Next string
	Page           int
	Left           int // faulty rows that are not on the page
}

type tableRow struct {
	Number int // as in the file, the names of columns aside
	Drop   string
	Fault  string
	Cells  []tableCell
}

type tableCell struct {
	Name, ID, Label, Text, Fault string
	Asked                        bool
}

// showTable writes the page of a table: with what is wrong in it, cell by cell.
func (v *visit) showTable(status int, b *bulk, fault string) error {
	_, faults, err := v.checkTable(v.context(), b)
	if err != nil {
		return err
	}
	return v.showChecked(status, b, faults, fault)
}

func (v *visit) showChecked(status int, b *bulk, faults cellFaults, fault string) error {
	rows := faults.rows()
	p := &sheetPage{To: link(b.in), Action: link(b.in) + "/bulk/table?" + query("kind", b.kind.Name), Here: bulkAddress(b.kind, b.in), Draft: b.draft, State: b.state(), Stale: status == http.StatusConflict, Total: len(b.table.Rows), Of: v.say().Number(int64(len(b.table.Rows))), Faulty: len(rows), Reason: v.got(reasonField), Fault: fault}
	if len(rows) == 0 {
		for n := range b.table.Rows {
			rows = append(rows, n)
		}
	}
	page, _ := strconv.Atoi(v.got("page"))
	page = max(min(page, (len(rows)-1)/tablePerPage), 0)
	if page > 0 {
		p.Previous = b.address() + "&" + query("page", strconv.Itoa(page-1))
	}
	if (page+1)*tablePerPage < len(rows) {
		p.Next = b.address() + "&" + query("page", strconv.Itoa(page+1))
	}
	p.Page = page
	on := rows[page*tablePerPage : min((page+1)*tablePerPage, len(rows))]
	p.Left = max(p.Faulty-len(on), 0)
	columns := b.columnsIn(on, faults)
	called := headings(v.say(), b.kind, tableRows)
	for _, c := range columns {
		p.Columns = append(p.Columns, called[b.table.Columns[c]])
	}
	for _, n := range on {
		p.Rows = append(p.Rows, b.row(n, columns, called, faults))
	}
	v.types()
	return v.render(status, "bulk_table", v.say().Say("bulk.title_"+b.kind.Name), p)
}

// columnsIn are the columns that hold something in rows, or in which something is wrong.
func (b *bulk) columnsIn(rows []int, faults cellFaults) []int {
	var all []int
	for c := range b.table.Columns {
		if slices.ContainsFunc(rows, func(n int) bool { return b.table.Rows[n][c] != "" || faults[cell{n, c}] != "" }) {
			all = append(all, c)
		}
	}
	return all
}

// row lays out one row. Where something is wrong with the row as a whole, all of its cells
// can be changed.
func (b *bulk) row(n int, columns []int, called map[string]string, faults cellFaults) tableRow {
	r := tableRow{Number: n + 1, Drop: "drop." + strconv.Itoa(n), Fault: faults[cell{n, -1}]}
	for _, c := range columns {
		name := "c." + strconv.Itoa(n) + "." + strconv.Itoa(c)
		fault := faults[cell{n, c}]
		r.Cells = append(r.Cells, tableCell{Name: name, ID: "c-" + strconv.Itoa(n) + "-" + strconv.Itoa(c), Label: called[b.table.Columns[c]], Text: b.table.Rows[n][c], Fault: fault, Asked: fault != "" || r.Fault != ""})
	}
	return r
}

// correct puts in the cells that the form of the page sent, and takes out rows that are to
// be left out. It says whether anything is another than before.
func (v *visit) correct(b *bulk) bool {
	changed := false
	for n, row := range b.table.Rows {
		for c := range row {
			if sent, there := v.r.PostForm["c."+strconv.Itoa(n)+"."+strconv.Itoa(c)]; there && plainText(sent[0]) != plainText(row[c]) {
				row[c], changed = sent[0], true
			}
		}
	}
	var kept [][]string
	for n, row := range b.table.Rows {
		if v.r.PostForm.Get("drop."+strconv.Itoa(n)) == "" {
			kept = append(kept, row)
		}
	}
	if len(kept) == len(b.table.Rows) || len(kept) == 0 {
		return changed
	}
	b.table.Rows = kept
	return true
}

// correctTable saves what was corrected, or records the table as a whole.
func (s *Site) correctTable(v *visit) error {
	v.session.recording.Lock()
	defer v.session.recording.Unlock()
	k, in, err := v.bulkKind()
	if err != nil {
		return err
	}
	if of := v.session.underway(); of != nil && !of.finished() {
		return v.redirect(link(of.in) + "/bulk/progress")
	}
	b, err := v.openTable(k, in)
	if err != nil {
		return err
	}
	if v.got(stateField) != b.state() { // its rows have other numbers now
		return v.showTable(http.StatusConflict, b, "")
	}
	if v.correct(b) {
		if err := v.keepTable(b); err != nil {
			return err
		}
	}
	if v.got(doField) != "save" {
		return v.redirect(b.address() + "&" + query("page", v.got("page")))
	}
	return v.recordTable(b)
}

// tableOf is the kind and the case of the table that a page is; nil for any other page.
func tableOf(page string) (*entry.Kind, string) {
	u, err := url.Parse(page)
	if err != nil {
		return nil, ""
	}
	in, ours := strings.CutSuffix(strings.TrimPrefix(u.Path, "/"), "/bulk")
	if name := u.Query().Get("kind"); ours && labels.KindOf(in) == "Case" && slices.Contains(bulkKinds, name) {
		return entry.KindOf(name), in
	}
	return nil, ""
}

// keepCorrections keeps what was corrected when the session ended before it was sent.
func (v *visit) keepCorrections(k *entry.Kind, in string) error {
	b, err := v.openTable(k, in)
	if err != nil {
		return err
	}
	if v.got(stateField) != b.state() {
		return errForm
	}
	v.correct(b)
	return v.keepTable(b)
}

// recordTable begins to send a table in which nothing is wrong.
func (v *visit) recordTable(b *bulk) error {
	if v.got(reasonField) == "" {
		return v.showTable(http.StatusUnprocessableEntity, b, v.say().Say("entry.fault_missing"))
	}
	documents, faults, err := v.checkTable(v.context(), b)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return v.showChecked(http.StatusUnprocessableEntity, b, faults, "")
	}
	v.send(b.in, b.address(), b.draft, &tumenv1.MatterHeader{RequestId: b.once, Reason: v.got(reasonField)}, documents)
	return v.redirect(link(b.in) + "/bulk/progress")
}
