package verify

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"tumen/clients/verify/support"
)

// The tables and graphs of a bag are read by programs that are quickly confused, and
// anybody may have written them: whatever stands there, reading it ends, and what is
// taken is what the records give.

// viewedRecords are those that the fuzzed views are compared with.
func viewedRecords(t testing.TB) (records []*record) {
	d := filled(nil)
	d.addMatter(october(), nil)
	for line := range bytes.Lines(d.files()[fileRecords]) {
		rec, err := parseRecord(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, rec)
	}
	return records
}

// opened is a file with that content.
func opened(t testing.TB, content []byte) fs.File {
	f, err := fstest.MapFS{"f": {Data: content}}.Open("f")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// taken says whether a view was taken for that of the records.
func taken(v view, err error, records []*record) bool {
	for i := 0; err == nil && i < len(records); i++ {
		err = v.record(records[i])
	}
	if err == nil {
		err = v.end()
	}
	return err == nil
}

func FuzzTable(f *testing.F) {
	records := viewedRecords(f)
	table := "record,kind,revision,field,value\r\n"
	for _, rec := range records {
		_ = rec.rows(func(cells ...string) error { table += string(appendCSV(nil, cells)); return nil })
	}
	f.Add([]byte(table))
	f.Add([]byte("\ufeff" + table))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := newTable(opened(t, text), (*record).rows, "record", "kind", "revision", "field", "value")
		if taken(v, err, records) != (strings.TrimPrefix(string(text), "\ufeff") == table) {
			t.Fatal("a table has one form, with a byte order mark or without")
		}
	})
}

func FuzzProvenance(f *testing.F) {
	records := viewedRecords(f)
	graph := provenanceOf(records)
	if !taken(newProvenance(opened(f, graph)), nil, records) {
		f.Fatal("the graph of the records is not taken")
	}
	f.Add(graph)
	f.Add(bytes.ReplaceAll(graph, []byte("sources/"), []byte("source/")))
	f.Fuzz(func(t *testing.T, text []byte) {
		if taken(newProvenance(opened(t, text)), nil, records) != bytes.Equal(text, graph) {
			t.Fatal("a graph has one form")
		}
	})
}

// provenanceOf writes data/prov.json as docs/export-format.md has it.
func provenanceOf(records []*record) []byte {
	sections := map[string][]string{}
	add := func(section, format string, args ...any) {
		sections[section] = append(sections[section], fmt.Sprintf(format, args...))
	}
	for _, rec := range records {
		add("entity", `"tumen:%s":{"prov:type":"tumen:%s"}`, rec.name, rec.kind)
		from, _ := origins(rec.kind, rec.shown()) // these are readable
		for _, name := range from {
			add("wasDerivedFrom", `"_:d%d":{"prov:generatedEntity":"tumen:%s","prov:usedEntity":"tumen:%s"}`, len(sections["wasDerivedFrom"])+1, rec.name, name)
		}
	}
	out := `{"prefix":{"tumen":"urn:tumen:"}`
	for _, name := range sectionNames {
		out += ",\n\"" + name + `":{`
		for i, line := range sections[name] {
			if i > 0 {
				out += ","
			}
			out += "\n" + line
		}
		out += "\n}"
	}
	return []byte(out + "}\n")
}

