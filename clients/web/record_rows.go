package web

import (
	"strings"

	"tumen/clients/web/entry"
)

// listOf is the list in whose rows a path lies; empty for none.
func listOf(path string) string {
	list, _, in := strings.Cut(path, "[")
	if !in {
		return ""
	}
	return list
}

// lists are those of which one has to choose as a whole: both changed them, or what they
// were is not known. Rows have no name, so that of two that stand at one place by now the
// halves would be taken for one.
func (c *conflict) lists(v *visit, e *editable, mine, theirs, before entry.Texts, choices *choices) map[string]bool {
	mixed := map[string]bool{}
	for _, s := range e.kind.Sections {
		if s.Rows == 0 {
			continue
		}
		list := listOf(s.Fields[0].Path)
		text := func(texts entry.Texts) string { return v.rowsText(e, s, texts, choices) }
		d := difference{Path: list, Label: v.say().Say("entry.section_" + s.Name), Mine: text(mine), Theirs: text(theirs), Before: text(before)}
		if d.Mine == d.Theirs || before != nil && (d.Mine == d.Before || d.Theirs == d.Before) {
			continue
		}
		mixed[list] = true
		c.Differ = append(c.Differ, d)
	}
	return mixed
}

// rowsText are the rows of a section in words, a line for each.
func (v *visit) rowsText(e *editable, s entry.Section, texts entry.Texts, choices *choices) string {
	var lines []string
	for row := range filledRows(s, texts) {
		var parts []string
		for _, f := range s.Fields {
			path := f.InRows(row + 1)[row]
			if shown := v.shown(e, path, texts[path], choices); shown != "" {
				parts = append(parts, shown)
			}
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	return strings.Join(lines, "\n")
}
