package cli

import (
	"slices"
	"strings"
)

// table writes rows in aligned columns. Rows are held until flush, so that a
// page is aligned as a whole; a later page keeps the columns or widens them.
type table struct {
	out    *output
	titles []string
	flex   []int // the columns that are cut where a terminal is too narrow; never one of names
	widths []int
	rows   [][]string
	headed bool
}

func (o *output) table(flex []int, titles ...string) *table {
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

// narrowest is how few columns are left of a cell that is cut.
const narrowest = 24

// fit narrows the flexible columns, the widest first, to what the terminal has
// left for them.
func (t *table) fit() {
	if t.out.width == 0 {
		return
	}
	total := len(gap) * (len(t.widths) - 1)
	for _, w := range t.widths {
		total += w
	}
	for over := total - t.out.width; over > 0; over-- {
		widest := -1
		for _, i := range t.flex {
			if i >= 0 && t.widths[i] > max(narrowest, displayWidth(t.titles[i])) && (widest < 0 || t.widths[i] > t.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		t.widths[widest]--
	}
}

func (t *table) row(cells []string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(gap)
		}
		if slices.Contains(t.flex, i) && displayWidth(cell) > t.widths[i] {
			cell = runes.Truncate(cell, t.widths[i], "…")
		}
		b.WriteString(pad(cell, t.widths[i]))
	}
	return b.String()
}
