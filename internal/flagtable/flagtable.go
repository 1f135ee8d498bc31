// Package flagtable compares the flags of a program with the table in which a document
// says of each what it is when nobody states it, and why that is the safe thing.
package flagtable

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Rest is the row of all flags that are empty unless stated, where a table has it.
const Rest = "every other flag"

// row is "| `--flag` | `default` | why |"; without a default, "none".
var row = regexp.MustCompile("^\\| (?:`--([a-z0-9-]+)`|(" + Rest + ")) \\| (?:`([^`]+)`|none) \\| (.*) \\|$")

// Faults says where the table under a heading of a document and the flags of a program's
// commands are not the same: a flag or a default without its row, a row without its
// flag, and a row that gives no reason.
func Faults(document, heading string, root *cobra.Command) []string {
	rows, faults := parse(document, heading)
	used := map[string]bool{}
	eachFlag(root, func(command string, flag *pflag.Flag) {
		key := flag.Name + " " + stated(flag.DefValue)
		switch {
		case rows[key]:
			used[key] = true
		case rows[Rest+" "] && stated(flag.DefValue) == "":
			used[Rest+" "] = true
		default:
			faults = append(faults, fmt.Sprintf("%s --%s, %q unless stated, has no row", command, flag.Name, flag.DefValue))
		}
	})
	for key := range rows {
		if !used[key] {
			faults = append(faults, fmt.Sprintf("no flag is %q", key))
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// stated is a default as a table has it: an empty list is none.
func stated(value string) string {
	if value == "[]" {
		return ""
	}
	return value
}

// parse gives the rows under a heading, as "flag default".
func parse(document, heading string) (rows map[string]bool, faults []string) {
	rows = map[string]bool{}
	_, section, _ := strings.Cut(document, "\n"+heading+"\n")
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			break
		}
		found := row.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		key := found[1] + found[2] + " " + found[3]
		if rows[key] {
			faults = append(faults, fmt.Sprintf("%q has two rows", key))
		}
		if strings.TrimSpace(found[4]) == "" {
			faults = append(faults, fmt.Sprintf("%q says no reason", key))
		}
		rows[key] = true
	}
	if len(rows) == 0 {
		faults = append(faults, fmt.Sprintf("there is no table under %q", heading))
	}
	return rows, faults
}

// eachFlag visits the flags of a command and those below it, hidden ones included.
func eachFlag(c *cobra.Command, visit func(command string, flag *pflag.Flag)) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { visit(c.CommandPath(), f) })
	for _, below := range c.Commands() {
		eachFlag(below, visit)
	}
}
