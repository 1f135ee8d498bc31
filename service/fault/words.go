package fault

import "strings"

// A puts the indefinite article before a noun: "a source", "an event".
func A(noun string) string {
	if noun != "" && strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
