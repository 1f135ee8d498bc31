package bag

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// What Excel takes, of which nothing may be lost silently: rows beyond go on in
// another sheet, the rest of a long value in further rows.
const (
	maxSheetRows = excelize.TotalRows
	maxCell      = excelize.TotalCellChars // of UTF-16
)

// sheets writes data/records.xlsx: what records.csv has, every cell a text.
func (w *Writer) sheets() (err error) {
	s := &sheets{book: excelize.NewFile(excelize.Options{TmpDir: w.path(unfinished)}), limit: maxSheetRows}
	defer func() { err = errors.Join(err, s.book.Close()) }()
	if err := s.next(); err != nil {
		return err
	}
	if err := w.each(func(r *exported) error { return r.rows(s.row) }); err != nil {
		return err
	}
	if err := s.stream.Flush(); err != nil {
		return err
	}
	f, err := w.create("data/records.xlsx")
	if err != nil {
		return err
	}
	_, err = s.book.WriteTo(f)
	return errors.Join(err, w.whole(f))
}

type sheets struct {
	book   *excelize.File
	stream *excelize.StreamWriter
	number int // of the sheet
	rows   int // in it
	limit  int
}

// next begins a sheet.
func (s *sheets) next() error {
	s.number++
	name := fmt.Sprintf("records %d", s.number)
	var err error
	if s.number == 1 {
		err = s.book.SetSheetName(s.book.GetSheetName(0), name)
	} else {
		_, err = s.book.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if s.stream != nil {
		if err := s.stream.Flush(); err != nil {
			return err
		}
	}
	s.rows = 0
	if s.stream, err = s.book.NewStreamWriter(name); err != nil {
		return err
	}
	return s.cells(recordColumns)
}

func (s *sheets) row(cells ...string) error {
	last := len(cells) - 1
	parts := cellParts(cells[last])
	for i, part := range parts {
		of := append([]string(nil), cells...)
		if of[last] = part; len(parts) > 1 {
			of[last-1] = fmt.Sprintf("%s (%d of %d)", cells[last-1], i+1, len(parts))
		}
		if s.rows == s.limit {
			if err := s.next(); err != nil {
				return err
			}
		}
		if err := s.cells(of); err != nil {
			return err
		}
	}
	return nil
}

func (s *sheets) cells(cells []string) error {
	s.rows++
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = c
	}
	return s.stream.SetRow(fmt.Sprintf("A%d", s.rows), values)
}

// cellParts cuts a value into what cells can hold. What XML can't hold is shown as
// U+FFFD.
func cellParts(value string) []string {
	var parts []string
	var b strings.Builder
	length := 0
	for _, r := range value {
		if !inXML(r) {
			r = '\ufffd'
		}
		if length += utf16.RuneLen(r); length > maxCell {
			parts = append(parts, b.String())
			b.Reset()
			length = utf16.RuneLen(r)
		}
		b.WriteRune(r)
	}
	return append(parts, b.String())
}

// inXML says whether XML 1.0 has a character.
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000
}
