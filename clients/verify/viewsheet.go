package verify

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// sheets is data/records.xlsx: the rows of records.csv, every cell a text. Rows
// that a sheet has no room for stand in the next; of a value that is too long for a
// cell the parts stand in rows of their own.
type sheets struct {
	fs.File
	parts   map[string]*zip.File
	number  int // of the sheet
	rows    int // in it
	open    io.ReadCloser
	decoder *xml.Decoder
	quota   *quota
	due     []byte // a row, in the form in which it nearly always stands
	depth   int    // of elements that hold no cells
	passed  int    // pieces since the last element that is one of a cell
}

// What Excel takes.
const (
	sheetRows = 1 << 20
	cellUnits = 1<<15 - 1 // of UTF-16
)

// sheetParts are the parts of a workbook that has sheets of texts and nothing else:
// no macros, no links to elsewhere, nothing embedded.
var sheetParts = map[string]bool{
	"[Content_Types].xml": true, "_rels/.rels": true, "docProps/app.xml": true, "docProps/core.xml": true,
	"xl/workbook.xml": true, "xl/_rels/workbook.xml.rels": true, "xl/styles.xml": true, "xl/theme/theme1.xml": true,
}

var errWorkbook = errors.New("is no workbook that has sheets of texts and nothing else")

func newSheets(f fs.File) (*sheets, error) {
	at, ok := f.(io.ReaderAt)
	info, err := f.Stat()
	if !ok || err != nil {
		return nil, readError{errors.Join(err, errors.New("data/records.xlsx can't be read at an offset"))}
	}
	m := &metered{at, maxDirectory}
	z, err := zip.NewReader(m, info.Size())
	if err != nil {
		return nil, errWorkbook
	}
	m.left = math.MaxInt64
	s := &sheets{File: f, parts: map[string]*zip.File{}}
	for _, part := range z.File {
		if s.parts[part.Name] != nil {
			return nil, fmt.Errorf("has the part %q twice", part.Name)
		}
		s.parts[part.Name] = part
	}
	for n := 1; s.parts[sheetName(n)] != nil; n++ {
		s.number = n
	}
	for name := range s.parts {
		var n int
		if _, err := fmt.Sscanf(name, "xl/worksheets/sheet%d.xml", &n); (err != nil || name != sheetName(n) || n > s.number) && !sheetParts[name] {
			return nil, fmt.Errorf("has a part %q: %w", name, errWorkbook)
		}
	}
	s.number = 0
	return s, s.next()
}

// metered bounds how much is read: of a workbook, while its list of parts is taken,
// which is kept as a whole.
type metered struct {
	io.ReaderAt
	left int64
}

// maxDirectory is more than the list of some thousand parts takes.
const maxDirectory = 1 << 20

// ReadAt reads as the reader does that is metered.
func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, errWorkbook
	}
	return m.ReaderAt.ReadAt(p, at)
}

func sheetName(n int) string { return fmt.Sprintf("xl/worksheets/sheet%d.xml", n) }

// next goes to the next sheet, whose first row has the names of the columns.
func (s *sheets) next() error {
	s.number++
	part := s.parts[sheetName(s.number)]
	if part == nil {
		return errWorkbook
	}
	r, err := part.Open()
	if err != nil {
		return errWorkbook
	}
	s.open, s.rows, s.quota, s.depth, s.passed = r, 0, &quota{r: bufio.NewReaderSize(r, 1<<16)}, 0, 0
	s.decoder = xml.NewDecoder(s.quota)
	return s.row("record", "kind", "revision", "field", "value")
}

// quota bounds how much is read for one piece of XML. The decoder takes no more from
// it than it has to look at, so that what follows can be read without it.
type quota struct {
	r    *bufio.Reader
	left int
}

const (
	// maxToken is more than the longest cell takes with every character escaped.
	maxToken = 1 << 20
	// maxLooks elements inside each other that hold no cells, and maxPassed pieces without a cell,
	// are more than a sheet of texts has: a few packed bytes unpack to millions of
	// either, and each open element is kept.
	maxLooks, maxPassed = 8, 1000
)

func (q *quota) Read(p []byte) (int, error) {
	if q.left <= 0 {
		return 0, errWorkbook
	}
	n, err := q.r.Read(p[:min(len(p), q.left)])
	q.left -= n
	return n, err
}

// ReadByte implements io.ByteReader.
func (q *quota) ReadByte() (byte, error) {
	if q.left <= 0 {
		return 0, errWorkbook
	}
	q.left--
	return q.r.ReadByte()
}

// token gives the next element or text; io.EOF after the last. Of a sheet, what
// says how it looks is passed over.
func (s *sheets) token() (xml.Token, error) {
	for {
		s.quota.left = maxToken
		t, err := s.decoder.Token()
		if err == io.EOF {
			return nil, err
		}
		if s.passed++; err != nil || s.passed > maxPassed {
			return nil, errWorkbook
		}
		switch t := t.(type) {
		case xml.StartElement:
			if !looks[t.Name.Local] {
				s.passed = 0
				return t, nil
			}
			if s.depth++; s.depth > maxLooks {
				return nil, errWorkbook
			}
		case xml.EndElement:
			if !looks[t.Name.Local] {
				s.passed = 0
				return t, nil
			}
			s.depth--
		case xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, errWorkbook
		}
	}
}

