package cli

import "strings"

// table writes rows in aligned columns. Rows are held until flush, so that a
// page is aligned as a whole; a later page keeps the columns or widens them.
type table struct {
	out    *output
	titles []string
	flex   int // the column that is cut where a terminal is too narrow; -1 for none
	widths []int
	rows   [][]string
	headed bool
}

func (o *output) table(flex int, titles ...string) *table {
	t := &table{out: o, titles: titles, flex: flex, widths: make([]int, len(titles))}
	t.measure(titles)
	return t
}

func (t *table) measure(cells []string) {
	for i, cell := range cells {
		t.widths[i] = max(t.widths[i], displayWidth(cell))
	}
}

// add takes a row; its cells are made visible here.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = visible(cell)
	}
	t.measure(row)
	t.rows = append(t.rows, row)
}

// gap stands between columns.
const gap = "  "

// flush writes the rows held, and the titles before the first of them.
func (t *table) flush() {
	if len(t.rows) == 0 {
		return
	}
	t.fit()
	if !t.headed {
		t.headed = true
		t.out.heading(strings.TrimRight(t.row(t.titles), " "))
	}
	for _, row := range t.rows {
		t.out.line("%s", t.row(row))
	}
	t.rows = nil
}

// fit narrows the flexible column to what the terminal has left for it.
func (t *table) fit() {
	if t.out.width == 0 || t.flex < 0 {
		return
	}
	total := len(gap) * (len(t.widths) - 1)
	for _, w := range t.widths {
		total += w
	}
	if over := total - t.out.width; over > 0 {
		t.widths[t.flex] = max(t.widths[t.flex]-over, 12)
	}
}

func (t *table) row(cells []string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(gap)
		}
		if i == t.flex && displayWidth(cell) > t.widths[i] {
			cell = runes.Truncate(cell, t.widths[i], "…")
		}
		b.WriteString(pad(cell, t.widths[i]))
	}
	return b.String()
}
