package verification

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// gap is one thing that a guard misses.
type gap struct {
	reason  string // UPPER_SNAKE
	text    string // what is missing, and what to do; names and numbers, no content
	origins []string
	records []string
}

// maxListed limits how many names a message or a piece of metadata carries: they
// travel in headers of limited size.
const maxListed = 10

func missing(reason, format string, args ...any) gap {
	return gap{reason: reason, text: fmt.Sprintf(format, args...)}
}

func (g gap) about(origins ...string) gap {
	g.origins = append(slices.Clone(g.origins), origins...)
	return g
}

func (g gap) naming(names ...string) gap {
	g.records = append(slices.Clone(g.records), names...)
	return g
}

// refusal turns what is missing into one fault: the first gap gives the reason,
// the message tells all, and metadata has, beside the outcome's code as guard,
// the reasons (missing), origins (origin) and records (record) concerned,
// comma-separated. Without gaps it is nil.
func refusal(action Action, outcome tumenv1.FindingState, atLeast int, gaps []gap) error {
	if len(gaps) == 0 {
		return nil
	}
	var reasons, texts, origins, records []string
	for _, g := range gaps {
		reasons = appendNew(reasons, g.reason)
		texts = append(texts, g.text)
		origins = appendNew(origins, g.origins...)
		records = appendNew(records, g.records...)
	}
	f := fault.New(fault.Refused, gaps[0].reason, "cannot %s %q: %s", action, Words(outcome), listed(texts, "; ")).
		With("guard", stateCode(outcome)).
		With("action", action.String()).
		With("missing", strings.Join(reasons, ",")).
		With("at_least", decimal(atLeast))
	if len(origins) > 0 {
		f = f.With("origin", strings.Join(origins[:min(len(origins), maxListed)], ","))
	}
	if len(records) > 0 {
		f = f.With("record", strings.Join(records[:min(len(records), maxListed)], ","))
	}
	return f
}

// listed joins the first names and says how many more there are.
func listed(names []string, separator string) string {
	if len(names) <= maxListed {
		return strings.Join(names, separator)
	}
	return strings.Join(names[:maxListed], separator) + fmt.Sprintf("%sand %d more", separator, len(names)-maxListed)
}

func appendNew(list []string, more ...string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func sortedSet(m map[string]bool) []string { return sortedKeys(m) }

func decimal(n int) string { return strconv.Itoa(n) }

// known says whether the contract has a number of an enum.
func known[E ~int32](names map[int32]string, e E) bool {
	_, ok := names[int32(e)]
	return ok
}
