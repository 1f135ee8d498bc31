package verify

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// oneSheet is a workbook of one sheet that has these rows.
func oneSheet(t testing.TB, rows string) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	sheet, err := z.Create(sheetName(1))
	if err == nil {
		_, err = fmt.Fprintf(sheet, `<?xml version="1.0"?><worksheet><sheetData>%s</sheetData></worksheet>`, rows)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

// sheetRow is a row of a sheet, by the standard library's own rules of escaping.
func sheetRow(row int, space string, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">%s`, row, space)
	for i, c := range cells {
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>`, 'A'+i, row)
		_ = xml.EscapeText(&b, []byte(c))
		b.WriteString(`</t></is></c>`)
	}
	return b.String() + `</row>`
}

// viewOf reads one row of a record with that value from a sheet that has another.
func viewOf(t testing.TB, space, there, want string) error {
	columns := sheetRow(1, "", "record", "kind", "revision", "field", "value")
	fsys := fstest.MapFS{"x": oneSheet(t, columns+sheetRow(2, space, "c", "Claim", "1", "title", there))}
	f, err := fsys.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSheets(f)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rec := &record{name: "c", kind: "Claim", revisions: make([]revision, 1), cells: []cell{{"title", want}}}
	if err := s.record(rec); err != nil {
		return err
	}
	return s.end()
}

// TestASheetIsReadAsItIsCompared: a row that is passed over byte by byte is taken in
// another form, too, and another text in neither.
func TestASheetIsReadAsItIsCompared(t *testing.T) {
	texts := rapid.StringMatching(`[a-z<>&"' \t\n두_x0-9]{0,12}`)
	rapid.Check(t, func(r *rapid.T) {
		there, want := texts.Draw(r, "there"), texts.Draw(r, "want")
		for _, space := range []string{"", "\n", "<!-- -->"} {
			if err := viewOf(t, space, there, there); err != nil && !escaped.MatchString(there) && space != "<!-- -->" {
				t.Fatalf("%q in a row that begins with %q: %v", there, space, err)
			}
			if err := viewOf(t, space, there, want); err == nil && there != want && !escaped.MatchString(there) {
				t.Fatalf("%q is taken for %q in a row that begins with %q", there, want, space)
			}
		}
	})
	if viewOf(t, "", "_x0041_", "_x0041_") == nil || viewOf(t, "", "_x0041_", "A") != nil || viewOf(t, "", "_x005F_x0041_", "_x0041_") != nil {
		t.Error("what a workbook shows as A is not taken as A alone")
	}
}

// TestPlainEndsWhereAStringDoes: eight bytes looked at together end where one after
// the other would.
func TestPlainEndsWhereAStringDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]byte("\x00\x01\x1f !\"#[\\]a\x7f\x80\xa2\xdc\xff")), 0, 40).Draw(t, "text")
		n := plain(text)
		for i, c := range text {
			special := c == '"' || c == '\\' || c < ' '
			if i < n && special || i == n && !special {
				t.Fatalf("%q: %d", text, n)
			}
		}
	})
}

// TestManyMembersAreToldApart: also those beyond the few that are compared one by one.
func TestManyMembersAreToldApart(t *testing.T) {
	object := func(n int, more string) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"m%d":0,`, i)
		}
		return []byte("{" + b.String() + more + "}")
	}
	for _, n := range []int{1, 31, 32, 33, 34, 100} {
		if err := strict(object(n, `"other":0`)); err != nil {
			t.Errorf("%d members: %v", n, err)
		}
		for _, again := range []string{"m0", `m\u0030`, fmt.Sprintf("m%d", n-1)} {
			if err := strict(object(n, `"`+again+`":0`)); err != errRepeated {
				t.Errorf("%d members and %s again: %v", n, again, err)
			}
		}
	}
}

// TestWhatIsPassedOverIsTheValue: over ends where value does, wherever that is
// allowed to begin.
func TestWhatIsPassedOverIsTheValue(t *testing.T) {
	for line := range bytes.Lines(filled(nil).files()[fileRecords]) {
		texts := [][]byte{line, []byte(` {"a" : [ 1 , -2.5e3,true ,null] , "b\"}" :"\\\"]" } ,`)}
		for _, text := range texts {
			for at := range text {
				one, other := scanner{text: text, at: at}, scanner{text: text, at: at}
				if one.value(0) != nil || one.at < len(text) && strings.IndexByte(",]} \t\r\n", text[one.at]) < 0 {
					continue // within a string
				}
				if other.over(); one.at != other.at {
					t.Fatalf("from %d on, %s is a value of %d bytes, and %d are passed over", at, shortened(text[at:]), one.at-at, other.at-at)
				}
			}
		}
	}
}
