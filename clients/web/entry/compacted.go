package entry

import (
	"maps"
	"slices"
	"strings"
)

// Compacted are the texts with the rows that hold something first, so that the rows of a
// record filled from them have the numbers of those typed.
func (t Texts) Compacted() Texts {
	byList := map[string]map[int]Texts{} // list, row, rest of the path
	out := Texts{}
	for path, text := range t {
		list, row, rest, in := cutRow(path)
		if !in {
			out[path] = text
			continue
		}
		if byList[list] == nil {
			byList[list] = map[int]Texts{}
		}
		if byList[list][row] == nil {
			byList[list][row] = Texts{}
		}
		byList[list][row][rest] = text
	}
	for list, rows := range byList {
		numbers := slices.SortedFunc(maps.Keys(rows), func(a, b int) int {
			if ea, eb := len(rows[a].Trimmed()) == 0, len(rows[b].Trimmed()) == 0; ea != eb {
				if ea {
					return 1
				}
				return -1
			}
			return a - b
		})
		for i, number := range numbers {
			for rest, text := range rows[number] {
				out[list+step{row: i}.key()+rest] = text
			}
		}
	}
	return out
}

// cutRow takes the first row out of a path.
func cutRow(path string) (list string, row int, rest string, found bool) {
	all := steps(path)
	for i, s := range all {
		if s.row >= 0 {
			before := join(append(slices.Clone(all[:i]), step{s.name, -1}))
			after := ""
			if tail := join(all[i+1:]); tail != "" {
				after = "." + tail
			}
			return before, s.row, after, true
		}
	}
	return strings.Clone(path), 0, "", false
}
