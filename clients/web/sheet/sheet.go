// Package sheet reads tables that people made in a spreadsheet and saved as CSV: what the
// many programs write in many ways becomes columns and rows of plain text, or a problem
// that says what to do. Nothing in a cell is ever computed.
package sheet

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of a table.
const (
	MaxBytes   = 1 << 20
	MaxRows    = 10_000
	MaxColumns = 100
)

// Problem is why a table can't be read.
type Problem string

// The problems that there are.
const (
	TooLong  Problem = "too_long" // more bytes than MaxBytes
	TooMany  Problem = "too_many" // more rows than MaxRows, or columns than MaxColumns
	Encoding Problem = "encoding" // neither UTF-8 nor UTF-16
	Binary   Problem = "binary"   // no text: a spreadsheet's own file
	Quotes   Problem = "quotes"   // a quotation mark that is not closed
	Ragged   Problem = "ragged"   // a row with more cells than there are columns
	Empty    Problem = "empty"    // no column or no row
)

// Error is a problem and the line of the file that it begins in; 0 where it is in none.
type Error struct {
	Problem Problem
	Line    int
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("sheet: %s in line %d", e.Problem, e.Line) }

// Sheet is a table: every row has a cell for every column.
type Sheet struct {
	Columns []string
	Rows    [][]string
}

// Read reads a CSV file: UTF-8 with or without a byte order mark, or UTF-16 with one;
// cells parted by commas, semicolons or tabs. Rows of nothing are left out.
func Read(raw []byte) (*Sheet, error) {
	if len(raw) > MaxBytes {
		return nil, &Error{Problem: TooLong}
	}
	text, problem := decoded(raw)
	if problem != "" {
		return nil, &Error{Problem: problem}
	}
	return parse(text)
}

// parse reads CSV of any length.
func parse(text string) (*Sheet, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1
	s := &Sheet{}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad := new(csv.ParseError); errors.As(err, &bad) {
			return nil, &Error{Quotes, bad.StartLine}
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if err := s.add(cells, line); err != nil {
			return nil, err
		}
	}
	if len(s.Columns) == 0 || len(s.Rows) == 0 {
		return nil, &Error{Problem: Empty}
	}
	return s, nil
}

// add takes in one line: the names of the columns first.
func (s *Sheet) add(cells []string, line int) error {
	for n := range cells {
		cells[n] = strings.TrimSpace(cells[n])
	}
	filled := len(cells)
	for filled > 0 && cells[filled-1] == "" {
		filled--
	}
	switch {
	case filled == 0:
		return nil
	case s.Columns == nil:
		if filled > MaxColumns {
			return &Error{TooMany, line}
		}
		s.Columns = slices.Clone(cells[:filled])
		return nil
	case filled > len(s.Columns):
		return &Error{Ragged, line}
	case len(s.Rows) == MaxRows:
		return &Error{TooMany, line}
	}
	row := make([]string, len(s.Columns))
	copy(row, cells[:filled])
	s.Rows = append(s.Rows, row)
	return nil
}

// Add adds a column that stays empty, and gives its number.
func (s *Sheet) Add(column string) int {
	s.Columns = append(s.Columns, column)
	for n := range s.Rows {
		s.Rows[n] = append(s.Rows[n], "")
	}
	return len(s.Columns) - 1
}

// maxPacked is how many bytes of CSV are unpacked at most: a table as long as may be, with
// the columns that were added.
const maxPacked = 8 * MaxBytes

// Pack is the table in little room, as text.
func (s *Sheet) Pack() string {
	var b strings.Builder
	encoder := base64.NewEncoder(base64.StdEncoding, &b)
	z := gzip.NewWriter(encoder)
	w := csv.NewWriter(z)
	_ = w.Write(s.Columns) // a strings.Builder takes everything
	_ = w.WriteAll(s.Rows)
	_ = z.Close()
	_ = encoder.Close()
	return b.String()
}

// Unpack reads what Pack wrote.
func Unpack(packed string) (*Sheet, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed)))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxPacked+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxPacked {
		return nil, &Error{Problem: TooLong}
	}
	return parse(string(text))
}

// decoded is a file as text.
func decoded(raw []byte) (string, Problem) {
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")):
		return "", Binary
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		return wide(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return wide(raw[2:], binary.BigEndian)
	case !utf8.Valid(raw):
		return "", Encoding
	case bytes.IndexByte(raw, 0) >= 0:
		return "", Binary
	}
	return string(bytes.TrimPrefix(raw, []byte("\ufeff"))), ""
}

// wide reads UTF-16.
func wide(raw []byte, order binary.ByteOrder) (string, Problem) {
	if len(raw)%2 != 0 {
		return "", Encoding
	}
	units := make([]uint16, len(raw)/2)
	for n := range units {
		units[n] = order.Uint16(raw[2*n:])
	}
	text := string(utf16.Decode(units))
	switch {
	case strings.ContainsRune(text, utf8.RuneError):
		return "", Encoding
	case strings.ContainsRune(text, 0):
		return "", Binary
	}
	return text, ""
}

// separator is what parts the cells of the first line that has any.
func separator(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	best := ','
	for _, sign := range []rune{';', '\t'} {
		if strings.Count(first, string(sign)) > strings.Count(first, string(best)) {
			best = sign
		}
	}
	return best
}
