package bag

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
)

// tables writes the CSV files.
func (w *Writer) tables() error {
	return cmp.Or(
		w.table("data/records.csv", recordColumns, (*exported).rows),
		w.table("data/redactions.csv", redactionColumns, (*exported).redactions),
	)
}

func (w *Writer) table(name string, columns []string, rows func(*exported, func(...string) error) error) error {
	f, err := w.create(name)
	if err != nil {
		return err
	}
	if w.options.Excel {
		f.WriteString("\ufeff") // an error stays with the writer, here and below
	}
	row := func(cells ...string) error {
		_, err := f.WriteString(csvRow(cells))
		return err
	}
	err = row(columns...)
	if err == nil {
		err = w.each(func(r *exported) error { return rows(r, row) })
	}
	return errors.Join(err, w.whole(f))
}

// csvRow is a row of CSV (RFC 4180). It is not encoding/csv that writes it, which
// would drop carriage returns out of cells.
func csvRow(cells []string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		if formula(cell) {
			cell = "'" + cell
		}
		if strings.ContainsAny(cell, ",\"\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(cell)
	}
	b.WriteString("\r\n")
	return b.String()
}

// formula says whether a spreadsheet might take a cell for a program. Some pass
// over what does not show, and take full-width signs for the others.
func formula(cell string) bool {
	shown := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf) })
	if shown == "" {
		return false
	}
	return strings.ContainsRune("=+-@＝＋－＠", []rune(shown)[0]) || cell[0] == '\t' || cell[0] == '\r' || cell[0] == '\n'
}
