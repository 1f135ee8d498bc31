package web

import (
	"slices"
	"strconv"
	"strings"

	"tumen/clients/web/alike"
	"tumen/clients/web/entry"
	"tumen/clients/web/sheet"
	"tumen/clients/web/wording"
)

// keyColumn is the column of what one's own organisation calls each record.
const keyColumn = "key"

// column is one that a table may have.
type column struct {
	path    string
	label   string // in a language
	section string // the heading under which a form asks for it
}

// named is what a column is called where others have the same label.
func (c column) named(alone bool) string {
	if alone || c.section == "" {
		return c.label
	}
	return c.section + ": " + c.label
}

// columnsOf are those that a table of a kind may have, with what they are called in a
// language.
func columnsOf(w *wording.Words, k *entry.Kind, rows int) []column {
	all := []column{{path: keyColumn, label: w.Say("bulk.key")}}
	for _, s := range k.Sections {
		section := ""
		if s.Name != "" {
			section = w.Say("entry.section_" + s.Name)
		}
		for _, f := range s.Fields {
			for n, path := range f.InRows(rows) {
				label := fieldLabel(w, k, path)
				if n > 0 {
					label = w.Say("entry.in_row", "label", label, "row", n+1)
				}
				all = append(all, column{path, label, section})
			}
		}
	}
	return all
}

// headings are what the columns are called in a language, each in a way that is its own.
func headings(w *wording.Words, k *entry.Kind, rows int) map[string]string {
	columns := columnsOf(w, k, rows)
	count := map[string]int{}
	for _, c := range columns {
		count[alike.Title(c.label)]++
	}
	out := map[string]string{}
	for _, c := range columns {
		out[c.path] = c.named(count[alike.Title(c.label)] == 1)
	}
	return out
}

// tableRows is how many rows of a list a table can have columns for.
const tableRows = 5

// columnIndex are the paths that the columns of a kind stand for, by what they are called
// in any of the languages; several where that is not clear.
func columnIndex(k *entry.Kind) map[string][]string {
	index := map[string][]string{}
	for _, language := range wording.Languages() {
		for _, c := range columnsOf(wording.In(language), k, tableRows) {
			for _, called := range []string{c.named(true), c.named(false)} {
				if name := alike.Title(called); !slices.Contains(index[name], c.path) {
					index[name] = append(index[name], c.path)
				}
			}
		}
	}
	return index
}

// pathsOfColumn are those that the name of a column may stand for.
func pathsOfColumn(k *entry.Kind, index map[string][]string, name string) []string {
	if path := strings.ToLower(name); path == keyColumn || k.Leaf(path) != nil && k.At(path) == path {
		return []string{path}
	}
	return index[alike.Title(name)]
}

// columnFault is what is wrong with a column: Several are the paths that it may stand for.
type columnFault struct {
	Column  string
	Twice   bool
	Several []string
}

// columnPaths gives the columns of a table the paths that they stand for, and adds those
// in which something has to stand: what is missing there is then told cell by cell.
func columnPaths(k *entry.Kind, s *sheet.Sheet) []columnFault {
	var faults []columnFault
	index := columnIndex(k)
	for n, name := range s.Columns {
		paths := pathsOfColumn(k, index, name)
		switch {
		case len(paths) != 1:
			faults = append(faults, columnFault{Column: name, Several: paths})
		case slices.Contains(s.Columns[:n], paths[0]):
			faults = append(faults, columnFault{Column: name, Twice: true})
		default:
			s.Columns[n] = paths[0]
		}
	}
	for _, section := range k.Sections {
		for _, f := range section.Fields {
			if f.Required && !slices.Contains(s.Columns, f.Path) {
				s.Add(f.Path)
			}
		}
	}
	return faults
}

// withKeys gives every row a key that has none.
func withKeys(s *sheet.Sheet, reference string) {
	at := slices.Index(s.Columns, keyColumn)
	if at < 0 {
		at = s.Add(keyColumn)
	}
	for n, row := range s.Rows {
		if row[at] == "" {
			row[at] = reference + "/" + strconv.Itoa(n+1)
		}
	}
}