// workbook packs sheets as a workbook does.
func workbook(pack uint16, sheets ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, sheet := range sheets {
		part, err := w.CreateHeader(&zip.FileHeader{Name: sheetName(i + 1), Method: pack})
		if err == nil {
			_, err = io.WriteString(part, sheet)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// sheetOf writes the rows of records as a sheet.
func sheetOf(records []*record) string {
	var b strings.Builder
	n := 0
	row := func(cells ...string) error {
		n++
		fmt.Fprintf(&b, `<row r="%d">`, n)
		for i, c := range cells {
			fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>`, 'A'+i, n)
			_ = xml.EscapeText(&b, []byte(c)) // a builder takes everything
			b.WriteString("</t></is></c>")
		}
		b.WriteString("</row>")
		return nil
	}
	b.WriteString(`<?xml version="1.0"?><worksheet><sheetData>`)
	_ = row("record", "kind", "revision", "field", "value")
	for _, rec := range records {
		_ = rec.rows(row)
	}
	b.WriteString("</sheetData></worksheet>")
	return b.String()
}

func takenWorkbook(t testing.TB, content []byte, records []*record) bool {
	s, err := newSheets(opened(t, content))
	if err != nil {
		return false
	}
	return taken(s, nil, records)
}

func FuzzSheet(f *testing.F) {
	records := viewedRecords(f)
	sheet := sheetOf(records)
	for _, pack := range []uint16{zip.Store, zip.Deflate} {
		if !takenWorkbook(f, workbook(pack, sheet), records) {
			f.Fatal("the sheet of the records is not taken")
		}
	}
	f.Add(sheet)
	f.Add(strings.Replace(sheet, "<sheetData>", `<sheetPr/><dimension ref="A1"/><!-- --><sheetData>`, 1))
	f.Add(strings.Replace(sheet, `t="inlineStr"><is>`, `t="str"><f>1+1</f><is>`, 1))
	f.Add(strings.Replace(sheet, "<row ", `<row hidden="1" `, 1))
	f.Fuzz(func(t *testing.T, text string) {
		if !takenWorkbook(t, workbook(zip.Store, text), records) {
			return
		}
		var plain struct {
			Rows []struct {
				Cells []struct {
					Text string `xml:"is>t"`
				} `xml:"c"`
			} `xml:"sheetData>row"`
		}
		if strings.Contains(text, "<sheetData>") && xml.Unmarshal([]byte(text), &plain) == nil && len(plain.Rows) > 0 && len(plain.Rows[0].Cells) != 5 {
			t.Fatalf("%d cells in the first row", len(plain.Rows[0].Cells))
		}
	})
}

func FuzzWorkbook(f *testing.F) {
	records := viewedRecords(f)
	f.Add(workbook(zip.Store, sheetOf(records)))
	f.Add(workbook(zip.Deflate, sheetOf(records), "<worksheet/>"))
	f.Fuzz(func(t *testing.T, content []byte) { takenWorkbook(t, content, records) })
}

// TestAWorkbookIsNotUnpackedIntoMemory: a few bytes that unpack to millions of open
// elements, or of pieces that say nothing, are refused before they are kept.
func TestAWorkbookIsNotUnpackedIntoMemory(t *testing.T) {
	records := viewedRecords(t)
	for name, sheet := range map[string]string{
		"open elements": strings.Repeat("<sheetView>", 600_000),
		"comments":      "<worksheet>" + strings.Repeat("<!---->", 600_000),
		"white space":   "<worksheet>" + strings.Repeat(" <!---->", 600_000),
		"one comment":   "<worksheet><!--" + strings.Repeat("x", 4<<20),
		"one text":      "<worksheet>" + strings.Repeat(" ", 4<<20),
		"attributes":    "<worksheet " + strings.Repeat(`a="" `, 600_000),
	} {
		t.Run(name, func(t *testing.T) {
			packed := workbook(zip.Deflate, sheet)
			read := testing.AllocsPerRun(1, func() {
				if takenWorkbook(t, packed, records) {
					t.Error("taken")
				}
			})
			if read > 250_000 {
				t.Errorf("%.0f allocations before it was refused", read)
			}
		})
	}
}

// TestTheListOfPartsIsBounded: it is kept as a whole, before anything is known of the
// parts.
func TestTheListOfPartsIsBounded(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 60_000 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	read := testing.AllocsPerRun(1, func() {
		if _, err := newSheets(opened(t, b.Bytes())); err == nil {
			t.Error("taken")
		}
	})
	if read > 100_000 {
		t.Errorf("%.0f allocations before it was refused", read)
	}
}

func FuzzSupport(f *testing.F) {
	m := october()
	fields := encodedFields(findingOn(m)).fields
	f.Add(fields["approved_support"], fields["conclusion"])
	f.Fuzz(func(t *testing.T, text, conclusion []byte) {
		if strict(text) != nil || strict(conclusion) != nil {
			return
		}
		s, err := readSupport(text)
		if err != nil {
			return
		}
		e := m.here(t)
		e.Determined, _ = readValue(conclusion) // what can't be read says nothing
		if _, err := support.Compare(e, s); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzValue(f *testing.F) {
	f.Add([]byte(`{"count":{"low":501,"best":550,"words":"about"}}`), []byte(`{"birth":{"edtf":"19XX-12~"}}`))
	f.Add([]byte(`{"time":{"edtf":"[2023-1X-X1..2024]","night":true,"time_of_day":"19:00"}}`), []byte(`{"name":{"text":"a"}}`))
	f.Fuzz(func(t *testing.T, value, protected []byte) {
		for _, read := range []func([]byte) (*support.Value, error){readValue, readProtectedValue} {
			for _, raw := range [][]byte{value, protected} {
				if strict(raw) == nil {
					_, _ = read(raw)
				}
			}
		}
	})
}
