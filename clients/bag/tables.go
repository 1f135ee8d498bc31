package bag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// table is a view as CSV.
type table struct {
	file *file
	rows func(*exported, func(...string) error) error
}

func (w *Writer) beginRecords() (view, error) {
	return w.beginTable("data/records.csv", recordColumns, (*exported).rows)
}

func (w *Writer) beginRedactions() (view, error) {
	return w.beginTable("data/redactions.csv", redactionColumns, (*exported).redactions)
}

func (w *Writer) beginTable(name string, columns []string, rows func(*exported, func(...string) error) error) (view, error) {
	f, err := w.create(name)
	if err != nil {
		return nil, err
	}
	if w.options.Excel {
		f.WriteString("\ufeff") // an error stays with the writer
	}
	t := &table{f, rows}
	return t, t.row(columns...)
}

func (t *table) record(r *exported) error { return t.rows(r, t.row) }

func (t *table) row(cells ...string) error {
	_, err := t.file.Write(appendRow(t.file.AvailableBuffer(), cells))
	return err
}

func (t *table) end(w *Writer) error { return w.whole(t.file) }

func (t *table) leave() error { return t.file.f.Close() }

// appendRow appends a row of CSV (RFC 4180). It is not encoding/csv that writes it,
// which would drop carriage returns out of cells.
func appendRow(dst []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		if formula(cell) {
			cell = "'" + cell
		}
		if strings.ContainsAny(cell, ",\"\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		dst = append(dst, cell...)
	}
	return append(dst, "\r\n"...)
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// formula says whether a spreadsheet might take a cell for a program. Some pass
// over what does not show, and take full-width signs for the others.
func formula(cell string) bool {
	if cell == "" || letter(cell[0]) { // as most begin
		return false
	}
	shown := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf) })
	if shown == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(shown)
	return strings.ContainsRune("=+-@＝＋－＠", first) || cell[0] == '\t' || cell[0] == '\r' || cell[0] == '\n'
}