// looks are the elements of a sheet that hold no cells.
var looks = map[string]bool{
	"worksheet": true, "sheetPr": true, "dimension": true, "sheetViews": true, "sheetView": true,
	"sheetFormatPr": true, "sheetData": true, "pageMargins": true,
}

func (s *sheets) record(rec *record) error {
	return rec.rows(func(cells ...string) error {
		parts := cut(cells[4])
		for i, part := range parts {
			field := cells[3]
			if len(parts) > 1 {
				field += fmt.Sprintf(" (%d of %d)", i+1, len(parts))
			}
			if s.rows == sheetRows {
				if err := errors.Join(s.endSheet(), s.next()); err != nil {
					return err
				}
			}
			if err := s.row(cells[0], cells[1], cells[2], field, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// cut cuts a value into parts that cells can hold. XML has no control characters:
// they are shown as U+FFFD.
func cut(value string) []string {
	if len(value) <= cellUnits && !strings.ContainsFunc(value, unlike) {
		return []string{value}
	}
	parts, units := []string{""}, 0
	var part []rune
	for _, r := range value {
		if unlike(r) {
			r = utf8.RuneError
		}
		if units += utf16.RuneLen(r); units > cellUnits {
			parts[len(parts)-1] = string(part)
			parts, part, units = append(parts, ""), nil, utf16.RuneLen(r)
		}
		part = append(part, r)
	}
	parts[len(parts)-1] = string(part)
	return parts
}

// unlike says whether XML shows a character as another.
func unlike(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff || r == utf8.RuneError
}

// row compares the next row.
func (s *sheets) row(cells ...string) error {
	s.rows++
	if s.verbatim(cells) {
		return nil
	}
	where := fmt.Sprintf("sheet %d, row %d", s.number, s.rows)
	start, err := s.element("row")
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if attribute(start, "r") != strconv.Itoa(s.rows) || attribute(start, "hidden") != "" {
		return fmt.Errorf("%s is hidden or out of its place", where)
	}
	for i, want := range cells {
		got, err := s.cell(fmt.Sprintf("%c%d", 'A'+i, s.rows))
		if err != nil {
			return fmt.Errorf("%s, cell %d: %w", where, i+1, err)
		}
		if got != want {
			return &differs{fmt.Sprintf("%s, cell %d", where, i+1), got, want}
		}
	}
	return s.close("row")
}

var errNoText = errors.New("is not a text of a sheet of texts, or not there")

// between gives the next element, where white space may stand before it.
func (s *sheets) between() (xml.Token, error) {
	for {
		t, err := s.token()
		if chars, ok := t.(xml.CharData); err != nil || !ok || strings.Trim(string(chars), " \t\r\n") != "" {
			return t, err
		}
	}
}

func (s *sheets) element(name string) (xml.StartElement, error) {
	t, err := s.between()
	start, ok := t.(xml.StartElement)
	if err != nil || !ok || start.Name.Local != name {
		return start, errNoText
	}
	return start, nil
}

func (s *sheets) close(name string) error {
	t, err := s.between()
	if end, ok := t.(xml.EndElement); err != nil || !ok || end.Name.Local != name {
		return errNoText
	}
	return nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// cell reads a cell: a text that stands in it, never a formula or a number.
func (s *sheets) cell(at string) (string, error) {
	start, err := s.element("c")
	if err != nil || attribute(start, "t") != "inlineStr" || attribute(start, "r") != at {
		return "", errNoText
	}
	for _, name := range []string{"is", "t"} {
		if _, err := s.element(name); err != nil {
			return "", err
		}
	}
	var content strings.Builder
	for {
		t, err := s.token()
		if err != nil {
			return "", errNoText
		}
		chars, ok := t.(xml.CharData)
		if !ok {
			if end, ok := t.(xml.EndElement); !ok || end.Name.Local != "t" {
				return "", errNoText
			}
			break
		}
		if content.Write(chars); content.Len() > maxToken {
			return "", errNoText
		}
	}
	for _, name := range []string{"is", "c"} {
		if err := s.close(name); err != nil {
			return "", err
		}
	}
	return unescaped(content.String()), nil
}

var escaped = regexp.MustCompile("_x[0-9A-Fa-f]{4}_")

// unescaped undoes the escapes that texts of a workbook have beside those of XML
// (ECMA-376, ST_Xstring).
func unescaped(t string) string {
	return escaped.ReplaceAllStringFunc(t, func(e string) string {
		n, _ := strconv.ParseUint(e[2:6], 16, 16) // four hexadecimal digits
		return string(rune(n))
	})
}

func (s *sheets) end() error {
	if err := s.endSheet(); err != nil {
		return err
	}
	if s.parts[sheetName(s.number+1)] != nil {
		return fmt.Errorf("has a sheet %d, for which there are no records", s.number+1)
	}
	return nil
}

// endSheet checks that nothing follows in a sheet.
func (s *sheets) endSheet() error {
	if _, err := s.between(); err != io.EOF {
		return fmt.Errorf("sheet %d has more than the rows that the records give", s.number)
	}
	return s.open.Close()
}
