package sheet_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"tumen/clients/web/sheet"
)

func TestTablesOfSpreadsheetsAreRead(t *testing.T) {
	want := &sheet.Sheet{Columns: []string{"key", "이름"}, Rows: [][]string{{"a", "김,\n철수"}, {"b", ""}}}
	const plain = "key,이름\r\na,\"김,\n철수\"\r\n\r\n,\r\nb\r\n"
	wide := func(e unicode.Endianness) string {
		text, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String(plain)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, raw := range map[string]string{
		"UTF-8": plain, "with a mark": "\ufeff" + plain, "UTF-16, little end first": wide(unicode.LittleEndian), "UTF-16, big end first": wide(unicode.BigEndian),
		"with semicolons": "key;이름\na;\"김,\n철수\"\nb;;\n", "with tabs": "key\t이름\na\t\"김,\n철수\"\nb", "with spaces and empty columns": " key , 이름 ,,\na , \"김,\n철수\",\nb,,,\n",
	} {
		if name == "with spaces and empty columns" {
			raw = strings.ReplaceAll(raw, ", \"", ",\"")
		}
		got, err := sheet.Read([]byte(raw))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestWhatIsNoTableIsRefusedWithItsReason(t *testing.T) {
	korean, err := korean.EUCKR.NewEncoder().String("이름\n김\n")
	if err != nil {
		t.Fatal(err)
	}
	var many strings.Builder
	many.WriteString("key\n")
	for n := range sheet.MaxRows {
		fmt.Fprintln(&many, n)
	}
	if got, err := sheet.Read([]byte(many.String())); err != nil || len(got.Rows) != sheet.MaxRows {
		t.Errorf("as many rows as there may be: %v", err)
	}
	for name, tc := range map[string]struct {
		raw  string
		want sheet.Error
	}{
		"nothing":              {"", sheet.Error{Problem: sheet.Empty}},
		"no row":               {"key,name\n,\n", sheet.Error{Problem: sheet.Empty}},
		"Korean of old":        {korean, sheet.Error{Problem: sheet.Encoding}},
		"half a wide letter":   {"\xff\xfea", sheet.Error{Problem: sheet.Encoding}},
		"a workbook":           {"PK\x03\x04\x14\x00", sheet.Error{Problem: sheet.Binary}},
		"zeros":                {"a\x00b\nc", sheet.Error{Problem: sheet.Binary}},
		"an open quote":        {"a,b\n1,\"2\n3,4\n", sheet.Error{Problem: sheet.Quotes, Line: 2}},
		"a row that is longer": {"a,b\n1,2\n1,2,3\n", sheet.Error{Problem: sheet.Ragged, Line: 3}},
		"one row too many":     {many.String() + "x\n", sheet.Error{Problem: sheet.TooMany, Line: sheet.MaxRows + 2}},
		"too many columns":     {strings.Repeat("a,", sheet.MaxColumns) + "b\n1\n", sheet.Error{Problem: sheet.TooMany, Line: 1}},
		"too long":             {strings.Repeat("a", sheet.MaxBytes+1), sheet.Error{Problem: sheet.TooLong}},
	} {
		_, err := sheet.Read([]byte(tc.raw))
		if e := new(sheet.Error); !errors.As(err, &e) || *e != tc.want {
			t.Errorf("%s: %v, want %v", name, err, &tc.want)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	cell := rapid.StringMatching(`[a-z가;,"\n=+@-]{0,4}x`)
	rapid.Check(t, func(r *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(r, "columns")
		s := &sheet.Sheet{Columns: rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,5}`), columns, columns).Draw(r, "names"),
			Rows: rapid.SliceOfN(rapid.SliceOfN(cell, columns, columns), 1, 4).Draw(r, "rows")}
		for _, row := range s.Rows {
			for n := range row {
				row[n] = strings.TrimSpace(row[n])
			}
		}
		if got, err := sheet.Unpack(s.Pack()); err != nil || !reflect.DeepEqual(got, s) {
			r.Errorf("%q became %q, %v", s, got, err)
		}
	})
}

func TestWhatWasNotPackedIsNotUnpacked(t *testing.T) {
	long := &sheet.Sheet{Columns: []string{"a"}, Rows: [][]string{{strings.Repeat("x", 9*sheet.MaxBytes)}}}
	for name, packed := range map[string]string{"nothing": "", "no letters of it": "%", "something else": "aGVsbG8=", "cut off": long.Pack()[:60], "too long": long.Pack()} {
		if got, err := sheet.Unpack(packed); err == nil {
			t.Errorf("%s became %d rows", name, len(got.Rows))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x001\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := sheet.Read(raw)
		if err != nil {
			return
		}
		for _, row := range s.Rows {
			if len(row) != len(s.Columns) {
				t.Fatalf("%d cells under %d columns", len(row), len(s.Columns))
			}
		}
	})
}
