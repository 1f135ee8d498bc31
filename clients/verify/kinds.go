package verify

import "strings"

// kinds are the kinds of records, by the collections in their names.
var kinds = map[string]string{
	"cases": "Case", "cases events": "Event", "cases involvements": "Involvement",
	"cases interventions": "Intervention", "cases claims": "Claim", "cases findings": "Finding",
	"organisations": "Organisation", "organisations members": "Member",
	"persons": "Person", "places": "Place", "sources": "Source", "sources captures": "Capture",
	"ties": "Tie", "vocabularies terms": "Term", "erasures": "Erasure", "cases grants": "Grant",
}

// kindOf is the kind of record that has such a name; "" if none has.
func kindOf(name string) string {
	parts := strings.Split(name, "/")
	if len(parts)%2 != 0 {
		return ""
	}
	var collections []string
	for i, part := range parts {
		switch {
		case part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
			return ""
		case i%2 == 0:
			collections = append(collections, part)
		}
	}
	return kinds[strings.Join(collections, " ")]
}
