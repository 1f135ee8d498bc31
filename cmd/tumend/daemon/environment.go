package daemon

import (
	"errors"
	"slices"
	"strings"
)

// environmentPrefixes begin the variables that are meant for a program of
// Tumen; settings have the first.
var environmentPrefixes = []string{"TUMEN_", "TUMEND_"}

// foreignVariables are those of the programs beside tumend, which run in the
// same environment.
var foreignVariables = []string{"TUMEN_PROFILE"}

// frameLog has the HTTP/2 of Go write out every header that comes in.
const frameLog = "http2debug"

// maxSlips is how many letters may be wrong in a name for another to have been
// meant.
const maxSlips = 3

// readEnvironment gives the variables that are settings. One that looks like a
// setting and is none is an error: ignored, a misspelt keys_dir or listen would
// leave the default in force. The error shows no values.
func readEnvironment(environ []string) (map[string]string, error) {
	var known []string
	for _, s := range settings {
		known = append(known, s.env())
	}
	values := map[string]string{}
	var faults []string
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case name == "GODEBUG" && strings.Contains(value, frameLog):
			faults = append(faults, "$GODEBUG has "+frameLog+", which would write the tokens of all callers to standard error: leave it away")
		case slices.Contains(known, name):
			values[name] = value
		case !forTumen(name), slices.Contains(foreignVariables, name):
		default:
			faults = append(faults, "$"+name+" is no setting: "+meant(name, slices.Concat(known, foreignVariables)))
		}
	}
	if len(faults) > 0 {
		slices.Sort(faults)
		return nil, errors.New(strings.Join(faults, "\n"))
	}
	return values, nil
}

func forTumen(name string) bool {
	return slices.ContainsFunc(environmentPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// meant asks for the known name that is nearest, or says what to do if none is
// near.
func meant(name string, known []string) string {
	written := strings.ToUpper(name)
	if rest, ok := strings.CutPrefix(written, "TUMEND_"); ok {
		written = "TUMEN_" + rest
	}
	nearest, fewest := "", maxSlips+1
	for _, candidate := range known {
		n := slips(written, candidate)
		if strings.HasPrefix(candidate, written+"_") {
			n = 1
		}
		if n < fewest {
			nearest, fewest = candidate, n
		}
	}
	if nearest == "" {
		return "unset it; tumend serve --help names all"
	}
	return "was " + nearest + " meant?"
}

// slips counts the letters that have to be put in, left out or changed to make
// one text of another.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		for j := range len(b) {
			changed := before
			if a[i] != b[j] {
				changed++
			}
			before = row[j+1]
			row[j+1] = min(changed, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
