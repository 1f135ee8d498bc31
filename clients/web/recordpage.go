package web

import "strings"

// Page is the page of a record that is on the shelf; empty where it has none, or the
// reader may not see it. A capture is on its source's, an event or involvement on its
// case's.
func (s *shelf) Page(name string) string {
	if s.records[name] == nil {
		return ""
	}
	return pageOf(name)
}

// pageOf is the page of a record by its name; empty where that kind has none.
func pageOf(name string) string {
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 2:
		switch parts[0] {
		case "cases", "sources", "persons", "submissions":
			return "/" + name
		}
	case len(parts) != 4:
	case parts[2] == "findings", parts[2] == "claims":
		return "/" + name
	case parts[2] == "captures", parts[0] == "cases" && parts[2] != "grants":
		return "/" + parts[0] + "/" + parts[1] + "#" + name
	}
	return ""
}
