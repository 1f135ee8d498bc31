package bag

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// What Excel takes, of which nothing may be lost silently: rows beyond go on in
// another sheet, the rest of a long value in further rows.
const (
	maxSheetRows = 1 << 20
	maxCell      = 1<<15 - 1 // of UTF-16
)

// sheets is data/records.xlsx (ECMA-376): what records.csv has, every cell a text
// that stands in it. It is written here, as a workbook of texts needs little, and
// for the cost of going by: a library keeps cells, to be changed, and styles.
type sheets struct {
	file   *file
	book   *zip.Writer
	sheet  io.Writer
	number int // of the sheet
	rows   int // in it
	limit  int
	row    []byte
}

func (w *Writer) beginSheets() (view, error) {
	f, err := w.create("data/records.xlsx")
	if err != nil {
		return nil, err
	}
	s := &sheets{file: f, book: zip.NewWriter(f), limit: maxSheetRows}
	s.book.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, 3) // rows have so much in common that more effort gains little
	})
	if err := s.next(); err != nil {
		return nil, errors.Join(err, s.leave())
	}
	return s, nil
}

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	sheetML  = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	officeML = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packages = `http://schemas.openxmlformats.org/package/2006/`
)

// next begins a sheet.
func (s *sheets) next() (err error) {
	if s.number++; s.number > 1 {
		if err := s.endSheet(); err != nil {
			return err
		}
	}
	if s.sheet, err = s.book.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", s.number)); err != nil {
		return err
	}
	s.rows = 0
	if _, err := io.WriteString(s.sheet, xmlHead+`<worksheet xmlns="`+sheetML+`"><sheetData>`); err != nil {
		return err
	}
	return s.texts(recordColumns)
}

func (s *sheets) endSheet() error {
	_, err := io.WriteString(s.sheet, `</sheetData></worksheet>`)
	return err
}

func (s *sheets) record(r *exported) error {
	return r.rows(func(cells ...string) error {
		last := len(cells) - 1
		field, parts := cells[last-1], cellParts(cells[last])
		for i, part := range parts {
			if cells[last] = part; len(parts) > 1 {
				cells[last-1] = fmt.Sprintf("%s (%d of %d)", field, i+1, len(parts))
			}
			if s.rows == s.limit {
				if err := s.next(); err != nil {
					return err
				}
			}
			if err := s.texts(cells); err != nil {
				return err
			}
		}
		return nil
	})
}

// texts writes a row.
func (s *sheets) texts(cells []string) error {
	s.rows++
	number := strconv.Itoa(s.rows)
	b := append(append(append(s.row[:0], `<row r="`...), number...), `">`...)
	for i, cell := range cells {
		b = append(append(append(b, `<c r="`...), byte('A'+i)), number...)
		b = append(b, `" t="inlineStr"><is><t`...)
		if strings.Trim(cell, " \t\r\n") != cell {
			b = append(b, ` xml:space="preserve"`...)
		}
		b = append(appendText(append(b, '>'), cell), `</t></is></c>`...)
	}
	s.row = append(b, `</row>`...)
	_, err := s.sheet.Write(s.row)
	return err
}

// references are the characters that can't stand for themselves in a text of XML. Of
// the ends of lines a reader would make one.
var references = [utf8.RuneSelf]string{'"': "&#34;", '\'': "&#39;", '&': "&amp;", '<': "&lt;", '>': "&gt;", '\t': "&#x9;", '\r': "&#xD;"}

// appendText appends a text as a cell has it (ST_Xstring): what would be read as an
// escape, _xHHHH_, has its first character escaped.
func appendText(dst []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		reference := ""
		switch c := text[i]; {
		case c == '_' && escape(text[i:]):
			reference = "_x005F_"
		case c < utf8.RuneSelf:
			reference = references[c]
		}
		if reference != "" {
			dst = append(append(dst, text[from:i]...), reference...)
			from = i + 1
		}
	}
	return append(dst, text[from:]...)
}

// escape says whether a text begins with what reads as one.
func escape(text string) bool {
	return len(text) >= 7 && text[1] == 'x' && text[6] == '_' && strings.Trim(text[2:6], "0123456789ABCDEFabcdef") == ""
}

// end writes the parts that make a workbook of the sheets.
func (s *sheets) end(w *Writer) error {
	err := s.endSheet()
	var types, names, targets strings.Builder
	for n := range s.number {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n+1)
		fmt.Fprintf(&names, `<sheet name="records %d" sheetId="%d" r:id="rId%d"/>`, n+1, n+1, n+1)
		fmt.Fprintf(&targets, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n+1, officeML, n+1)
	}
	for _, part := range [][2]string{
		{"xl/workbook.xml", `<workbook xmlns="` + sheetML + `" xmlns:r="` + officeML + `"><sheets>` + names.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packages + `relationships">` + targets.String() + `</Relationships>`},
		{"_rels/.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + officeML + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="` + packages + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` + types.String() + `</Types>`},
	} {
		out, failed := s.book.Create(part[0])
		if failed == nil {
			_, failed = io.WriteString(out, xmlHead+part[1])
		}
		err = errors.Join(err, failed)
	}
	return errors.Join(err, s.book.Close(), w.whole(s.file))
}

func (s *sheets) leave() error { return s.file.f.Close() }

// cellParts cuts a value into what cells can hold. What XML can't hold is shown as
// U+FFFD.
func cellParts(value string) []string {
	if len(value) <= maxCell && !strings.ContainsFunc(value, func(r rune) bool { return !inXML(r) || r == utf8.RuneError }) {
		return []string{value}
	}
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
	return r >= ' ' && r <= 0xd7ff || r == '\t' || r == '\n' || r == '\r' || r >= 0xe000 && r <= 0xfffd || r >= 0x10000
}
