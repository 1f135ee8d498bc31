package bag

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// sheetsOf writes a workbook of one record with these values, and reads it with a
// library that others wrote.
func sheetsOf(t testing.TB, limit int, values ...string) (rows [][]string) {
	t.Helper()
	w, err := Create(t.TempDir(), Options{})
	try(t, err)
	defer func() { try(t, w.leaveViews()) }()
	v, err := w.beginSheets()
	try(t, err)
	s := v.(*sheets)
	s.limit = limit
	r := &exported{name: "c", kind: "Claim", revisions: make([]shownRevision, 1)}
	for i, value := range values {
		raw, _ := json.Marshal(value)
		r.cells = append(r.cells, cell{fmt.Sprintf("f%d", i), raw, value})
	}
	try(t, s.record(r))
	try(t, s.end(w))
	book, err := excelize.OpenFile(w.path("data/records.xlsx"))
	try(t, err)
	defer book.Close()
	for i, name := range book.GetSheetList() {
		if name != fmt.Sprintf("records %d", i+1) {
			t.Errorf("sheet %d is called %q", i+1, name)
		}
		sheet, err := book.GetRows(name)
		try(t, err)
		if !slices.Equal(sheet[0], recordColumns) || len(sheet) > limit {
			t.Errorf("sheet %d begins with %v and has %d rows", i+1, sheet[0], len(sheet))
		}
		rows = append(rows, sheet[1:]...)
	}
	return rows
}

// TestAWorkbookHasTheTexts: as others read it, whatever they are.
func TestAWorkbookHasTheTexts(t *testing.T) {
	texts := rapid.OneOf(rapid.StringMatching(`[a-z<>&"' \t\n\r=두_x0-9A-F]{1,20}`), rapid.StringMatching(`(_x[0-9A-F]{4}_?){1,3}`))
	rapid.Check(t, func(r *rapid.T) {
		value := texts.Draw(r, "value")
		rows := sheetsOf(t, 100, value)
		if len(rows) != 1 || !slices.Equal(rows[0], []string{"c", "Claim", "1", "f0", value}) {
			t.Fatalf("%q is read as %q", value, rows)
		}
	})
}

// TestNothingIsLostToTheSizeOfASheet: what does not fit goes on.
func TestNothingIsLostToTheSizeOfASheet(t *testing.T) {
	long := strings.Repeat("a", maxCell-1) + "😀" + strings.Repeat("b", maxCell)
	rows := sheetsOf(t, 3, "one", long, "a\x00b", "", "last")
	var read, fields []string
	for _, row := range rows {
		fields = append(fields, row[3])
		read = append(read, strings.Join(row[4:], ""))
	}
	if want := "f0,f1 (1 of 3),f1 (2 of 3),f1 (3 of 3),f2,f3,f4"; strings.Join(fields, ",") != want {
		t.Errorf("fields %v", fields)
	}
	if strings.Join(read[1:4], "") != long || read[4] != "a\ufffdb" || read[5] != "" || read[6] != "last" {
		t.Errorf("%q", read[4:])
	}
}
